// A set of code points as sorted ranges, and the partition of all code points by several sets.

/// A set of code points: ascending ranges that neither touch nor overlap.
struct ScalarRanges: Hashable, Sendable {
  private(set) var ranges: [ClosedRange<UInt32>]

  static let limit: UInt32 = 0x10FFFF
  static let all = ScalarRanges([0...limit])
  static let none = ScalarRanges([])

  init(_ ranges: [ClosedRange<UInt32>]) {
    self.ranges = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.ranges.last, range.lowerBound <= last.upperBound + 1 {
        let upper = max(last.upperBound, range.upperBound)
        self.ranges[self.ranges.count - 1] = last.lowerBound...upper
      } else {
        self.ranges.append(range)
      }
    }
  }

  init(_ scalar: UInt32) { ranges = [scalar...scalar] }

  static func categories(_ set: CategorySet) -> ScalarRanges {
    ScalarRanges(UnicodeData.ranges { UnicodeData.isMember($0, of: set) })
  }

  static let whiteSpace = ScalarRanges([
    0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A,
    0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
  ])

  /// Runs of equal properties decide for all their members, except for the two joiners.
  static let word = ScalarRanges(
    UnicodeData.ranges(where: UnicodeData.isWord) + [0x200C...0x200D])

  /// What `UnicodeData.isPunctuation` accepts.
  static let punctuation = categories(.punctuation).union(
    ScalarRanges([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]))

  func union(_ other: ScalarRanges) -> ScalarRanges { ScalarRanges(ranges + other.ranges) }

  var complement: ScalarRanges {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= Self.limit { result.append(next...Self.limit) }
    return ScalarRanges(result)
  }

  /// The set with the other case of each ASCII letter in it, as simple case folding has it: `s` and
  /// `k` also have U+017F and U+212A. Nil if it holds another cased character, whose folding these
  /// tables do not know.
  var foldingASCII: ScalarRanges? {
    var result = ranges
    for range in ranges {
      guard range.upperBound < 0x80 else { return nil }
      for scalar in range {
        switch scalar {
        case 0x41...0x5A: result.append(scalar + 32...scalar + 32)
        case 0x61...0x7A: result.append(scalar - 32...scalar - 32)
        default: continue
        }
        if scalar | 32 == 0x73 { result.append(0x17F...0x17F) }
        if scalar | 32 == 0x6B { result.append(0x212A...0x212A) }
      }
    }
    return ScalarRanges(result)
  }
}

/// Code points sorted into classes, so that the members of one class are in the same sets.
struct ScalarClasses: Sendable {
  private let table: ScalarTable
  /// For each class the sets it is in: bit i for set i.
  let memberships: [UInt64]

  static let setCountMax = 64
  static let classCountMax = 250

  /// Nil if there are more sets or classes than the limits.
  init?(of sets: [ScalarRanges]) {
    guard sets.count <= Self.setCountMax else { return nil }
    // Each boundary flips the membership of one set.
    var flips: [(at: UInt32, bit: UInt64)] = []
    for (index, set) in sets.enumerated() {
      for range in set.ranges {
        flips.append((range.lowerBound, 1 << UInt64(index)))
        flips.append((range.upperBound + 1, 1 << UInt64(index)))
      }
    }
    flips.sort { $0.at < $1.at }

    var classOfMembership: [UInt64: UInt8] = [:]
    var memberships: [UInt64] = []
    var runs: [(length: Int, value: UInt8)] = []
    var done = 0
    var current: UInt64 = 0
    for flip in flips + [(at: 0x110000, bit: 0)] {
      let length = Int(flip.at) - done
      if length > 0 {
        let index: UInt8
        if let known = classOfMembership[current] {
          index = known
        } else {
          guard memberships.count < Self.classCountMax else { return nil }
          index = UInt8(memberships.count)
          classOfMembership[current] = index
          memberships.append(current)
        }
        runs.append((length, index))
        done += length
      }
      current ^= flip.bit
    }
    self.memberships = memberships
    table = ScalarTable(runs: runs, default: 0)
  }

  var count: Int { memberships.count }

  subscript(scalar: UInt32) -> Int { Int(table[scalar]) }
}
