// Walks once over a cleaned text and makes its words (TextWords.swift says by which rules).
//
// WordReader+Marks decides about list marks and single signs, WordReader+Holders about copyright
// lines. What stands before a place counts only as: the last letter or pause, the number of line
// breaks since, and whether this line has a word yet.

struct WordReader {
  let scalars: [UInt32]
  let lines: [Int32]
  let keepsMarks: Bool
  var words: [Word] = []
  var spelling: [UInt8] = []
  var marks: [(mark: UInt32, word: Int)] = []

  var place = 0
  /// The last letter, digit or mark of a sentence before `place`.
  var lastVisible: UInt32 = 0
  var newlines = 2
  var lineHasWord = false
  var droppedHolderLine = false
  /// Words that begin before this place belong to a statement of who holds the copyright.
  var holderEnd = 0
  /// Whether those words follow a line that was dropped.
  var isHolderRest = false

  init(_ text: CleanText, keepsMarks: Bool) {
    scalars = text.scalars
    lines = text.lines
    self.keepsMarks = keepsMarks
  }

  mutating func run() {
    while place < scalars.count {
      if !lineHasWord, let line = holderLine() {
        // A name may go on in the next line: "… Foundation,\nInc. <mail@example.org>".
        isHolderRest = true
        holderEnd = line.statementEnd
        place = line.end
        newlines = 0
        droppedHolderLine = true
        continue
      }
      let value = scalars[place]
      if value == CleanText.newline {
        newlines += 1
        lineHasWord = false
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
      isHolderRest = false
      holderEnd = HolderStatement.end(scalars, after: place)
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

  mutating func append(
    _ start: Int, _ end: Int, _ letters: [UInt8], _ flags: WordFlags
  ) {
    let hash = WordHash.hash(letters)
    var flags = flags
    if start < holderEnd { flags.insert(isHolderRest ? .holderRest : .holder) }
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

  mutating func noteVisible(_ value: UInt32) {
    lastVisible = value
    newlines = 0
  }

  func isFollowed(by value: UInt32) -> Bool {
    place < scalars.count && scalars[place] == value
  }

  /// "http" and "https" before "://".
  private func isScheme(_ letters: [UInt8]) -> Bool {
    guard letters.elementsEqual("http".utf8) || letters.elementsEqual("https".utf8) else {
      return false
    }
    return isFollowed(by: 0x3A)
  }
}
