// The two fields every answer carries: the date, made once a second, and the request's identifier.

import Base

/// `Date` in the one form RFC 9110 section 5.6.7 lets a sender use.
struct DateField {
  private let clock: WallClock
  private(set) var bytes: [UInt8] = []
  private var validUntilMs: Int64 = .min

  init(clock: WallClock) {
    self.clock = clock
  }

  mutating func refresh(nowMs: Int64) {
    guard nowMs >= validUntilMs else { return }
    let now = clock.now()
    bytes = Array(Self.text(now).utf8)
    // Until the wall clock's next second.
    validUntilMs = nowMs + 1000 - Int64(now.nanoseconds / 1_000_000)
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`.
  static func text(_ instant: Instant) -> String {
    let day = CalendarDay(instant)
    let seconds = Int(instant.seconds - Int64(day.daysSinceEpoch) * 86_400)
    let weekday = ((day.daysSinceEpoch + 4) % 7 + 7) % 7
    let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(twoDigits)
    return "\(weekdays[weekday]), \(twoDigits(day.day)) \(months[day.month - 1]) \(day.year) "
      + "\(time[0]):\(time[1]):\(time[2]) GMT"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}

/// Identifiers no two requests of any two runs share; one a client brings is kept if it is plain.
struct RequestIdentifiers {
  private let prefix = Hex.encode(SystemRandom.bytes(6))
  private var count: UInt64 = 0

  mutating func next(asked: String?) -> String {
    if let asked, Self.isPlain(asked) { return asked }
    count += 1
    return "\(prefix)-\(count)"
  }

  private static func isPlain(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { Grammar.isHostByte($0) }
  }
}
