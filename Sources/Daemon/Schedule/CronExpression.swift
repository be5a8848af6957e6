// A cron expression as a value: five fields, or one of the usual names.
//
//     minute 0-59   hour 0-23   day 1-31 or L   month 1-12 or jan-dec   weekday 0-7 or sun-sat
//
// Syntax: `*`, `n`, `a-b`, `*/s`, `a-b/s`, lists; `L` is the last day of the month; a weekday may
// be `d#k` (the k-th of the month) or `dL` (the last). Days follow crontab(5): if either day field
// begins with `*`, both must match, else either does. What other programs have added (seconds, `?`,
// `W`, `~`, `@reboot`, wrapped ranges, `n/s`) is refused, and so is an expression that no day of
// the Gregorian calendar's 400-year cycle satisfies.

import Base

/// Why a text is no cron expression; one sentence.
public struct CronError: Error, Equatable, Sendable {
  public let reason: String
}

/// When something recurs, in local time.
public struct CronExpression: Equatable, Sendable {
  /// Bit n set: minute, hour, month or weekday n (Sunday is 0) matches.
  let minutes: UInt64
  let hours: UInt64
  let months: UInt64
  let days: DaysOfMonth
  let weekdays: DaysOfWeek
  /// Both day fields must match, because one begins with `*`.
  let needsBothDays: Bool
  /// Minute or hour begins with `*`: the expression follows the wall clock through changes of it.
  let followsClock: Bool

  struct DaysOfMonth: Equatable, Sendable {
    var bits: UInt64 = 0
    var last = false
  }

  struct DaysOfWeek: Equatable, Sendable {
    var bits: UInt64 = 0
    /// Bit d set: the last weekday d of the month.
    var last: UInt64 = 0
    /// Bit 7k+d set: the k-th weekday d of the month, k from 1.
    var nth: UInt64 = 0
  }

  /// Reads an expression. Blanks and tabs separate the fields.
  public init(_ text: String) throws(CronError) {
    var words = text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).map(Array.init)
    if words.count == 1, words[0].first == UInt8(ascii: "@") {
      let name = String(decoding: words[0], as: UTF8.self)
      guard let meaning = Self.names.first(where: { $0.name == name })?.fields else {
        throw CronError(reason: "\(Self.names.map(\.name).joined(separator: " ")) are the names")
      }
      words = meaning.utf8.split(separator: 0x20).map(Array.init)
    }
    guard words.count == 5 else {
      throw CronError(
        reason: "five fields are wanted (minute hour day month weekday), there are \(words.count)")
    }
    minutes = try Field.minute.bits(words[0])
    hours = try Field.hour.bits(words[1])
    days = try Field.daysOfMonth(words[2])
    months = try Field.month.bits(words[3])
    weekdays = try Field.daysOfWeek(words[4])
    needsBothDays = words[2].first == star || words[4].first == star
    followsClock = words[0].first == star || words[1].first == star
    guard hasMatchingDay else { throw CronError(reason: "no day of the calendar matches it") }
  }

  private static let names: [(name: String, fields: String)] = [
    ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
  ]
}

// MARK: Days

extension CronExpression {
  /// Whether the expression can fire on this day.
  func matches(_ day: CalendarDay) -> Bool {
    guard months >> UInt64(day.month) & 1 == 1 else { return false }
    let length = Self.lengthOfMonth(day)
    let byMonth = days.bits >> UInt64(day.day) & 1 == 1 || days.last && day.day == length
    let weekday = ((day.daysSinceEpoch + 4) % 7 + 7) % 7
    let week = (day.day - 1) / 7 + 1
    let byWeek =
      weekdays.bits >> UInt64(weekday) & 1 == 1
      || weekdays.last >> UInt64(weekday) & 1 == 1 && day.day + 7 > length
      || weekdays.nth >> UInt64(7 * week + weekday) & 1 == 1
    return needsBothDays ? byMonth && byWeek : byMonth || byWeek
  }

  /// The calendar repeats after 400 years, weekdays included.
  private var hasMatchingDay: Bool {
    (0..<146_097).contains { matches(CalendarDay(daysSinceEpoch: $0)) }
  }

