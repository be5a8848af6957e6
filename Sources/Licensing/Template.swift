// A licence as a sequence of hashed words: what may be absent, what may be replaced, and by what.
//
// A template is made by `licence learn` from a text, or from a text with the `<optional>` and
// `<alt>` marks of the SPDX list. It holds no text: words are hashes (WordHash), with four bits
// each. Everything else that a decision needs stands here too: the slots with their alternatives,
// and for each word the number of the section it stands in, to name what is missing.

/// What kind of text a template recognises.
public enum TemplateKind: UInt8, Sendable {
  case licence = 0
  /// A short notice that refers to a licence: "Licensed under the …".
  case notice = 1
  /// A policy that belongs to a licence.
  case policy = 2
}

/// One licence text, hashed.
struct Template: Equatable {
  var id: String
  var kind: TemplateKind
  var words: [TemplateWord]
  var slots: [Slot]

  /// One word.
  struct TemplateWord: Equatable {
    var hash: UInt64
    var flags: TemplateFlags
  }

  /// A run of words that may stand as it is or be replaced by one of the alternatives.
  struct Slot: Equatable {
    var range: Range<Int>
    var alternatives: [[Element]]
  }

  /// A word of an alternative, or any few words that oblige nobody.
  enum Element: Equatable {
    case word(UInt64)
    case few
  }
}

struct TemplateFlags: OptionSet, Equatable {
  let rawValue: UInt8
  /// May be absent: a title, an appendix, what the SPDX list calls optional.
  static let optional = TemplateFlags(rawValue: 1)
  /// Perhaps a list mark.
  static let soft = TemplateFlags(rawValue: 2)
  /// Holds a digit.
  static let number = TemplateFlags(rawValue: 4)
  /// A sentence or clause ends after it.
  static let ends = TemplateFlags(rawValue: 8)
  /// Part of something that may be absent as a whole: a slot with an empty alternative.
  static let grouped = TemplateFlags(rawValue: 16)
  /// A soft word at the beginning of a line.
  static let line = TemplateFlags(rawValue: 32)

  /// Not required.
  static let dispensable: TemplateFlags = [.optional, .soft, .grouped]
}

extension Template {
  /// Fewer words say too little to recognise a text by.
  static let wordCountMin = 8
  /// "any few words" are at most this many.
  static let fewMax = 24

  /// Words that must stand there: neither optional nor soft.
  var requiredCount: Int {
    words.count { $0.flags.isDisjoint(with: .dispensable) }
  }
}
