// Scoring many contexts that share their beginnings: the distribution after each, and no other.
//
// Asking what follows a text in a dozen ways means a dozen sequences that differ in their last
// tokens. A context that is the beginning of a longer one is a row of it; one that leaves it late
// is a branch: in every layer the keys and values of the part they share are copied from the
// trunk, and only the branch's own tokens pass through the layer. All trunks and branches of a
// group go through a layer together, so its weights are read once for them.
//
// Promises: the row after a context is, bit for bit, the last row that `score` gives for it. A
// context whose rotations would differ from the trunk's because of its length is a trunk itself.
// Memory: groups are cut so that one layer's keys and values and all activations fit.

import Base
import CKernels
import Synchronization

/// Something that gives the distribution of the token after each of several contexts.
public protocol ContextReader {
  /// What `digest` makes of the log-probabilities of the next token after each context, in order.
  /// `digest` may be called on several threads at the same time. Throws as `Scorer.score` does.
  func read<Digest: Sendable>(
    _ contexts: [[Int32]], _ digest: @Sendable (_ context: Int, Span<Float>) -> Digest
  ) throws(Problem) -> [Digest]
}

/// A model that reads contexts with given options.
public struct ModelContextReader: ContextReader {
  let model: TransformerModel
  let options: ScoreOptions

  public init(_ model: TransformerModel, options: ScoreOptions) {
    self.model = model
    self.options = options
  }

  public func read<Digest: Sendable>(
    _ contexts: [[Int32]], _ digest: @Sendable (_ context: Int, Span<Float>) -> Digest
  ) throws(Problem) -> [Digest] {
    try model.check(contexts)
    let slots = Mutex([Digest?](repeating: nil, count: contexts.count))
    let forest = ContextForest(contexts, model.architecture)
    let plan = MemoryPlan(model, options)
    for trees in try forest.groups(plan, model.architecture) {
      try ContextGroup(model, trees, plan, options).run { context, row in
        let value = digest(context, row)
        slots.withLock { $0[context] = value }
      }
    }
    return slots.withLock { $0.compactMap { $0 } }
  }
}

/// A run of tokens behind the first `shared` of its trunk; a trunk shares none.
struct ContextRun {
  let shared: Int
  let tokens: [Int32]
  /// Positions among its own tokens after which a row is wanted, with the contexts they answer.
  var wanted: [(position: Int, context: Int)] = []
}

/// A trunk with its branches.
struct ContextTree {
  var trunk: ContextRun
  var branches: [ContextRun] = []
}

/// Contexts by what they share.
struct ContextForest {
  private(set) var trees: [ContextTree] = []

  init(_ contexts: [[Int32]], _ architecture: Architecture) {
    // Longest first: whatever a context is the beginning of has been placed before it.
    let order = contexts.indices.sorted {
      (contexts[$1].count, $0) < (contexts[$0].count, $1)
    }
    var places: [[Int32]: (tree: Int, branch: Int, position: Int)] = [:]
    for index in order {
      let context = contexts[index]
      if let place = places[context],
        architecture.rotatesAlike(context.count, trees[place.tree].trunk.tokens.count)
      {
        trees[place.tree].branches[place.branch].wanted.append((place.position, index))
        continue
      }
      guard let (tree, shared) = trunk(of: context, architecture) else {
        let run = ContextRun(shared: 0, tokens: context, wanted: [(context.count - 1, index)])
        trees.append(ContextTree(trunk: run))
        continue
      }
      if shared == context.count {
        trees[tree].trunk.wanted.append((shared - 1, index))
        continue
      }
      let own = Array(context[shared...])
      let branch = trees[tree].branches.count
      trees[tree].branches.append(
        ContextRun(shared: shared, tokens: own, wanted: [(own.count - 1, index)]))
      for position in own.indices {
        let beginning = Array(context[...(shared + position)])
        places[beginning] = places[beginning] ?? (tree, branch, position)
      }
    }
  }

  /// The trunk that shares most with a context, if that is at least half of it.
  private func trunk(
    of context: [Int32], _ architecture: Architecture
  ) -> (tree: Int, shared: Int)? {
    var best: (tree: Int, shared: Int)?
    let least = (context.count + 1) / 2
    for (index, tree) in trees.enumerated() {
      let tokens = tree.trunk.tokens
      // Most trunks are of other texts: one token tells.
      guard tokens.count >= least, tokens[least - 1] == context[least - 1] else { continue }
      let length = min(context.count, tokens.count)
      let shared = (0..<length).first { context[$0] != tokens[$0] } ?? length
      guard shared >= least, shared > best?.shared ?? 0,
        architecture.rotatesAlike(context.count, tokens.count)
      else { continue }
      best = (index, shared)
    }
    return best
  }

  /// Trees that pass through the layers together; a tree too large for the memory is split, and
  /// its trunk then read again. Throws if a trunk with one branch does not fit.
  func groups(
    _ plan: MemoryPlan, _ architecture: Architecture
  ) throws(Problem) -> [[ContextTree]] {
    let cached = architecture.blocks.map { KeyValueCache.byteCount($0.attention) }.max() ?? 0
    var groups: [[ContextTree]] = [[]]
    var used = 0
    for tree in trees {
      let trunkBytes = tree.trunk.tokens.count * plan.tokenBytes
      var isOpen = false
      for branch in tree.branches.map(Optional.some) + (tree.branches.isEmpty ? [nil] : []) {
        let own = branch.map { $0.tokens.count * plan.tokenBytes + $0.shared * cached } ?? 0
        guard trunkBytes + own <= plan.groupBytes else {
          throw Problem(
            .usage, "memory_too_small", place: "context \(tree.trunk.wanted[0].context)",
            reason: "\(tree.trunk.tokens.count) tokens need \((trunkBytes + own) >> 20) MiB",
            remedy: "give more memory, or shorten the text")
        }
        if used + own + (isOpen ? 0 : trunkBytes) > plan.groupBytes {
          groups.append([])
          (used, isOpen) = (0, false)
        }
        let group = groups.count - 1
        if !isOpen {
          groups[group].append(ContextTree(trunk: tree.trunk))
          (used, isOpen) = (used + trunkBytes, true)
        }
        if let branch { groups[group][groups[group].count - 1].branches.append(branch) }
        used += own
      }
    }
    return groups.filter { !$0.isEmpty }
  }
}

