// The strings of a text that is nearly JSON, escapes resolved; what stands between them is not
// looked at.

/// The strings between quotes, one after the other.
struct JSONWords {
  private let text: [UInt8]
  private var place = 0

  private static let plain: [UInt8: UInt8] = [
    UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D,
  ]

  /// All strings of a text.
  static func all(of text: [UInt8]) -> [String] {
    var words: [String] = []
    var reader = JSONWords(text)
    while let word = reader.next() { words.append(word) }
    return words
  }

  init(_ text: [UInt8]) { self.text = text }

  mutating func next() -> String? {
    while place < text.count, text[place] != UInt8(ascii: "\"") { place += 1 }
    guard place < text.count else { return nil }
    place += 1
    var word: [UInt8] = []
    while place < text.count, text[place] != UInt8(ascii: "\"") {
      if text[place] == UInt8(ascii: "\\"), place + 1 < text.count {
        if text[place + 1] == UInt8(ascii: "u"), place + 6 <= text.count,
          let code = UInt32(
            String(decoding: text[place + 2..<place + 6], as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(code)
        {
          word += Array(String(scalar).utf8)
          place += 6
          continue
        }
        place += 1
        word.append(Self.plain[text[place]] ?? text[place])
      } else {
        word.append(text[place])
      }
      place += 1
    }
    place += 1
    return String(decoding: word, as: UTF8.self)
  }
}
