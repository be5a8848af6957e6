// Lines for people, broken at blanks to the width of what shows them.
//
// Promises: a word is never cut, so a line is longer than the width only if it is one word (a path,
// a digest, an address); nothing is lost or added but blanks; a text that fits is returned as it
// is. A text with hidden characters is foreign and stays one line, so that no part of a name that
// was made to deceive begins one. Width is counted in columns of a terminal: marks that combine
// take none, the wide letters of East Asia take two.

/// Breaks lines at blanks.
public enum WrappedText {
  /// The width where nothing says another.
  public static let columns = 80
  /// The widths that are taken: narrower is unreadable, and wider is tiring.
  public static let columnsRange = 40...100

  /// The lines of one text, with every hidden character shown.
  /// - Parameters:
  ///   - columns: The width, at least 1.
  ///   - hanging: How much deeper the second line begins than the first one. A text that begins
  ///     far to the right goes on at half the width.
  public static func lines(_ text: String, columns: Int, hanging: Int = 2) -> [String] {
    guard !text.unicodeScalars.contains(where: VisibleText.isHidden) else {
      return [VisibleText.line(text)]
    }
    guard width(of: text) > columns else { return [text] }
    let beginning = text.prefix { $0 == " " }
    let indent = String(repeating: " ", count: min(beginning.count + hanging, columns / 2))
    var lines: [String] = []
    var line = ""
    var used = 0
    for part in parts(text.dropFirst(beginning.count)) {
      let taken = width(of: part.word)
      if line.isEmpty {
        line = (lines.isEmpty ? String(beginning) : indent) + part.word
        used = width(of: line)
      } else if used + part.blanks + taken <= columns {
        line += String(repeating: " ", count: part.blanks) + part.word
        used += part.blanks + taken
      } else {
        lines.append(line)
        line = indent + part.word
        used = indent.count + taken
      }
    }
    return lines + [line]
  }

  /// How many columns of a terminal a text takes.
  public static func width(of text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
  }

  private static func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x20...0x7E: 1
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    default:
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format: 0
      default: 1
      }
    }
  }

  /// The words, each with the number of blanks before it.
  private static func parts(_ text: Substring) -> [(blanks: Int, word: String)] {
    var parts: [(blanks: Int, word: String)] = []
    var blanks = 0
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if word.isEmpty {
        blanks += 1
      } else {
        parts.append((blanks + (parts.isEmpty ? 0 : 1), String(word)))
        blanks = 0
      }
    }
    return parts
  }
}
