// The expressions in `<alt match="…">` of the SPDX list, spelled out as alternatives.
//
// The list uses a small part of POSIX expressions: words, `\s+`, `.+` and `.*`, groups, `|`, `?`,
// classes and counts. Each expression is unfolded into at most 64 sequences of words, where
// "anything" becomes a few words that oblige nobody. What cannot be unfolded is treated as that.

enum MatchPattern {
  private static let alternativesMax = 64
  private static let depthMax = 12
  /// Private-use: "a few words" on its way through the word reader.
  private static let few: UInt32 = 0xE010

  static func alternatives(_ pattern: String) -> [[Template.Element]] {
    var reader = PatternReader(Array(pattern.unicodeScalars))
    guard let texts = reader.alternatives(depth: 0), reader.isAtEnd else { return [[.few]] }
    var result: [[Template.Element]] = []
    for text in texts {
      let elements = elements(of: text)
      if !result.contains(elements) { result.append(elements) }
    }
    return result
  }

  private static func elements(of text: String) -> [Template.Element] {
    let read = TextWords(Array(text.utf8), keepsMarks: true)
    var elements: [Template.Element] = []
    var word = 0
    for mark in read.marks where mark.mark == few {
      elements += read.words[word..<mark.word].map { .word($0.hash) }
      word = mark.word
      if elements.last != .few { elements.append(.few) }
    }
    return elements + read.words[word...].map { .word($0.hash) }
  }

  private struct PatternReader {
    let text: [Unicode.Scalar]
    var place = 0
    var isAtEnd: Bool { place == text.count }

    init(_ text: [Unicode.Scalar]) { self.text = text }

    /// Branches separated by `|`, up to `)` or the end.
    mutating func alternatives(depth: Int) -> [String]? {
      guard depth <= depthMax else { return nil }
      var all: [String] = []
      while true {
        guard let branch = sequence(depth: depth) else { return nil }
        all += branch
        guard all.count <= alternativesMax else { return nil }
        guard place < text.count, text[place] == "|" else { return all }
        place += 1
      }
    }

    private mutating func sequence(depth: Int) -> [String]? {
      var all = [""]
      while place < text.count, text[place] != "|", text[place] != ")" {
        guard let piece = piece(depth: depth) else { return nil }
        all = all.flatMap { head in piece.map { head + $0 } }
        guard all.count <= alternativesMax else { return nil }
      }
      return all
    }

    private mutating func piece(depth: Int) -> [String]? {
      guard let atom = atom(depth: depth) else { return nil }
      guard place < text.count else { return atom }
      switch text[place] {
      case "?", "*":
        place += 1
        return atom.contains("") ? atom : atom + [""]
      case "+":
        place += 1
        return atom
      case "{":
        while place < text.count, text[place] != "}" { place += 1 }
        place += 1
        return atom
      default: return atom
      }
    }

    private mutating func atom(depth: Int) -> [String]? {
      let scalar = text[place]
      place += 1
      switch scalar {
      case "(":
        if place + 1 < text.count, text[place] == "?", text[place + 1] == ":" { place += 2 }
        guard let inner = alternatives(depth: depth + 1), place < text.count, text[place] == ")"
        else { return nil }
        place += 1
        return inner
      case "[": return characterClass()
      case ".": return [Unicode.Scalar(few).map { String(Character($0)) } ?? ""]
      case "\\":
        guard place < text.count else { return nil }
        place += 1
        return [text[place - 1] == "s" ? " " : String(Character(text[place - 1]))]
      case "^", "$": return [""]
      default: return [String(Character(scalar))]
      }
    }

    /// A class of letters gives each of them; one of marks alone gives a blank.
    private mutating func characterClass() -> [String]? {
      var members: [Unicode.Scalar] = []
      while place < text.count, text[place] != "]" {
        if text[place] == "\\" {
          // Escapes inside the classes of the list stand for white space or for marks.
          place += 2
          continue
        }
        members.append(text[place])
        place += 1
      }
      guard place < text.count else { return nil }
      place += 1
      let words = members.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil }
      if words.isEmpty { return [" "] }
      return words.count <= 4 ? words.map { String(Character($0)) } : nil
    }
  }
}
