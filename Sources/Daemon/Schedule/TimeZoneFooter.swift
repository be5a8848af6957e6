// The last line of a TZif file: a POSIX TZ text (with the extension of RFC 8536 section 3.3.1) that
// says how a zone goes on after the last change in its table.
//
//     EST5EDT,M3.2.0,M11.1.0        <+0330>-3:30        IST-2IDT,M3.4.4/26,M10.5.0
//
// Offsets are written west-positive. A rule is Mmonth.week.weekday, Jn (1 to 365, no 29 February)
// or n (0 to 365), with an optional local time of change of -167 to 167 hours.

import Base

struct TimeZoneFooter: Equatable, Sendable {
  /// Seconds east of UTC outside summer time.
  let standardOffset: Int
  private let summer: Summer?

  private struct Summer: Equatable, Sendable {
    let offset: Int
    let start: Rule
    let end: Rule
  }

  private struct Rule: Equatable, Sendable {
    enum Day: Equatable, Sendable {
      case month(Int, week: Int, weekday: Int)
      case julian(Int)
      case ordinal(Int)
    }
    let day: Day
    /// Seconds after local midnight.
    let time: Int
  }

  /// Reads `\n…\n`. Nil if the line between is empty: then the table's last offset goes on.
  init?(reading bytes: ArraySlice<UInt8>) throws(TimeZoneError) {
    guard bytes.count >= 2, bytes.first == 0x0A, bytes.last == 0x0A else {
      throw TimeZoneError(reason: "its last line is cut short")
    }
    var text = Scanner(bytes: bytes.dropFirst().dropLast())
    if text.isAtEnd { return nil }
    guard text.name(), let west = text.time(hoursMax: 24) else { throw Self.bad }
    standardOffset = -west
    if text.isAtEnd {
      summer = nil
      return
    }
    guard text.name() else { throw Self.bad }
    var offset = standardOffset + 3600
    if text.peek != UInt8(ascii: ",") {
      guard let west = text.time(hoursMax: 24) else { throw Self.bad }
      offset = -west
    }
    guard text.take(UInt8(ascii: ",")), let start = Self.rule(&text),
      text.take(UInt8(ascii: ",")), let end = Self.rule(&text), text.isAtEnd
    else { throw Self.bad }
    summer = Summer(offset: offset, start: start, end: end)
  }

  /// The changes the rule makes at instants in `from...through`, in order.
  func changes(from: Int64, through: Int64) -> [TimeZoneRules.Change] {
    guard let summer, from <= through else { return [] }
    let firstYear = CalendarDay(Instant(seconds: from)).year - 1
    let lastYear = CalendarDay(Instant(seconds: through)).year + 1
    var changes: [TimeZoneRules.Change] = []
    for year in firstYear...lastYear {
      let start = Self.localSeconds(summer.start, year: year) - Int64(standardOffset)
      let end = Self.localSeconds(summer.end, year: year) - Int64(summer.offset)
      changes.append(.init(at: start, before: standardOffset, after: summer.offset))
      changes.append(.init(at: end, before: summer.offset, after: standardOffset))
    }
    changes.sort { $0.at < $1.at }
    return changes.filter { from <= $0.at && $0.at <= through }
  }

  private static let bad = TimeZoneError(reason: "its last line is no POSIX TZ text")

  // MARK: Rules

  private static func rule(_ text: inout Scanner) -> Rule? {
    let day: Rule.Day
    if text.take(UInt8(ascii: "M")) {
      guard let month = text.number(1...12), text.take(UInt8(ascii: ".")),
        let week = text.number(1...5), text.take(UInt8(ascii: ".")),
        let weekday = text.number(0...6)
      else { return nil }
      day = .month(month, week: week, weekday: weekday)
    } else if text.take(UInt8(ascii: "J")) {
      guard let number = text.number(1...365) else { return nil }
      day = .julian(number)
    } else {
      guard let number = text.number(0...365) else { return nil }
      day = .ordinal(number)
    }
    guard text.take(UInt8(ascii: "/")) else { return Rule(day: day, time: 7200) }
    guard let time = text.time(hoursMax: 167) else { return nil }
    return Rule(day: day, time: time)
  }

  /// The rule's moment in `year` as if local time were UTC.
  private static func localSeconds(_ rule: Rule, year: Int) -> Int64 {
    let days: Int
    switch rule.day {
    case .month(let month, let week, let weekday):
      let first = firstDay(year, month)
      let next = month == 12 ? firstDay(year + 1, 1) : firstDay(year, month + 1)
      let shift = ((weekday - (first + 4) % 7) % 7 + 7) % 7
      var day = first + shift + 7 * (week - 1)
      if day >= next { day -= 7 }
      days = day
    case .julian(let number):
      let isLeap = firstDay(year, 3) - firstDay(year, 2) == 29
      days = firstDay(year, 1) + number - 1 + (isLeap && number >= 60 ? 1 : 0)
    case .ordinal(let number):
      days = firstDay(year, 1) + number
    }
    return Int64(days) * 86_400 + Int64(rule.time)
  }

  /// Days from 1970-01-01 to the first of a month.
  private static func firstDay(_ year: Int, _ month: Int) -> Int {
    // Counted from 1 March of year 0, whose leap day comes last (H. Hinnant, days_from_civil).
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Reads a POSIX TZ text from left to right.
private struct Scanner {
  var bytes: ArraySlice<UInt8>

  var isAtEnd: Bool { bytes.isEmpty }
  var peek: UInt8? { bytes.first }

  mutating func take(_ byte: UInt8) -> Bool {
    guard bytes.first == byte else { return false }
    bytes.removeFirst()
    return true
  }

  /// At least three letters, or `<…>` of letters, digits and signs.
  mutating func name() -> Bool {
    if take(UInt8(ascii: "<")) {
      guard let end = bytes.firstIndex(of: UInt8(ascii: ">")) else { return false }
      bytes = bytes[(end + 1)...]
      return true
    }
    let letters = bytes.prefix { (0x41...0x5A).contains($0 & 0xDF) }
    bytes = bytes.dropFirst(letters.count)
    return letters.count >= 3
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int? {
    let digits = bytes.prefix { (0x30...0x39).contains($0) }
    guard (1...3).contains(digits.count) else { return nil }
    bytes = bytes.dropFirst(digits.count)
    let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return range.contains(value) ? value : nil
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func time(hoursMax: Int) -> Int? {
    let isNegative = peek == UInt8(ascii: "-")
    if isNegative || peek == UInt8(ascii: "+") { bytes.removeFirst() }
    guard let hours = number(0...hoursMax) else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] {
      guard take(UInt8(ascii: ":")) else { break }
      guard let value = number(0...59) else { return nil }
      seconds += value * unit
    }
    return isNegative ? -seconds : seconds
  }
}
