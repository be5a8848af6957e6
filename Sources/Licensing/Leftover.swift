// The words around the licences of a file: prose that may stand there, or a clause that counts.
//
// A sentence counts if it holds a word of duty (not, may, shall, only, granted …) and a word about
// what licences are about (use, copy, fee, output, software …). Names of holders, titles and links
// do not. Text in another script that follows the title of a licence already found is read as its
// translation; without that title it counts as soon as it speaks of duties.

/// Sentences of a text.
enum Sentence {
  static let wordCountMax = 120

  /// The sentence that a word stands in, at most `wordCountMax` words.
  static func around(_ index: Int, _ text: TextWords) -> Range<Int> {
    guard text.words.indices.contains(index) else { return 0..<0 }
    var start = index
    while start > 0, index - start < wordCountMax / 2, !text.words[start - 1].flags.contains(.ends)
    {
      start -= 1
    }
    var end = index
    while end < text.words.count - 1, end - index < wordCountMax / 2,
      !text.words[end].flags.contains(.ends)
    {
      end += 1
    }
    return start..<end + 1
  }
}

struct Leftover {
  /// Sentences outside all spans that may oblige.
  private(set) var obliging: [Range<Int>] = []
  /// Whether the text as a whole looks like a licence.
  let isLicenceLike: Bool
  /// Fewer words are a name, a path or a link.
  private static let licenceWordsMin = 6

  init(_ text: TextWords, _ spans: [Range<Int>]) {
    var isTaken = [Bool](repeating: false, count: text.words.count)
    for span in spans { for index in span { isTaken[index] = true } }
    isLicenceLike =
      text.words.count >= Self.licenceWordsMin
      && text.words.contains { WordClasses.licenceLike.contains($0.hash) }
    var start = 0
    var index = 0
    while index < text.words.count {
      guard !isTaken[index] else {
        index += 1
        start = index
        continue
      }
      let ends = text.words[index].flags.contains(.ends)
      let isLast = index + 1 == text.words.count || isTaken[index + 1] || breaks(text, index)
      index += 1
      if ends || isLast {
        let sentence = start..<index
        if obliges(sentence, text, spans) { obliging.append(sentence) }
        start = index
      }
    }
  }

  /// A blank line ends a sentence too.
  private func breaks(_ text: TextWords, _ index: Int) -> Bool {
    text.words[index + 1].line - text.words[index].line >= 2
  }

  private func obliges(_ sentence: Range<Int>, _ text: TextWords, _ spans: [Range<Int>]) -> Bool {
    var hasDuty = false
    var hasTopic = false
    for index in sentence {
      let word = text.words[index]
      if word.flags.contains(.han) {
        if WordClasses.hanDuty.contains(word.hash), !isTranslation(index, text, spans) {
          return true
        }
        continue
      }
      if !word.flags.isDisjoint(with: .nameOnly) { continue }
      hasDuty = hasDuty || WordClasses.duty.contains(word.hash)
      hasTopic = hasTopic || WordClasses.topic.contains(word.hash)
    }
    // A sentence that touches a licence needs no topic: it goes on from there.
    let touches = spans.contains {
      $0.upperBound == sentence.lowerBound || $0.lowerBound == sentence.upperBound
    }
    return hasDuty && (hasTopic || touches)
  }

  /// Whether text in another script stands below a heading that names a licence that ends before
  /// it: three words of the first words of the span, in one line, right before the script begins.
  private func isTranslation(_ index: Int, _ text: TextWords, _ spans: [Range<Int>]) -> Bool {
    guard let span = spans.last(where: { $0.upperBound <= index }) else { return false }
    let title = Set(text.words[span.prefix(10)].map(\.hash))
    var run: Set<UInt64> = []
    for word in text.words[span.upperBound..<index] {
      if word.flags.contains(.han) { continue }
      if title.contains(word.hash) { run.insert(word.hash) }
      if run.count >= 3 { return true }
    }
    return false
  }
}
