// Bodies that are too large for an entry, or that must be erasable: files named by their digest.
//
//     <directory>/<first two hex digits>/<the other 62>
//
// The log holds the digest, so a blob can be withheld or erased without breaking any proof.
// Promises: a blob that is returned has the digest it was asked for by; writing is durable.

import Base
import Crypto

/// A directory of blobs.
public struct BlobStore: Sendable {
  /// Where they lie.
  public let directory: String
  /// The largest blob that is read back.
  public static let byteCountMax = 1 << 30

  /// Blobs below a directory, which must be there.
  public init(directory: String) { self.directory = directory }

  /// The path of a blob, whether it is there or not.
  public func path(of digest: Digest) -> String {
    let hex = digest.hex
    return "\(directory)/\(hex.prefix(2))/\(hex.dropFirst(2))"
  }

  /// Keeps a blob durably; keeping it twice is the same as once.
  public func put(_ bytes: [UInt8]) throws(Problem) -> Digest {
    let digest = SHA256.hash(bytes)
    let path = path(of: digest)
    if FileSystem.exists(path) { return digest }
    let folder = FileSystem.directoryName(path)
    try FileSystem.makeDirectory(folder, mode: 0o700)
    try DurableFile.syncDirectory(directory)
    try DurableFile.replace(path, with: bytes, mode: 0o600)
    return digest
  }

  /// Whether a blob is here; it is not read.
  public func has(_ digest: Digest) -> Bool { FileSystem.kind(of: path(of: digest)) == .file }

  /// A blob; nil when it is not here (any more).
  public func get(_ digest: Digest) throws(Problem) -> [UInt8]? {
    let path = path(of: digest)
    guard FileSystem.exists(path) else { return nil }
    let bytes = try FileSystem.read(path, limitBytes: Self.byteCountMax)
    guard SHA256.hash(bytes) == digest else {
      throw Problem(
        .failure, "blob_damaged", place: path, reason: "the blob is not what its name says",
        remedy: "restore it from a backup, or remove it")
    }
    return bytes
  }

  /// Erases a blob. Its digest stays in the log; the proofs stay whole.
  public func erase(_ digest: Digest) throws(Problem) {
    try FileSystem.remove(path(of: digest))
  }
}
