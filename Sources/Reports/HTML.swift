// HTML as text, with every foreign word escaped. Model cards and file names are hostile input.

import Base

/// Escaped text that may stand in HTML.
struct HTML: ExpressibleByStringInterpolation, ExpressibleByStringLiteral {
  private(set) var text: String

  /// A literal is ours and stands as it is.
  init(stringLiteral value: String) { text = value }

  /// What is put into an interpolation is escaped, unless it is HTML already.
  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  struct Interpolation: StringInterpolationProtocol {
    var text = ""
    init(literalCapacity: Int, interpolationCount: Int) {}
    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: HTML) { text += value.text }
    mutating func appendInterpolation(_ values: [HTML]) {
      for value in values { text += value.text }
    }
    mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value) }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }
  }

  /// The five characters that mean something, as references; what controls the text or turns its
  /// direction is shown as in every text for people, and what is no character becomes U+FFFD.
  static func escaped(_ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "\n", "\t": text.unicodeScalars.append(scalar)
      case _ where VisibleText.isHidden(scalar): text += VisibleText.line(String(scalar))
      case _ where isNoCharacter(scalar): text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// Code points that are no characters.
  static func isNoCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xFDD0...0xFDEF: true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }
}
