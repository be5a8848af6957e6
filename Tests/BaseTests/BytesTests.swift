import Base
import Testing

@Suite("Bytes and encodings")
struct BytesTests {
  @Test("base64 reads back what it writes, and refuses every second spelling")
  func base64() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(($0 &* 83 &+ count) & 255) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
    #expect(Base64.encode(Array("foobar".utf8)) == "Zm9vYmFy")
    for loose in ["Zg", "Zh==", "Zg=", "Zg==\n", "Z g=", "____"] {
      #expect(Base64.decode(loose) == nil, "\(loose)")
    }
    #expect(Base64.decodeLenient("_-8") == [0xFF, 0xEF])
  }

  @Test("hexadecimal has one spelling")
  func hex() {
    #expect(Hex.encode([0, 255, 16]) == "00ff10")
    #expect(Hex.decode("00ff10") == [0, 255, 16])
    #expect(Hex.decode("00FF10") == nil)
    #expect(Hex.decode("0") == nil)
  }

  @Test("a digest is 32 bytes, tagged and ordered as its bytes")
  func digest() throws {
    let low = try #require(Digest(bytes: Array(0..<32)))
    let high = try #require(Digest(bytes: [1] + Array(1..<32)))
    #expect(low < high)
    #expect(Digest(tagged: low.tagged) == low)
    #expect(Digest(bytes: low.bytes) == low)
    #expect(Digest(hex: "00") == nil)
    #expect(Digest(tagged: low.hex) == nil)
  }

  @Test("a cursor never reads past the end, whatever it is asked for")
  func cursor() throws {
    let bytes: [UInt8] = [1, 0, 0, 0, 2]
    var cursor = Cursor()
    #expect(try cursor.u32(bytes.span.bytes) == 1)
    #expect(throws: Truncated(offset: 4, need: 8, have: 1)) {
      try cursor.u64(bytes.span.bytes)
    }
    #expect(throws: Truncated(offset: 4, need: Int.max, have: 1)) {
      try cursor.bytes(.max, bytes.span.bytes)
    }
    #expect(throws: Truncated(offset: 4, need: -1, have: 1)) {
      try cursor.skip(-1, bytes.span.bytes)
    }
    #expect(try cursor.u8(bytes.span.bytes) == 2)
  }
}
