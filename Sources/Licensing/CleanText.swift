// From the bytes of a file to the characters that matter, each with its line.
//
// Decodes UTF-8 (a bad byte counts as a space), drops the byte order mark and invisible
// characters, takes HTML tags and comments away (only names that HTML knows: `<year>` is a blank
// to fill in, not a tag), decodes the usual entities and drops backslash escapes of Markdown.
// Total: every byte string gives a text.

/// Characters with the line each stood on, counted from 1.
struct CleanText {
  private(set) var scalars: [UInt32] = []
  private(set) var lines: [Int32] = []

  static let newline: UInt32 = 0x0A
  static let space: UInt32 = 0x20

  init(_ bytes: [UInt8]) {
    decode(bytes)
    if scalars.contains(0x3C) { dropTags() }
    if scalars.contains(0x26) {
      decodeEntities()
      // Markdown that was wrapped in HTML may hold tags of its own.
      dropTags()
    }
    if scalars.contains(0x5C) { dropEscapes() }
  }

  /// The characters of a range as text for people, with white space as single blanks.
  func text(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    var pendingSpace = false
    for value in scalars[range] {
      if value <= Self.space || value == 0xA0 {
        pendingSpace = !view.isEmpty
        continue
      }
      if pendingSpace { view.append(" ") }
      pendingSpace = false
      if let scalar = Unicode.Scalar(value) { view.append(scalar) }
    }
    return String(view)
  }

  // MARK: Decoding

  private mutating func decode(_ bytes: [UInt8]) {
    scalars.reserveCapacity(bytes.count)
    lines.reserveCapacity(bytes.count)
    var line: Int32 = 1
    var place = 0
    while place < bytes.count {
      let (value, count) = Self.scalar(bytes, place)
      place += count
      if value == 0x0D {
        if place < bytes.count, bytes[place] == 0x0A { place += 1 }
        append(Self.newline, line)
        line += 1
      } else if value == 0x0A {
        append(Self.newline, line)
        line += 1
      } else if !Self.isInvisible(value) {
        append(Self.isSpace(value) ? Self.space : value, line)
      }
    }
  }

  private mutating func append(_ value: UInt32, _ line: Int32) {
    scalars.append(value)
    lines.append(line)
  }

  /// One character and its length; a byte that fits nowhere is a space of length one.
  private static func scalar(_ bytes: [UInt8], _ place: Int) -> (UInt32, Int) {
    let first = bytes[place]
    if first < 0x80 { return (UInt32(first), 1) }
    let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first <= 0xF4, bytes.count - place >= count else { return (space, 1) }
    var value = UInt32(first) & (0xFF >> UInt32(count + 1))
    for offset in 1..<count {
      let next = bytes[place + offset]
      guard next & 0xC0 == 0x80 else { return (space, 1) }
      value = value << 6 | UInt32(next & 0x3F)
    }
    let least: UInt32 = count == 4 ? 0x1_0000 : count == 3 ? 0x800 : 0x80
    guard value >= least, Unicode.Scalar(value) != nil else { return (space, 1) }
    return (value, count)
  }

  private static func isInvisible(_ value: UInt32) -> Bool {
    switch value {
    case 0xAD, 0x200B...0x200F, 0x2060...0x2064, 0xFEFF, 0xFE00...0xFE0F: true
    default: false
    }
  }

