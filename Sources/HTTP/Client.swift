// A small HTTP/1.1 client for one request at a time (RFC 9112): a connection for each request,
// closed after the answer. For loopback addresses and Unix sockets, where the daemon listens.
//
// Promises: bounded time and bytes; an answer that is cut short is an error, never a short body.
// Does not: follow redirects, resolve names, speak TLS.

import Base
import Glibc

/// One answer.
public struct ClientResponse: Sendable {
  public let status: Int
  /// Names in lower case.
  public let fields: [(name: String, value: String)]
  public let body: [UInt8]

  public func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

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
    let descriptor = try makeSocket(family)
    defer { close(descriptor) }
    if withSocketAddress(of: address, { connect(descriptor, $0, $1) }) != 0 {
      guard errno == EINPROGRESS else { throw failure("cannot connect to \(address)", place: nil) }
      try wait(descriptor, for: POLLOUT)
    }
    try write(descriptor, Array((head + "\r\n").utf8) + (body ?? []))
    return try Self.parse(try readToEnd(descriptor))
  }

  // MARK: Bytes

  private func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(Problem) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(
          descriptor, buffer.baseAddress.map { $0 + offset }, bytes.count - offset,
          Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        offset += count
      } else if errno == EAGAIN {
        try wait(descriptor, for: POLLOUT)
      } else if errno != EINTR {
        throw failure("cannot send", place: nil)
      }
    }
  }

  private func readToEnd(_ descriptor: Int32) throws(Problem) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count > 0 {
        bytes += chunk[..<count]
        guard bytes.count <= Self.responseBytesMax else {
          throw Self.bad("it is longer than \(Self.responseBytesMax) bytes")
        }
      } else if count == 0 {
        return bytes
      } else if errno == EAGAIN {
        try wait(descriptor, for: POLLIN)
      } else if errno != EINTR {
        throw failure("cannot receive", place: nil)
      }
    }
  }

  private func wait(_ descriptor: Int32, for events: Int32) throws(Problem) {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    let ready = poll(&entry, 1, timeoutMs)
    guard ready > 0 || (ready < 0 && errno == EINTR) else {
      throw Problem(.failure, "timeout", reason: "no answer within \(timeoutMs) ms")
    }
  }

  // MARK: Answers

  private static func bad(_ why: String) -> Problem {
    Problem(.failure, "bad_response", reason: "the answer cannot be read: \(why)")
  }

  private static func parse(_ bytes: [UInt8]) throws(Problem) -> ClientResponse {
    let end = Array("\r\n\r\n".utf8)
    guard
      let cut = (0..<max(0, bytes.count - 3)).first(where: {
        bytes[$0..<($0 + 4)].elementsEqual(end)
      })
    else { throw bad("its head has no end") }
    let lines = String(decoding: bytes[..<cut], as: UTF8.self)
      .split(separator: "\r\n", omittingEmptySubsequences: false)
    let words = lines[0].split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      throw bad("its status line is \"\(lines[0])\"")
    }
    let fields = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      return (parts[0].lowercased(), String(parts[1].drop { $0 == " " }))
    }
    let rest = Array(bytes[(cut + 4)...])
    let response = ClientResponse(status: status, fields: fields, body: rest)
    if response.field("transfer-encoding") != nil { throw bad("it is chunked") }
    if let length = response.field("content-length"), Int(length) != rest.count {
      throw bad("it holds \(rest.count) of \(length) bytes")
    }
    return response
  }
}
