// The four normalization forms of Unicode over arrays of scalars.
//
// Specification: Unicode Standard Annex 15, https://www.unicode.org/reports/tr15/, and for Hangul
// chapter 3.12 of the standard. Full decompositions come from the generated tables; the pairs that
// compose are derived from them.
// Promises: linear time but for the ordering of marks, O(n log n) in one run of marks.

/// A normalization form.
enum NormalizationForm: Sendable {
  case nfc, nfd, nfkc, nfkd
}

enum Normalization {
  static func normalize(_ text: [UInt32], _ form: NormalizationForm) -> [UInt32] {
    // Below U+00A0 nothing decomposes, composes or is reordered; below U+0300 NFC changes nothing.
    let quickLimit: UInt32 = form == .nfc ? 0x300 : 0xA0
    if text.allSatisfy({ $0 < quickLimit }) { return text }
    let decomposed = decompose(text, compatibility: form == .nfkc || form == .nfkd)
    return form == .nfc || form == .nfkc ? compose(decomposed) : decomposed
  }

  // MARK: Decomposition

  private static func decompose(_ text: [UInt32], compatibility: Bool) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(text.count + text.count / 2)
    for scalar in text {
      if scalar >= Hangul.firstSyllable && scalar <= Hangul.lastSyllable {
        Hangul.appendDecomposition(of: scalar, to: &result)
      } else if compatibility, let parts = UnicodeData.compatibility[scalar] {
        result += parts
      } else if let parts = UnicodeData.canonical[scalar] {
        result += parts
      } else {
        result.append(scalar)
      }
    }
    orderMarks(&result)
    return result
  }

  /// The Canonical Ordering Algorithm: sorts each run of marks by class, keeping equal ones apart.
  private static func orderMarks(_ text: inout [UInt32]) {
    var index = 0
    while index < text.count {
      guard UnicodeData.combiningClass(of: text[index]) != 0 else {
        index += 1
        continue
      }
      let start = index
      var classes: [UInt8] = []
      while index < text.count {
        let mark = UnicodeData.combiningClass(of: text[index])
        if mark == 0 { break }
        classes.append(mark)
        index += 1
      }
      guard classes.count > 1 else { continue }
      let run = Array(text[start..<index])
      let order = classes.indices.sorted { (classes[$0], $0) < (classes[$1], $1) }
      for (place, source) in order.enumerated() { text[start + place] = run[source] }
    }
  }

  // MARK: Composition

  private static func compose(_ text: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(text.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for scalar in text {
      let mark = UnicodeData.combiningClass(of: scalar)
      // A mark is blocked from the starter by anything between them of its own class or class 0.
      let isAdjacent = starter == result.count - 1
      if let at = starter, isAdjacent || (lastClass != 0 && lastClass < mark),
        let whole = composite(result[at], scalar)
      {
        result[at] = whole
        continue
      }
      if mark == 0 { starter = result.count }
      lastClass = mark
      result.append(scalar)
    }
    return result
  }

  private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    Hangul.composite(first, second) ?? pairs[UInt64(first) << 32 | UInt64(second)]
  }

  /// Every pair that composes. A full decomposition of n parts is the whole of n - 1 parts and one
  /// more, and the shorter ones come first.
  private static let pairs: [UInt64: UInt32] = {
    var pairs: [UInt64: UInt32] = [:]
    for (scalar, parts) in UnicodeData.canonical.flagged {
      guard var whole = parts.first, let last = parts.last, parts.count >= 2 else { continue }
      for part in parts.dropFirst().dropLast() {
        whole = pairs[UInt64(whole) << 32 | UInt64(part)] ?? whole
      }
      pairs[UInt64(whole) << 32 | UInt64(last)] = scalar
    }
    return pairs
  }()
}

// MARK: Hangul

private enum Hangul {
  static let firstSyllable: UInt32 = 0xAC00
  static let lastSyllable: UInt32 = 0xD7A3
  private static let leading: UInt32 = 0x1100
  private static let vowel: UInt32 = 0x1161
  /// One before the first trailing consonant.
  private static let trailing: UInt32 = 0x11A7
  private static let vowelCount: UInt32 = 21
  private static let trailingCount: UInt32 = 28

  static func appendDecomposition(of syllable: UInt32, to text: inout [UInt32]) {
    let index = syllable - firstSyllable
    text.append(leading + index / (vowelCount * trailingCount))
    text.append(vowel + index / trailingCount % vowelCount)
    if index % trailingCount != 0 { text.append(trailing + index % trailingCount) }
  }

  static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if first >= leading, first < leading + 19, second >= vowel, second < vowel + vowelCount {
      return firstSyllable + ((first - leading) * vowelCount + second - vowel) * trailingCount
    }
    if first >= firstSyllable, first <= lastSyllable, (first - firstSyllable) % trailingCount == 0,
      second > trailing, second < trailing + trailingCount
    {
      return first + second - trailing
    }
    return nil
  }
}
