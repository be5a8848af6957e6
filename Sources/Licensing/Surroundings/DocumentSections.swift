// A Markdown document with a licence in it: a model card that quotes its licence under a heading of
// its own. What stands under other headings is about the model, not a part of the licence; it is
// passed over where its heading is a usual one and its words are none of those terms are made of.

struct DocumentSections {
  private struct Section {
    let start: Int
    let end: Int
    let level: Int
    /// The words of its heading.
    let heading: [LooseWord]
  }

  private var sections: [Section] = []
  /// A document with more headings is none that people wrote.
  private static let sectionsMax = 1000
  /// A longer heading is none of the usual ones.
  private static let headingWordsMax = 40
  /// Whether a licence stands under a heading that says so.
  private var hasLicenceSection = false

  init(_ source: CleanText, licences: [Int]) {
    var headings: [(line: Range<Int>, level: Int)] = []
    var start = 0
    for line in source.scalars.split(separator: CleanText.newline, omittingEmptySubsequences: false)
    {
      defer { start += line.count + 1 }
      let marks = line.prefix { $0 == 0x23 }.count
      guard (1...6).contains(marks), line.dropFirst(marks).first == CleanText.space else {
        continue
      }
      headings.append((start..<start + line.count, marks))
    }
    guard (2...Self.sectionsMax).contains(headings.count) else { return }
    for (index, heading) in headings.enumerated() {
      let end = index + 1 < headings.count ? headings[index + 1].line.lowerBound : nil
      let words = LooseWord.paragraphs(source, heading.line, most: Self.headingWordsMax)
      sections.append(
        Section(
          start: heading.line.lowerBound, end: end ?? source.scalars.count, level: heading.level,
          heading: words.paragraphs.flatMap { $0 }))
    }
    hasLicenceSection = licences.contains { place in
      section(at: place)?.heading.contains { $0.word == "license" } ?? false
    }
  }

  /// Whether a sentence is a part of the document that is not about terms.
  func isDocument(_ sentence: ArraySlice<LooseWord>) -> Bool {
    guard hasLicenceSection, let first = sentence.first,
      let section = section(at: first.range.lowerBound)
    else { return false }
    let isTitle = section.level == 1 && section.start == sections.first?.start
    guard section.heading.count < Self.headingWordsMax,
      isTitle || section.heading.allSatisfy({ Self.headings.contains($0.word) })
    else { return false }
    return (section.heading + sentence).allSatisfy { word in
      word.word.utf8.allSatisfy { $0 < 0x80 }
        && !word.word.split { !$0.isLetter && !$0.isNumber }.contains { part in
          WordClasses.terms.contains(WordHash.hash(String(part)))
        }
    }
  }

  private func section(at place: Int) -> Section? {
    sections.last { $0.start <= place && place < $0.end }
  }

  private static let headings: Set<String> = [
    "usage", "use", "how", "to", "installation", "install", "requirements", "quickstart", "quick",
    "start", "getting", "started", "acknowledgements", "acknowledgments", "acknowledgement",
    "acknowledgment", "thanks", "citation", "citing", "cite", "bibtex", "references", "contact",
    "model", "card", "description", "details", "overview", "introduction", "about", "evaluation",
    "results", "benchmarks", "performance", "training", "data", "features", "examples", "example",
    "changelog", "news", "download", "downloads", "contents", "and", "the", "of",
  ]
}
