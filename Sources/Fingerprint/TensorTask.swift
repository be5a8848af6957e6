// One tensor, or slice of one, between its first chunk and its digests.

import Base
import Crypto
import Formats

/// A tree whose leaves arrive in any order.
struct PartialTree: Sendable {
  private var leaves: [Digest?]
  private var missing: Int

  init(leafCount: Int) {
    leaves = Array(repeating: nil, count: leafCount)
    missing = leafCount
  }

  var isComplete: Bool { missing == 0 }
  var hashes: [Digest] { leaves.compactMap(\.self) }
  var root: Digest { MerkleTree.root(of: hashes) }

  mutating func put(_ leaf: Digest, at index: Int) {
    if leaves[index] == nil { missing -= 1 }
    leaves[index] = leaf
  }
}

/// What is known so far of a tensor that is being hashed.
struct TensorTask: Sendable {
  /// Values that must be hashed again in another form or order.
  struct Rehash: Sendable {
    let bytes: ValueBytes
    let chunkCount: Int
    let isRestored: Bool
  }

  let entry: TensorEntry
  let place: CanonicalPlan.Place
  private var content: PartialTree
  private(set) var scan: ValueScan
  private var contentRoot: Digest?
  private var value: ValueBytes?
  private var valueTree: PartialTree?
  private var valueRoot: Digest?
  private var restoredTree: PartialTree?
  private var restoredRoot: Digest?

  init(_ entry: TensorEntry, _ place: CanonicalPlan.Place) {
    self.entry = entry
    self.place = place
    content = PartialTree(leafCount: IdentityRules.chunkCount(byteCount: entry.byteCount))
    scan = ValueScan(entry.type)
  }

  /// The leaves of the content, those that are there.
  var leaves: [Digest] { content.hashes }

  /// The digests, or nil while something is missing.
  var hashes: TensorHashes? {
    guard let contentRoot, let value, let valueRoot else { return nil }
    guard place.rows == nil || restoredRoot != nil else { return nil }
    return TensorHashes(
      entry, place, content: contentRoot, value: value, valueRoot: valueRoot,
      restoredRoot: restoredRoot)
  }

  /// Takes one chunk of the content, and what was seen in it. With the last one it is decided what
  /// must be hashed again.
  mutating func take(_ leaf: Digest, of chunk: Int, _ scan: ValueScan) -> [Rehash] {
    content.put(leaf, at: chunk)
    self.scan.join(scan)
    return content.isComplete ? closeContent() : []
  }

  /// Takes a tensor that was hashed at once. `valueRoot` is nil if the values are the content.
  mutating func take(leaves: [Digest], scan: ValueScan, valueRoot: Digest?) -> [Rehash] {
    for (chunk, leaf) in leaves.enumerated() { content.put(leaf, at: chunk) }
    self.scan = scan
    self.valueRoot = valueRoot
    return closeContent()
  }

  /// Takes one chunk of values.
  mutating func take(value leaf: Digest, of chunk: Int, restored: Bool) {
    if restored {
      restoredTree?.put(leaf, at: chunk)
      if let tree = restoredTree, tree.isComplete { restoredRoot = tree.root }
    } else {
      valueTree?.put(leaf, at: chunk)
      if let tree = valueTree, tree.isComplete { valueRoot = tree.root }
    }
  }

  /// The content is known, and with it the form of the values.
  private mutating func closeContent() -> [Rehash] {
    var rehashes: [Rehash] = []
    let root = content.root
    let value = ValueBytes(of: entry, scan)
    contentRoot = root
    self.value = value
    let count = IdentityRules.chunkCount(byteCount: value.byteCount)
    if value.areStoredBytes || count == 0 {
      valueRoot = root
    } else if valueRoot == nil {
      valueTree = PartialTree(leafCount: count)
      rehashes.append(Rehash(bytes: value, chunkCount: count, isRestored: false))
    }
    if let rows = place.rows {
      guard count > 0 else {
        restoredRoot = root
        return rehashes
      }
      restoredTree = PartialTree(leafCount: count)
      rehashes.append(
        Rehash(
          bytes: ValueBytes(of: entry, scan, rows: rows), chunkCount: count, isRestored: true))
    }
    return rehashes
  }
}
