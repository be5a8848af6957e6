// Causal attention over the tokens of a batch.
//
// Order of every sum: a score is one dot product; the maximum is exact; exponentials are summed
// over the visible keys by the 16 lanes of ck_dot.h, counted from the first visible key; an output
// value is one chain over the keys in order, divided by that sum once. So the result for a token
// depends on its sequence alone, not on the batch, the chunk or the thread.

import Base
import CKernels

/// One attention layer at work on a batch.
struct AttentionPass {
  let plan: Attention
  let arithmetic: Arithmetic
  let segments: [Segment]
  let caches: [KeyValueCache]
  /// A table for each segment, if positions are rotated.
  let tables: [RopeTable]
  private var kernel: Kernel { arithmetic.kernel }

  /// Queries of one task share a pass over the keys.
  static let queriesPerTask = 48

  init(
    _ plan: Attention, _ arithmetic: Arithmetic, _ segments: [Segment], _ caches: [KeyValueCache],
    _ tables: [RopeTable]
  ) {
    self.plan = plan
    self.arithmetic = arithmetic
    self.segments = segments
    self.caches = caches
    self.tables = tables
  }

  /// Normalises, rotates and stores what the projections gave: queries in place, keys and values
  /// in the caches.
  func place(
    queries: Activations, keys: Activations, values: Activations, _ weights: AttentionWeights
  ) {
    let queryNorm = weights.queryNorm.map { ($0.norm, $0.factors.values(kernel)) }
    let keyNorm = weights.keyNorm.map { ($0.norm, $0.factors.values(kernel)) }
    for (index, segment) in segments.enumerated() {
      let (cache, table) = (caches[index], tables.isEmpty ? nil : tables[index])
      arithmetic.forEachToken(segment.count) { token in
        let (row, position) = (segment.firstRow + token, segment.start + token)
        unsafe prepare(queries.row(row), heads: plan.heads, queryNorm, table, position)
        unsafe prepare(keys.row(row), heads: plan.keyValueHeads, keyNorm, table, position)
        for head in 0..<plan.keyValueHeads {
          unsafe cache.key(head, position).update(
            from: keys.row(row) + head * plan.headSize, count: plan.headSize)
          unsafe cache.value(head, position).update(
            from: values.row(row) + head * plan.valueSize, count: plan.valueSize)
        }
      }
    }
  }

  private func prepare(
    _ row: UnsafeMutablePointer<Float>, heads: Int, _ norm: (Norm, [Float])?, _ table: RopeTable?,
    _ position: Int
  ) {
    let size = plan.headSize
    if let (norm, factors) = norm, plan.headNorm == .whole {
      unsafe norm.apply(row, factors, nil, into: row, count: heads * size, kernel)
    }
    for head in 0..<heads {
      let values = unsafe row + head * size
      if let (norm, factors) = norm, plan.headNorm == .perHead {
        unsafe norm.apply(values, factors, nil, into: values, count: size, kernel)
      }
      unsafe table?.rotate(values, position: position, kernel)
    }
  }

  /// Writes each token's mixed values, head after head, to `out`.
  func mix(queries: Activations, sinks: [Float]?, into out: Activations) {
    var tasks: [(segment: Int, first: Int, head: Int)] = []
    for (index, segment) in segments.enumerated() {
      for first in stride(from: 0, to: segment.count, by: Self.queriesPerTask) {
        for head in 0..<plan.heads { tasks.append((index, first, head)) }
      }
    }
    let list = tasks
    arithmetic.run.forEach(list.count) { index in
      let task = list[index]
      let segment = segments[task.segment]
      let queryRange = task.first..<min(task.first + Self.queriesPerTask, segment.count)
      mix(queries, segment, caches[task.segment], queryRange, task.head, sinks?[task.head], out)
    }
  }

  private func mix(
    _ queries: Activations, _ segment: Segment, _ cache: KeyValueCache, _ range: Range<Int>,
    _ head: Int, _ sink: Float?, _ out: Activations
  ) {
    let group = head / (plan.heads / plan.keyValueHeads)
    let last = segment.start + range.upperBound
    let firstKey = plan.window.map { max(0, segment.start + range.lowerBound - $0 + 1) } ?? 0
    let keyCount = last - firstKey
    let size = plan.headSize
    arithmetic.withScratch(rows: Self.queriesPerTask, columns: Activations.padded(size)) { lines in
      // A head's query padded with zeros, as the kernel takes it.
      for (index, token) in range.enumerated() {
        unsafe lines.row(index).update(
          from: queries.row(segment.firstRow + token) + head * size, count: size)
        for tail in size..<lines.columns { unsafe lines.row(index)[tail] = 0 }
      }
      let width = (keyCount + 255) / 256 * 256
      arithmetic.withScratch(rows: Self.queriesPerTask, columns: width) { scores in
        unsafe ck_matmul_f32(
          lines.base, lines.stride, range.count, cache.key(group, firstKey), cache.keyStride,
          keyCount, cache.keyStride, scores.base, scores.stride, kernel.isa)
        for (index, token) in range.enumerated() {
          let position = segment.start + token
          let low = plan.window.map { max(0, position - $0 + 1) } ?? 0
          unsafe finish(
            scores.row(index) + (low - firstKey), count: position - low + 1, sink,
            cache.value(group, low), cache.valueStride,
            out.row(segment.firstRow + token) + head * plan.valueSize)
        }
      }
    }
  }

  /// Softmax of one query's scores, then the mixture of the values.
  private func finish(
    _ scores: UnsafeMutablePointer<Float>, count: Int, _ sink: Float?,
    _ values: UnsafePointer<Float>, _ valueStride: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    unsafe ck_scale_f32(scores, plan.scale, scores, count, kernel.isa)
    if let cap = plan.softCap { unsafe ck_soft_cap_f32(scores, cap, count, kernel.isa) }
    var shift = unsafe ck_max_f32(scores, count, kernel.isa)
    if let sink, sink > shift { shift = sink }
    var sum = unsafe ck_exp_sum_f32(scores, count, shift, kernel.isa)
    if let sink {
      var (exponent, value) = (sink - shift, Float(0))
      unsafe ck_exp_f32(&exponent, &value, 1, kernel.isa)
      sum += value
    }
    // A mixture whose size is no multiple of 16 is made padded, then copied.
    guard plan.valueSize % 16 != 0 else {
      unsafe ck_weighted_sum_f32(
        scores, count, values, valueStride, plan.valueSize, out, kernel.isa)
      unsafe ck_divide_f32(out, sum, out, plan.valueSize, kernel.isa)
      return
    }
    arithmetic.withScratch(rows: 1, columns: valueStride) { mixed in
      unsafe ck_weighted_sum_f32(
        scores, count, values, valueStride, valueStride, mixed.base, kernel.isa)
      unsafe ck_divide_f32(mixed.base, sum, out, plan.valueSize, kernel.isa)
    }
  }
}
