// Text for people, made so that nobody's words can act on the terminal, the log or the page that
// shows them.
//
// Names, cards, paths, licences and arguments are foreign. A control character in one can wipe the
// line that stands before it, a mark of direction can turn a name around, and a newline can begin a
// line that looks like ours. Each such character is shown as `\u{HEX}` instead, in lower case.
//
// Promises: a line stays one line, whatever is in it; what was shown once stays as it is when it
// is shown again. Does not: tell a backslash of ours from a foreign one; for exact text there is
// JSON.

/// Foreign text as people may see it.
public enum VisibleText {
  /// Whether a character acts instead of being seen: C0 (newline and tab too), DEL, C1, the marks
  /// of direction and the separators of lines and paragraphs.
  public static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// One line, with every hidden character shown.
  public static func line(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var visible = ""
    for scalar in text.unicodeScalars {
      if isHidden(scalar) {
        visible += shown(scalar)
      } else {
        visible.unicodeScalars.append(scalar)
      }
    }
    return visible
  }

  /// Lines as a document: each with hidden characters shown and its own end.
  public static func document(_ lines: [String]) -> [UInt8] {
    Array(lines.map { line($0) + "\n" }.joined().utf8)
  }

  /// A value as JSON on one line, exact for whoever parses it: what acts on a terminal and is no
  /// C0 control, which JSON escapes anyway, becomes an escape of JSON.
  public static func json(_ value: JSON) -> String { json(text: value.canonicalText) }

  /// The same for text that is JSON already, or a piece of it that cuts no string.
  public static func json(text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      if isHidden(scalar) {
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// `\u{1b}`.
  static func shown(_ scalar: Unicode.Scalar) -> String {
    "\\u{\(String(scalar.value, radix: 16))}"
  }
}
