// A Markdown document with a licence in it: a model card that quotes its licence under a heading of
// its own. What stands under other headings is about the model, not a part of the licence; it is
// passed over where its heading is a usual one and its words are none of those terms are made of.

struct DocumentSections {
  private struct Section {
    let heading: Range<Int>
    let end: Int
    let level: Int
  }

  private let source: CleanText
  private var sections: [Section] = []
  /// A document with more headings is none that people wrote.
  private static let sectionsMax = 1000
  /// Whether a licence stands under a heading that says so.
  private var hasLicenceSection = false

  init(_ source: CleanText, licences: [Int]) {
    self.source = source
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
    for (index, heading) in headings.enumerated() {
      let end = index + 1 < headings.count ? headings[index + 1].line.lowerBound : nil
      sections.append(
        Section(
          heading: heading.line, end: end ?? source.scalars.count, level: heading.level))
    }
    hasLicenceSection =
      (2...Self.sectionsMax).contains(sections.count)
      && licences.contains { place in
        section(at: place).map { words($0.heading).contains { $0.word == "license" } } ?? false
      }
  }

  /// Whether a sentence is a part of the document that is not about terms.
  func isDocument(_ sentence: ArraySlice<LooseWord>) -> Bool {
    guard hasLicenceSection, let first = sentence.first,
      let section = section(at: first.range.lowerBound)
    else { return false }
    let heading = words(section.heading)
    let isTitle = section.level == 1 && section.heading == sections.first?.heading
    guard isTitle || heading.allSatisfy({ Self.headings.contains($0.word) }) else { return false }
    return (heading + sentence).allSatisfy { word in
      word.word.utf8.allSatisfy { $0 < 0x80 }
        && !word.word.split { !$0.isLetter && !$0.isNumber }.contains { part in
          WordClasses.terms.contains(WordHash.hash(String(part)))
        }
    }
  }

  private func section(at place: Int) -> Section? {
    sections.last { $0.heading.lowerBound <= place && place < $0.end }
  }

  private func words(_ range: Range<Int>) -> [LooseWord] {
    LooseWord.paragraphs(source, range).flatMap { $0 }
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