  private static func isSpace(_ value: UInt32) -> Bool {
    switch value {
    case 0x09, 0x0B, 0x0C, 0x20, 0x85, 0xA0, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }

  // MARK: Markup

  private static let blocks: Set<String> = [
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "tr", "table", "section",
    "article", "blockquote", "pre", "hr", "body", "html", "center", "header", "footer", "dl", "dd",
    "dt",
  ]
  private static let inlines: Set<String> = [
    "b", "i", "u", "em", "strong", "a", "span", "code", "br", "sup", "sub", "small", "font", "td",
    "th", "tbody", "thead", "img", "abbr", "meta", "link", "tt", "kbd", "nobr", "wbr", "cite",
  ]
  private static let hidden: Set<String> = ["title", "style", "script", "head"]
  private static let tagLengthMax = 2000

  private mutating func dropTags() {
    var out = CleanText([])
    var place = 0
    while place < scalars.count {
      guard scalars[place] == 0x3C, let tag = tag(at: place) else {
        out.append(scalars[place], lines[place])
        place += 1
        continue
      }
      let line = lines[place]
      place = tag.end
      if Self.hidden.contains(tag.name), !tag.isClosing, let end = closing(tag.name, from: place) {
        place = end
      } else if Self.blocks.contains(tag.name) {
        out.append(Self.newline, line)
        out.append(Self.newline, line)
      } else if tag.name == "br" || tag.name == "td" || tag.name == "th" {
        out.append(Self.space, line)
      }
    }
    self = out
  }

  private func tag(at start: Int) -> (name: String, isClosing: Bool, end: Int)? {
    let limit = min(scalars.count, start + Self.tagLengthMax)
    var place = start + 1
    guard place < limit else { return nil }
    if scalars[place] == 0x21 {
      return declaration(at: start)
    }
    let isClosing = scalars[place] == 0x2F
    if isClosing { place += 1 }
    var name = ""
    while place < limit, name.utf8.count <= 12, let letter = Self.lowerLetterOrDigit(scalars[place])
    {
      name.unicodeScalars.append(letter)
      place += 1
    }
    guard Self.blocks.contains(name) || Self.inlines.contains(name) || Self.hidden.contains(name)
    else { return nil }
    while place < limit, scalars[place] != 0x3E { place += 1 }
    return place < limit ? (name, isClosing, place + 1) : nil
  }

  /// `<!doctype …>` or `<!-- … -->`.
  private func declaration(at start: Int) -> (name: String, isClosing: Bool, end: Int)? {
    let isComment =
      scalars.count - start >= 4 && scalars[start + 2] == 0x2D
      && scalars[start + 3] == 0x2D
    var place = start + (isComment ? 4 : 2)
    while place < scalars.count {
      if scalars[place] == 0x3E,
        !isComment || (scalars[place - 1] == 0x2D && scalars[place - 2] == 0x2D)
      {
        return ("!", false, place + 1)
      }
      place += 1
    }
    return nil
  }

  private func closing(_ name: String, from start: Int) -> Int? {
    var place = start
    while place < scalars.count {
      if scalars[place] == 0x3C, let tag = tag(at: place), tag.isClosing, tag.name == name {
        return tag.end
      }
      place += 1
    }
    return nil
  }

  private static func lowerLetterOrDigit(_ value: UInt32) -> Unicode.Scalar? {
    switch value {
    case 0x41...0x5A: Unicode.Scalar(value + 0x20)
    case 0x61...0x7A, 0x30...0x39: Unicode.Scalar(value)
    default: nil
    }
  }

  private static let entities: [String: UInt32] = [
    "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27, "nbsp": 0x20, "copy": 0xA9,
    "ldquo": 0x201C, "rdquo": 0x201D, "lsquo": 0x2018, "rsquo": 0x2019, "ndash": 0x2013,
    "mdash": 0x2014, "sect": 0xA7, "reg": 0xAE, "hellip": 0x2026, "bull": 0x2022, "shy": 0x20,
  ]

  private mutating func decodeEntities() {
    var out = CleanText([])
    var place = 0
    while place < scalars.count {
      if scalars[place] == 0x26, let (value, end) = entity(at: place) {
        out.append(value, lines[place])
        place = end
      } else {
        out.append(scalars[place], lines[place])
        place += 1
      }
    }
    self = out
  }

  private func entity(at start: Int) -> (UInt32, Int)? {
    guard let end = scalars[start..<min(scalars.count, start + 10)].firstIndex(of: 0x3B) else {
      return nil
    }
    var name = ""
    for value in scalars[start + 1..<end] {
      guard value < 0x80, let scalar = Unicode.Scalar(value) else { return nil }
      name.unicodeScalars.append(scalar)
    }
    if let value = Self.entities[name] { return (value, end + 1) }
    guard name.hasPrefix("#") else { return nil }
    let digits = name.dropFirst()
    let value =
      digits.hasPrefix("x") || digits.hasPrefix("X")
      ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    guard let value, Unicode.Scalar(value) != nil, value >= 0x20 else { return nil }
    return (Self.isSpace(value) ? Self.space : value, end + 1)
  }

  private mutating func dropEscapes() {
    var out = CleanText([])
    for place in scalars.indices {
      if scalars[place] == 0x5C, place + 1 < scalars.count, Self.isPunctuation(scalars[place + 1]) {
        continue
      }
      out.append(scalars[place], lines[place])
    }
    self = out
  }

  private static func isPunctuation(_ value: UInt32) -> Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }
}
