// Reading from and writing to one peer, without waiting. A transport owns its descriptor and closes
// it when it is dropped.

import Base
import Glibc

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

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  func receive(into buffer: inout [UInt8]) -> Transfer {
    let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    if count > 0 { return .moved(count) }
    if count == 0 { return .ended }
    return errno == EAGAIN || errno == EINTR ? .wants(.read) : .failed
  }

  func send(_ bytes: [UInt8], from offset: Int) -> Transfer {
    let count = bytes.withUnsafeBytes { raw in
      Glibc.send(
        descriptor, raw.baseAddress?.advanced(by: offset), raw.count - offset,
        Int32(MSG_NOSIGNAL))
    }
    if count >= 0 { return .moved(count) }
    return errno == EAGAIN || errno == EINTR ? .wants(.write) : .failed
  }

  /// Says that nothing more will be sent.
  func finishSending() {
    shutdown(descriptor, Int32(SHUT_WR))
  }
}
