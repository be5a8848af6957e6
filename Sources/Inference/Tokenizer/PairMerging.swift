// Merging adjacent symbols, best pair first: the loop of all byte-pair encoders.
//
// Symbols form a doubly linked list inside arrays; candidate pairs wait in a binary heap ordered by
// (priority, position), so the best pair goes first and the leftmost among equals. A merge adds at
// most two candidates, hence O(n log n) for a word of n symbols however it is made: a word of a
// million characters takes about a second, not a day.

/// A word on its way to tokens.
struct PairMerging {
  /// A pair that may merge: the smaller priority goes first.
  struct Merge {
    let priority: UInt32
    let identifier: Int32
  }

  private(set) var identifiers: [Int32]
  /// The index of the first symbol that each of the identifiers covers; filled by `run`.
  private(set) var positions: [Int] = []
  /// The index of the next live symbol, or `count`.
  private var next: [Int32]
  private var previous: [Int32]
  private var heap = CandidateHeap()

  /// `identifiers` are the symbols the word is made of.
  init(_ identifiers: [Int32]) {
    self.identifiers = identifiers
    let count = Int32(identifiers.count)
    next = (0..<count).map { $0 + 1 }
    previous = (0..<count).map { $0 - 1 }
  }

  /// Merges until `merge` accepts no pair. It gets the identifiers of two neighbours and the range
  /// of the word's first symbols that both cover together.
  mutating func run(_ merge: (Int32, Int32, Range<Int>) -> Merge?) {
    let end = Int32(identifiers.count)
    for index in identifiers.indices { queue(index, merge, end) }
    while let (priority, position) = heap.pop() {
      let left = Int(position)
      // A symbol that was merged away has the identifier -1; a pair that has changed since it was
      // queued has another priority, or none.
      guard identifiers[left] >= 0, next[left] < end else { continue }
      let right = Int(next[left])
      let covered = left..<Int(next[right])
      guard let found = merge(identifiers[left], identifiers[right], covered),
        found.priority == priority
      else { continue }
      identifiers[left] = found.identifier
      identifiers[right] = -1
      next[left] = next[right]
      if next[left] < end { previous[Int(next[left])] = Int32(left) }
      queue(left, merge, end)
      if previous[left] >= 0 { queue(Int(previous[left]), merge, end) }
    }
    positions = identifiers.indices.filter { identifiers[$0] >= 0 }
    identifiers.removeAll { $0 < 0 }
  }

  private mutating func queue(
    _ left: Int, _ merge: (Int32, Int32, Range<Int>) -> Merge?, _ end: Int32
  ) {
    guard next[left] < end else { return }
    let right = Int(next[left])
    if let found = merge(identifiers[left], identifiers[right], left..<Int(next[right])) {
      heap.push(priority: found.priority, position: UInt32(left))
    }
  }
}

/// A binary heap of (priority, position), smallest first.
struct CandidateHeap {
  private var keys: [UInt64] = []

  mutating func push(priority: UInt32, position: UInt32) {
    keys.append(UInt64(priority) << 32 | UInt64(position))
    var child = keys.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard keys[child] < keys[parent] else { return }
      keys.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> (priority: UInt32, position: UInt32)? {
    guard let first = keys.first, let last = keys.popLast() else { return nil }
    if !keys.isEmpty {
      keys[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < keys.count else { break }
        if child + 1 < keys.count, keys[child + 1] < keys[child] { child += 1 }
        guard keys[child] < keys[parent] else { break }
        keys.swapAt(child, parent)
        parent = child
      }
    }
    return (UInt32(first >> 32), UInt32(truncatingIfNeeded: first))
  }
}
