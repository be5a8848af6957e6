// A text as the sequence of its words, each with its line, ready to be compared.
//
// Follows the SPDX matching guidelines (Annex B) and what files contain. Case, punctuation,
// quotes, dashes, comment leaders and white space do not count. "©", "(c)" and "copyright" are one
// word. Bullets and list marks go where their place shows them to be that; where it does not, the
// word stays and is `soft`: it may be absent on the other side, but it may not differ.
// Lines that only say who holds the copyright go. Chinese, Japanese and Korean: a character a word.

/// One word of a text.
struct Word {
  let hash: UInt64
  /// The line it begins on, from 1.
  let line: Int32
  /// Its place in `CleanText.scalars`.
  let start: Int32, end: Int32
  /// Its spelling in lower case in `TextWords.spelling`.
  let spellingStart: Int32, spellingEnd: Int32
  var flags: WordFlags
}

struct WordFlags: OptionSet {
  let rawValue: UInt16
  /// Perhaps a list mark: may be missing.
  static let soft = WordFlags(rawValue: 1)
  /// A sentence or clause ends after it.
  static let ends = WordFlags(rawValue: 2)
  /// Holds a digit.
  static let number = WordFlags(rawValue: 4)
  /// Written with a capital.
  static let capital = WordFlags(rawValue: 8)
  /// Part of "Copyright (c) 2024 Somebody", which no licence consists of.
  static let holder = WordFlags(rawValue: 16)
  /// Chinese, Japanese or Korean.
  static let han = WordFlags(rawValue: 32)
  /// A dotted number before a capital in the middle of a line: perhaps a section's.
  static let inline = WordFlags(rawValue: 64)
  /// A soft word at the beginning of a line.
  static let line = WordFlags(rawValue: 128)
}

/// The words of a text and the text they came from.
struct TextWords {
  var words: [Word] = []
  var spelling: [UInt8] = []
  /// Marks of a template: private-use characters with the number of words before them.
  var marks: [(mark: UInt32, word: Int)] = []
  let source: CleanText

  init(_ bytes: [UInt8], keepsMarks: Bool = false) {
    source = CleanText(bytes)
    var reader = WordReader(source, keepsMarks: keepsMarks)
    reader.run()
    reader.completeHolders()
    words = reader.words
    spelling = reader.spelling
    marks = reader.marks
  }

  func spelling(of word: Word) -> ArraySlice<UInt8> {
    spelling[Int(word.spellingStart)..<Int(word.spellingEnd)]
  }

  /// The original wording of a run of words.
  func text(_ range: Range<Int>) -> String {
    guard let first = range.first, let last = range.last else { return "" }
    return source.text(Int(words[first].start)..<Int(words[last].end))
  }
}

// MARK: Reading

private struct WordReader {
  let scalars: [UInt32]
  let lines: [Int32]
  let keepsMarks: Bool
  let dropsRem: Bool
  var words: [Word] = []
  var spelling: [UInt8] = []
  var marks: [(mark: UInt32, word: Int)] = []

  private var place = 0
  /// The last letter, digit or mark of a sentence before `place`.
  private var lastVisible: UInt32 = 0
  private var newlines = 2
  private var lineHasWord = false
  private var droppedHolderLine = false
  private var holderWordsLeft = 0

  init(_ text: CleanText, keepsMarks: Bool) {
    scalars = text.scalars
    lines = text.lines
    self.keepsMarks = keepsMarks
    dropsRem = Self.isCommentedWithRem(text.scalars)
  }

  mutating func run() {
    while place < scalars.count {
      if !lineHasWord, let end = holderLineEnd() {
        // "… Foundation,\nInc." goes on in the next line.
        if scalars[..<end].last(where: { $0 > CleanText.space }) == 0x2C { holderWordsLeft = 6 }
        place = end
        droppedHolderLine = true
        continue
      }
      let value = scalars[place]
      if value == CleanText.newline {
        newlines += 1
        lineHasWord = false
        if newlines >= 2 { holderWordsLeft = 0 }
        place += 1
      } else if value >= 0xE000, value <= 0xF8FF {
        if keepsMarks { marks.append((value, words.count)) }
        place += 1
      } else if Characters.isWord(value) {
        readWord()
      } else {
        readMark(value)
      }
    }
  }

  // MARK: Words

