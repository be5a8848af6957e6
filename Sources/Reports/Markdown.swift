// Foreign words inside Markdown (CommonMark 0.31 and GitHub's tables and autolinks). A model card
// must not be able to start a tag, a link, a table cell, a code span or a line of its own.

import Base

enum Markdown {
  /// Text for the middle of a line.
  static func escaped(_ value: String) -> String {
    let scalars = Array(value.unicodeScalars)
    var text = ""
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "!", "$", "@":
        text += "\\"
        text.unicodeScalars.append(scalar)
      case ":" where index + 1 < scalars.count && scalars[index + 1] == "/": text += "\\:"
      case "." where isAfterWWW(scalars[..<index]): text += "\\."
      case _ where VisibleText.isHidden(scalar): text += VisibleText.line(String(scalar))
      case _ where HTML.isNoCharacter(scalar): text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  private static func isAfterWWW(_ before: ArraySlice<Unicode.Scalar>) -> Bool {
    before.count >= 3 && before.suffix(3).allSatisfy { $0 == "w" || $0 == "W" }
  }

  /// A digest as code.
  static func code(_ digest: Digest) -> String { "`\(digest.tagged)`" }

  /// A digest as code; anything else as text.
  static func digest(_ value: String) -> String {
    Digest(tagged: value) == nil ? escaped(value) : "`\(value)`"
  }

  /// A table with a head; cells are escaped already.
  static func table(_ head: [String], _ rows: [[String]]) -> [String] {
    [line(head), line(head.map { _ in "---" })] + rows.map(line)
  }

  private static func line(_ cells: [String]) -> String {
    "| \(cells.joined(separator: " | ")) |"
  }
}
