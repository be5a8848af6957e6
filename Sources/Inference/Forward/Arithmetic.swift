// Products of activations and weight matrices, the work of the forward pass.
//
// A matrix is read in panels of rows that fit the second-level cache: a panel is dequantised to
// float32 once and multiplied with every token of the batch, so each weight is read once whatever
// the batch. Threads take panels, never a part of a sum; every value is one dot product of
// ck_dot.h. Scratch memory is pooled: one panel for each thread.

import Base
import CKernels
import Synchronization

/// The kernels and the scratch memory of one run. Once the run is cancelled, products are left
/// undone: whoever looks at a result asks `run.check` first.
final class Arithmetic: Sendable {
  let kernel: Kernel
  let run: Run
  /// Whether pages of the files are let go as soon as they have been used.
  let releasesPages: Bool
  var threads: Int { run.threads }
  private let pool = Mutex<[Activations]>([])

  static let panelByteCount = 256 << 10
  static let panelRowsMax = 256

  init(kernel: Kernel, run: Run, releasesPages: Bool = false) {
    self.kernel = kernel
    self.run = run
    self.releasesPages = releasesPages
  }

  /// out[t] = matrix · x[t] (+ bias) for the first `tokens` rows.
  func multiply(_ linear: Linear, _ x: Activations, tokens: Int, into out: Activations) {
    unsafe multiply(
      linear.matrix, bias: linear.bias?.values(kernel), x, tokens: tokens, into: out.base,
      stride: out.stride)
  }

  /// The same into memory of any row distance.
  func multiply(
    _ matrix: WeightMatrix, bias: [Float]? = nil, _ x: Activations, tokens: Int,
    into out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    guard tokens > 0 else { return }
    let height = panelRows(x.stride, matrix.rows)
    let panels = (matrix.rows + height - 1) / height
    nonisolated(unsafe) let out = unsafe out
    run.forEach(panels) { index in
      let first = index * height
      let rows = first..<min(first + height, matrix.rows)
      withScratch(rows: height, columns: x.columns) { panel in
        unsafe matrix.read(rows, into: panel.base, stride: panel.stride, kernel)
        if releasesPages { matrix.release(rows) }
        unsafe ck_matmul_f32(
          x.base, x.stride, tokens, panel.base, panel.stride, rows.count, x.stride, out + first,
          stride, kernel.isa)
      }
      guard let bias else { return }
      unsafe bias.withUnsafeBufferPointer { bias in
        guard let base = bias.baseAddress else { return }
        for token in 0..<tokens {
          unsafe ck_add_f32(out + token * stride + first, base + first, rows.count, kernel.isa)
        }
      }
    }
  }

  /// Rows in a panel: a multiple of four, and enough panels for every thread to have some.
  private func panelRows(_ stride: Int, _ rows: Int) -> Int {
    let fitting = min(Self.panelRowsMax, max(4, Self.panelByteCount / (stride * 4)))
    let shared = (rows + 4 * threads - 1) / (4 * threads)
    let height = threads == 1 ? fitting : min(fitting, max(16, shared))
    return (height + 3) / 4 * 4
  }

  /// Memory of at least that size, with rows of `columns` values whose padding is zero.
  func withScratch<R>(rows: Int, columns: Int, _ body: (Activations) -> R) -> R {
    let stride = Activations.padded(columns)
    let found = pool.withLock { pool -> Activations? in
      guard
        let index = pool.lastIndex(where: {
          $0.columns == columns && $0.stride == stride && $0.rows >= rows
        })
      else { return nil }
      return pool.remove(at: index)
    }
    let scratch = found ?? Activations(rows: rows, columns: columns)
    defer {
      pool.withLock { pool in
        if pool.count >= 2 * threads { pool.removeFirst() }
        pool.append(scratch)
      }
    }
    return body(scratch)
  }

  /// Normalises the first `tokens` rows of `x` into `out`, which may be `x`.
  func normalise(_ x: Activations, tokens: Int, _ weights: NormWeights, into out: Activations) {
    let factors = weights.factors.values(kernel)
    let bias = weights.bias?.values(kernel)
    forEachToken(tokens) { token in
      unsafe weights.norm.apply(
        x.row(token), factors, bias, into: out.row(token), count: x.columns, kernel)
    }
  }

  /// Calls `body` for every token, sixteen at a time on a thread.
  func forEachToken(_ tokens: Int, _ body: @Sendable (Int) -> Void) {
    let together = 16
    run.forEach((tokens + together - 1) / together) { index in
      for token in index * together..<min((index + 1) * together, tokens) { body(token) }
    }
  }
}

extension Norm {
  func apply(
    _ x: UnsafePointer<Float>, _ factors: [Float], _ bias: [Float]?,
    into out: UnsafeMutablePointer<Float>, count: Int, _ kernel: Kernel
  ) {
    switch kind {
    case .rootMeanSquare: unsafe ck_rms_norm_f32(x, factors, epsilon, out, count, kernel.isa)
    case .layer:
      if let bias {
        unsafe ck_layer_norm_f32(x, factors, bias, epsilon, out, count, kernel.isa)
      } else {
        unsafe ck_layer_norm_f32(x, factors, nil, epsilon, out, count, kernel.isa)
      }
    }
  }
}
