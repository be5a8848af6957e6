// Scoring layer by layer: all sequences of a group pass through layer 1, then layer 2, so each
// layer's weights are read once, the next layer's pages are asked for meanwhile, and memory holds
// activations and two layers of pages. Groups are as large as the memory allows.
//
// Promises: the rows of a sequence are the same bits for every number of threads, group, batch,
// kernel and amount of memory (the tests hold it). A run that is cancelled ends within one panel
// of one product on each thread, and hands out no row that was not finished.

import Base
import CKernels
import Synchronization

extension TransformerModel {
  public func score(
    _ sequences: [[Int32]], options: ScoreOptions,
    row: @Sendable (_ sequence: Int, _ position: Int, _ logProbabilities: Span<Float>) -> Void
  ) throws(Problem) {
    try check(sequences)
    guard ck_float_environment_is_standard() != 0 else {
      throw Problem(
        .failure, "float_environment",
        reason: "a library in this process changed how floating-point numbers are rounded",
        remedy: "run without it")
    }
    let plan = MemoryPlan(self, options)
    let groups = try plan.groups(sequences)
    var done = 0
    for group in groups {
      let total = sequences.reduce(0) { $0 + $1.count }
      try ScoringGroup(self, sequences, group, plan, options).run(done: done, of: total, row: row)
      done += group.reduce(0) { $0 + sequences[$1].count }
    }
  }
}

/// How the memory of a run is divided.
struct MemoryPlan {
  let tokenBytes: Int
  /// For hidden states and buffers of a group's tokens.
  let groupBytes: Int
  /// Positions whose logits exist at one time.
  let headPositions: Int
  /// Whether pages are let go after use, because the model is larger than the memory.
  let releasesPages: Bool
  private let batch: Int?
  private let memoryBytes: Int

  /// The program itself, its stacks and tables.
  static let fixedBytes = 48 << 20
  static let headPositionsMax = 256

  init(_ model: TransformerModel, _ options: ScoreOptions) {
    tokenBytes = Workspace.byteCount(model.architecture)
    batch = options.batch
    memoryBytes = options.memoryBytes
    let stored = model.model.tensors.reduce(0) { $0 + $1.byteCount }
    let layer = model.blocks.map { $0.matrices.reduce(0) { $0 + $1.storedByteCount } }.max() ?? 0
    let available = max(0, options.memoryBytes - Self.fixedBytes)
    releasesPages = stored > available / 2
    let mapped = releasesPages ? min(2 * layer, stored) : stored
    let rest = max(0, available - mapped)
    let row = Activations.byteCount(rows: 1, columns: model.vocabularySize)
    headPositions = min(Self.headPositionsMax, max(1, rest / 4 / row))
    groupBytes = max(0, rest - headPositions * row)
  }

  /// Sequences that pass through the layers together, in order. Throws if one does not fit alone.
  func groups(_ sequences: [[Int32]]) throws(Problem) -> [[Int]] {
    var groups: [[Int]] = []
    var tokens = 0
    for (index, sequence) in sequences.enumerated() {
      let need = sequence.count * tokenBytes
      guard need <= groupBytes else {
        let enough = (memoryBytes + need - groupBytes) / (1 << 20) + 1
        throw Problem(
          .usage, "memory_too_small", place: "sequence \(index)",
          reason: "\(sequence.count) tokens need \(need >> 20) MiB for their activations, "
            + "\(groupBytes >> 20) MiB of --memory are left for them",
          remedy: "give --memory \(enough)M, or shorten the text")
      }
      let isFull = groups.last.map { $0.count >= batch ?? .max } ?? true
      if isFull || (tokens + sequence.count) * tokenBytes > groupBytes {
        groups.append([])
        tokens = 0
      }
      groups[groups.count - 1].append(index)
      tokens += sequence.count
    }
    return groups
  }
}

/// One group of sequences on its way through the model.
struct ScoringGroup {
  let model: TransformerModel
  let sequences: [[Int32]]
  /// Indices into `sequences`.
  let members: [Int]
  let plan: MemoryPlan
  let options: ScoreOptions
  let arithmetic: Arithmetic
  let segments: [Segment]
  private let tokens: Int

  init(
    _ model: TransformerModel, _ sequences: [[Int32]], _ members: [Int], _ plan: MemoryPlan,
    _ options: ScoreOptions
  ) {
    self.model = model
    self.sequences = sequences
    self.members = members
    self.plan = plan
    self.options = options
    arithmetic = Arithmetic(
      kernel: options.kernel, run: options.run, releasesPages: plan.releasesPages)
    var segments: [Segment] = []
    var row = 0
    for member in members {
      let count = sequences[member].count
      segments.append(Segment(firstRow: row, count: count, start: 0, length: count))
      row += count
    }
    self.segments = segments
    tokens = row
  }

  func run(
    done: Int, of total: Int,
    row: @Sendable (_ sequence: Int, _ position: Int, _ logProbabilities: Span<Float>) -> Void
  ) throws(Problem) {
    let x = embedded()
    try throughLayers(x, done, total)
    try hand(x, row)
    options.run.tell(done + tokens, of: total, "tokens", "scoring")
  }

