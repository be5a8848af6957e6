// The safe face of the few OpenSSL objects that Crypto uses.
//
// Promises: every object is freed exactly once; no pointer leaves this module; a call that
// fails leaves OpenSSL's per-thread error queue empty.
// Does not: interpret. What a key or certificate means is said in the files that use these.

import Base
import COpenSSL

/// A key. OpenSSL does not change a key after it was made, and counts references atomically,
/// so one key may be used by several threads at once.
@safe final class OpenSSLKey: @unchecked Sendable {
  let pointer: OpaquePointer

  init?(owning pointer: OpaquePointer?) {
    guard let pointer = unsafe pointer else {
      ERR_clear_error()
      return nil
    }
    unsafe self.pointer = pointer
  }

  deinit { unsafe EVP_PKEY_free(pointer) }

  /// Signs `message`. `digest` is nil for algorithms that hash by themselves (Ed25519).
  func sign(_ message: [UInt8], digest: OpaquePointer?) throws(Problem) -> [UInt8] {
    guard let context = unsafe EVP_MD_CTX_new() else { throw openSSLProblem("cannot allocate") }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestSignInit(context, nil, digest, nil, pointer) == 1 else {
      throw openSSLProblem("the key cannot sign")
    }
    var count = 0
    guard unsafe EVP_DigestSign(context, nil, &count, message, message.count) == 1 else {
      throw openSSLProblem("signing failed")
    }
    var signature = [UInt8](repeating: 0, count: count)
    guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
      throw openSSLProblem("signing failed")
    }
    // The first call gave an upper bound; DER signatures are often shorter.
    return Array(signature.prefix(count))
  }

  /// Whether `signature` over `message` was made with the private part of this key.
  func verify(_ signature: [UInt8], of message: [UInt8], digest: OpaquePointer?) -> Bool {
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer {
      unsafe EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    guard unsafe EVP_DigestVerifyInit(context, nil, digest, nil, pointer) == 1 else { return false }
    return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}

/// Runs `body` with a memory source over `bytes`.
func withMemoryBIO<R>(reading bytes: [UInt8], _ body: (OpaquePointer) -> R?) -> R? {
  guard let count = Int32(exactly: bytes.count) else { return nil }
  // `BIO_new_mem_buf` keeps a pointer to the bytes, so the BIO must not outlive this closure.
  let result: R? = unsafe bytes.withUnsafeBytes { buffer in
    guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, count) else { return nil }
    defer { unsafe BIO_free(bio) }
    return unsafe body(bio)
  }
  ERR_clear_error()
  return result
}

/// The bytes that `body` writes to a memory sink, or nil when it reports failure.
func bytesFromMemoryBIO(_ body: (OpaquePointer) -> Bool) -> [UInt8]? {
  guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
  defer { unsafe BIO_free(bio) }
  guard unsafe body(bio) else {
    ERR_clear_error()
    return nil
  }
  var data: UnsafeMutablePointer<CChar>?
  let count = unsafe assay_bio_memory(bio, &data)
  guard let data = unsafe data, count >= 0 else { return [] }
  return unsafe Array(UnsafeRawBufferPointer(start: data, count: count))
}

/// A problem with the first reason that OpenSSL gives; empties its queue.
func openSSLProblem(_ what: String) -> Problem {
  let code = ERR_get_error()
  ERR_clear_error()
  guard code != 0, let words = unsafe ERR_reason_error_string(code) else {
    return Problem(.failure, "crypto_failed", reason: what)
  }
  return Problem(.failure, "crypto_failed", reason: unsafe "\(what): \(String(cString: words))")
}
