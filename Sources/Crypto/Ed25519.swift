// Ed25519 signatures: the log's checkpoints and the cosignatures of witnesses.
//
// Spec: RFC 8032 section 5.1, as OpenSSL does it.
//
// Promises: a public key is 32 bytes, a private key the 32-byte seed, a signature 64 bytes;
// verification of any other length is false, never an error.

import Base
import COpenSSL

/// Ed25519 keys.
public enum Ed25519 {
  /// Bytes of a seed and of a public key.
  public static let keyByteCount = 32
  /// Bytes of a signature.
  public static let signatureByteCount = 64
}

extension Ed25519 {
  /// A key that verifies.
  public struct PublicKey: Equatable, Sendable {
    /// The 32 bytes of the key.
    public let bytes: [UInt8]
    private let key: OpenSSLKey

    /// A key from its 32 bytes; nil for another length.
    public init?(bytes: [UInt8]) {
      guard bytes.count == keyByteCount,
        let key = unsafe OpenSSLKey(
          owning: EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count))
      else { return nil }
      self.bytes = bytes
      self.key = key
    }

    /// Whether `signature` over `message` was made by this key.
    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
      unsafe signature.count == signatureByteCount
        && key.verify(signature, of: message, digest: nil)
    }

    /// Equal bytes, equal keys.
    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
  }

  /// A key that signs.
  public struct PrivateKey: Sendable {
    /// The 32-byte seed, from which everything else follows. Secret.
    let seed: [UInt8]
    /// The key that verifies what this one signs.
    public let publicKey: PublicKey
    let key: OpenSSLKey

    /// A key from its 32-byte seed; nil for another length.
    public init?(seed: [UInt8]) {
      guard seed.count == keyByteCount,
        let key = unsafe OpenSSLKey(
          owning: EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count))
      else { return nil }
      self.init(key)
    }

    /// Takes an OpenSSL key if it is an Ed25519 private key.
    init?(_ key: OpenSSLKey) {
      guard unsafe EVP_PKEY_get_id(key.pointer) == EVP_PKEY_ED25519 else { return nil }
      var seed = [UInt8](repeating: 0, count: keyByteCount)
      var seedCount = seed.count
      var bytes = [UInt8](repeating: 0, count: keyByteCount)
      var byteCount = bytes.count
      guard unsafe EVP_PKEY_get_raw_private_key(key.pointer, &seed, &seedCount) == 1,
        unsafe EVP_PKEY_get_raw_public_key(key.pointer, &bytes, &byteCount) == 1,
        seedCount == keyByteCount, byteCount == keyByteCount,
        let publicKey = PublicKey(bytes: bytes)
      else { return nil }
      self.seed = seed
      self.publicKey = publicKey
      self.key = key
    }

    /// A fresh random key.
    public static func generate() throws(Problem) -> PrivateKey {
      guard let key = PrivateKey(seed: SystemRandom.bytes(keyByteCount)) else {
        throw openSSLProblem("cannot make an Ed25519 key")
      }
      return key
    }

    /// The 64-byte signature over `message`.
    public func sign(_ message: [UInt8]) throws(Problem) -> [UInt8] {
      try unsafe key.sign(message, digest: nil)
    }
  }
}