  private static func lengthOfMonth(_ day: CalendarDay) -> Int {
    // The 28th exists in every month; four days later is the next one.
    let inNext = CalendarDay(daysSinceEpoch: day.daysSinceEpoch - day.day + 32)
    return 32 - inNext.day
  }
}

// MARK: Fields

private let star = UInt8(ascii: "*")

/// One field's range and names.
private struct Field {
  let name: String
  let range: ClosedRange<Int>
  var words: [String] = []
  /// The number of `words[0]`.
  var firstWord = 0

  static let minute = Field(name: "minute", range: 0...59)
  static let hour = Field(name: "hour", range: 0...23)
  static let month = Field(
    name: "month", range: 1...12,
    words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    firstWord: 1)
  static let day = Field(name: "day of month", range: 1...31)
  static let weekday = Field(
    name: "weekday", range: 0...7, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

  static func daysOfMonth(_ text: [UInt8]) throws(CronError) -> CronExpression.DaysOfMonth {
    var result = CronExpression.DaysOfMonth()
    for item in items(text) {
      if item.elementsEqual("L".utf8) {
        result.last = true
      } else {
        result.bits |= try day.itemBits(item)
      }
    }
    return result
  }

  static func daysOfWeek(_ text: [UInt8]) throws(CronError) -> CronExpression.DaysOfWeek {
    var result = CronExpression.DaysOfWeek()
    for item in items(text) {
      if item.last == UInt8(ascii: "L"), item.count > 1 {
        result.last |= 1 << UInt64(try weekday.value(item.dropLast()) % 7)
      } else if let hash = item.firstIndex(of: UInt8(ascii: "#")) {
        let number = try weekday.value(item[..<hash]) % 7
        guard let week = digits(item[(hash + 1)...]), (1...5).contains(week) else {
          throw weekday.error("# is followed by 1 to 5")
        }
        result.nth |= 1 << UInt64(7 * week + number)
      } else {
        let bits = try weekday.itemBits(item)
        result.bits |= bits & 0x7F | bits >> 7 & 1
      }
    }
    return result
  }

  func bits(_ text: [UInt8]) throws(CronError) -> UInt64 {
    var bits: UInt64 = 0
    for item in Self.items(text) { bits |= try itemBits(item) }
    return bits
  }

  /// `*`, `n`, `a-b`, `*/s`, `a-b/s`.
  private func itemBits(_ item: ArraySlice<UInt8>) throws(CronError) -> UInt64 {
    let parts = item.split(
      separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count <= 2 else { throw error("it has two steps") }
    var step = 1
    if parts.count == 2 {
      let span = range.upperBound - range.lowerBound
      guard let number = Self.digits(parts[1]), (1...span).contains(number) else {
        throw error("a step is 1 to \(span)")
      }
      step = number
    }
    var low = range.lowerBound
    var high = name == "weekday" ? 6 : range.upperBound
    if !parts[0].elementsEqual([star]) {
      let ends = parts[0].split(
        separator: UInt8(ascii: "-"), maxSplits: 2, omittingEmptySubsequences: false)
      guard ends.count == 2 || (ends.count == 1 && parts.count == 1) else {
        throw error("a value, a range a-b, or either * or a range with a step is wanted")
      }
      low = try value(ends[0])
      high = ends.count == 2 ? try value(ends[1]) : low
      guard low <= high else { throw error("a range runs backwards") }
    }
    return stride(from: low, through: high, by: step).reduce(0) { $0 | 1 << UInt64($1) }
  }

  private func value(_ text: ArraySlice<UInt8>) throws(CronError) -> Int {
    if let number = Self.digits(text) {
      guard range.contains(number) else {
        throw error("\(number) is not in \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    let lower = text.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    guard let index = words.firstIndex(where: { $0.utf8.elementsEqual(lower) }) else {
      throw error("a value is neither a number nor a name it knows")
    }
    return firstWord + index
  }

  /// One or two ASCII digits.
  private static func digits(_ text: ArraySlice<UInt8>) -> Int? {
    guard (1...2).contains(text.count), text.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func items(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
  }

  private func error(_ why: String) -> CronError {
    CronError(reason: "the field \(name) cannot be read: \(why)")
  }
}
