// Time as a value: instants in UTC, calendar days, and a clock that is handed in, so that any run
// can be repeated. Leap seconds do not exist here (POSIX time).

import Glibc

/// A moment, to the nanosecond, in UTC.
public struct Instant: Hashable, Comparable, Sendable {
  /// Since 1970-01-01T00:00:00Z.
  public let seconds: Int64
  /// 0..<1,000,000,000.
  public let nanoseconds: Int32

  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// RFC 3339 with `Z`; a fraction only if there is one.
  public var rfc3339: String {
    let day = CalendarDay(self)
    let second = seconds - Int64(day.daysSinceEpoch) * 86_400
    let time =
      "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    var fraction = nanoseconds == 0 ? "" : "." + padded(Int64(nanoseconds), 9)
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(day)T\(time)\(fraction)Z"
  }

  /// Reads RFC 3339 with `Z` or an offset; nil for anything else.
  public init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"),
      let day = CalendarDay(String(decoding: bytes[..<10], as: UTF8.self)),
      let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
      let second = number(bytes[17..<19]), hour < 24, minute < 60, second < 60
    else { return nil }
    var rest = bytes[19...]
    var nanoseconds: Int32 = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard (1...9).contains(digits.count), let value = number(digits) else { return nil }
      nanoseconds = Int32(value)
      for _ in digits.count..<9 { nanoseconds *= 10 }
      rest = rest.dropFirst(digits.count + 1)
    }
    guard let offset = offsetSeconds(rest) else { return nil }
    let ofDay = Int64(hour * 3600 + minute * 60 + second)
    seconds = Int64(day.daysSinceEpoch) * 86_400 + ofDay - offset
    self.nanoseconds = nanoseconds
  }

  public static func < (a: Instant, b: Instant) -> Bool {
    (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
  }
}

/// A day of the Gregorian calendar.
public struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let year: Int
  public let month: Int
  public let day: Int

  /// Reads `YYYY-MM-DD`; nil if there is no such day.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
      let day = number(bytes[8..<10]), (1...12).contains(month),
      (1...daysInMonth(year, month)).contains(day)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The UTC day of a moment.
  public init(_ instant: Instant) {
    self.init(daysSinceEpoch: Int((Double(instant.seconds) / 86_400).rounded(.down)))
  }

  /// The day `daysSinceEpoch` after 1970-01-01 (H. Hinnant, "chrono-compatible low-level date
  /// algorithms", civil_from_days).
  public init(daysSinceEpoch: Int) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  public var daysSinceEpoch: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  public var description: String {
    "\(padded(Int64(year), 4))-\(padded(Int64(month), 2))-\(padded(Int64(day), 2))"
  }

  public static func < (a: CalendarDay, b: CalendarDay) -> Bool {
    (a.year, a.month, a.day) < (b.year, b.month, b.day)
  }
}

/// Where the time comes from.
public struct WallClock: Sendable {
  public let now: @Sendable () -> Instant

  public init(now: @escaping @Sendable () -> Instant) { self.now = now }

  public static let system = WallClock {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Instant(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
  }

  public static func fixed(_ instant: Instant) -> WallClock { WallClock { instant } }

  /// Seconds that only grow, for durations.
  public static func monotonicSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

// MARK: Digits

private func padded(_ value: Int64, _ width: Int) -> String {
  let text = String(value)
  return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}

private func number(_ digits: some Collection<UInt8>) -> Int? {
  var value = 0
  for digit in digits {
    guard (0x30...0x39).contains(digit) else { return nil }
    value = value * 10 + Int(digit - 0x30)
  }
  return value
}

private func daysInMonth(_ year: Int, _ month: Int) -> Int {
  let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  return month == 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
}

/// `Z`, `+hh:mm` or `-hh:mm`.
private func offsetSeconds(_ rest: ArraySlice<UInt8>) -> Int64? {
  let bytes = Array(rest)
  if bytes == [UInt8(ascii: "Z")] { return 0 }
  guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
    bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
    let hours = number(bytes[1..<3]), let minutes = number(bytes[4..<6]), hours < 24, minutes < 60
  else { return nil }
  let offset = Int64(hours * 3600 + minutes * 60)
  return bytes[0] == UInt8(ascii: "-") ? -offset : offset
}
