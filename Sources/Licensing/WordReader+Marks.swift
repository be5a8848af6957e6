// List marks and signs: what is dropped, what stays as soft, what is a word of its own.

extension WordReader {
  // MARK: List marks

  enum ListMark { case none, soft, inline, drop }

  /// Whether the word just read is "1.", "1.1", "b)", "iv." and the like.
  func listMark(_ letters: [UInt8], isFirst: Bool) -> ListMark {
    guard Characters.isListMark(letters) else { return .none }
    // Markdown may stress a mark: "**1.2** Definitions".
    var end = place
    while end < scalars.count, scalars[end] > CleanText.space, Characters.isEmphasis(scalars[end]) {
      end += 1
    }
    let next = end < scalars.count ? scalars[end] : CleanText.newline
    let after = end + 1 < scalars.count ? scalars[end + 1] : CleanText.newline
    let isClear = newlines >= 2 || Characters.endsClause(lastVisible)
    let isDotted = letters.contains(0x2E)
    switch next {
    case 0x29: return isClear ? .drop : .soft
    case 0x2E, 0xFF0E, 0x3001:
      if after > CleanText.space {
        // "1.Definitions": a number, never a letter, so that "U.S." and "e.g." stay.
        let start = place - letters.count
        let isNumber =
          Characters.isDigit(UInt32(letters[0])) && Characters.isUpper(after)
          && (start == 0 || Characters.isEmphasis(scalars[start - 1]))
        return isNumber && isClear ? .drop : .none
      }
      return isClear ? .drop : .soft
    case 0x09, CleanText.space, CleanText.newline:
      guard Characters.isDigit(UInt32(letters[0])) else { return .none }
      if isDotted, isFirst || Characters.endsClause(lastVisible), isClear { return .drop }
      guard startsSentence(after: end) else { return .none }
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

  mutating func readMark(_ value: UInt32) {
    switch value {
    case 0xA9: readCopyrightSign(end: place + 1)
    case 0x28: readParenthesis()
    // At the start of a line perhaps the mark of a comment.
    case 0x25: appendMark("percent", lineHasWord ? [] : [.soft, .line])
    case 0x26: appendMark("and")
    case 0x24: appendMark("$")
    case 0x20AC: appendMark("€")
    case 0xA3: appendMark("£")
    case 0xA5: appendMark("¥")
    case CleanText.struck: appendMark("\u{336}")
    case CleanText.comment: appendMark("\u{2800}")
    default:
      // What stands before the first word of a line is a comment leader or a bullet.
      if Characters.isPause(value), lineHasWord {
        if !words.isEmpty, endsHere(value) {
          words[words.count - 1].flags.insert(.ends)
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

  private mutating func appendMark(_ word: String, _ flags: WordFlags = []) {
    append(place, place + 1, Array(word.utf8), flags)
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
}
