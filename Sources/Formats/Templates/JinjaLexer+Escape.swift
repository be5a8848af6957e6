// Escapes in strings: Jinja reads them as Python does.

extension JinjaLexer {
  /// Steps over an escape. What it stands for, nil for nothing; and whether it is one that gives
  /// a character by its number or name.
  mutating func escape() -> (scalar: Unicode.Scalar?, isNumeric: Bool) {
    advance()
    let letter = scalar()
    switch letter {
    case "\n":
      advance()
      return (nil, false)
    case "x": return number(2)
    case "u": return number(4)
    case "U": return number(8)
    case "N": return named()
    case "0"..."7":
      var value: UInt32 = 0
      for _ in 0..<3 where ("0"..."7").contains(scalar()) {
        value = value * 8 + scalar().value - 0x30
        advance()
      }
      return (Unicode.Scalar(value) ?? "\u{FFFD}", true)
    default:
      guard let plain = Self.plain[letter] else { return ("\\", false) }
      advance()
      return (plain, false)
    }
  }

  private static let plain: [Unicode.Scalar: Unicode.Scalar] = [
    "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n",
    "r": "\r", "t": "\t", "v": "\u{B}",
  ]

  private mutating func number(_ digits: Int) -> (Unicode.Scalar?, Bool) {
    advance()
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = Character(scalar()).hexDigitValue, scalar().isASCII else { break }
      value = value << 4 | UInt32(digit)
      advance()
    }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", true)
  }

  /// `\N{LOW LINE}`: no table of names is kept; a reader has no use for the form.
  private mutating func named() -> (Unicode.Scalar?, Bool) {
    advance()
    guard scalar() == "{" else { return ("N", true) }
    while offset < source.count, scalar() != "}", scalar() != "\n" { advance() }
    advance()
    return (nil, true)
  }
}
