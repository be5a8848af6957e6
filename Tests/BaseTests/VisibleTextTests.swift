import Base
import Testing

@Suite("Text for people")
struct VisibleTextTests {
  /// Every character that acts instead of being seen.
  static let hidden: [UInt32] =
    Array(0x00...0x1F) + Array(0x7F...0x9F) + [0x061C, 0x200E, 0x200F, 0x2028, 0x2029]
    + Array(0x202A...0x202E) + Array(0x2066...0x2069)

  @Test("shows each hidden character as its number", arguments: hidden)
  func shown(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    let line = VisibleText.line("a\(Character(scalar))b")
    #expect(line == "a\\u{\(String(value, radix: 16))}b")
    #expect(VisibleText.line(line) == line)
  }

  @Test("shows a carriage return and a newline one by one")
  func pairs() {
    // One Character, two scalars.
    #expect(VisibleText.line("a\r\nb") == "a\\u{d}\\u{a}b")
    #expect(VisibleText.line("\u{1B}[2K\u{202E}") == "\\u{1b}[2K\\u{202e}")
  }

  @Test(
    "leaves everything else as it is, the neighbours of what is hidden too",
    arguments: [
      "", "plain", " \u{20}~\u{A0}", "é\u{301} 模型 🙂", "\\u{1b}", "\u{61B}\u{61D}\u{200D}\u{2010}",
      "\u{2027}\u{202F}\u{2065}\u{206A}",
    ])
  func untouched(_ text: String) {
    #expect(Array(VisibleText.line(text).unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test("ends a document's lines itself: a foreign newline begins none")
  func document() {
    let bytes = VisibleText.document(["name\nALLOW", "", "next"])
    #expect(String(decoding: bytes, as: UTF8.self) == "name\\u{a}ALLOW\n\nnext\n")
    #expect(VisibleText.document([]).isEmpty)
  }

  @Test("is exact as JSON, and still acts on no terminal", arguments: hidden)
  func json(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    let object: JSON = ["a\(Character(scalar))": .string("b\(Character(scalar))\"\\")]
    let text = VisibleText.json(object)
    #expect(!text.unicodeScalars.contains(where: VisibleText.isHidden))
    #expect(try JSON.parse(text) == object)
  }
}