extension Architecture {
  /// Whether texts of both lengths are rotated by the same tables in every layer.
  func rotatesAlike(_ a: Int, _ b: Int) -> Bool {
    blocks.allSatisfy { block in
      block.attention.rope.map { $0.variant(length: a) == $0.variant(length: b) } ?? true
    }
  }
}

/// A group of trees on its way through the model.
private struct ContextGroup {
  let model: TransformerModel
  let plan: MemoryPlan
  let arithmetic: Arithmetic
  let trunks: Stand
  let branches: Stand
  /// By branch: its trunk among the trunks.
  let origins: [Int]

  /// Runs that pass through the layers in one batch.
  struct Stand {
    let runs: [ContextRun]
    let segments: [Segment]
    let rows: Int

    init(_ runs: [ContextRun]) {
      var segments: [Segment] = []
      var row = 0
      for run in runs {
        segments.append(
          Segment(
            firstRow: row, count: run.tokens.count, start: run.shared,
            length: run.shared + run.tokens.count))
        row += run.tokens.count
      }
      self.runs = runs
      self.segments = segments
      rows = row
    }
  }

  init(
    _ model: TransformerModel, _ trees: [ContextTree], _ plan: MemoryPlan, _ options: ScoreOptions
  ) {
    self.model = model
    self.plan = plan
    arithmetic = Arithmetic(
      kernel: options.kernel, run: options.run, releasesPages: plan.releasesPages)
    trunks = Stand(trees.map(\.trunk))
    branches = Stand(trees.flatMap(\.branches))
    origins = trees.indices.flatMap { tree in trees[tree].branches.map { _ in tree } }
  }

  func run(_ row: @Sendable (Int, Span<Float>) -> Void) throws(Problem) {
    let stands = [trunks, branches]
    let hidden = stands.map(embedded)
    let passes = stands.map { BlockPass(arithmetic, Workspace(tokens: $0.rows), $0.segments) }
    let tables = model.ropeTables(stands.flatMap(\.segments))
    var caches: [[KeyValueCache]] = []
    var shape: [Int]?
    for (layer, block) in model.architecture.blocks.enumerated() {
      try arithmetic.run.check()
      let wanted = KeyValueCache.shape(block.attention)
      if shape != wanted {
        caches = stands.map { stand in
          stand.segments.map { KeyValueCache(block.attention, capacity: $0.length) }
        }
        shape = wanted
      }
      if layer + 1 < model.blocks.count { model.blocks[layer + 1].advise(.willNeed) }
      for (index, stand) in stands.enumerated() where stand.rows > 0 {
        if index == 1 {
          for (branch, trunk) in origins.enumerated() {
            caches[1][branch].copy(stand.segments[branch].start, from: caches[0][trunk])
          }
        }
        _ = passes[index].run(
          block, model.blocks[layer], hidden[index], caches[index],
          tables.tables(block.attention.rope, stand.segments))
      }
      if plan.releasesPages { model.blocks[layer].advise(.dontNeed) }
    }
    for (stand, x) in zip(stands, hidden) { try hand(stand, x, row) }
  }

  private func embedded(_ stand: Stand) -> Activations {
    let x = Activations(rows: stand.rows, columns: model.architecture.hiddenSize)
    for (segment, run) in zip(stand.segments, stand.runs) {
      for (offset, token) in run.tokens.enumerated() {
        unsafe model.embed(
          token, position: segment.start + offset, into: x.row(segment.firstRow + offset),
          arithmetic.kernel)
      }
    }
    return x
  }

  /// Makes the wanted rows in blocks and hands them out.
  private func hand(
    _ stand: Stand, _ x: Activations, _ row: @Sendable (Int, Span<Float>) -> Void
  ) throws(Problem) {
    let wanted = zip(stand.segments, stand.runs).flatMap { segment, run in
      run.wanted.map { (row: segment.firstRow + $0.position, context: $0.context) }
    }
    guard !wanted.isEmpty else { return }
    let head = OutputHead(
      model.outputNorm, model.output, model.architecture.logitSoftCap, arithmetic)
    let height = min(plan.headPositions, wanted.count)
    let normed = Activations(rows: height, columns: x.columns)
    let logits = Activations(rows: height, columns: model.vocabularySize)
    for start in stride(from: 0, to: wanted.count, by: height) {
      let block = wanted[start..<min(start + height, wanted.count)]
      let isFinite = head.logProbabilities(
        of: block.map(\.row), in: x, normed: normed, into: logits)
      try arithmetic.run.check()
      guard isFinite else { throw model.notFinite() }
      arithmetic.run.forEach(block.count) { index in
        let values = unsafe UnsafeBufferPointer(
          start: logits.row(index), count: model.vocabularySize)
        unsafe row(block[start + index].context, values.span)
      }
    }
    try arithmetic.run.check()
    if plan.releasesPages { model.output.advise(.dontNeed) }
  }
}
