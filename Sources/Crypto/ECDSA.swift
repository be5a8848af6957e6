// ECDSA on the three NIST curves: statements of the ledger and OMS signatures of models.
//
// Spec: FIPS 186-5, as OpenSSL does it. The hash follows the curve: P-256 with SHA-256, P-384
// with SHA-384, P-521 with SHA-512. Signatures are DER (SEC 1, C.8), public keys SPKI.
//
// Promises: a key on any other curve (secp256k1, brainpool, …) or of another algorithm is
// refused when it is read, so a value of these types is always one of the three.
// Does not: make equal signatures from equal messages; the nonce is random.

import Base
import COpenSSL

/// ECDSA keys on P-256, P-384 and P-521.
public enum ECDSA {
  /// A curve and the hash that goes with it.
  public enum Curve: String, CaseIterable, Sendable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"
  }
}

extension ECDSA.Curve {
  /// OpenSSL's names for the curve.
  fileprivate var groupNames: [String] {
    switch self {
    case .p256: ["prime256v1", "P-256"]
    case .p384: ["secp384r1", "P-384"]
    case .p521: ["secp521r1", "P-521"]
    }
  }

  /// The hash that goes with the curve.
  fileprivate var digest: OpaquePointer? {
    switch self {
    case .p256: unsafe EVP_sha256()
    case .p384: unsafe EVP_sha384()
    case .p521: unsafe EVP_sha512()
    }
  }

  /// The curve of an EC key; nil for any other key.
  fileprivate init?(_ key: OpenSSLKey) {
    guard unsafe EVP_PKEY_get_base_id(key.pointer) == EVP_PKEY_EC else { return nil }
    var name = [CChar](repeating: 0, count: 64)
    var count = 0
    guard unsafe EVP_PKEY_get_group_name(key.pointer, &name, name.count, &count) == 1 else {
      ERR_clear_error()
      return nil
    }
    let text = String(decoding: name.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard let curve = Self.allCases.first(where: { $0.groupNames.contains(text) }) else {
      return nil
    }
    self = curve
  }
}

// MARK: Public keys

extension ECDSA {
  /// A key that verifies.
  public struct PublicKey: Equatable, Sendable {
    /// The curve, one of three.
    public let curve: Curve
    /// SubjectPublicKeyInfo in DER.
    public let der: [UInt8]
    private let key: OpenSSLKey

    /// Takes the public part of an OpenSSL key on one of the three curves.
    init?(_ key: OpenSSLKey) {
      guard let curve = Curve(key),
        let der = unsafe bytesFromMemoryBIO({ unsafe i2d_PUBKEY_bio($0, key.pointer) == 1 })
      else { return nil }
      self.curve = curve
      self.der = der
      self.key = key
    }

    /// Reads one PEM block "PUBLIC KEY". Nil for anything that is not a key on the three curves.
    public init?(pem: [UInt8]) {
      let read = unsafe withMemoryBIO(reading: pem) { bio in
        unsafe OpenSSLKey(owning: PEM_read_bio_PUBKEY(bio, nil, nil, nil))
      }
      guard let read, let key = PublicKey(read) else { return nil }
      self = key
    }

    /// The key as PEM: 64-column lines and a final newline.
    public var pem: [UInt8] {
      let body = Base64.encode(der)
      var text = "-----BEGIN PUBLIC KEY-----\n"
      var rest = body[...]
      while !rest.isEmpty {
        text += rest.prefix(64) + "\n"
        rest = rest.dropFirst(64)
      }
      return Array((text + "-----END PUBLIC KEY-----\n").utf8)
    }

    /// SHA-256 of the PEM text: the `hint` of Sigstore bundles, and our `keyid`.
    public var identifier: Digest { SHA256.hash(pem) }

    /// Whether the DER `signature` over `message` was made by this key.
    public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
      unsafe key.verify(signature, of: message, digest: curve.digest)
    }

    /// Equal encodings, equal keys.
    public static func == (left: Self, right: Self) -> Bool { left.der == right.der }
  }
}

// MARK: Private keys

extension ECDSA {
  /// A key that signs.
  public struct PrivateKey: Sendable {
    /// The key that verifies what this one signs.
    public let publicKey: PublicKey
    let key: OpenSSLKey

    /// Takes an OpenSSL private key on one of the three curves.
    init?(_ key: OpenSSLKey) {
      guard let publicKey = PublicKey(key) else { return nil }
      self.publicKey = publicKey
      self.key = key
    }

    /// A P-256 key from its secret number, 32 bytes big-endian; nil unless 0 < number < order.
    public init?(p256Scalar scalar: [UInt8]) {
      guard scalar.count == 32, scalar.contains(where: { $0 != 0 }),
        scalar.lexicographicallyPrecedes(p256Order)
      else { return nil }
      // RFC 5915 ECPrivateKey without the public part, which OpenSSL computes when it reads it.
      let der: [UInt8] =
        [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20] + scalar
        + [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
      let read = unsafe withMemoryBIO(reading: der) { bio in
        unsafe OpenSSLKey(owning: d2i_PrivateKey_bio(bio, nil))
      }
      guard let read, let key = PrivateKey(read) else { return nil }
      self = key
    }

    /// A fresh random P-256 key.
    public static func generate() throws(Problem) -> PrivateKey {
      // A random number misses the range with a chance of 2^-32.
      for _ in 0..<8 {
        if let key = PrivateKey(p256Scalar: SystemRandom.bytes(32)) { return key }
      }
      throw openSSLProblem("cannot make a P-256 key")
    }

    /// The DER signature over `message`, hashed as the curve demands.
    public func sign(_ message: [UInt8]) throws(Problem) -> [UInt8] {
      try unsafe key.sign(message, digest: publicKey.curve.digest)
    }
  }
}

/// The order of the base point of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3).
private let p256Order: [UInt8] = [
  0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
  0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
]
