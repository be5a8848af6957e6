// The formulas of identity (assay-id v1). Everything that names a model is computed here.
//
//     content_root   RFC 6962 tree over chunks of 1 MiB of the tensor's canonical bytes
//     digest         H("assay/tensor/v1\n" TYPE "\n" d0,d1,… "\n" BYTES "\n" || content_root)
//     value_digest   H("assay/value/v1\n" FORM "\n" d0,d1,… "\n" BYTES "\n" || root of value bytes)
//     named leaf     "assay/named-tensor/v1\n" LENGTH ":" NAME "\n" || digest, hashed as a leaf
//     weights_digest H("assay/weights/v1\n" COUNT "\n" || tree over the named leaves by name)
//     set digest     H("assay/tensor-set/v1\n" COUNT "\n" || distinct digests, ascending)
//     files_root     H(digests of the files, by path)
//
// Each rule begins with its own label and a line break, numbers are decimal, names carry their
// length: no two rules and no two lists of fields can hash the same bytes.

import Base
import Crypto
import Formats

/// The formulas, each a pure function.
public enum IdentityRules {
  public static let chunkByteCount = 1_048_576

  /// How many chunks a tensor of so many bytes has; none if it is empty.
  public static func chunkCount(byteCount: Int) -> Int {
    byteCount / chunkByteCount + (byteCount % chunkByteCount == 0 ? 0 : 1)
  }

  /// The hash of a tensor: type, shape, bytes.
  public static func tensorDigest(
    type: ElementType, shape: [Int], byteCount: Int, contentRoot: Digest
  ) -> Digest {
    described("assay/tensor/v1", type, shape, byteCount, contentRoot)
  }

  /// The hash of a tensor's values, written in `form`.
  public static func valueDigest(
    form: ElementType, shape: [Int], byteCount: Int, root: Digest
  ) -> Digest {
    described("assay/value/v1", form, shape, byteCount, root)
  }

  private static func described(
    _ label: String, _ type: ElementType, _ shape: [Int], _ byteCount: Int, _ root: Digest
  ) -> Digest {
    let dimensions = shape.map(String.init).joined(separator: ",")
    return SHA256.hash(
      Array("\(label)\n\(type.name)\n\(dimensions)\n\(byteCount)\n".utf8), root.bytes)
  }

  /// The leaf of one tensor under its name.
  public static func namedLeaf(_ name: ByteName, _ digest: Digest) -> Digest {
    MerkleTree.leafHash(
      Array("assay/named-tensor/v1\n\(name.bytes.count):".utf8) + name.bytes
        + [UInt8(ascii: "\n")] + digest.bytes)
  }

  /// All tensors under their names; `leaves` in the order of the names' bytes.
  public static func weightsDigest(leaves: [Digest]) -> Digest {
    weightsDigest(count: leaves.count, root: MerkleTree.root(of: leaves))
  }

  /// The same from the root of the tree over the leaves.
  static func weightsDigest(count: Int, root: Digest) -> Digest {
    counted("assay/weights/v1", count, root.bytes)
  }

  /// All values under the tensors' names.
  public static func valuesDigest(leaves: [Digest]) -> Digest {
    counted("assay/weights-values/v1", leaves.count, MerkleTree.root(of: leaves).bytes)
  }

  /// The different tensors, whatever their names.
  public static func tensorSetDigest(_ digests: Set<Digest>) -> Digest {
    set("assay/tensor-set/v1", digests)
  }

  /// The different values, whatever their names and types.
  public static func valueSetDigest(_ digests: Set<Digest>) -> Digest {
    set("assay/tensor-set-values/v1", digests)
  }

  /// The bundle: all files, their digests in the order of the paths' bytes.
  public static func filesRoot(_ digests: [Digest]) -> Digest {
    var hasher = SHA256()
    for digest in digests { hasher.update(digest.bytes) }
    return hasher.digest()
  }

  private static func set(_ label: String, _ digests: Set<Digest>) -> Digest {
    counted(label, digests.count, digests.sorted().flatMap(\.bytes))
  }

  private static func counted(_ label: String, _ count: Int, _ rest: [UInt8]) -> Digest {
    SHA256.hash(Array("\(label)\n\(count)\n".utf8), rest)
  }
}

extension WeightsIdentity {
  /// From all tensors of a model and the entries of the canonical digest, each sorted by name.
  init(_ tensors: [TensorIdentity], canonical: [CanonicalTensor]) {
    tensorCount = tensors.count
    let digests = Set(tensors.map(\.digest))
    distinctTensors = digests.count
    weightsDigest = IdentityRules.weightsDigest(
      leaves: tensors.map { IdentityRules.namedLeaf($0.name, $0.digest) })
    valuesDigest = IdentityRules.valuesDigest(
      leaves: tensors.map { IdentityRules.namedLeaf($0.name, $0.valueDigest) })
    tensorSetDigest = IdentityRules.tensorSetDigest(digests)
    valueSetDigest = IdentityRules.valueSetDigest(Set(tensors.map(\.valueDigest)))
    self.canonical = canonical
    canonicalCount = canonical.count
    canonicalValuesDigest = IdentityRules.valuesDigest(
      leaves: canonical.map { IdentityRules.namedLeaf($0.name, $0.valueDigest) })
    unmapped = tensors.filter { $0.canonical.contains(where: \.isUnmapped) }.map(\.name)
    unrestored = tensors.compactMap { tensor in
      guard case .unrestored(let name, let obstacle)? = tensor.canonical.first?.standing else {
        return nil
      }
      return UnrestoredTensor(name: tensor.name, canonicalName: name, obstacle: obstacle)
    }
  }
}
