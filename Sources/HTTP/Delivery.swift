// Delivering a body to an address of the web: one POST on one connection, all of it within one
// deadline. It follows no redirects, keeps nothing and reads no more of the answer than its head.
// `Client` speaks with addresses that are known and near; this speaks with hosts that others chose,
// and connects to no address that was not judged first.

import Base
import Glibc

/// Posts to addresses that came from outside.
public enum Delivery {
  private static let answerBytesMax = 64 * 1024

  /// Whether an address may be called: its host is known, and public unless others are allowed.
  public static func resolve(_ address: WebAddress, allowsPrivate: Bool) throws(Problem) -> Int {
    try NetworkAddress.resolve(address, allowsPrivate: allowsPrivate).count
  }

  /// Posts a body and returns the status of the answer.
  public static func post(
    _ address: WebAddress, fields: [(name: String, value: String)], body: [UInt8],
    timeoutMs: Int64, allowsPrivate: Bool
  ) throws(Problem) -> Int {
    let deadline = monotonicMs() + timeoutMs
    var last: Problem?
    for network in try NetworkAddress.resolve(address, allowsPrivate: allowsPrivate) {
      do throws(Problem) {
        let socket = Transport(descriptor: try makeSocket(network.family))
        try connect(socket, to: network, address, deadline)
        try send(head(address, fields, bodyCount: body.count) + body, on: socket, address, deadline)
        return try status(from: socket, address, deadline)
      } catch {
        last = error
      }
    }
    throw last ?? Problem(.failure, "host_unknown", place: address.host, reason: "no address")
  }

  private static func head(
    _ address: WebAddress, _ fields: [(name: String, value: String)], bodyCount: Int
  ) -> [UInt8] {
    var text = "POST \(address.target) HTTP/1.1\r\nHost: \(address.authority)\r\n"
    for field in fields { text += "\(field.name): \(field.value)\r\n" }
    text += "User-Agent: assay/\(assayVersion)\r\nContent-Length: \(bodyCount)\r\n"
    return Array((text + "Connection: close\r\n\r\n").utf8)
  }

  private static func connect(
    _ socket: Transport, to network: NetworkAddress, _ address: WebAddress, _ deadline: Int64
  ) throws(Problem) {
    let result = unsafe network.withSocketAddress {
      unsafe Glibc.connect(socket.descriptor, $0, $1)
    }
    if result == 0 { return }
    guard errno == EINPROGRESS else { throw failure("cannot connect", place: address.host) }
    try wait(socket, for: POLLOUT, address, deadline)
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    unsafe getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    guard code == 0 else {
      errno = code
      throw failure("cannot connect", place: address.host)
    }
  }

  private static func send(
    _ bytes: [UInt8], on socket: Transport, _ address: WebAddress, _ deadline: Int64
  ) throws(Problem) {
    var sent = 0
    while sent < bytes.count {
      switch socket.send(bytes, from: sent) {
      case .moved(let count): sent += count
      case .wants: try wait(socket, for: POLLOUT, address, deadline)
      case .ended, .failed: throw failure("cannot send", place: address.host)
      }
    }
  }

  /// The status of the first answer that is not interim.
  private static func status(
    from socket: Transport, _ address: WebAddress, _ deadline: Int64
  ) throws(Problem) -> Int {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while received.count < answerBytesMax {
      if let status = finalStatus(received) { return status }
      switch socket.receive(into: &buffer) {
      case .moved(let count): received += buffer[0..<count]
      case .wants: try wait(socket, for: POLLIN, address, deadline)
      case .ended, .failed:
        throw Problem(
          .failure, "no_answer", place: address.host, reason: "the peer closed without an answer")
      }
    }
    throw Problem(.failure, "bad_answer", place: address.host, reason: "the answer has no end")
  }

  private static func finalStatus(_ bytes: [UInt8]) -> Int? {
    var rest = bytes[...]
    while let end = rest.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A])?.upperBound {
      let line = String(decoding: rest.prefix { $0 != 0x0D }, as: UTF8.self)
      let words = line.split(separator: " ")
      guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]),
        (100...599).contains(status)
      else { return 599 }
      if status >= 200 { return status }
      rest = rest[end...]
    }
    return nil
  }

  private static func wait(
    _ socket: Transport, for events: Int32, _ address: WebAddress, _ deadline: Int64
  ) throws(Problem) {
    var entry = pollfd(fd: socket.descriptor, events: Int16(events), revents: 0)
    let left = deadline - monotonicMs()
    guard left > 0, unsafe poll(&entry, 1, Int32(clamping: left)) > 0 else {
      throw Problem(
        .failure, "timed_out", place: address.host, reason: "the peer did not answer in time")
    }
  }
}
