// Nodes of the tree from tiles, each tile read once.
//
// A tile holds the hashes of every eighth level; what lies between is computed and remembered.
// One reader serves one question (a root, a few proofs) at one size; its memory is a few tiles.

import Base
import Crypto

/// Looks up nodes of the tree over the first `size` entries.
final class TreeReader {
  /// Reads consecutive hashes at a level of tiles.
  typealias Load = (_ level: Int, _ range: Range<Int>) throws(Problem) -> [Digest]

  private struct Position: Hashable {
    var level: Int
    var index: Int
  }

  private let size: Int
  private let load: Load
  private var tiles: [Position: [Digest]] = [:]
  private var nodes: [Position: Digest] = [:]

  init(size: Int, load: @escaping Load) {
    self.size = size
    self.load = load
  }

  /// The root of the complete subtree of `2^level` entries that starts at entry
  /// `index << level`; it must lie within the tree.
  func node(level: Int, index: Int) throws(Problem) -> Digest {
    if level % Tile.height == 0 { return try tileHash(level: level / Tile.height, index: index) }
    let position = Position(level: level, index: index)
    if let known = nodes[position] { return known }
    let hash = MerkleTree.nodeHash(
      try node(level: level - 1, index: 2 * index), try node(level: level - 1, index: 2 * index + 1)
    )
    nodes[position] = hash
    return hash
  }

  private func tileHash(level: Int, index: Int) throws(Problem) -> Digest {
    let position = Position(level: level, index: index / Tile.widthMax)
    if let tile = tiles[position] { return tile[index % Tile.widthMax] }
    let first = position.index * Tile.widthMax
    let end = min(first + Tile.widthMax, Tile.hashCount(level: level, size: size))
    precondition(index < end, "the subtree must be complete")
    let tile = try load(level, first..<end)
    tiles[position] = tile
    return tile[index % Tile.widthMax]
  }

  /// The root of the first `size` entries, at most as many as the reader's.
  func root(size: Int) throws(Problem) -> Digest {
    try MerkleTree.root(size: size) { (level, index) throws(Problem) in
      try node(level: level, index: index)
    }
  }

  func inclusionProof(index: Int, size: Int) throws(Problem) -> InclusionProof {
    try MerkleTree.inclusionProof(index: index, size: size) { (level, index) throws(Problem) in
      try node(level: level, index: index)
    }
  }

  func consistencyProof(old: Int, size: Int) throws(Problem) -> ConsistencyProof {
    try MerkleTree.consistencyProof(old: old, size: size) { (level, index) throws(Problem) in
      try node(level: level, index: index)
    }
  }
}
