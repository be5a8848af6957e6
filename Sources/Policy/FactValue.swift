// What a fact can be worth, and the tests a rule can put to it.
//
// Promises: a value has one form, so equal values are equal (sets are sorted, days are counted);
// text is compared byte by byte, never by canonical equivalence.
// Does not: read JSON (Vocabulary does, against the type of the fact).

import Base

/// The types of the vocabulary.
public enum FactType: String, Sendable {
  case bool, integer, number, string, date, region
  case choice = "enum"
  case choices = "enum-set"
  case regions = "region-set"
  case licence = "licence-id"
}

/// How well a value is known, weakest first. Grades explain; they never outvote each other.
public enum FactGrade: String, Sendable, CaseIterable {
  /// Said by the one who asks.
  case declared
  /// Read from a document that came with the model.
  case stated
  /// Computed from bytes or outputs.
  case measured
  /// In a signed ledger entry whose signature verified.
  case ledger
}

/// One value of a fact.
public enum FactValue: Hashable, Sendable {
  case bool(Bool)
  case number(Double)
  case text(ByteName)
  /// Days since 1970-01-01.
  case day(Int)
  case region(Region)
  /// Sorted, without repetitions.
  case texts([ByteName])
  /// Sorted, without repetitions.
  case regions([Region])
}

/// A comparison of two numbers or days.
enum Comparison: String, Sendable {
  case gt, ge, lt, le

  func holds(_ a: Double, _ b: Double) -> Bool {
    switch self {
    case .gt: a > b
    case .ge: a >= b
    case .lt: a < b
    case .le: a <= b
    }
  }
}

/// What an atom asks of one value.
enum FactTest: Hashable, Sendable {
  case equals(FactValue)
  case isOne([FactValue])
  case compares(Comparison, Double)
  case startsWith([UInt8])
  /// The place equals an entry or is a part of one.
  case within([Region])
  /// Each place of the set is within an entry; true of the empty set.
  case allWithin([Region])
  /// Some place of the set is within an entry.
  case anyWithin([Region])
  case hasRegion(Region)
  /// The place, or some place of the set, shares ground with an entry.
  case overlaps([Region])
  case hasText(ByteName)
  case anyText([ByteName])
  case allText([ByteName])

  /// Whether the value passes. A value of another type than the test was made for does not.
  func holds(_ value: FactValue) -> Bool {
    switch (self, value) {
    case (.equals(let wanted), _): value == wanted
    case (.isOne(let wanted), _): wanted.contains(value)
    case (.compares(let how, let bound), .number(let number)): how.holds(number, bound)
    case (.compares(let how, let bound), .day(let day)): how.holds(Double(day), bound)
    case (.startsWith(let prefix), .text(let text)): text.bytes.starts(with: prefix)
    case (.within(let list), .region(let place)): list.contains { place.isWithin($0) }
    case (.overlaps(let list), .region(let place)): list.contains { place.overlaps($0) }
    case (.allWithin(let list), .regions(let places)):
      places.allSatisfy { place in list.contains { place.isWithin($0) } }
    case (.anyWithin(let list), .regions(let places)):
      places.contains { place in list.contains { place.isWithin($0) } }
    case (.overlaps(let list), .regions(let places)):
      places.contains { place in list.contains { place.overlaps($0) } }
    case (.hasRegion(let wanted), .regions(let places)): places.contains(wanted)
    case (.hasText(let wanted), .texts(let texts)): texts.contains(wanted)
    case (.anyText(let list), .texts(let texts)): texts.contains { list.contains($0) }
    case (.allText(let list), .texts(let texts)): texts.allSatisfy { list.contains($0) }
    default: false
    }
  }
}

extension FactValue {
  /// The value as it is written in requests and answers.
  public var json: JSON {
    switch self {
    case .bool(let value): .bool(value)
    case .number(let value): JSON(value)
    case .text(let value): .string(value.text)
    case .day(let value): .string(CalendarDay(daysSinceEpoch: value).description)
    case .region(let value): .string(value.code)
    case .texts(let values): JSON(values.map(\.text))
    case .regions(let values): JSON(values.map(\.code))
    }
  }
}
