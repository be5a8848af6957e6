// From a text to a template. Two forms are read: plain text (also Markdown or HTML), and the XML
// of the SPDX licence list, whose `<optional>`, `<alt>`, `<titleText>` and
// `<standardLicenseHeader>` say what may be absent or replaced.
//
// In plain text only the title may be absent: the short paragraphs before the first sentence.

import Base

/// Makes templates.
enum Learn {
  /// One template, and a second one if the source marks a short notice.
  static func templates(
    _ bytes: [UInt8], id: String, kind: TemplateKind
  ) throws(Problem) -> [Template] {
    let templates: [Template]
    if SPDXSource.looksLike(bytes) {
      templates = try SPDXSource.templates(bytes, id: id, kind: kind)
    } else {
      templates = [plain(bytes, id: id, kind: kind)]
    }
    guard let first = templates.first, first.requiredCount >= Template.wordCountMin else {
      throw Problem(
        .malformed, "text_too_short",
        reason: "fewer than \(Template.wordCountMin) words say too little to recognise a text by",
        remedy: "give the whole text of the licence")
    }
    return templates
  }

  private static func plain(_ bytes: [UInt8], id: String, kind: TemplateKind) -> Template {
    let text = TextWords(bytes)
    var words = text.words.map(templateWord)
    for index in 0..<titleCount(text) { words[index].flags.insert(.optional) }
    return Template(id: id, kind: kind, words: words, slots: [])
  }

  static func templateWord(_ word: Word) -> Template.TemplateWord {
    var flags: TemplateFlags = []
    if word.flags.contains(.soft) { flags.insert(.soft) }
    if word.flags.contains(.line) { flags.insert(.line) }
    if word.flags.contains(.number) { flags.insert(.number) }
    if word.flags.contains(.ends) { flags.insert(.ends) }
    if word.flags.contains(.holder) { flags.insert(.optional) }
    return Template.TemplateWord(hash: word.hash, flags: flags)
  }

  private static let titleParagraphMax = 16
  private static let titleLinesMax = 6

  /// How many words of the beginning are a title: lines of at most sixteen words, none of which
  /// obliges anybody and none of which ends as a sentence does.
  private static func titleCount(_ text: TextWords) -> Int {
    var count = 0
    for _ in 0..<titleLinesMax {
      var end = count
      while end < text.words.count,
        text.words[end].line == text.words[min(count, text.words.count - 1)].line
      {
        end += 1
      }
      let line = text.words[count..<end]
      guard let last = line.last, line.count <= titleParagraphMax, end < text.words.count else {
        break
      }
      let ends = last.flags.contains(.ends)
      let obliges = line.contains { WordClasses.duty.contains($0.hash) }
      guard !ends, !obliges, standsAlone(text, count..<end) else { break }
      count = end
    }
    // A text that is one title is no licence; then nothing is optional.
    return text.words.count - count >= Template.wordCountMin ? count : 0
  }

  /// Whether the line of `line` stands alone: a blank line below it, or a heading's capitals and
  /// the end of the line.
  private static func standsAlone(_ text: TextWords, _ line: Range<Int>) -> Bool {
    let before = Int(text.words[line.upperBound - 1].end)
    let after = Int(text.words[line.upperBound].start)
    let breaks = text.source.scalars[before..<after].count { $0 == CleanText.newline }
    if breaks >= 2 { return true }
    let capitals = line.count {
      !text.words[$0].flags.isDisjoint(with: [.capital, .number])
    }
    return breaks == 1 && capitals * 10 >= line.count * 6
  }
}
