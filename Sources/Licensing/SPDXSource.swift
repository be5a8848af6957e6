// Reads the XML of the SPDX licence list (https://github.com/spdx/license-list-XML, schema 2.x):
// only the inside of `<text>`, only the elements named below. Everything else is passed over.
//
//     titleText optional        may be absent
//     copyrightText bullet      may be absent too
//     alt match="…"             a slot; the expression gives its alternatives (MatchPattern)
//     standardLicenseHeader     optional here, and a notice of its own
//     p br item list            begin a new line
//
// Marks travel through the word reader as private-use characters.

import Base

enum SPDXSource {
  static let optionalStart: UInt32 = 0xE000, optionalEnd: UInt32 = 0xE001
  static let slotStart: UInt32 = 0xE002, slotEnd: UInt32 = 0xE003
  static let headerStart: UInt32 = 0xE004, headerEnd: UInt32 = 0xE005

  static func looksLike(_ bytes: [UInt8]) -> Bool {
    let head = String(decoding: bytes.prefix(2000), as: UTF8.self)
    return head.contains("<SPDXLicenseCollection")
  }

  static func templates(
    _ bytes: [UInt8], id: String, kind: TemplateKind
  ) throws(Problem) -> [Template] {
    var reader = XMLReader(bytes)
    try reader.run()
    let text = TextWords(Array(reader.output.utf8), keepsMarks: true)
    var words = text.words.map(Learn.templateWord)
    var slots: [Template.Slot] = []
    var optionalStarts: [Int] = []
    var slotStarts: [(word: Int, pattern: Int)] = []
    var header: Range<Int>?
    var headerStart = 0
    var patternIndex = 0
    for (mark, word) in text.marks {
      switch mark {
      case optionalStart: optionalStarts.append(word)
      case optionalEnd:
        let start = optionalStarts.popLast() ?? word
        guard start < word else { continue }
        for index in start..<word { words[index].flags.insert(.grouped) }
        slots.append(Template.Slot(range: start..<word, alternatives: [[]]))
      case slotStart:
        slotStarts.append((word, patternIndex))
        patternIndex += 1
      case slotEnd:
        guard let open = slotStarts.popLast() else { continue }
        let alternatives = MatchPattern.alternatives(reader.patterns[open.pattern])
        if !alternatives.isEmpty {
          slots.append(Template.Slot(range: open.word..<word, alternatives: alternatives))
        }
      case Self.headerStart: headerStart = word
      case headerEnd: header = headerStart..<word
      default: continue
      }
    }
    slots.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var templates = [Template(id: id, kind: kind, words: words, slots: slots)]
    if let header, header.count >= Template.wordCountMin {
      templates.append(notice(id, words, slots, header))
    }
    return templates
  }

  private static func notice(
    _ id: String, _ words: [Template.TemplateWord], _ slots: [Template.Slot], _ range: Range<Int>
  ) -> Template {
    let start = range.lowerBound
    var words = words[range].map { word in
      Template.TemplateWord(hash: word.hash, flags: word.flags.subtracting([.optional, .grouped]))
    }
    let slots = slots.filter {
      $0.range.lowerBound >= start && range.upperBound >= $0.range.upperBound && $0.range != range
    }
    .map { slot in
      Template.Slot(
        range: slot.range.lowerBound - start..<slot.range.upperBound - start,
        alternatives: slot.alternatives)
    }
    // The holder's line on top is nobody's duty.
    if words[0].hash == WordClasses.copyright, let holder = slots.first,
      holder.range.lowerBound <= 2
    {
      for index in 0..<holder.range.upperBound { words[index].flags.insert(.optional) }
    }
    return Template(id: id, kind: .notice, words: words, slots: slots)
  }
}

/// A reader of the few elements we need; not a validator.
private struct XMLReader {
  let text: [Unicode.Scalar]
  var output = ""
  /// The `match` attributes in the order of their slots.
  var patterns: [String] = []
  private var place = 0
  private var depthHidden = 0
  private var isInText = false

