import Base
import Testing

@testable import HTTP

/// Goal: our own client takes an answer whole or not at all.
@Suite("An answer to our client")
struct ClientResponseTests {
  static let head = "HTTP/1.1 200 OK\r\n"

  @Test("is read with its fields and its body")
  func reads() throws {
    let text = "\(Self.head)Content-Length: 5\r\nX-A:  b c \r\nX-Empty:\r\n\r\nab\r\nc"
    let response = try ClientResponse(reading: Array(text.utf8))
    #expect(response.status == 200)
    #expect(response.field("x-a") == "b c")
    #expect(response.field("x-empty") == "")
    #expect(response.field("x-b") == nil)
    #expect(response.body == Array("ab\r\nc".utf8))
  }

  @Test(
    "is an error if it can be read in two ways or was cut short",
    arguments: [
      "", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n", "\r\n\r\n", "200 OK\r\n\r\n",
      "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.11 200 OK\r\n\r\n", "\(head)\nX: y\r\n\r\n",
      "\(head)Broken\r\n\r\n", "\(head): v\r\n\r\n", "\(head)X : y\r\n\r\n",
      "\(head)X: a\u{1}\r\n\r\n", "\(head) X: y\r\n\r\n",
      "\(head)Content-Length: 4\r\n\r\nabc", "\(head)Content-Length: 2\r\n\r\nabc",
      "\(head)Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      "\(head)Content-Length: +3\r\n\r\nabc", "\(head)Content-Length: 03\r\n\r\nabc",
      "\(head)Content-Length:\r\n\r\nabc", "\(head)Content-Length: 3, 3\r\n\r\nabc",
      "\(head)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "\(head)transfer-encoding: identity\r\n\r\nabc",
    ])
  func refused(text: String) throws {
    let problem = try #require(throws: Problem.self) {
      _ = try ClientResponse(reading: Array(text.utf8))
    }
    #expect(problem.code == "bad_response")
  }

  @Test("of any bytes is read or refused, never a trap")
  func anyBytes() {
    let valid = Array("\(Self.head)Content-Length: 3\r\nX: y\r\n\r\nabc".utf8)
    var random = CounterRandom(seed: 77)
    for _ in 0..<20_000 {
      var bytes = valid
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8(random.below(256)), at: place)
        }
      }
      if let response = try? ClientResponse(reading: bytes) {
        #expect((200...599).contains(response.status))
      }
    }
    for count in 0..<valid.count {
      #expect(throws: Problem.self) { _ = try ClientResponse(reading: Array(valid[..<count])) }
    }
  }
}
