// What single characters and short runs of them are, for the reader of words.

enum Characters {
  static func isDigit(_ value: UInt32) -> Bool { value >= 0x30 && value <= 0x39 }

  static func isLetter(_ value: UInt32) -> Bool {
    switch value {
    case 0x41...0x5A, 0x61...0x7A: true
    case 0..<0xAA: false
    case 0xD7, 0xF7, 0x2000...0x2BFF, 0x3000...0x303F, 0xFF00...0xFF0F, 0xFF1A...0xFF20: false
    default: Unicode.Scalar(value)?.properties.isAlphabetic ?? false
    }
  }

  static func isWord(_ value: UInt32) -> Bool { isDigit(value) || isLetter(value) }

  static func isUpper(_ value: UInt32) -> Bool {
    if value < 0x80 { return value >= 0x41 && value <= 0x5A }
    return Unicode.Scalar(value)?.properties.isUppercase ?? false
  }

  /// Scripts without blanks between words.
  static func isHan(_ value: UInt32) -> Bool {
    switch value {
    case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF,
      0x2_0000...0x3_FFFF:
      true
    default: false
    }
  }

  /// Marks that pause a sentence; others do not count for the place of a list mark.
  static func isPause(_ value: UInt32) -> Bool {
    switch value {
    case 0x2E, 0x2C, 0x3A, 0x3B, 0x3F, 0x21, 0x3002, 0xFF0C, 0xFF1A, 0xFF1B: true
    default: false
    }
  }

  /// A blank, or a sign by which Markdown stresses a word.
  static func isEmphasis(_ value: UInt32) -> Bool {
    value <= CleanText.space || [0x2A, 0x5F, 0x60, 0x7E].contains(value)
  }

  /// Whether a list mark may follow: nothing yet, or the end of a clause.
  static func endsClause(_ value: UInt32) -> Bool { value == 0 || isPause(value) }

  static func utf8(_ value: UInt32) -> [UInt8] {
    Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? []
  }

  /// The character in lower case, as UTF-8.
  static func lowered(_ value: UInt32) -> [UInt8] {
    if value < 0x80 {
      return [UInt8(value >= 0x41 && value <= 0x5A ? value + 0x20 : value)]
    }
    return Unicode.Scalar(value).map { Array($0.properties.lowercaseMapping.utf8) } ?? []
  }

  /// A number of at most two digits, a dotted number, a letter or a small Roman number.
  static func isListMark(_ letters: [UInt8]) -> Bool {
    guard let first = letters.first, letters.count <= 8 else { return false }
    if isDigit(UInt32(first)) {
      let parts = letters.split(separator: 0x2E, omittingEmptySubsequences: false)
      return parts.allSatisfy { part in
        !part.isEmpty && part.count <= 2 && part.allSatisfy { isDigit(UInt32($0)) }
      }
    }
    if letters.count == 1 { return first >= 0x61 && first <= 0x7A }
    return letters.count <= 5 && letters.allSatisfy { "ivxl".utf8.contains($0) }
  }

  /// Whether a word in any case stands at `place` and ends there.
  static func hasWord(_ word: String, _ scalars: [UInt32], _ place: Int) -> Bool {
    var place = place
    for letter in word.utf8 {
      guard place < scalars.count, scalars[place] | 0x20 == UInt32(letter) else { return false }
      place += 1
    }
    return place >= scalars.count || !isWord(scalars[place])
  }

  /// After a copyright mark: a year, a blank to fill in, or the word again.
  static func startsHolder(_ scalars: [UInt32], _ start: Int) -> Bool {
    var place = start
    while place < scalars.count, scalars[place] == CleanText.space || scalars[place] == 0x2C {
      place += 1
    }
    guard place < scalars.count else { return false }
    if [0x3C, 0x5B, 0x7B].contains(scalars[place]) { return true }
    if hasWord("copyright", scalars, place) { return true }
    let digits = scalars[place...].prefix(5).prefix(while: isDigit).count
    return digits == 4
  }
}
