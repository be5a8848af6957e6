import Base
import Testing

@testable import Daemon

/// A TZif file (RFC 8536) without a table: the footer alone says how the zone goes.
func zone(_ footer: String, standard: Int = 0) throws -> TimeZoneRules {
  func header(typeCount: UInt8, nameBytes: UInt8) -> [UInt8] {
    Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15 + 12 + 4 + 3)
      + [0, 0, 0, 0, typeCount]
      .dropFirst(4) + [0, 0, 0, nameBytes]
  }
  let offset = UInt32(bitPattern: Int32(standard))
  let type = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: offset >> $0) } + [0, 0]
  let first = header(typeCount: 0, nameBytes: 0)
  let second = header(typeCount: 1, nameBytes: 4)
  return try TimeZoneRules(
    reading: first + second + type + Array("LMT\u{0}".utf8) + Array("\n\(footer)\n".utf8))
}

private func instants(
  _ cron: String, _ zone: TimeZoneRules, after: String, count: Int
) throws -> [String] {
  let recurrence = Recurrence(expression: try CronExpression(cron), zone: zone)
  let start = try #require(Instant(rfc3339: after))
  return recurrence.next(after: start, count: count).map(\.rfc3339)
}

@Suite("A cron expression")
struct CronExpressionTests {
  @Test(
    "that other programs would take, or nobody, is refused",
    arguments: [
      "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
      "* * * * 8", "5-1 * * * *", "*/0 * * * *", "*/60 * * * *", "5/10 * * * *", "1,,2 * * * *",
      "1- * * * *", "+5 * * * *", "005 * * * *", "* * * * fri-mon", "0 0 L/2 * *", "0 0 * * 1#6",
      "0 0 * * #2", "0~9 * * * *", "@reboot", "@Daily", "@daily x", "0 0 30 2 *", "0 0 31 4,6 *",
      "? * * * *", "* * * * *;", "٣ * * * *", "0 0 * *\n*",
    ])
  func refusals(text: String) {
    #expect(throws: CronError.self) { try CronExpression(text) }
  }

  @Test("takes names, ranges, steps and the last of things")
  func forms() throws {
    let first = "2026-01-01T00:00:00Z"
    #expect(
      try instants("30 6 L 2 *", .utc, after: first, count: 2)
        == ["2026-02-28T06:30:00Z", "2027-02-28T06:30:00Z"])
    #expect(
      try instants("0 9 * jan Mon#2", .utc, after: first, count: 1) == ["2026-01-12T09:00:00Z"])
    #expect(try instants("0 9 * * 5L", .utc, after: first, count: 1) == ["2026-01-30T09:00:00Z"])
    #expect(try instants("0 0 * * 7", .utc, after: first, count: 1) == ["2026-01-04T00:00:00Z"])
    #expect(
      try instants("20-40/10 5\t* * 2-4", .utc, after: first, count: 3)
        == ["2026-01-01T05:20:00Z", "2026-01-01T05:30:00Z", "2026-01-01T05:40:00Z"])
    #expect(try instants("@yearly", .utc, after: first, count: 1) == ["2027-01-01T00:00:00Z"])
  }

  @Test("joins its day fields by or, unless one begins with a star")
  func days() throws {
    let first = "2026-01-01T00:00:00Z"
    #expect(
      try instants("0 0 13 * 5", .utc, after: first, count: 3)
        == ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"])
    #expect(
      try instants("0 0 */2 * 1", .utc, after: first, count: 2)
        == ["2026-01-05T00:00:00Z", "2026-01-19T00:00:00Z"])
  }
}

@Suite("A zone's rules")
struct TimeZoneRulesTests {
  @Test("follow the footer, summer and winter, on both sides of the equator")
  func footers() throws {
    let berlin = try zone("CET-1CEST,M3.5.0,M10.5.0/3", standard: 3600)
    #expect(berlin.offset(at: 1_774_746_000 - 1) == 3600)  // 2026-03-29T01:00:00Z
    #expect(berlin.offset(at: 1_774_746_000) == 7200)
    #expect(berlin.offset(at: 1_792_890_000 - 1) == 7200)  // 2026-10-25T01:00:00Z
    #expect(berlin.offset(at: 1_792_890_000) == 3600)
    let sydney = try zone("AEST-10AEDT,M10.1.0,M4.1.0/3", standard: 36_000)
    #expect(sydney.offset(at: 1_767_225_600) == 39_600)  // 1 January
    #expect(sydney.offset(at: 1_782_864_000) == 36_000)  // 1 July
    #expect(try zone("<+0545>-5:45").offset(at: 0) == 20_700)
    #expect(try zone("XXX3EDT4,0/0,J365/23").offset(at: 1_782_864_000) == -14_400)
  }

