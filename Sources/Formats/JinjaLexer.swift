// Splits the code of a Jinja template into tokens; text, comments and raw blocks are left out.
//
// Braces and brackets are counted as Jinja counts them: `}}` inside a dictionary does not end an
// expression, so nothing can be hidden behind one.

import Base

struct JinjaToken: Equatable {
  enum Kind: Equatable {
    /// `{%`: the next name says which statement it is.
    case statementStart
    case name(String)
    case symbol(UInt8)
    /// A string without its quotes, as written; and whether it has `\x`, `\u` or octal escapes.
    case text([UInt8], hasHexEscape: Bool)
  }

  let kind: Kind
  let line: Int

  func isSymbol(_ character: Character) -> Bool {
    character.asciiValue.map { kind == .symbol($0) } ?? false
  }
}

struct JinjaLexer {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1
  /// The byte that closes the current tag (`}` or `%`); nil in text.
  private var closing: UInt8?
  private var depth = 0
  private var isFirstName = false

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The next token; nil at the end of the template.
  mutating func next() -> JinjaToken? {
    while offset < bytes.count {
      guard let closing else {
        if let token = enterTag() { return token }
        continue
      }
      if depth == 0, endsTag(closing) {
        advance(2)
        self.closing = nil
        continue
      }
      if let token = token() { return token }
    }
    return nil
  }

  private func byte(_ ahead: Int = 0) -> UInt8 {
    offset + ahead < bytes.count ? bytes[offset + ahead] : 0
  }

  private mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where offset < bytes.count {
      if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
      offset += 1
    }
  }

  // MARK: Text

  private mutating func enterTag() -> JinjaToken? {
    guard byte() == UInt8(ascii: "{") else {
      advance()
      return nil
    }
    switch byte(1) {
    case UInt8(ascii: "{"):
      advance(2)
      begin(UInt8(ascii: "}"))
    case UInt8(ascii: "%"):
      advance(2)
      begin(UInt8(ascii: "%"))
      isFirstName = true
      return JinjaToken(kind: .statementStart, line: line)
    case UInt8(ascii: "#"): skip(to: Array("#}".utf8))
    default: advance()
    }
    return nil
  }

  private mutating func begin(_ closing: UInt8) {
    self.closing = closing
    depth = 0
    if byte() == UInt8(ascii: "-") || byte() == UInt8(ascii: "+") { advance() }
  }

  private mutating func skip(to end: [UInt8]) {
    while offset < bytes.count, !bytes[offset...].starts(with: end) { advance() }
    advance(end.count)
  }

  private func endsTag(_ closing: UInt8) -> Bool {
    byte() == closing && byte(1) == UInt8(ascii: "}")
  }

  // MARK: Code

  private mutating func token() -> JinjaToken? {
    let first = byte()
    if isNameByte(first) { return name() }
    if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") { return text(first) }
    let token = JinjaToken(kind: .symbol(first), line: line)
    if "([{".utf8.contains(first) { depth += 1 }
    if ")]}".utf8.contains(first), depth > 0 { depth -= 1 }
    advance()
    return first <= 0x20 ? nil : token
  }

  private mutating func name() -> JinjaToken? {
    let (start, startLine) = (offset, line)
    while isNameByte(byte()) { advance() }
    let name = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isFirstName, closing == UInt8(ascii: "%"), name == "raw" {
      isFirstName = false
      skipRaw()
      return nil
    }
    isFirstName = false
    return JinjaToken(kind: .name(name), line: startLine)
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A)
      || (byte >= 0x61 && byte <= 0x7A) || byte == 0x5F || byte >= 0x80
  }

  /// Steps behind `{% endraw %}`, however it is spaced.
  private mutating func skipRaw() {
    closing = nil
    while offset < bytes.count {
      guard byte() == UInt8(ascii: "{"), byte(1) == UInt8(ascii: "%") else {
        advance()
        continue
      }
      var ahead = 2
      while byte(ahead) == 0x20 || byte(ahead) == UInt8(ascii: "-") || byte(ahead) == 0x0A {
        ahead += 1
      }
      if bytes[min(offset + ahead, bytes.count)...].starts(with: "endraw".utf8) {
        skip(to: Array("%}".utf8))
        return
      }
      advance()
    }
  }

  private mutating func text(_ quote: UInt8) -> JinjaToken {
    let startLine = line
    var body: [UInt8] = []
    var hasHexEscape = false
    advance()
    while offset < bytes.count, byte() != quote {
      if byte() == UInt8(ascii: "\\") {
        let next = byte(1)
        hasHexEscape = hasHexEscape || hides(next)
        body.append(byte())
        advance()
      }
      body.append(byte())
      advance()
    }
    advance()
    return JinjaToken(kind: .text(body, hasHexEscape: hasHexEscape), line: startLine)
  }

  /// `\x`, `\u`, `\U`, `\N` and octal escapes of ASCII characters hide what they stand for.
  private func hides(_ escape: UInt8) -> Bool {
    switch escape {
    case UInt8(ascii: "x"), UInt8(ascii: "N"), UInt8(ascii: "0")...UInt8(ascii: "7"): return true
    case UInt8(ascii: "u"): return byte(2) == 0x30 && byte(3) == 0x30
    case UInt8(ascii: "U"): return (2..<8).allSatisfy { byte($0) == 0x30 }
    default: return false
    }
  }
}
