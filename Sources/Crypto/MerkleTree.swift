// Merkle trees over a list of entries, as transparency logs use them.
//
// Spec: RFC 6962 section 2.1, RFC 9162 section 2.1. A leaf is SHA-256(00 || entry), an inner
// node SHA-256(01 || left || right); the left part of a split is the largest power of two below
// the size. The root of nothing is SHA-256 of nothing.
//
// Promises: memory of `Frontier` is at most 63 digests, whatever the size; all functions are pure.
// Does not: store hashes. Whoever keeps them passes a function that looks one up.

import Base

/// The hash rules of a transparency log, and roots computed with them.
public enum MerkleTree {
  /// SHA-256 of nothing: the root of a tree without leaves.
  public static let emptyRoot = SHA256.hash([UInt8]())

  /// The leaf hash of one entry.
  public static func leafHash(_ entry: some Collection<UInt8>) -> Digest {
    leafHash(Array(entry))
  }

  /// The leaf hash of one entry that is at hand as bytes.
  public static func leafHash(_ entry: [UInt8]) -> Digest {
    var hasher = leafHasher
    hasher.update(entry)
    return hasher.digest()
  }

  /// The leaf hash of one entry that is at hand as bytes.
  public static func leafHash(_ entry: RawSpan) -> Digest {
    var hasher = leafHasher
    hasher.update(entry)
    return hasher.digest()
  }

  /// Hashers that have the first byte already.
  private static let leafHasher = hasher(prefix: 0x00)
  private static let nodeHasher = hasher(prefix: 0x01)

  private static func hasher(prefix: UInt8) -> SHA256 {
    var hasher = SHA256()
    hasher.update([prefix])
    return hasher
  }

  /// The hash of an inner node.
  public static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
    var hasher = nodeHasher
    hasher.update(left)
    hasher.update(right)
    return hasher.digest()
  }

  /// The root over leaf hashes in their order.
  public static func root(of leafHashes: some Sequence<Digest>) -> Digest {
    var frontier = Frontier()
    for hash in leafHashes { frontier.append(hash) }
    return frontier.root
  }
}

// MARK: A tree that only grows

extension MerkleTree {
  /// The right edge of a growing tree: what is needed to append and to know the root.
  public struct Frontier: Equatable, Sendable {
    /// Number of leaves appended so far.
    public private(set) var size = 0
    /// Roots of the complete subtrees, largest first; one for each 1 bit of `size`.
    private var subtrees: [Digest] = []

    /// An empty tree.
    public init() {}

    /// Adds one leaf hash at the right.
    public mutating func append(_ leafHash: Digest) {
      var hash = leafHash
      var rest = size
      while rest & 1 == 1 {
        hash = MerkleTree.nodeHash(subtrees.removeLast(), hash)
        rest >>= 1
      }
      subtrees.append(hash)
      size += 1
    }

    /// The root of the leaves appended so far.
    public var root: Digest {
      guard var hash = subtrees.last else { return MerkleTree.emptyRoot }
      for left in subtrees.dropLast().reversed() { hash = MerkleTree.nodeHash(left, hash) }
      return hash
    }
  }
}

// MARK: A tree whose complete subtrees somebody keeps

extension MerkleTree {
  /// Looks up the root of the complete subtree of `2^level` leaves that starts at leaf
  /// `index << level`.
  public typealias Node<Failure: Error> =
    (_ level: Int, _ index: Int) throws(Failure) -> Digest

  /// The root of the first `size` leaves, from the roots of complete subtrees.
  public static func root<Failure: Error>(
    size: Int, node: Node<Failure>
  ) throws(Failure) -> Digest {
    try hash(of: 0..<size, node: node)
  }

  /// The hash over the leaves of `range`, which must start at a multiple of a power of two that
  /// is not smaller than its length (all ranges of the RFC's recursion do).
  static func hash<Failure: Error>(
    of range: Range<Int>, node: Node<Failure>
  ) throws(Failure) -> Digest {
    precondition(range.lowerBound >= 0, "a range of leaves starts at 0 or later")
    guard !range.isEmpty else { return emptyRoot }
    var subtrees: [Digest] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let level = Int.bitWidth - 1 - (range.upperBound - start).leadingZeroBitCount
      subtrees.append(try node(level, start >> level))
      start += 1 << level
    }
    var hash = subtrees.removeLast()
    for left in subtrees.reversed() { hash = nodeHash(left, hash) }
    return hash
  }

  /// The largest power of two below `size` (which is at least 2).
  static func split(_ size: Int) -> Int {
    1 << (Int.bitWidth - 1 - (size - 1).leadingZeroBitCount)
  }
}
