import Base
import Testing

@testable import HTTP

/// Bytes of a request with CR LF ends: the lines, then the empty line.
func wire(_ lines: String...) -> [UInt8] {
  Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
}

/// The head in `bytes`, scanned in pieces of `piece` bytes.
func readHead(_ bytes: [UInt8], piece: Int = .max) throws(ProtocolError) -> RequestHead? {
  var scanner = HeadScanner()
  var inbox: [UInt8] = []
  while inbox.count < bytes.count {
    inbox += bytes[inbox.count..<min(bytes.count, inbox.count + min(piece, bytes.count))]
    if case .complete(let start, let end) = try scanner.scan(inbox, limits: Limits()) {
      return try RequestHead(reading: Array(inbox[start..<end]))
    }
  }
  return nil
}

func status(of bytes: [UInt8]) -> Int {
  do throws(ProtocolError) {
    return try readHead(bytes) == nil ? 0 : 200
  } catch {
    return error.status
  }
}

@Suite("A request head")
struct RequestHeadTests {
  @Test("is the same however it is cut", arguments: [1, 2, 3, 7, 64])
  func pieces(piece: Int) throws {
    let bytes = wire(
      "POST /v1/checks?limit=2&x=%20a HTTP/1.1", "Host: Example:80", "Content-Length: \t 12 \t",
      "Expect: 100-Continue", "X-A:", "X-A: b")
    let head = try #require(try readHead(bytes, piece: piece))
    #expect(head.method == .post)
    #expect(head.target.segments == ["v1", "checks"])
    #expect(head.target.parameters?.map(\.name) == ["limit", "x"])
    #expect(head.target.parameters?.map(\.value) == ["2", " a"])
    #expect(head.framing == .length(12))
    #expect(head.host == Array("example".utf8))
    #expect(head.expectsContinue && head.keepsAlive)
    #expect(head.values(of: "x-a") == ["", "b"])
  }

  @Test("of HTTP/1.0 needs no host and closes")
  func http10() throws {
    let head = try #require(try readHead(wire("GET / HTTP/1.0", "Expect: 100-continue")))
    #expect(!head.keepsAlive && !head.expectsContinue && head.host == nil)
  }

