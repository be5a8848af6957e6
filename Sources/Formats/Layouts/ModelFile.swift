// One file of a model: what it is called there, where its bytes lie, and what its store says of
// them.

import Base

/// A file of a model.
public struct ModelFile: Equatable, Sendable {
  /// Relative to the model's folder.
  public let name: String
  /// A regular file, with the links of its layout resolved.
  public let location: String
  /// What the name of its blob promises about its content; nil where no store names it.
  public let claim: BlobClaim?

  public init(name: String, location: String, claim: BlobClaim? = nil) {
    self.name = name
    self.location = location
    self.claim = claim
  }
}

/// What a store that names files by their content says of one.
public struct BlobClaim: Equatable, Sendable {
  /// How the name is made from the content.
  public enum Kind: Equatable, Sendable {
    /// SHA-256 of the bytes.
    case sha256
    /// SHA-1 of `blob LENGTH`, a zero byte and the bytes, as Git names a file.
    case gitBlob
  }

  public let kind: Kind
  public let digest: [UInt8]
  /// The length that a manifest gives.
  public let byteCount: Int?

  init(kind: Kind, digest: [UInt8], byteCount: Int? = nil) {
    self.kind = kind
    self.digest = digest
    self.byteCount = byteCount
  }

  /// The claim of a blob's name in a Hugging Face cache: 64 digits are a SHA-256, 40 Git's name.
  /// Nil for a name of another form, of which nothing is known.
  init?(hubBlob name: String) {
    guard let digest = Hex.decode(name) else { return nil }
    switch digest.count {
    case 32: self.init(kind: .sha256, digest: digest)
    case 20: self.init(kind: .gitBlob, digest: digest)
    default: return nil
    }
  }

  /// The claim of a `sha256:…` of a manifest; nil unless 64 small hexadecimal digits follow.
  init?(tagged text: String, byteCount: Int) {
    guard text.utf8.starts(with: "sha256:".utf8),
      let digest = Hex.decode(text.dropFirst(7)), digest.count == 32
    else { return nil }
    self.init(kind: .sha256, digest: digest, byteCount: byteCount)
  }

  public var hex: String { Hex.encode(digest) }
}
