// Reads YAML for its tags and scalars.
//
// Format: YAML 1.1 and 1.2, https://yaml.org/spec/1.2.2/: block and flow collections, plain, quoted
// and block scalars, comments, anchors and aliases, tags in all their forms with `%TAG` handles.
//
// Promises: total and linear. Does not: build values, or check that a document is valid; where it
// is not, a reader of YAML would refuse it, and what stands here is a guess.

struct YAMLReader {
  private let text: [UInt8]
  private var place = 0
  private var line: Int
  /// Where the line begins.
  private var lineStart = 0
  /// Brackets and braces that are open.
  private var depth = 0
  private var handles: [String: String] = [:]
  private var events: [YAMLEvent] = []
  /// A scalar of which it is not yet known whether it is a key, where it stands and on what line.
  private var pending: (text: String, line: Int)?
  /// The column of the mapping or sequence entry that was begun last.
  private var column = 0

  private static let eventsMax = 1_000_000
  private static let pythonPrefix = "tag:yaml.org,2002:"

  private init(_ text: [UInt8], firstLine: Int) {
    self.text = text
    line = firstLine
  }

  /// All events; nil if there are more than anybody's configuration has.
  static func events(in text: [UInt8], firstLine: Int = 1) -> [YAMLEvent]? {
    var reader = YAMLReader(text, firstLine: firstLine)
    while reader.place < text.count {
      guard reader.events.count < eventsMax else { return nil }
      reader.node()
    }
    reader.settle(isKey: false)
    return reader.events
  }

  private func byte(_ ahead: Int = 0) -> UInt8 {
    place + ahead < text.count ? text[place + ahead] : 0
  }

