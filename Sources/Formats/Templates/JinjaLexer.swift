// Splits a Jinja template into tokens, as Jinja 3 does for chat templates.
//
// Source: https://jinja.palletsprojects.com/templates/. Braces and brackets are counted: `}}`
// inside of a dictionary does not end an output, so nothing can hide behind one. Comments are left
// out, raw blocks are text. Blanks follow what libraries set for chat templates: the newline
// after a statement and the blanks before one on its line are not part of the text.
//
// Promises: total and linear; text that is not UTF-8 is repaired; what is left open at the end is
// closed there.

struct JinjaLexer {
  let source: [Unicode.Scalar]
  var offset = 0
  var line = 1
  private var tokens: [JinjaToken] = []
  /// Closing brackets that are awaited.
  private var awaited: [Unicode.Scalar] = []
  /// How the last tag ended: what it takes from the text behind it.
  private var taking = Taking.nothing

  private enum Taking { case nothing, newline, blanks }

  private init(_ bytes: [UInt8]) {
    source = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
  }

  /// All tokens of a template.
  static func tokens(of bytes: [UInt8]) -> [JinjaToken] {
    var lexer = JinjaLexer(bytes)
    while lexer.offset < lexer.source.count { lexer.text() }
    return lexer.tokens
  }

  func scalar(_ ahead: Int = 0) -> Unicode.Scalar {
    offset + ahead < source.count ? source[offset + ahead] : "\0"
  }

  mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where offset < source.count {
      if source[offset] == "\n" { line += 1 }
      offset += 1
    }
  }

  private mutating func append(_ kind: JinjaToken.Kind, line: Int? = nil) {
    tokens.append(JinjaToken(kind: kind, line: line ?? self.line))
  }

  // MARK: Text

  /// The text up to the next tag, and that tag.
  private mutating func text() {
    let (start, startLine) = (offset, line)
    while offset < source.count, !isTagStart { advance() }
    appendText(source[start..<offset], startLine, tag: scalar(1), mark: scalar(2))
    guard offset < source.count else { return }
    switch scalar(1) {
    case "#": comment()
    case "%":
      if !rawBlock() { tag(start: .statementStart, end: .statementEnd, closing: "%") }
    default: tag(start: .outputStart, end: .outputEnd, closing: "}")
    }
  }

  private var isTagStart: Bool {
    scalar() == "{" && (scalar(1) == "{" || scalar(1) == "%" || scalar(1) == "#")
  }

  private mutating func appendText(
    _ text: ArraySlice<Unicode.Scalar>, _ line: Int, tag: Unicode.Scalar, mark: Unicode.Scalar
  ) {
    var text = text
    switch taking {
    case .nothing: break
    case .newline: if text.first == "\n" { text = text.dropFirst() }
    case .blanks: text = text.drop { Self.isBlank($0) }
    }
    if offset < source.count, mark == "-" {
      while let last = text.last, Self.isBlank(last) { text = text.dropLast() }
    } else if offset < source.count, tag != "{", mark != "+" {
      // Blanks before a statement go if nothing else stands before it on its line.
      let blankStart = text.lastIndex { $0 != " " && $0 != "\t" }.map { $0 + 1 } ?? text.startIndex
      if blankStart == 0 || source[blankStart - 1] == "\n" { text = text[..<blankStart] }
    }
    if !text.isEmpty { append(.text(Array(text)), line: line) }
  }

  static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || (scalar.value >= 9 && scalar.value <= 13) || scalar.value == 0xA0
      || scalar.properties.isWhitespace
  }

  private mutating func comment() {
    advance(2)
    while offset < source.count, !(scalar() == "#" && scalar(1) == "}") { advance() }
    taking = offset > 0 && source[offset - 1] == "-" ? .blanks : .newline
    advance(2)
  }

  /// Takes `{% raw %}…{% endraw %}` as text; false if the tag is another one.
  private mutating func rawBlock() -> Bool {
    guard let inner = statement("raw", at: offset) else { return false }
    taking = source[inner - 3] == "-" ? .blanks : .nothing
    advance(inner - offset)
    let (start, startLine) = (offset, line)
    while offset < source.count {
      if scalar() == "{", let end = statement("endraw", at: offset) {
        appendText(source[start..<offset], startLine, tag: "%", mark: scalar(2))
        taking = source[end - 3] == "-" ? .blanks : .newline
        advance(end - offset)
        return true
      }
      advance()
    }
    appendText(source[start..<offset], startLine, tag: "%", mark: "+")
    return true
  }

  /// Where `{% word %}` that begins at `start` ends; nil if it is not there.
  private func statement(_ word: String, at start: Int) -> Int? {
    var place = start
    func next() -> Unicode.Scalar { place < source.count ? source[place] : "\0" }
    guard next() == "{" else { return nil }
    place += 1
    guard next() == "%" else { return nil }
    place += 1
    if next() == "-" || next() == "+" { place += 1 }
    while Self.isBlank(next()) { place += 1 }
    guard source[min(place, source.count)...].starts(with: word.unicodeScalars) else { return nil }
    place += word.unicodeScalars.count
    while Self.isBlank(next()) { place += 1 }
    if next() == "-" || next() == "+" { place += 1 }
    guard next() == "%", place + 1 < source.count, source[place + 1] == "}" else { return nil }
    return place + 2
  }

  // MARK: Code

  private mutating func tag(
    start: JinjaToken.Kind, end: JinjaToken.Kind, closing: Unicode.Scalar
  ) {
    append(start)
    advance(2)
    if scalar() == "-" || scalar() == "+" { advance() }
    awaited = []
    while offset < source.count {
      if awaited.isEmpty, let length = endOfTag(closing) {
        append(end)
        advance(length)
        return
      }
      code()
    }
    taking = .nothing
  }

  /// The length of the tag's end if it stands here; sets what it takes from the text behind it.
  private mutating func endOfTag(_ closing: Unicode.Scalar) -> Int? {
    let isMarked = scalar() == "-" || (scalar() == "+" && closing == "%")
    let place = isMarked ? 1 : 0
    guard scalar(place) == closing, scalar(place + 1) == "}" else { return nil }
    if scalar() == "-" {
      taking = .blanks
    } else {
      taking = closing == "%" && !isMarked ? .newline : .nothing
    }
    return place + 2
  }

  private mutating func code() {
    let first = scalar()
    if Self.isBlank(first) || first.value < 0x20 { return advance() }
    if first == "'" || first == "\"" { return string(first) }
    if ("0"..."9").contains(first) { return number() }
    if Self.isNameScalar(first) {
      let (start, startLine) = (offset, line)
      while Self.isNameScalar(scalar()), offset < source.count { advance() }
      return append(.name(Self.text(source[start..<offset])), line: startLine)
    }
    symbol(first)
  }

  static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
    case 0x80...: !isBlank(scalar)
    default: false
    }
  }

  static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private mutating func symbol(_ first: Unicode.Scalar) {
    let pair = Self.text([first, scalar(1)])
    if ["==", "!=", "<=", ">=", "//", "**"].contains(pair) {
      append(.symbol(pair))
      return advance(2)
    }
    switch first {
    case "(": awaited.append(")")
    case "[": awaited.append("]")
    case "{": awaited.append("}")
    default: if first == awaited.last { awaited.removeLast() }
    }
    append(.symbol(String(first)))
    advance()
  }

  private mutating func number() {
    let startLine = line
    var digits: [Unicode.Scalar] = []
    var isFloat = false
    // `x.0.name`: behind a point stands a position, not a number with a fraction.
    let isPosition = offset > 0 && source[offset - 1] == "."
    var radix = 10
    if scalar() == "0", let known = ["x": 16, "o": 8, "b": 2][String(scalar(1)).lowercased()] {
      radix = known
      advance(2)
    }
    while offset < source.count {
      let next = scalar()
      let isExponent = radix == 10 && (next == "e" || next == "E")
      let isPoint = next == "." && ("0"..."9").contains(scalar(1)) && !isFloat && !isPosition
      let isSign =
        (next == "-" || next == "+") && isFloat && (digits.last == "e" || digits.last == "E")
      guard Self.isNameScalar(next) || isPoint || isSign else { break }
      isFloat = isFloat || isExponent || isPoint
      if next != "_" { digits.append(next) }
      advance()
    }
    append(isFloat ? .float : .integer(Int(Self.text(digits), radix: radix)), line: startLine)
  }

  private mutating func string(_ quote: Unicode.Scalar) {
    let startLine = line
    var body: [Unicode.Scalar] = []
    var hidesNames = false
    advance()
    while offset < source.count, scalar() != quote {
      if scalar() == "\\" {
        let (scalar, isNumeric) = escape()
        if let scalar {
          body.append(scalar)
          hidesNames = hidesNames || (isNumeric && Self.isNameScalar(scalar) && scalar.value < 0x80)
        } else if isNumeric {
          hidesNames = true
        }
      } else {
        body.append(scalar())
        advance()
      }
    }
    advance()
    append(.string(body, hidesNames: hidesNames), line: startLine)
  }
}
