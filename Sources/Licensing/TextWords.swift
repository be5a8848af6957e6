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
  /// May go on naming a holder from the line above.
  static let holderRest = WordFlags(rawValue: 256)

  /// May stand in a text where no template has it.
  static let nameOnly: WordFlags = [.holder, .holderRest]
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