  init(_ bytes: [UInt8]) { text = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars) }

  mutating func run() throws(Problem) {
    while place < text.count {
      if text[place] == "<" {
        try readTag()
      } else {
        if isInText, depthHidden == 0 { output.unicodeScalars.append(text[place]) }
        place += 1
      }
    }
  }

  private mutating func readTag() throws(Problem) {
    if text.count - place >= 4, text[place + 1] == "!" {
      guard let end = find("-->", from: place) else { throw malformed("a comment does not end") }
      place = end
      return
    }
    var end = place + 1
    var quote: Unicode.Scalar?
    while end < text.count, quote != nil || text[end] != ">" {
      if text[end] == quote {
        quote = nil
      } else if quote == nil, text[end] == "\"" {
        quote = text[end]
      }
      end += 1
    }
    guard end < text.count else { throw malformed("a tag does not end") }
    let inside = String(String.UnicodeScalarView(text[place + 1..<end]))
    place = end + 1
    let isClosing = inside.hasPrefix("/")
    let name = inside.drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" }
    apply(String(name), inside, isClosing: isClosing, isEmpty: inside.hasSuffix("/"))
  }

  private mutating func apply(_ name: String, _ tag: String, isClosing: Bool, isEmpty: Bool) {
    switch name {
    case "text": isInText = !isClosing
    case "notes", "crossRefs":
      if !isEmpty { depthHidden += isClosing ? -1 : 1 }
    case "copyrightText", "bullet", "titleText", "optional":
      if !isEmpty { mark(isClosing ? SPDXSource.optionalEnd : SPDXSource.optionalStart) }
      if name == "copyrightText" { output += "\n\n" }
    case "alt":
      if isClosing {
        mark(SPDXSource.slotEnd)
      } else {
        if isInText, depthHidden == 0 { patterns.append(attribute("match", tag)) }
        mark(SPDXSource.slotStart)
        if isEmpty { mark(SPDXSource.slotEnd) }
      }
    case "standardLicenseHeader":
      if isClosing {
        mark(SPDXSource.headerEnd)
        mark(SPDXSource.optionalEnd)
      } else {
        mark(SPDXSource.optionalStart)
        mark(SPDXSource.headerStart)
      }
    case "p", "item", "list": output += "\n\n"
    case "br": output += "\n"
    default: break
    }
  }

  private mutating func mark(_ value: UInt32) {
    guard isInText, depthHidden == 0, let scalar = Unicode.Scalar(value) else { return }
    output.unicodeScalars.append(scalar)
  }

  private func attribute(_ name: String, _ tag: String) -> String {
    let lead = name + "=\""
    guard let start = range(of: lead, in: tag) else { return "" }
    return decoded(String(tag[start...].prefix { $0 != "\"" }))
  }

  private func range(of lead: String, in tag: String) -> String.Index? {
    var rest = tag[...]
    while !rest.isEmpty {
      if rest.hasPrefix(lead) { return rest.index(rest.startIndex, offsetBy: lead.count) }
      rest = rest.dropFirst()
    }
    return nil
  }

  private func decoded(_ text: String) -> String {
    var result = text
    for (entity, value) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
      result = result.split(separator: entity, omittingEmptySubsequences: false)
        .joined(separator: value)
    }
    return result
  }

  private func find(_ sign: String, from start: Int) -> Int? {
    let sign = Array(sign.unicodeScalars)
    var place = start
    while place + sign.count <= text.count {
      if text[place] == sign[0], text[place..<place + sign.count].elementsEqual(sign) {
        return place + sign.count
      }
      place += 1
    }
    return nil
  }

  private func malformed(_ reason: String) -> Problem {
    Problem(
      .malformed, "malformed_xml", place: "character \(place)", reason: reason,
      remedy: "give a file of the SPDX licence list unchanged")
  }
}