  private mutating func readWord() {
    let start = place
    if Characters.isHan(scalars[place]) {
      place += 1
      append(start, place, Characters.utf8(scalars[start]), .han)
      return
    }
    var letters: [UInt8] = []
    var flags: WordFlags = Characters.isUpper(scalars[place]) ? .capital : []
    while place < scalars.count, letters.count < 64 {
      let value = scalars[place]
      if Characters.isWord(value), !Characters.isHan(value) {
        letters += Characters.lowered(value)
        if Characters.isDigit(value) { flags.insert(.number) }
      } else if let joint = joint(value) {
        letters += joint
      } else {
        break
      }
      place += 1
    }
    let isFirst = !lineHasWord
    if dropsRem, isFirst, letters.elementsEqual("rem".utf8) { return }
    if isScheme(letters) || letters.elementsEqual("www".utf8) && isFollowed(by: 0x2E) { return }
    switch listMark(letters, isFirst: isFirst) {
    case .drop:
      noteVisible(0x2E)
      return
    case .soft: flags.formUnion(isFirst ? [.soft, .line] : .soft)
    case .inline: flags.insert(.inline)
    case .none: break
    }
    append(start, place, letters, flags)
    // "Copyright 2024 Somebody", without a sign.
    if words[words.count - 1].hash == WordClasses.copyright,
      Characters.startsHolder(scalars, place)
    {
      words[words.count - 1].flags.insert(.holder)
      holderWordsLeft = Self.holderWordsMax
    }
  }

  /// What a character inside a word adds: an apostrophe nothing, a decimal point itself.
  private func joint(_ value: UInt32) -> [UInt8]? {
    guard place + 1 < scalars.count, place > 0 else { return nil }
    let before = scalars[place - 1]
    let after = scalars[place + 1]
    switch value {
    case 0x27, 0x2019, 0x02BC:
      return Characters.isLetter(before) && Characters.isLetter(after) ? [] : nil
    case 0x2E:
      return Characters.isDigit(before) && Characters.isDigit(after) ? [0x2E] : nil
    case 0x2C:
      guard Characters.isDigit(before) else { return nil }
      var count = 0
      while place + 1 + count < scalars.count, count < 4,
        Characters.isDigit(scalars[place + 1 + count])
      {
        count += 1
      }
      return count == 3 ? [] : nil
    default: return nil
    }
  }

  private mutating func append(
    _ start: Int, _ end: Int, _ letters: [UInt8], _ flags: WordFlags
  ) {
    let hash = WordHash.hash(letters)
    var flags = flags
    if holderWordsLeft > 0 {
      if WordClasses.strict.contains(hash), hash != WordClasses.all {
        holderWordsLeft = 0
      } else {
        flags.insert(.holder)
        holderWordsLeft -= 1
      }
    }
    let spellingStart = Int32(spelling.count)
    spelling += letters
    words.append(
      Word(
        hash: hash, line: lines[start], start: Int32(start), end: Int32(end),
        spellingStart: spellingStart, spellingEnd: Int32(spelling.count), flags: flags))
    lineHasWord = true
    droppedHolderLine = false
    noteVisible(0x61)
  }

  private mutating func noteVisible(_ value: UInt32) {
    lastVisible = value
    newlines = 0
  }

  private func isFollowed(by value: UInt32) -> Bool {
    place < scalars.count && scalars[place] == value
  }

  /// "http" and "https" before "://".
  private func isScheme(_ letters: [UInt8]) -> Bool {
    guard letters.elementsEqual("http".utf8) || letters.elementsEqual("https".utf8) else {
      return false
    }
    return isFollowed(by: 0x3A)
  }

  // MARK: List marks

  private enum ListMark { case none, soft, inline, drop }

  /// Whether the word just read is "1.", "1.1", "b)", "iv." and the like.
  private func listMark(_ letters: [UInt8], isFirst: Bool) -> ListMark {
    guard Characters.isListMark(letters) else { return .none }
    let next = place < scalars.count ? scalars[place] : CleanText.newline
    let after = place + 1 < scalars.count ? scalars[place + 1] : CleanText.newline
    let isClear = newlines >= 2 || Characters.endsClause(lastVisible)
    let isDotted = letters.contains(0x2E)
    switch next {
    case 0x29: return isClear ? .drop : .soft
    case 0x2E, 0xFF0E, 0x3001:
      if after > CleanText.space {
        // "1.Definitions": a number, never a letter, so that "U.S." and "e.g." stay.
        let isNumber = Characters.isDigit(UInt32(letters[0])) && Characters.isUpper(after)
        return isNumber && isClear ? .drop : .none
      }
      return isClear ? .drop : .soft
    case 0x09, CleanText.space, CleanText.newline:
      guard Characters.isDigit(UInt32(letters[0])) else { return .none }
      if isDotted, isFirst || Characters.endsClause(lastVisible), isClear { return .drop }
      guard startsSentence(after: place) else { return .none }
      return isFirst && isClear ? .soft : isDotted ? .inline : .none
    default: return .none
    }
  }

