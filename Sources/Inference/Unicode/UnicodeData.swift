// Properties of characters, from tables that travel with the program.
//
// Tokens depend on them, so they are of one fixed version of Unicode and not the platform's: the
// same text must give the same ids on every machine. Unicode 16.0 is the version of the pattern
// matcher in the reference library (Oniguruma in tokenizers 0.23; all of L, M, N, P and S were
// compared); its other tables are older, so characters added since Unicode 8 may be cleaned or
// folded differently by it in the BERT, StripAccents and NFKC normalizers. The tables are generated
// (see the files UnicodeData+*.swift); they are decoded once, on first use, into two-stage lookup
// tables.
// Does not: know scripts, names or grapheme boundaries.

import Base

/// The Unicode Character Database, as far as tokenizers ask for it.
enum UnicodeData {
  /// The version of every table here.
  static let version = "16.0"

  static func category(of scalar: UInt32) -> GeneralCategory {
    GeneralCategory(rawValue: properties[scalar] & 0x1F) ?? .unassigned
  }

  static func isAlphabetic(_ scalar: UInt32) -> Bool { properties[scalar] & 0x20 != 0 }

  static func isMember(_ scalar: UInt32, of categories: CategorySet) -> Bool {
    categories.rawValue >> UInt32(properties[scalar] & 0x1F) & 1 == 1
  }

  /// White_Space: 25 code points, unchanged since Unicode 6.3.
  static func isWhiteSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }

  /// A word character as regular expressions define it (UTS 18, annex C).
  static func isWord(_ scalar: UInt32) -> Bool {
    if scalar == 0x200C || scalar == 0x200D { return true }
    let value = properties[scalar]
    return value & 0x20 != 0 || wordCategories.rawValue >> UInt32(value & 0x1F) & 1 == 1
  }

  static func combiningClass(of scalar: UInt32) -> UInt8 { combiningClasses[scalar] }

  /// ASCII punctuation and symbols, and everything of the categories P.
  static func isPunctuation(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: scalar >= 0x80 && isMember(scalar, of: .punctuation)
    }
  }

  /// The maximal runs of code points whose property byte satisfies `predicate`, ascending.
  static func ranges(where predicate: (UInt32) -> Bool) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    for run in properties.runs where predicate(run.lowerBound) {
      if let last = result.last, last.upperBound + 1 == run.lowerBound {
        result[result.count - 1] = last.lowerBound...run.upperBound
      } else {
        result.append(run)
      }
    }
    return result
  }

  static let lowercase = ScalarMapping(decoding: lowercaseMappings)
  static let canonical = ScalarMapping(decoding: canonicalMappings)
  static let compatibility = ScalarMapping(decoding: compatibilityMappings)

  private static let properties = ScalarTable(decoding: propertyRuns, default: 29)
  private static let combiningClasses = ScalarTable(decoding: combiningClassRuns, default: 0)
  private static let wordCategories = CategorySet.marks.union(
    [CategorySet(rawValue: 1 << 8), CategorySet(rawValue: 1 << 11)])
}

// MARK: Decoded tables

/// A byte for every code point, in pages of 256 that are shared where equal.
struct ScalarTable: Sendable {
  private let pageOfBlock: [UInt16]
  private let pages: [UInt8]
  private let defaultValue: UInt8
  /// Runs of equal values, in order.
  let runs: [ClosedRange<UInt32>]

  init(decoding text: String, default defaultValue: UInt8) {
    var reader = VarintReader(text)
    var runs: [(length: Int, value: UInt8)] = []
    while let length = reader.next(), let value = reader.byte(), length > 0 {
      runs.append((Int(length), value))
    }
    self.init(runs: runs, default: defaultValue)
  }

  /// A table of consecutive, non-empty runs that fill whole pages from U+0000. Code points behind
  /// them have the default.
  init(runs: [(length: Int, value: UInt8)], default defaultValue: UInt8) {
    var pageOfBlock: [UInt16] = []
    var pages: [UInt8] = []
    var page: [UInt8] = []
    // Most pages lie within one run; they are shared by value.
    var uniform: [UInt16?] = Array(repeating: nil, count: 256)
    func close(_ isUniform: Bool) {
      let value = Int(page.first ?? 0)
      if isUniform, let known = uniform[value] {
        pageOfBlock.append(known)
      } else {
        let index = UInt16(pages.count / 256)
        if isUniform { uniform[value] = index }
        pageOfBlock.append(index)
        pages += page
      }
      page.removeAll(keepingCapacity: true)
    }
    var ranges: [ClosedRange<UInt32>] = []
    var start: UInt32 = 0
    for (length, value) in runs {
      var rest = length
      while rest > 0 {
        let isUniform = page.isEmpty
        let count = min(rest, 256 - page.count)
        page.append(contentsOf: repeatElement(value, count: count))
        rest -= count
        if page.count == 256 { close(isUniform) }
      }
      ranges.append(start...start + UInt32(length) - 1)
      start += UInt32(length)
    }
    self.pageOfBlock = pageOfBlock
    self.pages = pages
    self.runs = ranges
    self.defaultValue = defaultValue
  }

  subscript(scalar: UInt32) -> UInt8 {
    let block = Int(scalar >> 8)
    guard block < pageOfBlock.count else { return defaultValue }
    return pages[Int(pageOfBlock[block]) << 8 | Int(scalar & 0xFF)]
  }
}

/// A map from some code points to one or more.
struct ScalarMapping: Sendable {
  private let index: [UInt32: (start: Int32, count: UInt8, flag: Bool)]
  private let scalars: [UInt32]

  init(decoding text: String) {
    var reader = VarintReader(text)
    var index: [UInt32: (start: Int32, count: UInt8, flag: Bool)] = [:]
    var scalars: [UInt32] = []
    var codePoint: UInt32 = 0
    while let distance = reader.next(), let header = reader.next() {
      codePoint &+= distance
      let start = Int32(scalars.count)
      var previous = Int32(bitPattern: codePoint)
      for _ in 0..<header >> 1 {
        let zigzag = reader.next() ?? 0
        previous &+= Int32(bitPattern: zigzag >> 1) ^ -Int32(bitPattern: zigzag & 1)
        scalars.append(UInt32(bitPattern: previous))
      }
      index[codePoint] = (start, UInt8(truncatingIfNeeded: header >> 1), header & 1 == 1)
    }
    self.index = index
    self.scalars = scalars
  }

  /// What the code point maps to, or nil where it maps to itself.
  subscript(scalar: UInt32) -> ArraySlice<UInt32>? {
    guard let entry = index[scalar] else { return nil }
    return scalars[Int(entry.start)..<Int(entry.start) + Int(entry.count)]
  }

  /// Code points whose entry carries the flag, with their mappings, by length and then value.
  var flagged: [(scalar: UInt32, parts: ArraySlice<UInt32>)] {
    index.filter(\.value.flag)
      .map { (scalar: $0.key, parts: self[$0.key] ?? []) }
      .sorted { ($0.parts.count, $0.scalar) < ($1.parts.count, $1.scalar) }
  }
}

/// Reads the variable-length numbers of a generated table; ends at its end.
private struct VarintReader {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ text: String) { bytes = Base64.decode(text) ?? [] }

  mutating func byte() -> UInt8? {
    guard offset < bytes.count else { return nil }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func next() -> UInt32? {
    var value: UInt32 = 0
    var shift: UInt32 = 0
    while let byte = byte() {
      value |= UInt32(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
