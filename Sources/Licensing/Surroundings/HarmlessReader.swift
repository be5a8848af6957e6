// Whether words outside all licences are known to be harmless: a statement of who holds the
// copyright, a title, or a sentence of HarmlessPhrases. Each must end where a line or a sentence
// ends, so that nothing hangs on to it.

struct HarmlessReader {
  let source: CleanText
  let words: [LooseWord]
  let names: LicenceNames

  /// The end of what begins at `place` and is harmless, or nil.
  func harmless(from place: Int) -> Int? {
    [holderEnd(place), namedHolderEnd(place), titleEnd(place), handleEnd(place), phraseEnd(place)]
      .compactMap { $0 }.max()
  }

  /// The end of the sentence or, where it has none, of the paragraph.
  func sentenceEnd(_ place: Int) -> Int {
    var end = place
    while end < words.count - 1, !words[end].endsSentence, end - place < Sentence.wordCountMax {
      end += 1
    }
    return end + 1
  }

  private static let lineLengthMax = 1000

  private func isBoundary(_ end: Int) -> Bool {
    end == words.count || words[end - 1].endsLine || words[end - 1].endsSentence
  }

  // MARK: Who holds the copyright

  private func holderEnd(_ place: Int) -> Int? {
    let start = words[place].range.lowerBound
    // A line without end is no statement.
    let limit = min(start + Self.lineLengthMax, words[words.count - 1].range.upperBound)
    var line = start
    while line < limit, source.scalars[line] != CleanText.newline { line += 1 }
    guard let mark = markEnd(place, line) else { return nil }
    let end = HolderStatement.end(source.scalars, after: mark)
    guard let next = words[place...].firstIndex(where: { $0.range.upperBound > end }) else {
      return words.count
    }
    // The last word may have a mark behind it that the statement does not count.
    let last = words[next]
    let isInside =
      last.range.lowerBound < end
      && !source.scalars[end..<last.range.upperBound].contains(where: Characters.isWord)
    let stop = isInside ? next + 1 : next
    return stop > place && isBoundary(stop) ? stop : nil
  }

  /// The mark at `place`; the word "copyright" alone is one if a name follows.
  private func markEnd(_ place: Int, _ line: Int) -> Int? {
    let range = words[place].range
    if let mark = HolderStatement.markEnd(source.scalars, range.lowerBound..<line) { return mark }
    guard words[place].word == "copyright" || words[place].word == "©" else {
      return HolderStatement.isReserved(source.scalars, range.lowerBound..<line) ? line : nil
    }
    var next = place + 1
    while next < words.count, ["c", "©", "copyright", "by"].contains(words[next].word) { next += 1 }
    guard next < words.count, words[next].isCapital || words[next].word == "the",
      !words[place..<next].contains(where: \.endsLine)
    else { return nil }
    return words[next - 1].range.upperBound
  }

  /// "python-dotenv Copyright (c) 2014 Somebody": a name of one to three words before the mark.
  private func namedHolderEnd(_ place: Int) -> Int? {
    var mark = place
    while mark < words.count, mark - place < 3, !words[mark].endsSentence,
      isName(words[mark]) || mark == place && !isOfTerms(words[mark])
    {
      mark += 1
      guard mark < words.count else { return nil }
      if ["copyright", "©"].contains(words[mark].word) { return holderEnd(mark) }
    }
    return nil
  }

  /// A line that is one handle, "acme-7b", at the very beginning of the text.
  private func handleEnd(_ place: Int) -> Int? {
    guard place == 0, words[0].endsLine || words[0].endsSentence, isName(words[0]),
      words[0].isHandle,
      !source.scalars[..<words[0].range.lowerBound].contains(where: Characters.isWord)
    else { return nil }
    return 1
  }

  /// Whether a part of a word is one that terms are made of, or of another script.
  private func isOfTerms(_ word: LooseWord) -> Bool {
    word.word.utf8.contains { $0 >= 0x80 }
      || word.word.split { !$0.isLetter }.contains { part in
        WordClasses.terms.contains(WordHash.hash(String(part)))
      }
  }

  // MARK: Titles

  private static let titleWordsMax = 24

  /// The rest of a line all of whose words belong to titles, dates and addresses.
  private func titleEnd(_ place: Int) -> Int? {
    var end = place
    while end < words.count, end - place < Self.titleWordsMax {
      if let named = nameEnd(end) {
        end = named
      } else if end > place, words[end].word == "©", let holder = holderEnd(end) {
        // "EUPL © the European Community 2007".
        return holder
      } else if isTitleWord(words[end]) {
        end += 1
      } else {
        return nil
      }
      guard isBoundary(end) else { continue }
      return isTitle(words[place..<end]) ? end : nil
    }
    return nil
  }

  /// Whether a line of title words names no other terms, no other version and no other date than
  /// those of the licences that were found.
  private func isTitle(_ line: ArraySlice<LooseWord>) -> Bool {
    guard
      line.contains(where: { HarmlessPhrases.termsWords.contains($0.word) || isLicenceWord($0) })
    else { return line.allSatisfy { !$0.isAddress || isSource($0) || !isOfTerms($0) } }
    return line.allSatisfy { word in
      if word.isAddress { return isSource(word) }
      guard Self.isNumber(word.word) || HarmlessPhrases.months.contains(word.word) else {
        return true
      }
      return isVersion(word.word)
    }
  }

