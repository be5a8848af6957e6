// Copyright signs and lines that only name a holder. Such words may stand in a text where no
// template has them; a strict word ends them, so that no duty hides behind a name.

extension WordReader {
  func standsForCopyright(_ end: Int) -> Bool {
    if let last = words.last, last.hash == WordClasses.copyright, newlines == 0,
      !scalars[Int(last.end)..<place].contains(where: { !Characters.isEmphasis($0) })
    {
      return true
    }
    return Characters.startsHolder(scalars, end)
  }

  mutating func readCopyrightSign(end: Int) {
    let isRepeated = words.last.map { last in
      last.hash == WordClasses.copyright
        && !scalars[Int(last.end)..<place].contains(where: { !Characters.isEmphasis($0) })
    }
    if isRepeated != true { append(place, end, Array("copyright".utf8), []) }
    words[words.count - 1].flags.insert(.holder)
    // A bare sign may be what a text program made of the list mark "(c)".
    let namesHolder = isRepeated == true || Characters.startsHolder(scalars, end)
    isHolderRest = false
    holderWordsLeft = namesHolder ? Self.holderWordsMax : 0
    place = end
    // "© Copyright 2024" is one mark.
    var next = place
    while next < scalars.count, scalars[next] == CleanText.space { next += 1 }
    if Characters.hasWord("copyright", scalars, next) { place = next + 9 }
  }

  static let holderWordsMax = 24
  static let holderRestMax = 10

  /// "Portions" before a mark and "All rights reserved" after a holder belong to it.
  mutating func completeHolders() {
    for index in words.indices {
      let isHolder = words[index].flags.contains(.holder)
      if isHolder, words[index].hash == WordClasses.copyright, index > 0,
        WordClasses.portions.contains(words[index - 1].hash) || isMistypedCopyright(index - 1)
      {
        words[index - 1].flags.insert(.holder)
      }
      guard words[index].hash == WordClasses.all, index + 2 < words.count, index > 0,
        !words[index - 1].flags.isDisjoint(with: .nameOnly),
        zip(WordClasses.reserved, words[index...]).allSatisfy({ $0 == $1.hash })
      else { continue }
      for offset in 0..<3 { words[index + offset].flags.insert(.holder) }
    }
  }

  private func isMistypedCopyright(_ index: Int) -> Bool {
    let word = words[index]
    return TypingError.excuses(
      spelling[Int(word.spellingStart)..<Int(word.spellingEnd)], isCapital: true,
      wanted: WordClasses.copyright)
  }

  // MARK: Lines

  /// The end of a line that only names a holder, or nil. Such a line stands at the start of a
  /// paragraph, after a full stop or after another one, begins with the mark and obliges nobody.
  func holderLineEnd() -> Int? {
    guard newlines >= 2 || lastVisible == 0x2E || lastVisible == 0 || droppedHolderLine,
      place == 0 || scalars[place - 1] == CleanText.newline
    else { return nil }
    var end = place
    while end < scalars.count, scalars[end] != CleanText.newline { end += 1 }
    guard end - place <= 200 else { return nil }
    var start = place
    while start < end, scalars[start] <= CleanText.space { start += 1 }
    if dropsRem, Characters.hasWord("rem", scalars, start) { start += 3 }
    guard Characters.isHolderLine(scalars[start..<end], afterHolder: droppedHolderLine) else {
      return nil
    }
    return end
  }

  static func isCommentedWithRem(_ scalars: [UInt32]) -> Bool {
    var total = 0
    var marked = 0
    for line in scalars.split(separator: CleanText.newline) {
      guard let first = line.firstIndex(where: { $0 > CleanText.space }) else { continue }
      total += 1
      if Characters.hasWord("rem", scalars, first) { marked += 1 }
    }
    return total >= 3 && marked * 10 >= total * 9
  }
}
