// A trie that finds the entries of a list at a place in a text.

/// A trie over scalars that finds the longest entry at a place.
struct TokenTrie: Sendable {
  /// (node << 32 | scalar) to the next node.
  private var edges: [UInt64: UInt32] = [:]
  private var values: [UInt32: Int] = [:]
  private var nodeCount: UInt32 = 1

  var isEmpty: Bool { values.isEmpty }

  /// A later entry of the same text replaces the earlier one.
  mutating func insert(_ text: [UInt32], value: Int) {
    guard !text.isEmpty else { return }
    var node: UInt32 = 0
    for scalar in text {
      let key = UInt64(node) << 32 | UInt64(scalar)
      if let known = edges[key] {
        node = known
      } else {
        node = nodeCount
        edges[key] = node
        nodeCount += 1
      }
    }
    values[node] = value
  }

  func longest(in text: [UInt32], at start: Int) -> (value: Int, length: Int)? {
    var best: (value: Int, length: Int)?
    forEachPrefix(of: text, at: start) { value, length in best = (value, length) }
    return best
  }

  /// Calls `body` for every entry that stands at `start`, shortest first.
  func forEachPrefix(of text: [UInt32], at start: Int, _ body: (Int, Int) -> Void) {
    var node: UInt32 = 0
    var position = start
    while position < text.count,
      let next = edges[UInt64(node) << 32 | UInt64(text[position])]
    {
      node = next
      position += 1
      if let value = values[node] { body(value, position - start) }
    }
  }
}
