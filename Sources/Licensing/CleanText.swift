// From the bytes of a file to the characters that matter, each with its line.
//
// Decodes UTF-8 (a bad byte counts as a space), drops the byte order mark and invisible
// characters, takes HTML tags away (only names that HTML knows: `<year>` is a blank to fill in, not
// a tag), decodes the usual entities and drops backslash escapes of Markdown. What a page hides is
// read all the same: comments, titles, scripts, the words that stand for an image. Struck-out words
// stay, between two signs that no licence has. Total: every byte string gives a text.

/// Characters with the line each stood on, counted from 1.
struct CleanText {
  private(set) var scalars: [UInt32] = []
  private(set) var lines: [Int32] = []

  static let newline: UInt32 = 0x0A
  static let space: UInt32 = 0x20
  /// Where struck-out text begins and ends, in Markdown or HTML; also the stroke itself.
  static let struck: UInt32 = 0x336
  /// Where a comment of HTML begins and ends: a page does not show what stands between.
  static let comment: UInt32 = 0x2800

  init(_ bytes: [UInt8]) {
    decode(bytes)
    for leader in ["rem", "dnl"] { dropLeaders(leader) }
    if scalars.contains(0x3C) { dropTags() }
    if scalars.contains(0x26) {
      decodeEntities()
      // Markdown that was wrapped in HTML may hold tags of its own.
      dropTags()
    }
    if scalars.contains(0x7E) { markStruck() }
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

  /// Drops "rem" or "dnl" at the start of lines where nearly all begin so: a comment of batch files
  /// or of m4.
  private mutating func dropLeaders(_ leader: String) {
    var starts: [Int] = []
    var total = 0
    var place = 0
    for line in scalars.split(separator: Self.newline, omittingEmptySubsequences: false) {
      if let first = line.firstIndex(where: { $0 > Self.space }) {
        total += 1
        let start = place + first - line.startIndex
        if Characters.hasWord(leader, scalars, start) { starts.append(start) }
      }
      place += line.count + 1
    }
    guard total >= 3, starts.count * 10 >= total * 9 else { return }
    for start in starts { for offset in 0..<3 { scalars[start + offset] = Self.space } }
  }

  // MARK: Markup

  private static let blocks: Set<String> = [
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "tr", "table", "section",
    "article", "blockquote", "pre", "hr", "body", "center", "header", "footer", "dl", "dd",
    "dt", "html", "head", "title", "script", "main", "nav", "aside", "details", "summary", "figure",
    "figcaption", "button", "label", "form", "noscript",
  ]
  private static let inlines: Set<String> = [
    "b", "i", "u", "em", "strong", "a", "span", "code", "br", "sup", "sub", "small", "font", "td",
    "th", "tbody", "thead", "img", "abbr", "meta", "link", "tt", "kbd", "nobr", "wbr", "cite",
    "del", "s", "strike", "input", "svg", "path",
  ]
  private static let strikes: Set<String> = ["del", "s", "strike"]
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
      let start = place
      place = tag.end
      if tag.name == "style", !tag.isClosing, let end = closing(tag.name, from: place),
        !speaks(place..<end)
      {
        place = end
      } else if tag.name == "--" {
        out.append(Self.newline, line)
        out.append(Self.newline, line)
        out.append(Self.comment, line)
      } else if Self.blocks.contains(tag.name) {
        out.append(Self.newline, line)
        out.append(Self.newline, line)
      } else if Self.strikes.contains(tag.name) {
        out.append(Self.space, line)
        out.append(Self.struck, line)
        out.append(Self.space, line)
      } else if tag.name == "br" || tag.name == "td" || tag.name == "th" {
        out.append(Self.space, line)
      }
      for value in spokenAttributes(start..<tag.end) {
        out.append(Self.space, line)
        for place in value { out.append(scalars[place], lines[place]) }
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
    guard Self.blocks.contains(name) || Self.inlines.contains(name) || name == "style" else {
      return nil
    }
    while place < limit, scalars[place] != 0x3E { place += 1 }
    return place < limit ? (name, isClosing, place + 1) : nil
  }

  /// Whether a style holds a comment, or text that it puts into the page.
  private func speaks(_ range: Range<Int>) -> Bool {
    range.contains { place in
      scalars[place] == 0x2F && place + 1 < range.upperBound && scalars[place + 1] == 0x2A
        || Characters.hasWord("content", scalars, place)
    }
  }

  /// `<!doctype …>`, or the mark at either end of a comment, whose words are read.
  private func declaration(at start: Int) -> (name: String, isClosing: Bool, end: Int)? {
    let limit = min(scalars.count, start + Self.tagLengthMax)
    if limit - start >= 4, scalars[start + 2] == 0x2D, scalars[start + 3] == 0x2D {
      return ("--", false, start + 4)
    }
    guard let end = scalars[start..<limit].firstIndex(of: 0x3E) else { return nil }
    return ("!", false, end + 1)
  }

  /// What a tag says beside its technical attributes: the words that stand for an image, and
  /// whatever a reader of the plain text would see.
  private func spokenAttributes(_ tag: Range<Int>) -> [Range<Int>] {
    guard tag.upperBound - tag.lowerBound > 4, scalars[tag.lowerBound + 1] != 0x21 else {
      return []
    }
    var spoken: [Range<Int>] = []
    var place = tag.lowerBound + 1
    while place < tag.upperBound - 1, scalars[place] > Self.space { place += 1 }
    while place < tag.upperBound - 1 {
      guard Characters.isWord(scalars[place]) else {
        place += 1
        continue
      }
      let start = place
      var name = ""
      while place < tag.upperBound - 1, scalars[place] > Self.space, scalars[place] != 0x3D {
        if let letter = Self.lowerLetterOrDigit(scalars[place]) {
          name.unicodeScalars.append(letter)
        }
        place += 1
      }
      guard scalars[place] == 0x3D, place + 1 < tag.upperBound else {
        if !Self.technical.contains(name) { spoken.append(start..<place) }
        continue
      }
      place += 1
      let value = place
      let quote = scalars[place]
      if quote == 0x22 || quote == 0x27 {
        place =
          scalars[(place + 1)..<tag.upperBound].firstIndex(of: quote).map { $0 + 1 }
          ?? tag.upperBound - 1
      } else {
        while place < tag.upperBound - 1, scalars[place] > Self.space { place += 1 }
      }
      if !Self.technical.contains(name) { spoken.append(value..<place) }
    }
    return spoken
  }

  /// Attributes that show nothing.
  private static let technical: Set<String> = [
    "href", "src", "class", "id", "style", "width", "height", "align", "valign", "lang", "dir",
    "name", "rel", "type", "charset", "target", "border", "cellpadding", "cellspacing",
    "colspan", "rowspan", "bgcolor", "color", "face", "size", "start", "xmlns", "viewbox", "fill",
    "d", "async", "defer", "hidden", "open", "httpequiv", "media", "start", "property", "itemprop",
  ]

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

  /// `~~struck~~` of Markdown: both marks become `struck`.
  private mutating func markStruck() {
    let marks = scalars.indices.filter { place in
      scalars[place] == 0x7E && place + 1 < scalars.count && scalars[place + 1] == 0x7E
        && (place == 0 || scalars[place - 1] != 0x7E)
        && (place + 2 == scalars.count || scalars[place + 2] != 0x7E)
    }
    for mark in marks {
      scalars[mark] = Self.struck
      scalars[mark + 1] = Self.space
    }
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
