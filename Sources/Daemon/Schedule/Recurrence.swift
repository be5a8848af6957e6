// The instants at which an expression fires in a zone.
//
// Rules of Debian's cron(8) where clocks change. An expression whose minute or hour begins with `*`
// follows the wall clock: skipped minutes do not fire, repeated ones fire in both passes. Any other
// is a fixed time: if the clock jumps over it, it fires once, at the first instant after the jump;
// where it repeats, in the first pass only. A jump of more than three hours is a correction of the
// calendar and nothing is made up for it.
//
// Promises: the instants come in order, each once; the same inputs give the same instants.

import Base

/// An expression in a zone.
public struct Recurrence: Sendable {
  public let expression: CronExpression
  public let zone: TimeZoneRules

  /// No local time of a day lies further from its UTC namesake than this.
  private static let reachSeconds: Int64 = 27 * 3600
  private static let jumpMax = 3 * 3600
  /// The longest gap between two matching days: a 29 February that is also a given weekday.
  private static let daysMax = 146_097

  public init(expression: CronExpression, zone: TimeZoneRules) {
    self.expression = expression
    self.zone = zone
  }

  /// Reads both; `invalid_cron` or `invalid_timezone` otherwise.
  public init(
    cron: String, timeZone: String, database: TimeZoneDatabase = TimeZoneDatabase()
  ) throws(Problem) {
    do throws(CronError) {
      expression = try CronExpression(cron)
    } catch {
      throw Problem(
        .usage, "invalid_cron", place: cron,
        reason: "the cron expression cannot be used: \(error.reason)",
        remedy: "write minute hour day month weekday, such as \"30 2 * * mon-fri\"")
    }
    zone = try database.rules(of: timeZone)
  }

  /// The first `count` instants strictly after `after`.
  public func next(after: Instant, count: Int) -> [Instant] {
    next(after: after, count: count, days: Self.daysMax)
  }

  /// The same, looking at so many days at most.
  private func next(after: Instant, count: Int, days: Int) -> [Instant] {
    var found: [Int64] = []
    var pending: Set<Int64> = []
    var day = localDay(of: after) - 2
    let lastDay = day + days
    while found.count < count, day <= lastDay || !pending.isEmpty {
      if day <= lastDay, expression.matches(CalendarDay(daysSinceEpoch: day)) {
        for instant in instants(ofDay: day) where instant > after.seconds {
          pending.insert(instant)
        }
      }
      day += 1
      // Days from here on cannot yield anything before this.
      let settled = Int64(day) * 86_400 - Self.reachSeconds
      let ready = pending.filter { $0 < settled }.sorted()
      pending.subtract(ready)
      found += ready
    }
    return found.prefix(count).map { Instant(seconds: $0) }
  }

  /// The last instant in `(after, through]`, and how many there were, at most `limit`. The last is
  /// the last however many there were: a clock that jumped by years leaves one firing to make up.
  public func missed(after: Instant, through: Instant, limit: Int) -> (last: Instant, count: Int)? {
    guard let last = last(after: after, through: through) else { return nil }
    let days = localDay(of: through) - localDay(of: after) + 4
    let count = next(after: after, count: limit, days: days).prefix { $0 <= through }.count
    return (last, max(count, 1))
  }

  /// The last instant in `(after, through]`.
  private func last(after: Instant, through: Instant) -> Instant? {
    guard through > after else { return nil }
    var day = localDay(of: through) + 2
    var firstDay = max(localDay(of: after) - 2, day - Self.daysMax)
    var last: Int64?
    while day >= firstDay {
      if expression.matches(CalendarDay(daysSinceEpoch: day)) {
        let latest = instants(ofDay: day).filter {
          $0 > after.seconds && $0 <= through.seconds
        }.max()
        if let latest, latest > last ?? .min {
          last = latest
          // No earlier day has a later instant than this but those whose clocks reach into it.
          firstDay = max(firstDay, day - 3)
        }
      }
      day -= 1
    }
    return last.map { Instant(seconds: $0) }
  }

  private func localDay(of instant: Instant) -> Int {
    let local = instant.seconds + Int64(zone.offset(at: instant.seconds))
    return CalendarDay(Instant(seconds: local)).daysSinceEpoch
  }

  // MARK: One day

  private func instants(ofDay day: Int) -> [Int64] {
    let midnight = Int64(day) * 86_400
    let changes = zone.changes(
      from: midnight - Self.reachSeconds, through: midnight + 86_400 + Self.reachSeconds)
    var offsets = changes.isEmpty ? [zone.offset(at: midnight)] : []
    for change in changes { offsets += [change.before, change.after] }
    let distinct = Set(offsets)
    var found: [Int64] = []
    for hour in 0..<24 where expression.hours >> UInt64(hour) & 1 == 1 {
      for minute in 0..<60 where expression.minutes >> UInt64(minute) & 1 == 1 {
        let local = midnight + Int64(hour * 3600 + minute * 60)
        found += instants(ofLocal: local, offsets: distinct, changes: changes)
      }
    }
    return found
  }

  private func instants(
    ofLocal local: Int64, offsets: Set<Int>, changes: [TimeZoneRules.Change]
  ) -> [Int64] {
    let real = offsets.map { local - Int64($0) }.filter {
      $0 + Int64(offset(at: $0, changes, offsets)) == local
    }.sorted()
    if expression.followsClock { return real }
    if let first = real.first { return [first] }
    // The clock jumped over it.
    let gap = changes.first {
      $0.at + Int64($0.before) <= local && local < $0.at + Int64($0.after)
    }
    guard let gap, gap.after - gap.before <= Self.jumpMax else { return [] }
    return [gap.at]
  }

  /// The offset at an instant near the day, from its changes alone.
  private func offset(
    at instant: Int64, _ changes: [TimeZoneRules.Change], _ offsets: Set<Int>
  ) -> Int {
    if let last = changes.last(where: { $0.at <= instant }) { return last.after }
    return changes.first?.before ?? offsets.first ?? 0
  }
}