  private mutating func step(_ count: Int = 1) {
    for _ in 0..<count where place < text.count {
      place += 1
      if text[place - 1] == 0x0A {
        line += 1
        lineStart = place
      }
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  private static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }
  private static func isFlow(_ byte: UInt8) -> Bool { ",[]{}".utf8.contains(byte) }

  private var isAtLineStart: Bool { place == 0 || text[place - 1] == 0x0A }

  private mutating func settle(isKey: Bool) {
    guard let (text, line) = pending else { return }
    events.append(YAMLEvent(kind: isKey ? .key(text) : .scalar(text), line: line))
    pending = nil
  }

  // MARK: Nodes

  private mutating func node() {
    if isAtLineStart { startLine() }
    let first = byte()
    switch first {
    case _ where Self.isSpace(first): step()
    case UInt8(ascii: "#"): comment()
    case UInt8(ascii: "%") where isAtLineStart && depth == 0: directive()
    case UInt8(ascii: "!"): tag()
    case UInt8(ascii: "&"), UInt8(ascii: "*"):
      settle(isKey: false)
      let start = line
      step()
      let name = word()
      events.append(
        YAMLEvent(kind: first == UInt8(ascii: "&") ? .anchor(name) : .alias(name), line: start))
    case UInt8(ascii: "\""), UInt8(ascii: "'"): quoted(first)
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      if depth == 0 { block(isFolded: first == UInt8(ascii: ">")) } else { plain() }
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      settle(isKey: false)
      depth += 1
      step()
    case UInt8(ascii: "]"), UInt8(ascii: "}"):
      settle(isKey: false)
      depth = max(0, depth - 1)
      step()
    case UInt8(ascii: ",") where depth > 0:
      settle(isKey: false)
      step()
    case UInt8(ascii: ":") where endsIndicator(1):
      settle(isKey: true)
      step()
    case UInt8(ascii: "-"), UInt8(ascii: "?"):
      if endsIndicator(1) {
        settle(isKey: false)
        column = place - lineStart
        step()
      } else {
        plain()
      }
    default: plain()
    }
  }

  private func endsIndicator(_ ahead: Int) -> Bool {
    place + ahead >= text.count || Self.isSpace(byte(ahead))
      || (depth > 0 && Self.isFlow(byte(ahead)))
  }

  private mutating func startLine() {
    guard depth == 0 else { return }
    let isMark = text[place...].starts(with: "---".utf8) || text[place...].starts(with: "...".utf8)
    guard isMark, place + 3 >= text.count || Self.isSpace(byte(3)) else { return }
    settle(isKey: false)
    if byte() == UInt8(ascii: ".") { handles = [:] }
    step(3)
  }

  private mutating func comment() {
    while place < text.count, byte() != 0x0A { step() }
  }

  private mutating func word() -> String {
    let start = place
    while place < text.count, !Self.isSpace(byte()), !(depth > 0 && Self.isFlow(byte())) { step() }
    return String(decoding: text[start..<place], as: UTF8.self)
  }

  // MARK: Tags

  /// `%TAG !p! tag:yaml.org,2002:python/`.
  private mutating func directive() {
    let start = place
    comment()
    let parts = String(decoding: text[start..<place], as: UTF8.self).split {
      $0 == " " || $0 == "\t"
    }
    if parts.count >= 3, parts[0] == "%TAG" { handles[String(parts[1])] = String(parts[2]) }
  }

  private mutating func tag() {
    settle(isKey: false)
    let start = line
    if byte(1) == UInt8(ascii: "<") {
      step(2)
      let from = place
      while place < text.count, byte() != UInt8(ascii: ">"), byte() != 0x0A { step() }
      append(tag: String(decoding: text[from..<place], as: UTF8.self), start)
      step()
      return
    }
    let whole = word()
    let inner = whole.dropFirst()
    if let end = inner.firstIndex(of: "!") {
      let handle = "!" + inner[..<end] + "!"
      let prefix = handles[handle] ?? (handle == "!!" ? Self.pythonPrefix : handle)
      append(tag: prefix + inner[inner.index(after: end)...], start)
    } else {
      append(tag: (handles["!"] ?? "!") + inner, start)
    }
  }

  private mutating func append(tag: String, _ line: Int) {
    events.append(YAMLEvent(kind: .tag(Self.unescaped(tag)), line: line))
  }

  /// `%2F` stands for `/` in a tag.
  private static func unescaped(_ tag: String) -> String {
    guard tag.contains("%") else { return tag }
    var bytes: [UInt8] = []
    var rest = Array(tag.utf8)[...]
    while let first = rest.popFirst() {
      if first == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(first)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Scalars

  private mutating func begin(_ text: String, _ line: Int) {
    settle(isKey: false)
    pending = (text, line)
  }

  private mutating func quoted(_ quote: UInt8) {
    let start = line
    var value: [UInt8] = []
    let begun = place - lineStart
    step()
    while place < text.count {
      if byte() == quote {
        guard quote == UInt8(ascii: "'"), byte(1) == quote else { break }
        value.append(quote)
        step(2)
      } else if byte() == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        step()
        escape(&value)
      } else {
        value.append(byte())
        step()
      }
    }
    step()
    column = depth == 0 ? begun : column
    begin(String(decoding: value, as: UTF8.self), start)
  }

  private mutating func escape(_ value: inout [UInt8]) {
    let letter = byte()
    let digits: [UInt8: Int] = [UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8]
    guard let count = digits[letter] else {
      let plain: [UInt8: UInt8] = [UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09]
      if letter != 0x0A { value.append(plain[letter] ?? letter) }
      step()
      return
    }
    step()
    let hex = String(decoding: text[place..<min(text.count, place + count)], as: UTF8.self)
    if let code = UInt32(hex, radix: 16), let scalar = Unicode.Scalar(code) {
      value += Array(String(scalar).utf8)
    }
    step(min(count, text.count - place))
  }

  /// A plain scalar on one line: to `: `, ` #`, or in brackets to what parts values there.
  private mutating func plain() {
    let (start, startLine) = (place, line)
    column = depth == 0 ? place - lineStart : column
    while place < text.count, byte() != 0x0A {
      if byte() == UInt8(ascii: ":"), endsIndicator(1) { break }
      if depth > 0, Self.isFlow(byte()) { break }
      if byte() == UInt8(ascii: "#"), place > start, Self.isBlank(text[place - 1]) { break }
      step()
    }
    var end = place
    while end > start, Self.isSpace(text[end - 1]) { end -= 1 }
    guard end > start else {
      // A lone indicator: step over it, so that there is an end.
      step()
      return
    }
    begin(String(decoding: text[start..<end], as: UTF8.self), startLine)
  }

  /// A block scalar: the lines that are indented further than the entry it belongs to.
  private mutating func block(isFolded: Bool) {
    let start = line
    let header = place
    comment()
    let marks = text[(header + 1)..<place].prefix { !Self.isSpace($0) }
    guard marks.allSatisfy({ "+-0123456789".utf8.contains($0) }) else {
      // No header of a block: the text of a plain scalar that begins so.
      begin(String(decoding: text[header..<place], as: UTF8.self), start)
      return
    }
    step()
    let parent = events.isEmpty && pending == nil ? -1 : column
    var value: [UInt8] = []
    while place < text.count {
      let rest = text[place...]
      let indent = rest.prefix { $0 == 0x20 }.count
      let content = rest.dropFirst(indent).prefix { $0 != 0x0A }
      guard content.allSatisfy(Self.isSpace) || indent > parent else { break }
      if !value.isEmpty { value.append(isFolded ? 0x20 : 0x0A) }
      value += content
      step(indent + content.count + 1)
    }
    while let last = value.last, Self.isSpace(last) { value.removeLast() }
    begin(String(decoding: value, as: UTF8.self), start)
  }
}
