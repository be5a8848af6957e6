import Base
import Testing

@testable import HTTP

/// Goal: no bytes are read as other requests than a proxy in front of us would read them. Each case
/// is one way in which two servers have differed (RFC 9112 sections 2.2, 5.1, 6.1, 6.3, 7.1, 11.2).
@Suite("A request that two servers could read differently")
struct SmugglingTests {
  /// What is made of a whole connection's bytes: a status, or the number of requests in it.
  static func outcome(_ text: String) -> String {
    var bytes = Array(text.utf8)
    var requests = 0
    while !bytes.isEmpty {
      var scanner = HeadScanner()
      do throws(ProtocolError) {
        guard case .complete(let start, let end) = try scanner.scan(bytes, limits: Limits()) else {
          return "\(requests) and a part"
        }
        let head = try RequestHead(reading: Array(bytes[start..<end]))
        bytes.removeFirst(end)
        switch head.framing {
        case .none: break
        case .length(let count):
          guard bytes.count >= count else { return "\(requests) and a part" }
          bytes.removeFirst(count)
        case .chunked:
          var decoder = ChunkedDecoder()
          var body: [UInt8] = []
          var offset = 0
          guard
            try decoder.feed(
              bytes, &offset, into: &body, bodyLimit: 1 << 20, limits: Limits())
          else { return "\(requests) and a part" }
          bytes.removeFirst(offset)
        }
        requests += 1
      } catch {
        return "\(error.status)"
      }
    }
    return "\(requests)"
  }

  static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
  static let second = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"

  static let cases: [(name: String, bytes: String, outcome: String)] = [
    ("two honest requests", "\(post)Content-Length: 2\r\n\r\n{}\(second)", "2"),
    (
      "an honest chunked one",
      "\(post)Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n\(second)", "2"
    ),
    (
      "CL.TE", "\(post)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(second)",
      "400"
    ),
    (
      "TE.CL", "\(post)Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n\(second)",
      "400"
    ),
    ("two lengths", "\(post)Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello", "400"),
    ("a list of lengths", "\(post)Content-Length: 5, 5\r\n\r\nhello", "400"),
    ("a length with a sign", "\(post)Content-Length: +5\r\n\r\nhello", "400"),
    ("a length in other digits", "\(post)Content-Length: ٥\r\n\r\nhello", "400"),
    ("a length beyond 2^63", "\(post)Content-Length: 18446744073709551621\r\n\r\nhello", "400"),
    ("a length with a blank inside", "\(post)Content-Length: 1 0\r\n\r\n0123456789", "400"),
    ("a name with a blank behind", "\(post)Content-Length : 5\r\n\r\nhello", "400"),
    ("a name with a tab behind", "\(post)Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", "400"),
    ("a name with a NUL", "\(post)Content-Length\u{0}: 5\r\n\r\nhello", "400"),
    ("a folded coding", "\(post)Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "400"),
    ("a coding after a vertical tab", "\(post)Transfer-Encoding: \u{B}chunked\r\n\r\n", "400"),
    ("a coding in quotes", "\(post)Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "501"),
    ("chunked twice", "\(post)Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "501"),
    (
      "chunked, then identity",
      "\(post)Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "501"
    ),
    (
      "two fields of codings",
      "\(post)Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "400"
    ),
    (
      "a coding in HTTP/1.0",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"
    ),
    (
      "a name with an underscore is another field",
      "\(post)Content_Length: 5\r\n\r\n\(second)", "2"
    ),
    ("a bare LF in the head", "\(post)X: y\nContent-Length: 5\r\n\r\nhello", "400"),
    ("a bare CR in a value", "\(post)X: y\rContent-Length: 5\r\n\r\nhello", "400"),
    ("a head ended by LF LF", "\(post)\n\n\(second)", "400"),
    ("a field before the first line", " X: y\r\n\(second)", "400"),
    ("a line folded at the start", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"),
    ("a size in 0x", "\(post)Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", "400"),
    (
      "a size beyond 2^64",
      "\(post)Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n", "413"
    ),
    ("a size of 2^63", "\(post)Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\n", "413"),
    (
      "an extension with an LF in it",
      "\(post)Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n{}\r\n0\r\n\r\n", "400"
    ),
    (
      "an extension with a control character",
      "\(post)Transfer-Encoding: chunked\r\n\r\n2;\u{1}\r\n{}\r\n0\r\n\r\n", "400"
    ),
    (
      "an extension ended by LF",
      "\(post)Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n4b\r\n0\r\n\r\n\(second)\r\n0\r\n\r\n",
      "400"
    ),
    (
      "a chunk ended by other bytes",
      "\(post)Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n\(second)", "400"
    ),
    (
      "a last chunk ended by LF", "\(post)Transfer-Encoding: chunked\r\n\r\n0\n\r\n\(second)",
      "400"
    ),
    ("a request as a trailer", "\(post)Transfer-Encoding: chunked\r\n\r\n0\r\n\(second)", "400"),
    ("a body that is not whole", "\(post)Content-Length: 9\r\n\r\nGET /adm", "0 and a part"),
  ]

  @Test("is read in one way or refused", arguments: cases)
  func oneReading(_ example: (name: String, bytes: String, outcome: String)) {
    #expect(Self.outcome(example.bytes) == example.outcome)
  }

  @Test("is not made by one byte more anywhere in two honest requests")
  func inserted() {
    // A byte put in may spoil a request or change a value; it never makes a third request.
    let honest =
      "\(Self.post)Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n\(Self.second)"
    for position in 0...honest.utf8.count {
      for byte: UInt8 in [0, 9, 10, 13, 32, 44, 48, 49, 58, 59, 95, 127, 255] {
        var bytes = Array(honest.utf8)
        bytes.insert(byte, at: position)
        let outcome = Self.outcome(String(decoding: bytes, as: Unicode.ASCII.self))
        #expect(!["3", "4"].contains(outcome), "byte \(byte) at \(position)")
      }
    }
  }
}
