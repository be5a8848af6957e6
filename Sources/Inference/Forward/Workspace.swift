// The buffers of a forward pass, made once and used by every layer.

/// Named rows for the tokens of a batch.
final class Workspace {
  enum Slot: Hashable {
    case normed, queries, keys, values, mixed, branch, gate, up, compressed, router, gathered
    case expertOut, shared
  }

  let tokens: Int
  private var buffers: [Slot: Activations] = [:]

  init(tokens: Int) { self.tokens = tokens }

  /// The buffer of that name with rows of `columns` values; their content is whatever was left.
  func rows(_ slot: Slot, _ columns: Int) -> Activations {
    if let buffer = buffers[slot], buffer.columns == columns { return buffer }
    let buffer = Activations(rows: tokens, columns: columns)
    buffers[slot] = buffer
    return buffer
  }

  /// Bytes that one token takes up at most, the hidden state and all buffers together.
  static func byteCount(_ architecture: Architecture) -> Int {
    let hidden = Activations.byteCount(rows: 1, columns: architecture.hiddenSize)
    let blocks = architecture.blocks.map { block in
      let plan = block.attention
      let widths = [
        plan.heads * plan.headSize, plan.keyValueHeads * plan.headSize,
        plan.keyValueHeads * plan.valueSize, plan.heads * plan.valueSize,
      ]
      let attention = widths.map { Activations.byteCount(rows: 1, columns: $0) }.reduce(0, +)
      return attention + KeyValueCache.byteCount(plan) + inner(block.feedForward, hidden)
    }
    return 3 * hidden + (blocks.max() ?? 0)
  }

  private static func inner(_ plan: FeedForward, _ hidden: Int) -> Int {
    switch plan {
    case .gated(let size, _, _, _): 2 * Activations.byteCount(rows: 1, columns: size)
    case .plain(let size, _, _): Activations.byteCount(rows: 1, columns: size)
    case .experts(let experts):
      3 * hidden + Activations.byteCount(rows: 1, columns: experts.count)
        + 2 * Activations.byteCount(rows: 1, columns: max(experts.size, experts.sharedSize ?? 0))
    }
  }
}