  private func startsSentence(after start: Int) -> Bool {
    var place = start
    while place < scalars.count, scalars[place] <= CleanText.space { place += 1 }
    guard place < scalars.count else { return false }
    return Characters.isUpper(scalars[place]) || scalars[place] == 0x22 || scalars[place] == 0x201C
  }

  // MARK: Other characters

  private mutating func readMark(_ value: UInt32) {
    switch value {
    case 0xA9: readCopyrightSign(end: place + 1)
    case 0x28: readParenthesis()
    case 0x25: appendMark("percent")
    case 0x26: appendMark("and")
    case 0x24: appendMark("$")
    case 0x20AC: appendMark("€")
    case 0xA3: appendMark("£")
    case 0xA5: appendMark("¥")
    default:
      if Characters.isPause(value) {
        if !words.isEmpty, endsHere(value) {
          words[words.count - 1].flags.insert(.ends)
          holderWordsLeft = 0
        }
        noteVisible(value)
      }
      place += 1
    }
  }

  private func endsHere(_ value: UInt32) -> Bool {
    guard value != 0x2C, value != 0x3A else { return false }
    guard place + 1 < scalars.count else { return true }
    let next = scalars[place + 1]
    return value > 0x7F || !Characters.isWord(next)
  }

  private mutating func appendMark(_ word: String) {
    append(place, place + 1, Array(word.utf8), [])
    place += 1
  }

  /// "(a)", "(iv)": dropped. "(1)": soft. "(c)": the copyright sign where it stands for it.
  private mutating func readParenthesis() {
    var end = place + 1
    var letters: [UInt8] = []
    while end < scalars.count, letters.count < 6, Characters.isWord(scalars[end]) {
      letters += Characters.lowered(scalars[end])
      end += 1
    }
    guard end < scalars.count, scalars[end] == 0x29, !letters.isEmpty else {
      place += 1
      return
    }
    if letters.elementsEqual("c".utf8), standsForCopyright(end + 1) {
      readCopyrightSign(end: end + 1)
    } else if Characters.isListMark(letters), !Characters.isDigit(UInt32(letters[0])) {
      place = end + 1
      noteVisible(0x2E)
    } else if Characters.isListMark(letters) {
      append(place + 1, end, letters, [.soft, .number])
      place = end + 1
    } else {
      place += 1
    }
  }

  private func standsForCopyright(_ end: Int) -> Bool {
    if let last = words.last, last.hash == WordClasses.copyright, newlines == 0,
      !scalars[Int(last.end)..<place].contains(where: { $0 > CleanText.space })
    {
      return true
    }
    return Characters.startsHolder(scalars, end)
  }

  private mutating func readCopyrightSign(end: Int) {
    let isRepeated = words.last.map { last in
      last.hash == WordClasses.copyright
        && !scalars[Int(last.end)..<place].contains(where: { $0 > CleanText.space })
    }
    if isRepeated != true { append(place, end, Array("copyright".utf8), []) }
    words[words.count - 1].flags.insert(.holder)
    holderWordsLeft = Self.holderWordsMax
    place = end
    // "© Copyright 2024" is one mark.
    var next = place
    while next < scalars.count, scalars[next] == CleanText.space { next += 1 }
    if Characters.hasWord("copyright", scalars, next) { place = next + 9 }
  }

  private static let holderWordsMax = 24

  /// "Portions" before a mark and "All rights reserved" after a holder belong to it.
  mutating func completeHolders() {
    for index in words.indices {
      let isHolder = words[index].flags.contains(.holder)
      if isHolder, words[index].hash == WordClasses.copyright, index > 0,
        WordClasses.portions.contains(words[index - 1].hash)
      {
        words[index - 1].flags.insert(.holder)
      }
      guard words[index].hash == WordClasses.all, index + 2 < words.count, index > 0,
        words[index - 1].flags.contains(.holder),
        zip(WordClasses.reserved, words[index...]).allSatisfy({ $0 == $1.hash })
      else { continue }
      for offset in 0..<3 { words[index + offset].flags.insert(.holder) }
    }
  }

  // MARK: Lines

  /// The end of a line that only names a holder, or nil. Such a line stands at the start of a
  /// paragraph, after a full stop or after another one, begins with the mark and obliges nobody.
  private func holderLineEnd() -> Int? {
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

  private static func isCommentedWithRem(_ scalars: [UInt32]) -> Bool {
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
