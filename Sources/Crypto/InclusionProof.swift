// Proofs about Merkle trees: an entry is in it; an older tree is a prefix of a newer one.
//
// Spec: RFC 9162 sections 2.1.3 (inclusion) and 2.1.4 (consistency).
//
// Promises: verification is total over every path, index and size; a proof holds for one root
// and one size together. Both must come from the same checkpoint: with a free size, an inner
// node can pose as a leaf.
// Does not: say where the root comes from.

import Base

/// The way from one leaf to the root of a tree of `size` leaves.
public struct InclusionProof: Equatable, Sendable {
  /// Position of the leaf, from 0.
  public var index: Int
  /// Number of leaves of the tree.
  public var size: Int
  /// Siblings from the leaf upwards.
  public var path: [Digest]

  /// A proof as somebody states it; nothing is checked.
  public init(index: Int, size: Int, path: [Digest]) {
    self.index = index
    self.size = size
    self.path = path
  }

  /// The root that this path leads to from `leafHash`, or nil when no tree has such a path.
  public func root(from leafHash: Digest) -> Digest? {
    guard index >= 0, index < size else { return nil }
    var (fn, sn) = (index, size - 1)
    var hash = leafHash
    for sibling in path {
      guard sn != 0 else { return nil }
      if fn & 1 == 1 || fn == sn {
        hash = MerkleTree.nodeHash(sibling, hash)
        while fn & 1 == 0 && fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
      } else {
        hash = MerkleTree.nodeHash(hash, sibling)
      }
      (fn, sn) = (fn >> 1, sn >> 1)
    }
    return sn == 0 ? hash : nil
  }

  /// Whether the leaf is in the tree with this root.
  public func holds(leafHash: Digest, root: Digest) -> Bool { self.root(from: leafHash) == root }
}

/// Shows that the tree of `old` leaves is a prefix of the tree of `size` leaves.
public struct ConsistencyProof: Equatable, Sendable {
  /// Number of leaves of the older tree.
  public var old: Int
  /// Number of leaves of the newer tree.
  public var size: Int
  /// Nodes of the newer tree, deepest first.
  public var path: [Digest]

  /// A proof as somebody states it; nothing is checked.
  public init(old: Int, size: Int, path: [Digest]) {
    self.old = old
    self.size = size
    self.path = path
  }

  /// Whether the tree with `oldRoot` is a prefix of the tree with `newRoot`.
  public func holds(oldRoot: Digest, newRoot: Digest) -> Bool {
    guard old >= 0, old <= size else { return false }
    if old == size { return path.isEmpty && oldRoot == newRoot }
    if old == 0 { return path.isEmpty && oldRoot == MerkleTree.emptyRoot }

    // A power of two is itself a node of the new tree, so the proof leaves it out.
    let nodes = old.nonzeroBitCount == 1 ? [oldRoot] + path : path
    guard !path.isEmpty, let first = nodes.first else { return false }
    var (fn, sn) = (old - 1, size - 1)
    while fn & 1 == 1 { (fn, sn) = (fn >> 1, sn >> 1) }
    var (oldHash, newHash) = (first, first)
    for node in nodes.dropFirst() {
      guard sn != 0 else { return false }
      if fn & 1 == 1 || fn == sn {
        oldHash = MerkleTree.nodeHash(node, oldHash)
        newHash = MerkleTree.nodeHash(node, newHash)
        while fn & 1 == 0 && fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
      } else {
        newHash = MerkleTree.nodeHash(newHash, node)
      }
      (fn, sn) = (fn >> 1, sn >> 1)
    }
    return oldHash == oldRoot && newHash == newRoot && sn == 0
  }
}

// MARK: Making proofs

extension MerkleTree {
  /// The path of leaf `index` in the tree of `size` leaves.
  public static func inclusionProof<Failure: Error>(
    index: Int, size: Int, node: Node<Failure>
  ) throws(Failure) -> InclusionProof {
    precondition(index >= 0 && index < size, "the leaf must be in the tree")
    var path: [Digest] = []
    var range = 0..<size
    while range.count > 1 {
      let middle = range.lowerBound + split(range.count)
      let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
      path.append(try hash(of: index < middle ? right : left, node: node))
      range = index < middle ? left : right
    }
    return InclusionProof(index: index, size: size, path: path.reversed())
  }

  /// The nodes that show the first `old` leaves to be a prefix of the first `size`.
  public static func consistencyProof<Failure: Error>(
    old: Int, size: Int, node: Node<Failure>
  ) throws(Failure) -> ConsistencyProof {
    precondition(old >= 0 && old <= size, "the old tree must be within the new one")
    guard old > 0, old < size else { return ConsistencyProof(old: old, size: size, path: []) }
    var path: [Digest] = []
    var range = 0..<size
    while range.upperBound != old {
      let middle = range.lowerBound + split(range.count)
      let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
      path.append(try hash(of: old <= middle ? right : left, node: node))
      range = old <= middle ? left : right
    }
    // The old root is known to whoever checks; any other subtree must be told.
    if range.lowerBound != 0 { path.append(try hash(of: range, node: node)) }
    return ConsistencyProof(old: old, size: size, path: path.reversed())
  }

  /// The path of leaf `index` among leaf hashes held in memory.
  public static func inclusionProof(index: Int, in leafHashes: [Digest]) -> InclusionProof {
    inclusionProof(index: index, size: leafHashes.count) { level, position in
      root(of: leafHashes[position << level..<(position + 1) << level])
    }
  }
}
