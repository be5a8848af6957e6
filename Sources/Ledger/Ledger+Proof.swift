// Proofs from the database: that an entry is in the log, that the log only grew.

import Base
import Crypto
import Store

extension Ledger {
  /// The path of an entry to the root of the first `size` entries.
  public func inclusionProof(index: Int, size: Int? = nil) throws(Problem) -> InclusionProof {
    let size = try checkedSize(size)
    guard index >= 0, index < size else {
      throw Problem(
        .usage, "no_such_index", reason: "there is no entry \(index) in a log of \(size)",
        remedy: "indices run from 0 to \(size - 1)")
    }
    return try reader(size: size).inclusionProof(index: index, size: size)
  }

  /// The nodes that show the first `old` entries to be a prefix of the first `size`.
  public func consistencyProof(old: Int, size: Int? = nil) throws(Problem) -> ConsistencyProof {
    let size = try checkedSize(size)
    guard old >= 0, old <= size else {
      throw Problem(
        .usage, "no_such_size", reason: "the older size \(old) is not within 0 to \(size)")
    }
    return try reader(size: size).consistencyProof(old: old, size: size)
  }

  /// The answer of `ledger prove inclusion`: `index size leaf_hash root path`.
  public func inclusion(index: Int, size: Int? = nil) throws(Problem) -> JSON {
    try database.snapshot { () throws(Problem) in
      let proof = try inclusionProof(index: index, size: size)
      let leafHash = try hashes(level: 0, range: index..<index + 1)[0]
      return .object(
        inclusionJSON(proof, leafHash: leafHash, root: try root(size: proof.size)))
    }
  }

  /// The answer of `ledger prove consistency`: `old size old_root root path`.
  public func consistency(old: Int, size: Int? = nil) throws(Problem) -> JSON {
    try database.snapshot { () throws(Problem) in
      let proof = try consistencyProof(old: old, size: size)
      return [
        "old": JSON(old), "size": JSON(proof.size),
        "old_root": .string(try root(size: old).tagged),
        "root": .string(try root(size: proof.size).tagged),
        "path": JSON(proof.path.map(\.tagged)),
      ]
    }
  }

  /// A receipt for an entry against the newest checkpoint.
  public func receipt(index: Int) throws(Problem) -> Receipt {
    try database.snapshot { () throws(Problem) in
      let checkpoint = try checkpoint()
      let proof = try inclusionProof(index: index, size: checkpoint.size)
      return Receipt(
        index: index, checkpoint: checkpoint, proof: proof,
        leafHash: try hashes(level: 0, range: index..<index + 1)[0])
    }
  }

  private func checkedSize(_ size: Int?) throws(Problem) -> Int {
    let latest = try self.size()
    guard let size else { return latest }
    guard size >= 0, size <= latest else {
      throw Problem(
        .usage, "no_such_size", reason: "the log has \(latest) entries, not \(size)",
        remedy: "give a size from 0 to \(latest)")
    }
    return size
  }
}

/// `index size leaf_hash root path`, hashes as `sha256:<hex>`.
func inclusionJSON(_ proof: InclusionProof, leafHash: Digest, root: Digest) -> JSONObject {
  [
    "index": JSON(proof.index), "size": JSON(proof.size), "leaf_hash": .string(leafHash.tagged),
    "root": .string(root.tagged), "path": JSON(proof.path.map(\.tagged)),
  ]
}
