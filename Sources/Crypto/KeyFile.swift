// Private keys on disk: PKCS#8 in PEM, readable by the owner alone, optionally encrypted.
//
// Spec: RFC 5958 (PKCS#8), RFC 7468 (PEM). Reading also takes what OpenSSL takes: SEC 1
// "EC PRIVATE KEY" and encrypted PKCS#8 (PBES2). Writing with a passphrase uses AES-256-CBC.
//
// Promises: written with mode 0600 by a durable replacement; never asks on the terminal, an
// encrypted key without a passphrase is an error.
// Does not: keep keys out of swap or of core files.

import Base
import COpenSSL

/// Reads and writes private keys.
public enum KeyFile {
  /// A key file is a few hundred bytes; this is the most that is read.
  public static let byteCountMax = 64 * 1024

  /// The key of a PEM file, as one of the two kinds that Assay signs with.
  public enum PrivateKey: Sendable {
    case ed25519(Ed25519.PrivateKey)
    case ecdsa(ECDSA.PrivateKey)
  }

  /// Reads a private key. `passphrase` is needed only for an encrypted one.
  public static func read(
    path: String, passphrase: [UInt8]? = nil
  ) throws(Problem) -> PrivateKey {
    let bytes = try FileSystem.read(path, limitBytes: byteCountMax)
    do {
      return try parse(pem: bytes, passphrase: passphrase)
    } catch {
      throw error.at(path)
    }
  }

  /// Reads a private key that must be ECDSA on P-256, P-384 or P-521.
  public static func readECDSA(
    path: String, passphrase: [UInt8]? = nil
  ) throws(Problem) -> ECDSA.PrivateKey {
    guard case .ecdsa(let key) = try read(path: path, passphrase: passphrase) else {
      throw wrongKind(path, wanted: "an ECDSA key on P-256, P-384 or P-521", found: "Ed25519")
    }
    return key
  }

  /// Reads a private key that must be Ed25519.
  public static func readEd25519(
    path: String, passphrase: [UInt8]? = nil
  ) throws(Problem) -> Ed25519.PrivateKey {
    guard case .ed25519(let key) = try read(path: path, passphrase: passphrase) else {
      throw wrongKind(path, wanted: "an Ed25519 key", found: "ECDSA")
    }
    return key
  }

  /// Writes a private key with mode 0600, encrypted when a passphrase is given.
  public static func write(
    _ key: PrivateKey, path: String, passphrase: [UInt8]? = nil
  ) throws(Problem) {
    try DurableFile.replace(path, with: pem(of: key, passphrase: passphrase), mode: 0o600)
  }
}

// MARK: PEM

extension KeyFile {
  /// The key in PEM text. Problems have no place; the caller knows the file.
  public static func parse(pem: [UInt8], passphrase: [UInt8]?) throws(Problem) -> PrivateKey {
    let secret = (passphrase ?? []).map { CChar(bitPattern: $0) }
    let read = unsafe withMemoryBIO(reading: pem) { bio in
      var request = PassphraseRequest(secret: secret, given: passphrase != nil)
      return unsafe withUnsafeMutablePointer(to: &request) { request in
        unsafe OpenSSLKey(owning: PEM_read_bio_PrivateKey(bio, nil, passphraseCallback, request))
      }
    }
    guard let key = read else {
      let encrypted = isEncrypted(pem)
      throw Problem(
        .malformed, "bad_key",
        reason: encrypted
          ? (passphrase == nil
            ? "the key is encrypted and no passphrase was given"
            : "the passphrase does not open the key")
          : "no private key in PEM was found",
        remedy: encrypted
          ? "give the passphrase of the key"
          : "give a PKCS#8 file that begins with -----BEGIN PRIVATE KEY-----")
    }
    if let ed25519 = Ed25519.PrivateKey(key) { return .ed25519(ed25519) }
    if let ecdsa = ECDSA.PrivateKey(key) { return .ecdsa(ecdsa) }
    throw Problem(
      .malformed, "unsupported_key",
      reason: "the key is neither Ed25519 nor ECDSA on P-256, P-384 or P-521",
      remedy: "make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256")
  }

  /// The PEM text of a key.
  public static func pem(of key: PrivateKey, passphrase: [UInt8]?) throws(Problem) -> [UInt8] {
    let pointer =
      switch key {
      case .ed25519(let key): unsafe key.key.pointer
      case .ecdsa(let key): unsafe key.key.pointer
      }
    let secret = passphrase?.map { CChar(bitPattern: $0) }
    let text = unsafe bytesFromMemoryBIO { bio in
      if let secret {
        return unsafe PEM_write_bio_PKCS8PrivateKey(
          bio, pointer, EVP_aes_256_cbc(), secret, Int32(secret.count), nil, nil) == 1
      }
      return unsafe PEM_write_bio_PKCS8PrivateKey(bio, pointer, nil, nil, 0, nil, nil) == 1
    }
    guard let text else { throw openSSLProblem("cannot write the key") }
    return text
  }

  private static func isEncrypted(_ pem: [UInt8]) -> Bool {
    String(decoding: pem, as: UTF8.self).utf8.firstRange(of: "ENCRYPTED".utf8) != nil
  }

  private static func wrongKind(_ path: String, wanted: String, found: String) -> Problem {
    Problem(
      .malformed, "unsupported_key", place: path,
      reason: "\(wanted) is needed here; this one is \(found)")
  }
}

/// What the callback below may answer with.
private struct PassphraseRequest {
  var secret: [CChar]
  var given: Bool
}

/// Answers OpenSSL's question for a passphrase from memory. The default callback would ask on
/// the terminal, which would hang a daemon.
private let passphraseCallback:
  @convention(c) (
    UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
  ) -> Int32 = { buffer, size, _, user in
    guard let buffer = unsafe buffer, let user = unsafe user else { return -1 }
    let request = unsafe user.assumingMemoryBound(to: PassphraseRequest.self).pointee
    guard request.given, request.secret.count <= Int(size) else { return -1 }
    for (offset, byte) in request.secret.enumerated() { unsafe buffer[offset] = byte }
    return Int32(request.secret.count)
  }
