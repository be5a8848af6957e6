// The text around the licences of a file. Every line of it is accounted for: it says who holds the
// copyright, it is a title, a date, an address or one of a few sentences that grant and forbid
// nothing (HarmlessPhrases) — or it is unread text, which is shown. There is no list of dangerous
// words: what is not known to be harmless is not passed over.

/// A sentence that nothing accounts for.
struct UnreadText: Equatable {
  /// Characters of the cleaned text.
  let range: Range<Int>
  /// The line it begins on, from 1.
  let line: Int
}

struct Surroundings {
  /// Sentences outside all licences that are not known to be harmless, in the order of the text.
  private(set) var unread: [UnreadText] = []
  /// How many words may still be looked at one by one.
  private var wordsLeft = Self.wordsMax

  /// Nobody writes so much around a licence: what follows is unread, in one piece.
  private static let wordsMax = 20_000
  private static let sentencesMax = 200

  /// - Parameters:
  ///   - text: the whole text.
  ///   - explained: the stretches of its words that licences account for, in order.
  ///   - names: how the licences that were found are called.
  init(_ text: TextWords, explained: [Range<Int>], names: LicenceNames) {
    let sections = DocumentSections(
      text.source, licences: explained.map { Int(text.words[$0.lowerBound].start) })
    var start = 0
    for span in explained {
      let first = Int(text.words[span.lowerBound].start)
      if first > start { read(text.source, start..<first, names, sections) }
      start = max(start, Int(text.words[span.upperBound - 1].end))
    }
    read(text.source, start..<text.source.scalars.count, names, sections)
  }

  private mutating func read(
    _ source: CleanText, _ range: Range<Int>, _ names: LicenceNames, _ sections: DocumentSections
  ) {
    let (paragraphs, readEnd) = LooseWord.paragraphs(source, range, most: max(0, wordsLeft))
    for paragraph in paragraphs {
      let reader = HarmlessReader(source: source, words: paragraph, names: names)
      var place = 0
      while place < paragraph.count {
        let start = paragraph[place].range.lowerBound
        let line = Int(source.lines[start])
        guard wordsLeft > 0, unread.count < Self.sentencesMax else {
          unread.append(UnreadText(range: start..<range.upperBound, line: line))
          return
        }
        let harmless = reader.harmless(from: place)
        let end = harmless ?? reader.sentenceEnd(place)
        wordsLeft -= end - place
        if harmless == nil, !sections.isDocument(paragraph[place..<end]) {
          let last = paragraph[end - 1].range.upperBound
          unread.append(UnreadText(range: start..<last, line: line))
        }
        place = end
      }
    }
    let unseen = readEnd..<range.upperBound
    guard let rest = unseen.first(where: { Characters.isWord(source.scalars[$0]) }) else { return }
    unread.append(UnreadText(range: rest..<range.upperBound, line: Int(source.lines[rest])))
  }
}