  @Test("in absolute form is for the host of its target")
  func absoluteForm() throws {
    let head = try #require(
      try readHead(wire("GET http://a.example:1/x HTTP/1.1", "Host: b.example")))
    #expect(head.host == Array("a.example".utf8))
    #expect(head.target.segments == ["x"])
  }

  static let refused: [(status: Int, lines: [String])] = [
    (400, ["GET /a"]), (400, ["GET  /a HTTP/1.1", "Host: a"]),
    (400, ["GET /a HTTP/1.1 ", "Host: a"]),
    (400, [" GET /a HTTP/1.1", "Host: a"]), (400, ["GET /a http/1.1", "Host: a"]),
    (400, ["GET /a HTTP/1.10", "Host: a"]), (505, ["GET /a HTTP/2.0", "Host: a"]),
    (501, ["FROB /a HTTP/1.1", "Host: a"]), (501, ["get /a HTTP/1.1", "Host: a"]),
    (400, ["G(T /a HTTP/1.1", "Host: a"]), (400, ["GET * HTTP/1.1", "Host: a"]),
    (400, ["GET a HTTP/1.1", "Host: a"]), (400, ["GET /a#b HTTP/1.1", "Host: a"]),
    (400, ["GET ftp://a/b HTTP/1.1", "Host: a"]), (400, ["GET http://u@a/b HTTP/1.1", "Host: a"]),
    (400, ["GET /../a HTTP/1.1", "Host: a"]), (400, ["GET /%2e%2E/a HTTP/1.1", "Host: a"]),
    (400, ["GET /a%2fb HTTP/1.1", "Host: a"]), (400, ["GET /a%00 HTTP/1.1", "Host: a"]),
    (400, ["GET /%c0%ae HTTP/1.1", "Host: a"]), (400, ["GET /%zz HTTP/1.1", "Host: a"]),
    (400, ["GET /% HTTP/1.1", "Host: a"]), (400, ["GET /\u{e9} HTTP/1.1", "Host: a"]),
    (400, ["GET /a HTTP/1.1"]), (400, ["GET /a HTTP/1.1", "Host: a", "Host: a"]),
    (400, ["GET /a HTTP/1.1", "Host: a b"]), (400, ["GET /a HTTP/1.1", "Host: a/b"]),
    (400, ["GET /a HTTP/1.1", "Host: [::1"]), (400, ["GET /a HTTP/1.1", "Host: a:http"]),
    (400, ["GET /a HTTP/1.1", "Host: a, b"]), (400, ["GET /a HTTP/1.1", "Host: u@a"]),
    (400, ["GET /a HTTP/1.1", "Host: a", "Broken"]), (400, ["GET /a HTTP/1.1", "Host: a", ": v"]),
    (400, ["GET /a HTTP/1.1", "Host: a", "X : v"]), (400, ["GET /a HTTP/1.1", "Host: a", " X: v"]),
    (400, ["GET /a HTTP/1.1", "Host: a", "X: a", "\tb"]),
    (400, ["GET /a HTTP/1.1", "Host: a", "X: a\u{1}"]),
    (400, ["GET /a HTTP/1.1", "Host: a", "X: a\u{7f}"]),
    (417, ["GET /a HTTP/1.1", "Host: a", "Expect: miracles"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Content-Length: 2", "Content-Length: 2"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Content-Length: 2, 2"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Content-Length: +2"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Content-Length: 0x2"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Content-Length:"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Content-Length: 9999999999999999999"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Content-Length: 2", "Transfer-Encoding: chunked"]),
    (400, ["POST /a HTTP/1.0", "Transfer-Encoding: chunked"]),
    (400, ["POST /a HTTP/1.1", "Host: a", "Transfer-Encoding:", "Content-Length: 2"]),
    (501, ["POST /a HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked"]),
    (501, ["POST /a HTTP/1.1", "Host: a", "Transfer-Encoding: identity"]),
    (
      400,
      ["POST /a HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: cow"]
    ),
    (400, ["\u{16}\u{3}\u{1}"]),
  ]

  @Test("that can be read in two ways is refused", arguments: refused)
  func refusals(status wanted: Int, lines: [String]) {
    #expect(status(of: Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)) == wanted)
  }

  @Test(
    "has no line end but CR LF",
    arguments: [
      "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\n",
      "GET / HTTP/1.1\rHost: a\r\n\r\n", "GET / HTTP/1.1\r\nX: y\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n\n",
    ])
  func lineEnds(text: String) {
    #expect(status(of: Array(text.utf8)) == 400)
  }

  @Test("over a limit is refused before it ends")
  func limits() {
    let flood = [UInt8](repeating: UInt8(ascii: "a"), count: 70_000)
    #expect(status(of: Array("GET /".utf8) + flood) == 414)
    #expect(status(of: Array("GET / HTTP/1.1\r\nX: ".utf8) + flood) == 431)
    let many = String(repeating: "X: y\r\n", count: 1001)
    #expect(status(of: Array("GET / HTTP/1.1\r\n\(many)".utf8)) == 431)
    #expect(status(of: Array(String(repeating: "\r\n", count: 100).utf8)) == 400)
  }

  @Test("of any bytes is read or refused, never a trap")
  func anyBytes() {
    var random = CounterRandom(seed: 9112)
    let valid = wire("POST /a/b?c HTTP/1.1", "Host: a", "Content-Length: 3", "X-Y: z")
    for _ in 0..<20_000 {
      var bytes = valid
      for _ in 0...random.below(4) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8(random.below(256)), at: place)
        }
      }
      let outcome = status(of: bytes)
      #expect([0, 200, 400, 414, 417, 431, 501, 505].contains(outcome))
    }
  }
}

