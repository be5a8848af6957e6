// A small HTTP/1.1 client for one request at a time (RFC 9112): a connection for each request,
// closed after the answer. For loopback addresses and Unix sockets, where the daemon listens.
//
// Promises: bounded bytes, one deadline for all of it; an answer that is cut short is an error,
// never a short body (`ClientResponse`).
// Does not: follow redirects, resolve names, speak TLS.

import Base
import Glibc

/// Sends requests to one address.
public struct Client: Sendable {
  let address: ListenAddress
  let timeoutMs: Int32

  static let responseBytesMax = 64 << 20

  public init(_ address: ListenAddress, timeoutMs: Int32 = 30_000) {
    self.address = address
    self.timeoutMs = timeoutMs
  }

  /// Sends a request and waits for the whole answer. `path` is used as it is.
  public func send(
    _ method: String, _ path: String, fields: [(name: String, value: String)] = [],
    body: [UInt8]? = nil
  ) throws(Problem) -> ClientResponse {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for field in fields { head += "\(field.name): \(field.value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    let family =
      switch address {
      case .tcp4: AF_INET
      case .tcp6: AF_INET6
      case .unix: AF_UNIX
      }
    let deadline = monotonicMs() + Int64(timeoutMs)
    let descriptor = try makeSocket(family)
    defer { close(descriptor) }
    if unsafe withSocketAddress(of: address, { unsafe connect(descriptor, $0, $1) }) != 0 {
      guard errno == EINPROGRESS else { throw failure("cannot connect to \(address)", place: nil) }
      try wait(descriptor, for: POLLOUT, deadline)
    }
    try write(descriptor, Array((head + "\r\n").utf8) + (body ?? []), deadline)
    return try ClientResponse(reading: try readToEnd(descriptor, deadline))
  }

  // MARK: Bytes

  private func write(
    _ descriptor: Int32, _ bytes: [UInt8], _ deadline: Int64
  ) throws(Problem) {
    var offset = 0
    while offset < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          descriptor, buffer.baseAddress.map { unsafe $0 + offset }, bytes.count - offset,
          Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        offset += count
      } else if errno == EAGAIN {
        try wait(descriptor, for: POLLOUT, deadline)
      } else if errno != EINTR {
        throw failure("cannot send", place: nil)
      }
    }
  }

  private func readToEnd(_ descriptor: Int32, _ deadline: Int64) throws(Problem) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
      if count > 0 {
        bytes += chunk[..<count]
        guard bytes.count <= Self.responseBytesMax else {
          throw ClientResponse.bad("it is longer than \(Self.responseBytesMax) bytes")
        }
        // A peer that sends a byte now and then must not hold the caller for ever.
        guard monotonicMs() < deadline else { throw late }
      } else if count == 0 {
        return bytes
      } else if errno == EAGAIN {
        try wait(descriptor, for: POLLIN, deadline)
      } else if errno != EINTR {
        throw failure("cannot receive", place: nil)
      }
    }
  }

  private func wait(
    _ descriptor: Int32, for events: Int32, _ deadline: Int64
  ) throws(Problem) {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    let left = deadline - monotonicMs()
    guard left > 0 else { throw late }
    let ready = unsafe poll(&entry, 1, Int32(clamping: left))
    guard ready > 0 || (ready < 0 && errno == EINTR) else { throw late }
  }

  private var late: Problem {
    Problem(.failure, "timeout", reason: "no answer within \(timeoutMs) ms")
  }
}
