// Signing a model: hash its files, list them as OMS 1.0 says, sign the list.

import Base
import Crypto
import Formats

/// What a signature of a model is made with.
public struct BundleSigner: Sendable {
  /// The key that signs.
  public var key: ECDSA.PrivateKey
  /// Leaf first; empty for the method by key. The leaf's key must be `key`.
  public var chain: [Certificate]

  /// A signer from its parts; nil when the leaf belongs to another key.
  public init?(key: ECDSA.PrivateKey, chain: [Certificate] = []) {
    if let leaf = chain.first, leaf.publicKey != key.publicKey { return nil }
    self.key = key
    self.chain = chain
  }
}

extension Bundle {
  /// Signs the model at `path`. `signature` is where the bundle will be written: it is left out
  /// of the model. `shardByteCount` signs pieces of files instead of whole ones.
  public static func sign(
    model path: String, signature: String, ignored: [String] = [], shardByteCount: Int? = nil,
    by signer: BundleSigner, run: Run
  ) throws(Problem) -> Bundle {
    try sign(
      ModelAddress(path: path), signature: signature, ignored: ignored,
      shardByteCount: shardByteCount, by: signer, run: run)
  }

  /// The same for one of several models.
  public static func sign(
    _ model: ModelAddress, signature: String, ignored: [String] = [], shardByteCount: Int? = nil,
    by signer: BundleSigner, run: Run
  ) throws(Problem) -> Bundle {
    for ignored in ignored where !isIgnorablePath(ignored) {
      throw Problem(
        .usage, "bad_ignore", reason: "\"\(ignored)\" is not a path within the model",
        remedy: "give a relative path without '..' and patterns")
    }
    let ignored = ignored.map { ByteName($0) }
    let files = try BundleFiles(model, ignored: ignored, signature: signature)
    try files.checkStore(run: run)
    if let other = files.others.first {
      throw Problem(
        .refused, "link_in_model", place: files.location(of: other),
        reason: "links and special files cannot be signed, since they may lead anywhere",
        remedy: "replace it by the file it means, or leave it out with --ignore")
    }
    if !files.isOneFile, let bad = files.files.first(where: { !isModelPath($0.text) }) {
      throw Problem(
        .refused, "bad_name", place: bad.text,
        reason: "the name holds a character that no manifest may hold", remedy: "rename the file")
    }
    let manifest = BundleManifest(
      name: files.name, resources: try resources(files, shardByteCount, run),
      shardByteCount: shardByteCount, ignored: ignored)
    guard !manifest.resources.isEmpty else {
      throw Problem(
        .refused, "empty_model", place: model.path, reason: "there is nothing to sign",
        remedy: "give the directory that holds the model")
    }
    let material: Material =
      signer.chain.isEmpty
      ? .publicKey(hint: signer.key.publicKey.identifier.hex) : .certificates(signer.chain)
    return Bundle(material: material, envelope: try manifest.statement().signed(by: signer.key))
  }

  private static func resources(
    _ files: BundleFiles, _ shardByteCount: Int?, _ run: Run
  ) throws(Problem) -> [BundleManifest.Resource] {
    guard let shardByteCount else {
      let digests = try files.digests(of: files.files, run: run)
      return zip(files.files, digests).map { .init(path: $0, shard: nil, digest: $1) }
    }
    var resources: [BundleManifest.Resource] = []
    for path in files.files {
      let byteCount = FileSystem.stamp(of: files.location(of: path))?.sizeBytes ?? 0
      let shards = stride(from: 0, to: byteCount, by: shardByteCount).map {
        $0..<min($0 + shardByteCount, byteCount)
      }
      for (shard, digest) in zip(shards, try files.digests(of: shards, in: path, run: run).digests)
      {
        guard let digest else {
          throw Problem(
            .malformed, "changed", place: files.location(of: path),
            reason: "the file changed while it was read", remedy: "run again")
        }
        resources.append(.init(path: path, shard: shard, digest: digest))
      }
    }
    return resources
  }
}
