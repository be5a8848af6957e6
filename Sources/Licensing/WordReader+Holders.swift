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
    holderEnd = namesHolder ? HolderStatement.end(scalars, after: end) : end
    place = end
    // "© Copyright 2024" is one mark.
    var next = place
    while next < scalars.count, scalars[next] == CleanText.space { next += 1 }
    if Characters.hasWord("copyright", scalars, next) { place = next + 9 }
  }

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

  /// The end of a line that only names a holder, or nil, and how far the statement goes on in the
  /// lines below. Such a line stands at the start of a paragraph, after a full stop or after
  /// another one, and begins with the mark.
  func holderLine() -> (end: Int, statementEnd: Int)? {
    guard newlines >= 2 || lastVisible == 0x2E || lastVisible == 0 || droppedHolderLine,
      place == 0 || scalars[place - 1] == CleanText.newline
    else { return nil }
    var end = place
    while end < scalars.count, scalars[end] != CleanText.newline { end += 1 }
    guard end - place <= 200 else { return nil }
    if droppedHolderLine, HolderStatement.isReserved(scalars, place..<end) { return (end, end) }
    guard let mark = HolderStatement.markEnd(scalars, place..<end) else { return nil }
    let statementEnd = HolderStatement.end(scalars, after: mark)
    guard !scalars[min(statementEnd, end)..<end].contains(where: Characters.isWord) else {
      return nil
    }
    return (end, max(end, statementEnd))
  }
}
