import Base
import Foundation
import Synchronization
import Testing

@testable import HTTP

/// Answers `/`, echoes bodies at `/echo`, works on another thread at `/slow`, streams at `/events`.
private final class Echo: Handler {
  let count = Atomic<Int>(0)
  let source = Ticks()

  func admit(_ head: RequestHead) -> Admission {
    switch head.target.segments.first {
    case "": return .answer(Response(200, type: "text/plain", body: Array("ok".utf8)))
    case "events": return .answer(.events(source))
    case "refused":
      return .answer(.problem(401, "who", "Who are you?", requestID: head.requestID))
    case "slow":
      return .read(limit: 10) { request in
        .later { Response(200, type: "text/plain", body: request.body + Array("!".utf8)) }
      }
    default:
      return .read(limit: 10) { .now(Response(200, type: "text/plain", body: $0.body)) }
    }
  }

  func served(_ request: Served) { count.add(1, ordering: .relaxed) }
}

private final class Ticks: EventSource {
  let topic = "ticks"
  private let sent = Atomic<Int>(0)

  func pull() -> EventStep {
    let number = sent.add(1, ordering: .relaxed).newValue
    if number == 1 { return .events([Event(id: 1, name: "tick", data: "{}")]) }
    return number == 2 ? .wait : .end([Event(id: 2, name: "done", data: "{}")])
  }
}

/// No limit of time that a busy machine could run into.
private let patientLimits = {
  var limits = Limits()
  limits.headTimeoutMs = 3_600_000
  limits.idleTimeoutMs = 3_600_000
  limits.bodyGraceMs = 3_600_000
  limits.writeTimeoutMs = 3_600_000
  return limits
}()

/// A server on a free port for the duration of `body`.
private func withServer(
  _ limits: Limits = patientLimits, _ body: (Server, Int, Echo) throws -> Void
) throws {
  let socket = try ListeningSocket.open(.tcp4(host: "127.0.0.1", port: 0))
  let port = try #require(Int(socket.name.split(separator: ":").last ?? ""))
  let handler = Echo()
  let server = try Server(listeners: [socket], handler: handler, limits: limits, workers: 2)
  let thread = try BackgroundThread.start("server") { try? server.run() }
  defer {
    server.stop(withinMs: 500)
    thread.join()
  }
  try body(server, port, handler)
}

/// Sends `text`, then reads until the peer closes or `until` holds.
private func talk(_ port: Int, _ text: String, until: (String) -> Bool = { _ in false }) -> String {
  let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(socket) }
  var time = timeval(tv_sec: 120, tv_usec: 0)
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  _ = withSocketAddress(of: .tcp4(host: "127.0.0.1", port: UInt16(port))) {
    connect(socket, $0, $1)
  }
  let bytes = Array(text.utf8)
  send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  var received: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while !until(String(decoding: received, as: UTF8.self)) {
    let count = recv(socket, &buffer, buffer.count, 0)
    guard count > 0 else { break }
    received += buffer[0..<count]
  }
  return String(decoding: received, as: UTF8.self)
}

private func answers(_ text: String) -> [String] {
  text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { String($0.prefix(3)) }
}

@Suite("The server")
struct ServerTests {
  let end = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

  @Test("answers pipelined requests in order, also those made on workers")
  func pipeline() throws {
    try withServer { _, port, handler in
      let slow = "POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx"
      let chunked =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "2\r\nyz\r\n0\r\n\r\n"
      let text = talk(port, slow + chunked + end)
      #expect(answers(text) == ["200", "200", "200"])
      // No digits of base 16: the ids of requests before them could hold those.
      let first = try #require(text.range(of: "x!"))
      let second = try #require(text.range(of: "yz"))
      #expect(first.lowerBound < second.lowerBound && text.hasSuffix("ok"))
      #expect(handler.count.load(ordering: .relaxed) == 3)
    }
  }

  @Test("never takes the unread body of a refused request for a request")
  func unreadBody() throws {
    try withServer { _, port, _ in
      let text = talk(
        port, "POST /refused HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n\r\n" + end)
      #expect(answers(text) == ["401"])
      let tooLong = talk(
        port, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n\r\n" + end)
      #expect(answers(tooLong) == ["413"])
    }
  }

  @Test("says 100 Continue only for a body it will read")
  func continues() throws {
    try withServer { _, port, _ in
      let head = "Host: localhost\r\nExpect: 100-continue\r\nContent-Length:"
      let wanted = talk(port, "POST /echo HTTP/1.1\r\n\(head) 2\r\n\r\n") { $0.contains("100 C") }
      #expect(answers(wanted) == ["100"])
      let refused = talk(port, "POST /echo HTTP/1.1\r\n\(head) 99\r\n\r\n")
      #expect(answers(refused) == ["413"])
    }
  }

  @Test("does not answer for a host that is not its own")
  func foreignHost() throws {
    try withServer { _, port, _ in
      let text = talk(port, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
      #expect(answers(text) == ["421"])
    }
  }

  @Test("limits the whole head, not the silence in it")
  func slowHead() throws {
    var limits = Limits()
    limits.headTimeoutMs = 150
    try withServer(limits) { _, port, _ in
      #expect(answers(talk(port, "GET / HTTP/1.1\r\nHost: loc")) == ["408"])
      #expect(talk(port, "").isEmpty)
    }
  }

  @Test("sends events as they are announced, and ends the stream")
  func events() throws {
    try withServer { server, port, _ in
      let announcer = try BackgroundThread.start("announcer") {
        usleep(100_000)
        server.announce("ticks")
      }
      let text = talk(port, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      announcer.join()
      #expect(text.contains("Content-Type: text/event-stream"))
      #expect(text.contains("id: 1\nevent: tick") && text.contains("id: 2\nevent: done"))
      #expect(text.hasSuffix("0\r\n\r\n"))
    }
  }

  @Test("answers HEAD with the length and no body")
  func head() throws {
    try withServer { _, port, _ in
      let text = talk(port, "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(text.contains("Content-Length: 2\r\n") && text.hasSuffix("\r\n\r\n"))
    }
  }
}
