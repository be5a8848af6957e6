// Who may connect: which addresses leave the machine, and how many connections one peer holds.

import Base
import Foundation
import Testing

@testable import HTTP

@Suite("An address to listen on")
struct ListenAddressTests {
  @Test(
    "is local if only this machine reaches it",
    arguments: [
      ("127.0.0.1:0", true), ("127.9.8.7:1", true), ("[::1]:0", true), ("unix:/s", true),
      ("[::ffff:127.0.0.1]:0", true), ("0.0.0.0:0", false), ("[::]:0", false),
      ("128.0.0.1:0", false), ("10.0.0.1:0", false), ("[::2]:0", false), ("[fe80::1]:0", false),
      ("[::ffff:10.0.0.1]:0", false), ("[1::1]:0", false),
    ])
  func local(text: String, isLocal: Bool) throws {
    let address = try ListenAddress(text)
    #expect(address.isLocal == isLocal && address.description == text)
  }

  @Test("says the same of a socket that somebody else has opened")
  func adopted() throws {
    for (host, isLocal) in [("127.0.0.1", true), ("0.0.0.0", false)] {
      let socket = try ListeningSocket.open(.tcp4(host: host, port: 0))
      defer { socket.closeNow() }
      #expect(socket.isLocal == isLocal)
    }
  }

  @Test("counts an IPv4 peer inside IPv6 as the same peer, and a Unix socket as none")
  func peers() {
    func four(_ last: UInt8) -> PeerAddress? {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(last)
      withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: [10, 0, 0, last]) }
      return stored(address)
    }
    func six(_ bytes: [UInt8]) -> PeerAddress? {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
      return stored(address)
    }
    func stored<T>(_ value: T) -> PeerAddress? {
      var storage = sockaddr_storage()
      withUnsafeMutableBytes(of: &storage) { target in
        withUnsafeBytes(of: value) { target.copyBytes(from: $0) }
      }
      return PeerAddress(storage)
    }
    let zeros = [UInt8](repeating: 0, count: 10)
    #expect(four(1) != nil && four(1) != four(2))
    #expect(six(zeros + [0xFF, 0xFF, 10, 0, 0, 1]) == four(1))
    #expect(six(zeros + [0, 0, 10, 0, 0, 1]) != four(1))
    var unix = sockaddr_un()
    unix.sun_family = sa_family_t(AF_UNIX)
    #expect(stored(unix) == nil)
  }
}

@Suite("Connections of one address", .serialized)
struct ConnectionsPerAddressTests {
  /// A connection from `source` that sends `text`.
  private final class Peer {
    let descriptor: Int32

    init(_ port: Int, from source: String, sending text: String = "") {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      // Long enough for any machine; an answer that never comes still ends the test.
      var time = timeval(tv_sec: 120, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
      _ = withSocketAddress(of: .tcp4(host: source, port: 0)) { bind(descriptor, $0, $1) }
      _ = withSocketAddress(of: .tcp4(host: "127.0.0.1", port: UInt16(port))) {
        connect(descriptor, $0, $1)
      }
      say(text)
    }

    deinit { close(descriptor) }

    // An optimised build may let go of a peer after its last use, which is when its number is read:
    // the call after that would meet a closed descriptor, or one that another test was given.

    func say(_ text: String) {
      withExtendedLifetime(self) {
        if !text.isEmpty { send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }
      }
    }

    /// What comes next; empty if the server has closed.
    func hear() -> String {
      withExtendedLifetime(self) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
      }
    }

    /// Asks on this connection; true if it is answered.
    func isServed() -> Bool {
      say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
      return hear().hasPrefix("HTTP/1.1 200")
    }
  }

  private struct Still: Handler {
    func admit(_ head: RequestHead) -> Admission {
      let answer = Response(200, type: "text/plain", body: Array("ok".utf8))
      return head.method == .post ? .read(limit: 10) { _ in .now(answer) } : .answer(answer)
    }
    func served(_ request: Served) {}
  }

  /// A half request stays one for as long as a test takes on a busy machine.
  private static let patient = {
    var limits = Limits()
    limits.headTimeoutMs = 3_600_000
    limits.idleTimeoutMs = 3_600_000
    return limits
  }()

  private func withServer(_ limits: Limits, _ body: (Int) throws -> Void) throws {
    let socket = try ListeningSocket.open(.tcp4(host: "127.0.0.1", port: 0))
    let port = try #require(Int(socket.name.split(separator: ":").last ?? ""))
    let server = try Server(listeners: [socket], handler: Still(), limits: limits, workers: 1)
    let thread = try BackgroundThread.start("server") { try? server.run() }
    defer {
      server.stop(withinMs: 500)
      thread.join()
    }
    try body(port)
  }

  @Test("a further one takes the place of the oldest idle one, and of no other address's")
  func sheds() throws {
    var limits = Self.patient
    limits.connectionsPerAddress = 3
    try withServer(limits) { port in
      let other = Peer(port, from: "127.0.0.2")
      #expect(other.isServed())
      let held = (0..<3).map { _ in Peer(port, from: "127.0.0.1") }
      // Each is known to the server once it has answered on it.
      for peer in held { #expect(peer.isServed()) }
      let busy = held[0]
      busy.say("GET / HTTP/1.1\r\n")
      let fourth = Peer(port, from: "127.0.0.1")
      #expect(fourth.isServed())
      #expect(held[1].hear().isEmpty)
      busy.say("Host: localhost\r\n\r\n")
      #expect(busy.hear().hasPrefix("HTTP/1.1 200"))
      #expect(held[2].isServed() && fourth.isServed() && other.isServed())
    }
  }

  @Test("a further one is closed if all are asked for something; there is room once they are gone")
  func closes() throws {
    var limits = Self.patient
    limits.connectionsPerAddress = 2
    try withServer(limits) { port in
      do {
        let held = (0..<2).map { _ in Peer(port, from: "127.0.0.1") }
        for peer in held {
          #expect(peer.isServed())
          peer.say("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\na")
        }
        // Whether the server has read that by now or not.
        #expect(!Peer(port, from: "127.0.0.1").isServed())
        #expect(Peer(port, from: "127.0.0.2").isServed())
        for peer in held {
          peer.say("b")
          #expect(peer.hear().hasPrefix("HTTP/1.1 200"))
        }
      }
      for _ in 0..<5 { #expect(Peer(port, from: "127.0.0.1").isServed()) }
    }
  }

  @Test("heads that are not whole keep nobody out: the oldest gives way")
  func halves() throws {
    var limits = Self.patient
    limits.connectionsPerAddress = 2
    try withServer(limits) { port in
      let held = (0..<2).map { _ in Peer(port, from: "127.0.0.1") }
      for peer in held {
        #expect(peer.isServed())
        peer.say("GET / HT")
      }
      #expect(Peer(port, from: "127.0.0.1").isServed())
      #expect(held[0].hear().isEmpty)
      held[1].say("TP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(held[1].hear().hasPrefix("HTTP/1.1 200"))
    }
  }
}
