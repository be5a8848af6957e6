import Base
import Testing

@testable import HTTP

/// Goal: every number a peer can choose has a limit, and the limit is where it is said to be: what
/// just fits is taken, one byte more is refused.
@Suite("The limits of a connection")
struct LimitTests {
  static func status(_ text: String, _ limits: Limits) -> Int {
    var scanner = HeadScanner()
    do throws(ProtocolError) {
      guard case .complete = try scanner.scan(Array(text.utf8), limits: limits) else { return 0 }
      return 200
    } catch {
      return error.status
    }
  }

  static func a(_ count: Int) -> String { String(repeating: "a", count: count) }

  @Test("hold the request line to a byte")
  func requestLine() {
    var limits = Limits()
    limits.requestLineBytes = 100
    let frame = "GET / HTTP/1.1\r\n".utf8.count
    let line = { (count: Int) in "GET /\(Self.a(count)) HTTP/1.1\r\nHost: a\r\n\r\n" }
    #expect(Self.status(line(100 - frame), limits) == 200)
    #expect(Self.status(line(101 - frame), limits) == 414)
    #expect(Self.status("GET /" + Self.a(96), limits) == 414)
  }

  @Test("hold the head to a byte")
  func head() {
    var limits = Limits()
    limits.headBytes = 200
    let frame = "GET / HTTP/1.1\r\nX: \r\n\r\n".utf8.count
    let head = { (count: Int) in "GET / HTTP/1.1\r\nX: \(Self.a(count))\r\n\r\n" }
    #expect(Self.status(head(200 - frame), limits) == 200)
    #expect(Self.status(head(201 - frame), limits) == 431)
    #expect(Self.status("GET / HTTP/1.1\r\nX: " + Self.a(200), limits) == 431)
  }

  @Test("hold the number of fields and of empty lines")
  func counts() {
    var limits = Limits()
    limits.fieldCount = 3
    limits.leadingEmptyLines = 2
    let request = { (count: Int) in
      "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: count) + "\r\n"
    }
    #expect(Self.status(request(3), limits) == 200)
    #expect(Self.status(request(4), limits) == 431)
    #expect(Self.status("\r\n\r\n" + request(1), limits) == 200)
    #expect(Self.status("\r\n\r\n\r\n" + request(1), limits) == 400)
  }

  static func decode(_ text: String, bodyLimit: Int, _ limits: Limits) -> (Int, body: [UInt8]) {
    var decoder = ChunkedDecoder()
    var body: [UInt8] = []
    var offset = 0
    do throws(ProtocolError) {
      let isWhole = try decoder.feed(
        Array(text.utf8), &offset, into: &body, bodyLimit: bodyLimit, limits: limits)
      return (isWhole ? 200 : 0, body)
    } catch {
      return (error.status, body)
    }
  }

  @Test("hold a chunked body, its extensions and its trailers")
  func chunked() {
    var limits = Limits()
    limits.chunkExtensionBytes = 20
    limits.trailerBytes = 30
    let body = { (count: Int) in
      "\(String(count, radix: 16))\r\n\(Self.a(count))\r\n0\r\n\r\n"
    }
    #expect(Self.decode(body(16), bodyLimit: 16, limits).0 == 200)
    #expect(Self.decode(body(17), bodyLimit: 16, limits).0 == 413)
    #expect(Self.decode("8\r\n\(Self.a(8))\r\n" + body(8), bodyLimit: 16, limits).0 == 200)
    #expect(Self.decode("8\r\n\(Self.a(8))\r\n" + body(9), bodyLimit: 16, limits).0 == 413)
    // Nothing past the limit is stored, however the size is written.
    for size in ["11", "7FFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF", "0000000000000011"] {
      let outcome = Self.decode("\(size)\r\n\(Self.a(64))", bodyLimit: 16, limits)
      #expect(outcome.0 == 413)
      #expect(outcome.body.isEmpty)
    }
    // The extension counts from the byte behind the semicolon, its CR included.
    #expect(Self.decode("1;\(Self.a(19))\r\na\r\n0\r\n\r\n", bodyLimit: 16, limits).0 == 200)
    #expect(Self.decode("1;\(Self.a(20))\r\na\r\n0\r\n\r\n", bodyLimit: 16, limits).0 == 431)
    // All extensions of a body together.
    let twice = "1;\(Self.a(10))\r\na\r\n1;\(Self.a(10))\r\na\r\n0\r\n\r\n"
    #expect(Self.decode(twice, bodyLimit: 16, limits).0 == 431)
    let trailer = { (count: Int) in "0\r\nX: \(Self.a(count))\r\n\r\n" }
    #expect(Self.decode(trailer(30 - 7), bodyLimit: 16, limits).0 == 200)
    #expect(Self.decode(trailer(31 - 7), bodyLimit: 16, limits).0 == 431)
  }

  @Test("of a chunked body hold however bodies are cut into chunks and pieces")
  func generated() throws {
    for seed: UInt64 in 0..<300 {
      var random = CounterRandom(seed: seed, stream: 7)
      let body = (0..<random.below(200)).map { _ in UInt8(random.below(256)) }
      var wire: [UInt8] = []
      var start = 0
      while start < body.count {
        let count = min(body.count - start, 1 + random.below(40))
        let zeros = String(repeating: "0", count: random.below(8))
        let size = zeros + String(count, radix: 16, uppercase: random.below(2) == 0)
        let ext = random.below(3) == 0 ? ";n=\"v\"" : ""
        wire += Array("\(size)\(ext)\r\n".utf8) + body[start..<start + count] + [13, 10]
        start += count
      }
      wire += Array((random.below(2) == 0 ? "0\r\n\r\n" : "00\r\nA: b\r\nC:\r\n\r\n").utf8)
      var decoder = ChunkedDecoder()
      var decoded: [UInt8] = []
      var place = 0
      var isWhole = false
      let rest = Array("GET".utf8)
      let all = wire + rest
      while place < all.count, !isWhole {
        let piece = Array(all[place..<min(all.count, place + 1 + random.below(9))])
        var offset = 0
        isWhole = try decoder.feed(
          piece, &offset, into: &decoded, bodyLimit: 200, limits: Limits())
        place += offset
      }
      #expect(isWhole && decoded == body, "seed \(seed)")
      #expect(place == wire.count, "seed \(seed): bytes of the next request were taken")
      for count in 0..<wire.count {
        var short = ChunkedDecoder()
        var (out, offset) = ([UInt8](), 0)
        let ended = try short.feed(
          Array(wire[..<count]), &offset, into: &out, bodyLimit: 200, limits: Limits())
        #expect(!ended, "seed \(seed): whole with \(count) of \(wire.count) bytes")
      }
    }
  }
}