  /// The end of the whole name of a licence that was found.
  private func nameEnd(_ place: Int) -> Int? {
    let ends = names.names.compactMap { name -> Int? in
      guard place + name.count <= words.count else { return nil }
      let isHere = zip(name, words[place...]).allSatisfy { $0 == $1.word }
      return isHere ? place + name.count : nil
    }
    return ends.max()
  }

  /// An address where one of the licences stands that were found, or a picture of its name.
  private func isSource(_ word: LooseWord) -> Bool {
    guard word.isAddress else { return false }
    let parts = word.word.split { !$0.isLetter && !$0.isNumber && $0 != "." }.map(String.init)
    return parts.contains { HarmlessPhrases.licenceHosts.contains($0) }
      && parts.contains { part in
        names.words.contains(part) || part == "licenses"
          || part.split(separator: ".").contains { names.words.contains(String($0)) }
      }
  }

  private func isTitleWord(_ word: LooseWord) -> Bool {
    HarmlessPhrases.titleWords.contains(word.word) || isLicenceWord(word) || word.isAddress
      || Self.isNumber(word.word) || Self.isTermsFile(word.word)
  }

  /// Whether a word only names one of the licences that were found.
  private func isLicenceWord(_ word: LooseWord) -> Bool {
    names.words.contains(word.word)
      || word.word.split(whereSeparator: { "-/()".contains($0) }).allSatisfy {
        isVersion(String($0))
      } && word.word.contains { $0.isLetter }
  }

  /// A word, or a number with or without "v", by which the licences that were found are called.
  private func isVersion(_ word: String) -> Bool {
    names.words.contains(word) || names.words.contains(String(word.drop { $0 == "v" }))
  }

  /// "2.0", "v2", "2025-03-01", "3rd", "§4": digits decide.
  static func isNumber(_ word: String) -> Bool {
    let letters = word.filter(\.isLetter)
    return word.contains(where: \.isNumber)
      && (letters.count <= 1 || letters.count == 2 && letters.hasPrefix("v")
        || ["st", "nd", "rd", "th", "tz"].contains(letters))
      && !word.contains { "%$€£¥".contains($0) }
  }

  // MARK: Sentences

  private func phraseEnd(_ place: Int) -> Int? {
    var best: Int?
    for phrase in HarmlessPhrases.all {
      for end in ends(of: phrase, from: [place]) where isBoundary(end) {
        best = max(best ?? end, end)
      }
    }
    return best
  }

  /// Every place where a run of elements that begins at one of `starts` may end.
  private func ends(of elements: [HarmlessPhrases.Element], from starts: Set<Int>) -> Set<Int> {
    var places = starts
    for element in elements {
      var next: Set<Int> = []
      switch element {
      case .words(let wanted):
        for place in places where place < words.count && wanted.contains(words[place].word) {
          next.insert(place + 1)
        }
      case .optional(let inner):
        next = places.union(ends(of: inner, from: places))
      case .slot(let slot, let most):
        for place in places {
          var end = place
          while end < words.count, end - place < most, fits(words[end], slot) {
            // A sentence ends inside no slot.
            let isLast = words[end].endsSentence
            end += 1
            next.insert(end)
            if isLast { break }
          }
        }
      }
      // A phrase goes on in the same sentence.
      places = next
      if places.isEmpty { return [] }
    }
    return places
  }

  private func fits(_ word: LooseWord, _ slot: HarmlessPhrases.Slot) -> Bool {
    switch slot {
    case .licence:
      return isLicenceWord(word) || isVersion(word.word)
        || ["the", "license", "version", "public"].contains(word.word)
    case .name: return isName(word)
    case .file: return Self.isTermsFile(word.word)
    case .handle: return isName(word) && word.isHandle
    case .address: return word.isAddress && !isOfTerms(word)
    case .source: return isSource(word)
    case .date:
      return Self.isNumber(word.word) || HarmlessPhrases.months.contains(word.word)
    }
  }

  /// A proper name: capitalised, or with a digit or a mark inside, and no word of terms.
  private func isName(_ word: LooseWord) -> Bool {
    let parts = word.word.split { !$0.isLetter && !$0.isNumber }
    guard !isOfTerms(word), !parts.isEmpty,
      parts.allSatisfy({ part in
        let hash = WordHash.hash(String(part))
        return !WordClasses.operative.contains(hash) && !WordClasses.nameless.contains(hash)
      })
    else { return false }
    return word.isCapital || word.isHandle
      || ["of", "and", "the", "de", "van", "von"].contains(word.word)
  }

  /// "LICENSE", "COPYING.txt", "docs/NOTICE.md".
  private static func isTermsFile(_ word: String) -> Bool {
    let name = word.split(separator: "/").last.map(String.init) ?? word
    let stem = name.split(separator: ".").first.map(String.init) ?? name
    let ending = name.split(separator: ".").dropFirst().joined(separator: ".")
    return ["license", "licence", "copying", "copyright", "notice", "readme", "authors"]
      .contains(stem) && ["", "md", "txt", "rst", "html"].contains(ending)
  }
}
