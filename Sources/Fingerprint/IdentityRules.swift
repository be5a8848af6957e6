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
    var message: [UInt8] = []
    message.reserveCapacity(160)
    message += "\(label)\n".utf8
    message += type.name.utf8
    message.append(UInt8(ascii: "\n"))
    for (position, dimension) in shape.enumerated() {
      if position > 0 { message.append(UInt8(ascii: ",")) }
      message += String(dimension).utf8
    }
    message += "\n\(byteCount)\n".utf8
    root.append(to: &message)
    return SHA256.hash(message)
  }

  /// The leaf of one tensor under its name.
  public static func namedLeaf(_ name: ByteName, _ digest: Digest) -> Digest {
    var entry: [UInt8] = []
    entry.reserveCapacity(name.bytes.count + 96)
    entry += "assay/named-tensor/v1\n".utf8
    entry += String(name.bytes.count).utf8
    entry.append(UInt8(ascii: ":"))
    entry += name.bytes
    entry.append(UInt8(ascii: "\n"))
    digest.append(to: &entry)
    return MerkleTree.leafHash(entry)
  }

  /// All tensors under their names: the tree over their leaves, in the order of the names' bytes.
  public static func weightsDigest(_ tree: MerkleTree.Frontier) -> Digest {
    weightsDigest(count: tree.size, root: tree.root)
  }

  /// The same from the root of the tree over the leaves.
  static func weightsDigest(count: Int, root: Digest) -> Digest {
    counted("assay/weights/v1", count, root.bytes)
  }

  /// All values under the tensors' names.
  public static func valuesDigest(_ tree: MerkleTree.Frontier) -> Digest {
    counted("assay/weights-values/v1", tree.size, tree.root.bytes)
  }

  /// The different tensors, whatever their names; `digests` are distinct and ascend.
  public static func tensorSetDigest(_ digests: [Digest]) -> Digest {
    set("assay/tensor-set/v1", digests)
  }

  /// The different values, whatever their names and types; `digests` are distinct and ascend.
  public static func valueSetDigest(_ digests: [Digest]) -> Digest {
    set("assay/tensor-set-values/v1", digests)
  }

  /// The bundle: all files, their digests in the order of the paths' bytes.
  public static func filesRoot(_ digests: [Digest]) -> Digest {
    var hasher = SHA256()
    for digest in digests { hasher.update(digest.bytes) }
    return hasher.digest()
  }

  private static func set(_ label: String, _ digests: [Digest]) -> Digest {
    var hasher = SHA256()
    hasher.update(Array("\(label)\n\(digests.count)\n".utf8))
    for digest in digests { hasher.update(digest) }
    return hasher.digest()
  }

  private static func counted(_ label: String, _ count: Int, _ rest: [UInt8]) -> Digest {
    SHA256.hash(Array("\(label)\n\(count)\n".utf8), rest)
  }
}
