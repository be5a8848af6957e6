import Base
import Crypto
import Testing
import TestSupport

/// Goal: roots and proofs are those of RFC 6962 and RFC 9162, and no other proof passes.
/// Method: the definition, written as its recursion, is the twin; all sizes up to 40 with all
/// indices, every way to bend a proof, and vectors that another implementation made.
@Suite("A Merkle tree")
struct MerkleTreeTests {
  static let leaves = (0..<600).map { MerkleTree.leafHash(Array("assay test entry \($0)\n".utf8)) }

  /// RFC 6962 section 2.1, as it stands there.
  static func definition(_ leaves: ArraySlice<Digest>) -> Digest {
    if leaves.isEmpty { return SHA256.hash([UInt8]()) }
    if leaves.count == 1 { return leaves[leaves.startIndex] }
    var k = 1
    while k * 2 < leaves.count { k *= 2 }
    return SHA256.hash(
      [0x01] + definition(leaves.prefix(k)).bytes + definition(leaves.dropFirst(k)).bytes)
  }

  static func node(_ level: Int, _ index: Int) -> Digest {
    definition(leaves[index << level..<(index + 1) << level])
  }

  @Test("has the root of the definition, grown leaf by leaf or from complete subtrees")
  func roots() {
    var frontier = MerkleTree.Frontier()
    for size in 0...130 {
      let wanted = Self.definition(Self.leaves.prefix(size))
      #expect(frontier.root == wanted)
      #expect(frontier.size == size)
      #expect(MerkleTree.root(of: Self.leaves.prefix(size)) == wanted)
      #expect(MerkleTree.root(size: size, node: Self.node) == wanted)
      frontier.append(Self.leaves[size])
    }
  }

  @Test("has the roots that golang.org/x/mod computes")
  func foreignRoots() throws {
    let roots = try #require(try vectors("merkle.json")["roots"]?.object)
    for (key, value) in roots.members {
      let size = try #require(Int(key))
      guard size < Self.leaves.count else { continue }
      let root = Base64.encode(MerkleTree.root(of: Self.leaves.prefix(size)).bytes)
      #expect(root == value.string)
    }
  }

  @Test("proves every leaf of every size, and nothing that is bent")
  func inclusion() {
    for size in 1...40 {
      let root = Self.definition(Self.leaves.prefix(size))
      for index in 0..<size {
        let proof = MerkleTree.inclusionProof(index: index, size: size, node: Self.node)
        let leaf = Self.leaves[index]
        #expect(proof.holds(leafHash: leaf, root: root))
        #expect(proof == MerkleTree.inclusionProof(index: index, in: Array(Self.leaves[..<size])))
        for bent in bend(proof.path).map({ InclusionProof(index: index, size: size, path: $0) }) {
          #expect(!bent.holds(leafHash: leaf, root: root), "size \(size), leaf \(index)")
        }
        for other in 0..<size where other != index {
          let moved = InclusionProof(index: other, size: size, path: proof.path)
          #expect(!moved.holds(leafHash: leaf, root: root))
        }
        #expect(!proof.holds(leafHash: Self.leaves[size], root: root))
      }
    }
  }

  @Test("proves every prefix of every size, and nothing that is bent")
  func consistency() {
    for size in 0...40 {
      let newRoot = Self.definition(Self.leaves.prefix(size))
      for old in 0...size {
        let oldRoot = Self.definition(Self.leaves.prefix(old))
        let proof = MerkleTree.consistencyProof(old: old, size: size, node: Self.node)
        #expect(proof.holds(oldRoot: oldRoot, newRoot: newRoot))
        let other = Self.leaves[0]
        if old > 1 { #expect(!proof.holds(oldRoot: other, newRoot: newRoot)) }
        if old > 0, size > 1 { #expect(!proof.holds(oldRoot: oldRoot, newRoot: other)) }
        for bent in bend(proof.path).map({ ConsistencyProof(old: old, size: size, path: $0) }) {
          #expect(!bent.holds(oldRoot: oldRoot, newRoot: newRoot), "\(old) to \(size)")
        }
        let empty = ConsistencyProof(old: old, size: size, path: [])
        #expect(
          empty.holds(oldRoot: oldRoot, newRoot: newRoot) == (old == size || old == 0),
          "\(old) to \(size): an empty path")
      }
    }
  }

  @Test("refuses numbers that are out of range without a trap")
  func hostileNumbers() {
    let digest = Self.leaves[0]
    for (index, size) in [(-1, 5), (5, 5), (Int.max, Int.max), (0, 0), (0, -1), (0, Int.max)] {
      #expect(
        !InclusionProof(index: index, size: size, path: []).holds(leafHash: digest, root: digest))
    }
    for (old, size) in [(-1, 5), (6, 5), (Int.max, Int.max - 1), (1, Int.max), (-2, -1)] {
      let proof = ConsistencyProof(old: old, size: size, path: [digest])
      #expect(!proof.holds(oldRoot: digest, newRoot: digest))
    }
    let long = [Digest](repeating: digest, count: 1000)
    #expect(InclusionProof(index: 3, size: Int.max, path: long).root(from: digest) == nil)
  }

  @Test("decides the vectors of another implementation as they say")
  func foreignProofs() throws {
    func hash(_ value: JSON?) throws -> Digest {
      try #require(value?.string.flatMap(Base64.decode).flatMap { Digest(bytes: $0) })
    }
    let proofs = try #require(try vectors("merkle.json")["proofs"]?.array)
    #expect(proofs.count > 20)
    for item in proofs {
      let path = try #require(item["path"]?.array).map { try hash($0) }
      let size = try #require(item["size"]?.int)
      let holds: Bool
      if item["kind"]?.string == "inclusion" {
        holds = InclusionProof(index: try #require(item["index"]?.int), size: size, path: path)
          .holds(leafHash: try hash(item["leaf_hash"]), root: try hash(item["root"]))
      } else {
        holds = ConsistencyProof(old: try #require(item["old"]?.int), size: size, path: path)
          .holds(oldRoot: try hash(item["old_root"]), newRoot: try hash(item["root"]))
      }
      #expect(
        holds == item["valid"]?.bool, "\(item["id"]?.string ?? "") \(item["why"]?.string ?? "")")
    }
  }
}

/// Every path that differs a little: one hash less, one more, two exchanged, one bit changed.
private func bend(_ path: [Digest]) -> [[Digest]] {
  var bent: [[Digest]] = [path + [MerkleTree.emptyRoot], [MerkleTree.emptyRoot] + path]
  for position in path.indices {
    var shorter = path
    shorter.remove(at: position)
    var bytes = path[position].bytes
    bytes[position % 32] ^= 0x10
    var changed = path
    if let digest = Digest(bytes: bytes) { changed[position] = digest }
    bent += [shorter, changed]
    if position > 0 {
      var exchanged = path
      exchanged.swapAt(position, position - 1)
      bent.append(exchanged)
    }
  }
  return bent
}
