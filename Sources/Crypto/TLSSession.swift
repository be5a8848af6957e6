// The server's side of TLS (RFC 8446, RFC 5246), as a context made from files and sessions made
// from it. TLS 1.2 and 1.3 with forward-secret, authenticated ciphers; no compression, no
// renegotiation.
//
// Promises: a context that was made has a chain and the key that fits it; a session never waits, it
// says what it wants; after a fatal error nothing more is done with a session. An orderly end sends
// close_notify, so that a peer can tell an end from a cut. Does not: verify clients, or act as one.

import Base
import COpenSSL

/// A certificate chain and its key. Sessions keep the context they began with alive.
@safe public final class TLSContext: @unchecked Sendable {
  // OpenSSL counts references to a context atomically; it is not changed after `init`.
  fileprivate let pointer: OpaquePointer

  private static let ciphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20"

  /// Reads both PEM files; the chain begins with the server's own certificate.
  public init(certificatePath: String, keyPath: String) throws(Problem) {
    ERR_clear_error()
    guard let made = unsafe SSL_CTX_new(TLS_server_method()) else {
      throw openSSLProblem("cannot make a TLS context")
    }
    unsafe pointer = made
    // Macros over SSL_CTX_ctrl: minimum version, and the modes of a loop that never waits.
    let isVersionSet = unsafe SSL_CTX_ctrl(
      pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    let modes =
      SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
      | SSL_MODE_RELEASE_BUFFERS
    unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, Int(modes), nil)
    // SSL_OP_NO_COMPRESSION, SSL_OP_CIPHER_SERVER_PREFERENCE, SSL_OP_NO_RENEGOTIATION.
    unsafe SSL_CTX_set_options(pointer, 1 << 17 | 1 << 22 | 1 << 30)
    guard isVersionSet == 1, unsafe SSL_CTX_set_cipher_list(pointer, Self.ciphers12) == 1 else {
      throw openSSLProblem("cannot set up TLS")
    }
    guard unsafe SSL_CTX_use_certificate_chain_file(pointer, certificatePath) == 1 else {
      throw openSSLProblem("the certificate chain cannot be used").at(certificatePath)
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(pointer, keyPath, SSL_FILETYPE_PEM) == 1,
      unsafe SSL_CTX_check_private_key(pointer) == 1
    else { throw openSSLProblem("the private key cannot be used").at(keyPath) }
  }

  deinit { unsafe SSL_CTX_free(pointer) }
}

/// One connection's TLS, over a descriptor that does not block. Belongs to one thread.
@safe public final class TLSSession {
  /// What became of an attempt.
  public enum Step: Equatable, Sendable {
    case moved(Int)
    case wantsRead, wantsWrite
    /// The peer has ended its side, orderly or not.
    case ended
    case failed
  }

  private let pointer: OpaquePointer
  private var isBroken = false

  /// Nil if OpenSSL has no memory.
  public init?(context: TLSContext, descriptor: Int32) {
    guard let made = unsafe SSL_new(context.pointer) else { return nil }
    unsafe pointer = made
    guard unsafe SSL_set_fd(pointer, descriptor) == 1 else {
      unsafe SSL_free(pointer)
      return nil
    }
    unsafe SSL_set_accept_state(pointer)
  }

  deinit { unsafe SSL_free(pointer) }

  /// Decrypted bytes that poll will not tell of.
  public var hasPending: Bool { unsafe SSL_pending(pointer) > 0 }

  public func receive(into buffer: inout [UInt8]) -> Step {
    guard !isBroken else { return .failed }
    ERR_clear_error()
    let count = unsafe SSL_read(pointer, &buffer, Int32(clamping: buffer.count))
    return step(count)
  }

  public func send(_ bytes: [UInt8], from offset: Int) -> Step {
    guard !isBroken else { return .failed }
    ERR_clear_error()
    let count = unsafe bytes.withUnsafeBytes { raw in
      unsafe SSL_write(
        pointer, raw.baseAddress?.advanced(by: offset), Int32(clamping: raw.count - offset))
    }
    return step(count)
  }

  /// Says that nothing more will be sent.
  public func finishSending() {
    guard !isBroken, unsafe SSL_is_init_finished(pointer) == 1 else { return }
    ERR_clear_error()
    unsafe SSL_shutdown(pointer)
    ERR_clear_error()
  }

  private func step(_ count: Int32) -> Step {
    if count > 0 { return .moved(Int(count)) }
    let code = unsafe SSL_get_error(pointer, count)
    defer { ERR_clear_error() }
    switch code {
    case SSL_ERROR_WANT_READ: return .wantsRead
    case SSL_ERROR_WANT_WRITE: return .wantsWrite
    case SSL_ERROR_ZERO_RETURN: return .ended
    default:
      isBroken = true
      return .failed
    }
  }
}
