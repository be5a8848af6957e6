// Shows that one chunk of one tensor belongs to a model, to somebody who has only the chunk and
// the model's weights digest.
//
// The way up: chunk → content_root → digest → named leaf → weights_digest. Both lists of hashes
// are inclusion proofs of RFC 9162, the leaf's sibling first.

import Base
import Crypto
import Formats

/// A chunk and everything between it and the weights digest.
public struct ChunkProof: Sendable {
  public let tensor: TensorIdentity
  /// The way from the tensor's leaf to the tree over all tensors.
  public let tensorPath: InclusionProof
  /// The way from the chunk's leaf to the content root.
  public let chunkPath: InclusionProof
  public let weightsDigest: Digest

  public var json: JSON {
    [
      "tensor": [
        "name": .string(tensor.name.text),
        "dtype": .string(tensor.type.name),
        "shape": .array(tensor.shape.map { JSON($0) }),
        "bytes": JSON(tensor.byteCount),
        "index": JSON(tensorPath.index),
        "count": JSON(tensorPath.size),
        "path": JSON(tensorPath.path.map(\.tagged)),
      ],
      "chunk": [
        "index": JSON(chunkPath.index),
        "count": JSON(chunkPath.size),
        "path": JSON(chunkPath.path.map(\.tagged)),
      ],
      "content_root": .string(tensor.contentRoot.tagged),
      "digest": .string(tensor.digest.tagged),
      "weights_digest": .string(weightsDigest.tagged),
    ]
  }

  /// Whether `chunk` is what the proof says: the check a stranger runs, from bytes alone.
  public func holds(chunk: [UInt8]) -> Bool {
    guard let content = chunkPath.root(from: MerkleTree.leafHash(chunk)),
      chunkPath.size == IdentityRules.chunkCount(byteCount: tensor.byteCount)
    else { return false }
    let digest = IdentityRules.tensorDigest(
      type: tensor.type, shape: tensor.shape, byteCount: tensor.byteCount, contentRoot: content)
    let leaf = IdentityRules.namedLeaf(tensor.name, digest)
    guard let root = tensorPath.root(from: leaf) else { return false }
    return IdentityRules.weightsDigest(count: tensorPath.size, root: root) == weightsDigest
  }
}

extension Fingerprint {
  /// A proof of chunk `chunk` of the tensor called `name`.
  ///
  /// Throws `Problem`: `no_such_tensor` and `no_such_chunk` (exit 2), and whatever reading the
  /// model throws.
  public static func prove(
    model path: String, tensor name: ByteName, chunk: Int, run: Run
  ) throws(Problem) -> ChunkProof {
    try prove(ModelAddress(path: path), tensor: name, chunk: chunk, run: run)
  }

  /// The same for one of several models.
  public static func prove(
    _ address: ModelAddress, tensor name: ByteName, chunk: Int, run: Run
  ) throws(Problem) -> ChunkProof {
    let path = address.path
    let contents = try ModelContents.read(address, run: run)
    let model = try OpenModel.require(contents)
    guard let index = model.tensors.firstIndex(where: { $0.name == name }) else {
      throw Problem(
        .usage, "no_such_tensor", place: path, reason: "there is no tensor \"\(name)\" in it",
        remedy: "see `assay inspect` for the names")
    }
    let count = IdentityRules.chunkCount(byteCount: model.tensors[index].byteCount)
    guard (0..<count).contains(chunk) else {
      throw Problem(
        .usage, "no_such_chunk", place: "\(path): tensor \"\(name)\"",
        reason: "it has \(count) chunks of 1 MiB, numbered from 0; chunk \(chunk) is not there",
        remedy: "choose a chunk below \(count)")
    }
    let pass = HashPass(files: [], model: model, proven: index, run: run)
    let outcome = try pass.outcome()
    let tree = outcome.tensors.map { IdentityRules.namedLeaf($0.name, $0.digest) }
    return ChunkProof(
      tensor: outcome.tensors[index],
      tensorPath: MerkleTree.inclusionProof(index: index, in: tree),
      chunkPath: MerkleTree.inclusionProof(index: chunk, in: outcome.leaves),
      weightsDigest: IdentityRules.weightsDigest(
        count: tree.count, root: MerkleTree.root(of: tree)))
  }
}
