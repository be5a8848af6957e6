// General_Category of Unicode characters, and sets of categories.
//
// Specification: Unicode Standard Annex 44, https://www.unicode.org/reports/tr44/ (table 12).
// The order of the cases is the order of the codes in the generated table.

/// A value of General_Category; surrogates and code points beyond U+10FFFF have one too.
enum GeneralCategory: UInt8, CaseIterable, Sendable {
  case uppercaseLetter, lowercaseLetter, titlecaseLetter, modifierLetter, otherLetter
  case nonspacingMark, spacingMark, enclosingMark
  case decimalNumber, letterNumber, otherNumber
  case connectorPunctuation, dashPunctuation, openPunctuation, closePunctuation
  case initialPunctuation, finalPunctuation, otherPunctuation
  case mathSymbol, currencySymbol, modifierSymbol, otherSymbol
  case spaceSeparator, lineSeparator, paragraphSeparator
  case control, format, surrogate, privateUse, unassigned
}

/// Some of the thirty categories.
struct CategorySet: OptionSet, Sendable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The categories with these consecutive cases.
  private init(_ cases: ClosedRange<UInt8>) {
    rawValue = cases.reduce(0) { $0 | 1 << UInt32($1) }
  }

  static let letters = CategorySet(0...4)
  static let marks = CategorySet(5...7)
  static let numbers = CategorySet(8...10)
  static let punctuation = CategorySet(11...17)
  static let symbols = CategorySet(18...21)
  static let separators = CategorySet(22...24)
  static let others = CategorySet(25...29)

  func contains(_ category: GeneralCategory) -> Bool {
    rawValue >> UInt32(category.rawValue) & 1 == 1
  }

  /// The set that `\p{name}` means in a pattern: a category or a group of them ("Lu", "L").
  init?(named name: String) {
    switch name {
    case "L", "Letter": self = .letters
    case "M", "Mark": self = .marks
    case "N", "Number": self = .numbers
    case "P", "Punctuation": self = .punctuation
    case "S", "Symbol": self = .symbols
    case "Z", "Separator": self = .separators
    case "C", "Other": self = .others
    default:
      guard let index = Self.shortNames.firstIndex(of: name) else { return nil }
      rawValue = 1 << UInt32(index)
    }
  }

  private static let shortNames = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]
}
