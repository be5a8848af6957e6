// Reading from and writing to one peer, without waiting, plain or through TLS. A transport owns its
// descriptor and closes it when it is dropped.

import Base
import Crypto
import Glibc
import Synchronization

/// What became of an attempt to move bytes.
enum Transfer {
  case moved(Int)
  /// Nothing now; poll for this direction and come again.
  case wants(PollInterest)
  /// The peer has closed its side.
  case ended
  case failed
}

enum PollInterest {
  case read, write
}

/// A connected stream socket.
final class Transport {
  let descriptor: Int32
  private let session: TLSSession?

  init(descriptor: Int32, session: TLSSession? = nil) {
    self.descriptor = descriptor
    self.session = session
  }

  deinit {
    close(descriptor)
  }

  /// Whether bytes are here that poll will not tell of.
  var hasPending: Bool { session?.hasPending ?? false }

  func receive(into buffer: inout [UInt8]) -> Transfer {
    if let session { return transfer(session.receive(into: &buffer)) }
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
    }
    if count > 0 { return .moved(count) }
    if count == 0 { return .ended }
    return errno == EAGAIN || errno == EINTR ? .wants(.read) : .failed
  }

  func send(_ bytes: [UInt8], from offset: Int) -> Transfer {
    if let session { return transfer(session.send(bytes, from: offset)) }
    let count = unsafe bytes.withUnsafeBytes { raw in
      unsafe Glibc.send(
        descriptor, raw.baseAddress?.advanced(by: offset), raw.count - offset,
        Int32(MSG_NOSIGNAL))
    }
    if count >= 0 { return .moved(count) }
    return errno == EAGAIN || errno == EINTR ? .wants(.write) : .failed
  }

  /// Says that nothing more will be sent.
  func finishSending() {
    session?.finishSending()
    shutdown(descriptor, Int32(SHUT_WR))
  }

  private func transfer(_ step: TLSSession.Step) -> Transfer {
    switch step {
    case .moved(let count): .moved(count)
    case .wantsRead: .wants(.read)
    case .wantsWrite: .wants(.write)
    case .ended: .ended
    case .failed: .failed
    }
  }
}

/// The certificate of a server's TCP listeners, which may be replaced while they serve.
/// Connections keep the one they began with.
public final class ServerCertificate: Sendable {
  private let current: Mutex<TLSContext>
  private let certificatePath: String
  private let keyPath: String

  /// Reads chain and key from PEM files.
  public init(certificatePath: String, keyPath: String) throws(Problem) {
    self.certificatePath = certificatePath
    self.keyPath = keyPath
    current = Mutex(try TLSContext(certificatePath: certificatePath, keyPath: keyPath))
  }

  /// Reads the files again; if they cannot be used, the old certificate stays.
  public func reload() throws(Problem) {
    let fresh = try TLSContext(certificatePath: certificatePath, keyPath: keyPath)
    current.withLock { $0 = fresh }
  }

  func session(descriptor: Int32) -> TLSSession? {
    TLSSession(context: current.withLock { $0 }, descriptor: descriptor)
  }
}