  @Test(
    "are refused if the file is cut or wrong, never a trap",
    arguments: ["", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M1.1.0", "C-1"])
  func refusals(footer: String) {
    if footer.isEmpty {
      #expect(throws: Never.self) { try zone(footer) }
    } else {
      #expect(throws: TimeZoneError.self) { try zone(footer) }
    }
  }

  @Test("of a name that is a path or no zone are not looked up")
  func names() {
    let database = TimeZoneDatabase()
    for name in ["", "/etc/passwd", "../UTC", "a/../UTC", "UTC ", "Europe/Berlin\u{0}", "UTC+2x/y"]
    {
      #expect(throws: Problem.self) { try database.rules(of: name) }
    }
  }
}

@Suite("A recurrence")
struct RecurrenceTests {
  @Test("fires a skipped fixed time once, just after the jump, and a repeated one once")
  func fixedTimes() throws {
    let berlin = try zone("CET-1CEST,M3.5.0,M10.5.0/3", standard: 3600)
    #expect(
      try instants("15,45 2 * * *", berlin, after: "2026-03-28T12:00:00Z", count: 3)
        == ["2026-03-29T01:00:00Z", "2026-03-30T00:15:00Z", "2026-03-30T00:45:00Z"])
    #expect(
      try instants("30 2 * * *", berlin, after: "2026-10-24T12:00:00Z", count: 2)
        == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"])
  }

  @Test("follows the wall clock where a field begins with a star")
  func wildTimes() throws {
    let berlin = try zone("CET-1CEST,M3.5.0,M10.5.0/3", standard: 3600)
    #expect(
      try instants("30 * * * *", berlin, after: "2026-10-25T00:00:00Z", count: 3)
        == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"])
    #expect(
      try instants("30 */2 * * *", berlin, after: "2026-03-29T00:00:00Z", count: 2)
        == ["2026-03-29T02:30:00Z", "2026-03-29T04:30:00Z"])
  }

  /// The definition, minute by minute of real time.
  private func slowTwin(
    _ expression: CronExpression, _ zone: TimeZoneRules, from: Int64, minutes: Int
  ) -> [Int64] {
    var found: [Int64] = []
    var seen: Set<Int64> = []
    func matches(_ local: Int64) -> Bool {
      let day = CalendarDay(Instant(seconds: local))
      let minute = Int(local - Int64(day.daysSinceEpoch) * 86_400) / 60
      return expression.matches(day) && expression.hours >> UInt64(minute / 60) & 1 == 1
        && expression.minutes >> UInt64(minute % 60) & 1 == 1
    }
    var previous = from - 60 + Int64(zone.offset(at: from - 60))
    for minute in 0..<minutes {
      let instant = from + Int64(minute) * 60
      let local = instant + Int64(zone.offset(at: instant))
      var fires = matches(local)
      if !expression.followsClock {
        if fires, !seen.insert(local).inserted { fires = false }
        let skipped = stride(from: previous + 60, to: local, by: 60).contains { matches($0) }
        if local - previous > 60, local - previous <= 3 * 3600 + 60, skipped { fires = true }
      }
      if fires { found.append(instant) }
      previous = local
    }
    return found
  }

  @Test("agrees with the definition, minute by minute, across changes of the clock")
  func agreesWithTwin() throws {
    var random = CounterRandom(seed: 2026)
    let zones = [
      try zone("CET-1CEST,M3.5.0,M10.5.0/3", standard: 3600),
      try zone("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", standard: 37_800),
      try zone("EST5EDT,M3.2.0,M11.1.0", standard: -18_000),
    ]
    // Around the changes of spring 2026 and autumn 2026.
    let starts: [Int64] = [1_772_841_600, 1_774_569_600, 1_775_088_000, 1_793_404_800]
    for round in 0..<60 {
      let minute = ["\(random.below(60))", "*/20", "5,35", "*"][random.below(4)]
      let hour = ["\(random.below(4))", "1-3", "*", "*/2"][random.below(4)]
      let expression = try CronExpression("\(minute) \(hour) * * *")
      let zone = zones[round % zones.count]
      let start = starts[random.below(starts.count)]
      let wanted = slowTwin(expression, zone, from: start, minutes: 4 * 1440)
      let found = Recurrence(expression: expression, zone: zone)
        .next(after: Instant(seconds: start - 1), count: wanted.count).map(\.seconds)
      #expect(found == wanted, "\(minute) \(hour) from \(start), zone \(round % zones.count)")
    }
  }
}