  func embedded() -> Activations {
    let x = Activations(rows: tokens, columns: model.architecture.hiddenSize)
    let kernel = arithmetic.kernel
    for (segment, member) in zip(segments, members) {
      for (position, token) in sequences[member].enumerated() {
        unsafe model.embed(
          token, position: position, into: x.row(segment.firstRow + position), kernel)
      }
    }
    if plan.releasesPages { model.embedding.advise(.dontNeed) }
    return x
  }

  /// Replaces `x` by the last layer's output. `seen` is called for each layer with gate and up of
  /// a dense gated part, `after` when the layer is done.
  func throughLayers(
    _ x: Activations, _ done: Int, _ total: Int,
    seen: ((_ gate: Activations, _ up: Activations) -> Void)? = nil,
    after: (_ layer: Int) throws(Problem) -> Void = { _ in }
  ) throws(Problem) {
    let architecture = model.architecture
    let workspace = Workspace(tokens: tokens)
    var pass = BlockPass(arithmetic, workspace, segments)
    pass.seen = seen
    let tables = model.ropeTables(segments)
    var caches: [KeyValueCache] = []
    var cacheShape: [Int]?
    for (layer, block) in architecture.blocks.enumerated() {
      try options.run.check()
      let shape = KeyValueCache.shape(block.attention)
      if cacheShape != shape {
        caches = segments.map { KeyValueCache(block.attention, capacity: $0.count) }
        cacheShape = shape
      }
      if layer + 1 < model.blocks.count { model.blocks[layer + 1].advise(.willNeed) }
      let chosen = pass.run(
        block, model.blocks[layer], x, caches, tables.tables(block.attention.rope, segments))
      try options.run.check()
      if let chosen, let report = options.experts {
        for (segment, member) in zip(segments, members) {
          for position in 0..<segment.count {
            report(member, layer, position, chosen[segment.firstRow + position])
          }
        }
      }
      if plan.releasesPages { model.blocks[layer].advise(.dontNeed) }
      try after(layer)
      let share = (layer + 1) * tokens / (architecture.blocks.count + 1)
      options.run.tell(done + share, of: total, "tokens", "scoring")
    }
  }

  /// Makes the rows in blocks and hands them out, several sequences at the same time.
  private func hand(
    _ x: Activations,
    _ row: @Sendable (_ sequence: Int, _ position: Int, _ logProbabilities: Span<Float>) -> Void
  ) throws(Problem) {
    let head = OutputHead(
      model.outputNorm, model.output, model.architecture.logitSoftCap, arithmetic)
    let normed = Activations(rows: plan.headPositions, columns: x.columns)
    let logits = Activations(rows: plan.headPositions, columns: model.vocabularySize)
    var schedule = RowSchedule(
      segments.map(\.count), lanes: arithmetic.threads, rows: plan.headPositions)
    while let runs = schedule.next() {
      try options.run.check()
      var rows: [Int] = []
      var starts: [Int] = []
      for run in runs {
        starts.append(rows.count)
        rows += run.positions.map { segments[run.sequence].firstRow + $0 }
      }
      let isFinite = head.logProbabilities(of: rows, in: x, normed: normed, into: logits)
      try options.run.check()
      guard isFinite else { throw model.notFinite() }
      let first = starts
      arithmetic.run.forEach(runs.count) { index in
        let run = runs[index]
        for (offset, position) in run.positions.enumerated() {
          let values = unsafe UnsafeBufferPointer(
            start: logits.row(first[index] + offset), count: model.vocabularySize)
          unsafe row(members[run.sequence], position, values.span)
        }
      }
    }
    try options.run.check()
    if plan.releasesPages { model.output.advise(.dontNeed) }
  }
}

extension TransformerModel {
  func notFinite() -> Problem {
    Problem(
      .malformed, "not_finite", place: model.path,
      reason: "the model gives numbers that are not finite",
      remedy: "its weights are damaged, or its configuration is of another model")
  }
}

/// Divides positions into blocks: a few sequences at a time, so that their rows can be digested at
/// the same time, each in order.
struct RowSchedule {
  struct Run {
    let sequence: Int
    let positions: Range<Int>
  }
  private let counts: [Int]
  private let rows: Int
  private let lanes: Int
  private var active: [(sequence: Int, position: Int)] = []
  private var following = 0

  init(_ counts: [Int], lanes: Int, rows: Int) {
    self.counts = counts
    self.lanes = max(1, min(lanes, rows))
    self.rows = rows
  }

  /// The next block, nil at the end.
  mutating func next() -> [Run]? {
    active.removeAll { $0.position == counts[$0.sequence] }
    while active.count < lanes, following < counts.count {
      active.append((following, 0))
      following += 1
    }
    guard !active.isEmpty else { return nil }
    var left = rows
    var runs: [Run] = []
    for index in active.indices {
      let share = left / (active.count - index)
      let (sequence, position) = active[index]
      let end = min(counts[sequence], position + share)
      runs.append(Run(sequence: sequence, positions: position..<end))
      active[index].position = end
      left -= end - position
    }
    return runs
  }
}