@Suite("A chunked body")
struct ChunkedDecoderTests {
  /// The decoded body, nil if it is not whole, or the status of the refusal.
  func decode(
    _ text: String, piece: Int = .max, bodyLimit: Int = 1 << 20
  ) -> Result<[UInt8]?, ProtocolError> {
    var decoder = ChunkedDecoder()
    var body: [UInt8] = []
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let part = Array(bytes[start..<min(bytes.count, start + min(piece, bytes.count))])
      start += part.count
      var offset = 0
      do throws(ProtocolError) {
        let isWhole = try decoder.feed(
          part, &offset, into: &body, bodyLimit: bodyLimit, limits: Limits())
        if isWhole { return .success(body) }
      } catch {
        return .failure(error)
      }
    }
    return .success(nil)
  }

  @Test("is the same however it is cut", arguments: [1, 2, 3, 100])
  func pieces(piece: Int) throws {
    let text = "2;a=\"b\"\r\n{}\r\n00A\r\n0123456789\r\n000\r\nX-T: y\r\n\r\nrest"
    #expect(try decode(text, piece: piece).get() == Array("{}0123456789".utf8))
  }

  @Test(
    "with another framing is refused",
    arguments: [
      "z\r\n", "0x2\r\n{}\r\n", "-2\r\n", " 2\r\n", "2 \r\n{}\r\n", "\r\n{}\r\n", "0_2\r\n",
      "00000000000000002\r\n{}\r\n", "2\r\n{} \r\n", "2\r\n{}\n0\r\n\r\n", "2\r\n{}0\r\n\r\n",
      "2\n{}\r\n", "2\r{}\r\n", "2;\nxx\r\n{}\r\n0\r\n\r\n", "2;a\rb\r\n{}\r\n", "2;a=\u{0}\r\n",
      "0\n\r\n", "0\r\nX: y\n\r\n", "0\r\nGET / HTTP/1.1\r\n\r\n", "0\r\nX: y\r\n z\r\n\r\n",
      "0\r\n: y\r\n\r\n", "0\r\n\rX",
    ])
  func refusals(text: String) {
    guard case .failure(let error) = decode(text) else {
      Issue.record("accepted \(text.debugDescription)")
      return
    }
    #expect(error.status == 400)
  }

  @Test("over its limit is refused by its size, before its bytes come")
  func limit() {
    for text in ["FFFFFFFFFFFFFFFE\r\n", "11\r\n", "9\r\n123456789\r\n8\r\n"] {
      guard case .failure(let error) = decode(text, bodyLimit: 16) else {
        Issue.record("accepted \(text)")
        continue
      }
      #expect(error.status == 413)
    }
    guard case .failure(let error) = decode("2;" + String(repeating: "a", count: 5000)) else {
      Issue.record("accepted endless extensions")
      return
    }
    #expect(error.status == 431)
  }
}

@Suite("Answers")
struct ResponseTests {
  @Test("never carry a line end inside a field")
  func splitting() {
    var out: [UInt8] = []
    Response(200, fields: [("X-A", "b\r\nSet-Cookie: c"), ("X-B", "d")]).write(
      to: &out, date: [], requestID: "r", keepsAlive: true, isHTTP11: true, omitsBody: false)
    let text = String(decoding: out, as: UTF8.self)
    #expect(!text.contains("Set-Cookie") && text.contains("\r\nX-B: d\r\n"))
  }

  @Test("name the date as RFC 9110 writes it")
  func date() {
    #expect(DateField.text(Instant(seconds: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(DateField.text(Instant(seconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
  }

  @Test("put every line of an event's data on a line of its own")
  func event() {
    let text = String(decoding: Event(id: 7, name: "state", data: "a\nb").bytes, as: UTF8.self)
    #expect(text == "id: 7\nevent: state\ndata: a\ndata: b\n\n")
  }
}
