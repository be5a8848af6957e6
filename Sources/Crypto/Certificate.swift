// X.509 certificates of signers: a chain to a trusted root, and what the leaf may do.
//
// Spec: RFC 5280 through OpenSSL's X509_STORE. Beyond it: the leaf's key is ECDSA on P-256, P-384
// or P-521, its key usage allows signatures, its extended key usage (if any) is for code signing.
//
// Promises: only the given roots are anchors, never the system's; certificates that come with a
// signature are no more than steps on the way. Validity is checked at the instant that is asked
// about, for every certificate of the chain.
// Does not: look at revocation, or at the names in a certificate.

import Base
import COpenSSL

/// One certificate.
@safe public final class Certificate: @unchecked Sendable {
  // OpenSSL caches parsed extensions within the object under a lock of its own.
  let pointer: OpaquePointer
  /// The certificate in DER.
  public let der: [UInt8]

  /// More bytes than this are no certificate.
  public static let byteCountMax = 64 * 1024
  /// A chain has no more than this many.
  public static let chainCountMax = 16

  private init?(owning pointer: OpaquePointer?) {
    guard let pointer = unsafe pointer else { return nil }
    guard let der = unsafe bytesFromMemoryBIO({ unsafe i2d_X509_bio($0, pointer) == 1 }) else {
      unsafe X509_free(pointer)
      return nil
    }
    unsafe self.pointer = pointer
    self.der = der
  }

  deinit { unsafe X509_free(pointer) }

  /// Reads one certificate in DER; nil for anything else, bytes behind it included.
  public convenience init?(der: [UInt8]) {
    guard der.count <= Self.byteCountMax else { return nil }
    let pointer = unsafe withMemoryBIO(reading: der) { bio in unsafe d2i_X509_bio(bio, nil) }
    unsafe self.init(owning: pointer)
    guard self.der == der else { return nil }
  }

  /// Reads every "CERTIFICATE" block of a PEM text, in order; nil if there is none or one of them
  /// cannot be read.
  public static func all(inPEM pem: [UInt8]) -> [Certificate]? {
    let certificates: [Certificate]? = unsafe withMemoryBIO(reading: pem) { bio in
      var found: [Certificate] = []
      while found.count < 1024 {
        guard let certificate = unsafe Certificate(owning: PEM_read_bio_X509(bio, nil, nil, nil))
        else {
          // "No start line" is how OpenSSL reports the end of the text.
          let code = ERR_peek_last_error()
          return Int(code & 0x7F_FFFF) == Int(PEM_R_NO_START_LINE) ? found : nil
        }
        found.append(certificate)
      }
      return nil
    }
    guard let certificates, !certificates.isEmpty else { return nil }
    return certificates
  }

  /// The certificate's key, if it is ECDSA on P-256, P-384 or P-521.
  public var publicKey: ECDSA.PublicKey? {
    unsafe OpenSSLKey(owning: X509_get_pubkey(pointer)).flatMap { ECDSA.PublicKey($0) }
  }
}

// MARK: Chains

extension Certificate {
  /// Checks that `chain` (leaf first) leads to one of `roots` at an instant, and that the leaf
  /// may sign models. Returns the leaf's key; throws the reason as a refusal.
  public static func verify(
    chain: [Certificate], roots: [Certificate], at instant: Instant
  ) throws(Problem) -> ECDSA.PublicKey {
    guard let leaf = chain.first, chain.count <= chainCountMax else {
      throw refused("the chain needs 1 to \(chainCountMax) certificates")
    }
    if let reason = chainError(chain, roots, instant) { throw refused(reason) }
    guard let key = leaf.publicKey else {
      throw refused("the certificate's key is not ECDSA on P-256, P-384 or P-521")
    }
    let flags = unsafe X509_get_extension_flags(leaf.pointer)
    if flags & UInt32(EXFLAG_KUSAGE) != 0 {
      guard unsafe X509_get_key_usage(leaf.pointer) & UInt32(KU_DIGITAL_SIGNATURE) != 0 else {
        throw refused("the certificate's key usage does not allow signatures")
      }
    }
    if flags & UInt32(EXFLAG_XKUSAGE) != 0 {
      let allowed = UInt32(XKU_CODE_SIGN | XKU_ANYEKU)
      guard unsafe X509_get_extended_key_usage(leaf.pointer) & allowed != 0 else {
        throw refused("the certificate is not for code signing")
      }
    }
    return key
  }

  /// OpenSSL's reason for refusing the chain; nil when it is good.
  private static func chainError(
    _ chain: [Certificate], _ roots: [Certificate], _ instant: Instant
  ) -> String? {
    guard let store = unsafe X509_STORE_new(), let context = unsafe X509_STORE_CTX_new(),
      let others = unsafe assay_x509_stack_new()
    else { return "out of memory" }
    defer {
      unsafe assay_x509_stack_free(others)
      unsafe X509_STORE_CTX_free(context)
      unsafe X509_STORE_free(store)
      ERR_clear_error()
    }
    for root in roots where unsafe X509_STORE_add_cert(store, root.pointer) != 1 {
      return "a trusted root cannot be used"
    }
    for certificate in chain.dropFirst()
    where unsafe assay_x509_stack_push(others, certificate.pointer) == 0 {
      return "out of memory"
    }
    guard unsafe X509_STORE_CTX_init(context, store, chain[0].pointer, others) == 1 else {
      return "the chain cannot be read"
    }
    unsafe X509_STORE_CTX_set_time(context, 0, time_t(instant.seconds))
    if unsafe X509_verify_cert(context) == 1 { return nil }
    let code = unsafe Int(X509_STORE_CTX_get_error(context))
    return unsafe X509_verify_cert_error_string(code).map { unsafe String(cString: $0) }
      ?? "error \(code)"
  }

  private static func refused(_ reason: String) -> Problem {
    Problem(
      .refused, "certificate_refused", place: "certificate", reason: reason,
      remedy: "ask the signer for a signature under a valid certificate of a trusted root")
  }
}
