// What a schedule does when the clock does not do what clocks should, with a clock of our own.

import Audit
import Base
import Ledger
import Synchronization
import Testing

@testable import Daemon

/// A clock that is set by hand, and a scheduler that reads it.
private final class Stage {
  let run: QueueRun
  let metrics: Metrics
  private var scheduler: Scheduler

  init(_ state: StateDirectory, at text: String) throws {
    let box = Box(try #require(Instant(rfc3339: text)))
    let clock = WallClock { box.now.withLock { $0 } }
    self.box = box
    run = try QueueRun(state, clock: clock)
    metrics = Metrics(clock: clock)
    scheduler = Scheduler(
      queue: run.queue, zones: TimeZoneDatabase(), log: Log { _ in }, metrics: metrics)
    scheduler.look()
  }

  private final class Box: Sendable {
    let now: Mutex<Instant>
    init(_ start: Instant) { now = Mutex(start) }
  }
  private let box: Box

  /// Another run of the daemon on the same state.
  func restart() {
    scheduler = Scheduler(
      queue: run.queue, zones: TimeZoneDatabase(), log: Log { _ in }, metrics: metrics)
  }

  func set(_ text: String) throws {
    let instant = try #require(Instant(rfc3339: text))
    box.now.withLock { $0 = instant }
  }

  /// Looks at this time; ends the jobs that came of it.
  func look(_ text: String) throws {
    try set(text)
    scheduler.look()
    try run.writer.write { (state) throws(Problem) in
      try state.database.execute("UPDATE jobs SET state = 'done'")
    }
  }

  func add(_ cron: String, _ catchUp: ScheduleRecord.CatchUp = .latest) throws {
    let now = run.queue.clock.now()
    let schedule = ScheduleRecord(
      name: "s", cron: cron, timeZone: "UTC", task: .job(.check(CheckTask(path: "/m"))),
      catchUp: catchUp,
      consideredUntil: now, lastFired: nil)
    _ = try run.writer.write { (state) throws(Problem) in
      try ScheduleTable.add(schedule, at: now, in: state.database)
    }
  }

  /// The planned instants of all jobs, in the order they were made.
  func fired() throws -> [String] {
    try run.reader.read { (database) throws(Problem) in
      try database.query("SELECT origin FROM jobs ORDER BY number") { (row) throws(Problem) in
        try stored(row.blob(0))["planned_at"]?.string ?? ""
      }
    }
  }

  func record() throws -> ScheduleRecord {
    let all = try run.reader.read { (database) throws(Problem) in
      try ScheduleTable.all(in: database)
    }
    return try #require(all.first)
  }

  func next() throws -> String? {
    try record().next(after: run.queue.clock.now(), zones: TimeZoneDatabase())?.rfc3339
  }

  var missed: Int {
    let text = metrics.text(
      .init(jobs: [:], ledgerSize: 0, isDegraded: false, unchecked: 0, walBytes: 0))
    let line = text.split(separator: "\n").first { $0.hasPrefix("assay_schedule_missed_total ") }
    return line.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
  }
}

@Suite("A schedule")
struct SchedulerTests {
  private func withStage(_ time: String, _ body: (Stage) throws -> Void) throws {
    try withState { state in try body(Stage(state, at: time)) }
  }

  @Test("is not silenced by a clock that was ten years ahead for a moment")
  func jumpAhead() throws {
    try withStage("2026-05-01T10:00:00Z") { stage in
      try stage.add("0 3 * * *")
      try stage.look("2036-04-28T10:00:00Z")
      #expect(try stage.fired() == ["2036-04-28T03:00:00Z"])
      try stage.look("2026-05-01T10:00:04Z")
      #expect(try stage.next() == "2026-05-02T03:00:00Z")
      #expect(try stage.record().lastFired == nil)
      try stage.look("2026-05-02T03:00:01Z")
      try stage.look("2026-05-02T03:00:02Z")
      #expect(try stage.fired() == ["2036-04-28T03:00:00Z", "2026-05-02T03:00:00Z"])
    }
  }

  @Test("makes up for a jump of years by one job at once, however many looks follow")
  func noStorm() throws {
    try withStage("2026-05-01T10:00:30Z") { stage in
      try stage.add("* * * * *")
      for second in 30..<35 { try stage.look("2036-05-01T10:00:\(second)Z") }
      #expect(try stage.fired() == ["2036-05-01T10:00:00Z"])
      #expect(stage.missed == 9_999)
    }
  }

  @Test("fires by the new clock after it was set back, though it has fired then before")
  func setBack() throws {
    try withStage("2026-05-01T10:00:30Z") { stage in
      try stage.add("* * * * *")
      for minute in 1...3 { try stage.look("2026-05-01T10:0\(minute):01Z") }
      try stage.look("2026-05-01T10:01:30Z")
      #expect(try stage.next() == "2026-05-01T10:02:00Z")
      #expect(try stage.record().lastFired?.rfc3339 == "2026-05-01T10:01:00Z")
      try stage.look("2026-05-01T10:02:01Z")
      try stage.look("2026-05-01T10:02:02Z")
      #expect(
        try stage.fired().map { $0.dropFirst(14) } == ["01:00Z", "02:00Z", "03:00Z", "02:00Z"])
      // Twice over the same ground.
      try stage.look("2026-05-01T09:00:30Z")
      try stage.look("2026-05-01T10:02:03Z")
      #expect(try stage.fired().last == "2026-05-01T10:02:00Z")
      #expect(try stage.fired().count == 5)
    }
  }

  @Test("does not fire twice when the clock is corrected by seconds")
  func step() throws {
    try withStage("2026-05-01T02:59:00Z") { stage in
      try stage.add("0 3 * * *")
      try stage.look("2026-05-01T03:00:00Z")
      try stage.look("2026-05-01T02:59:57Z")
      #expect(try stage.next() == "2026-05-02T03:00:00Z")
      try stage.look("2026-05-01T03:00:00Z")
      #expect(try stage.fired() == ["2026-05-01T03:00:00Z"])
    }
  }

  @Test(
    "makes up for what it missed while down: the latest once, or none",
    arguments: [(ScheduleRecord.CatchUp.latest, 1, 2), (.none, 0, 3)])
  func down(catchUp: ScheduleRecord.CatchUp, made: Int, missed: Int) throws {
    try withStage("2026-05-01T10:00:00Z") { stage in
      try stage.add("0 3 * * *", catchUp)
      stage.restart()
      // The last one is only seconds old; nobody looked at its time all the same.
      try stage.look("2026-05-04T03:00:20Z")
      #expect(try stage.fired() == Array(["2026-05-04T03:00:00Z"].prefix(made)))
      #expect(stage.missed == missed)
      try stage.look("2026-05-05T03:00:01Z")
      #expect(try stage.fired().last == "2026-05-05T03:00:00Z")
      #expect(stage.missed == missed)
    }
  }

  @Test(
    "finds the last instant of a span and counts what lies in it",
    arguments: [
      ("0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-04T03:00:00Z", "2026-01-04T03:00:00Z", 3),
      ("0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-02T02:59:59Z", nil, 0),
      ("0 0 29 2 *", "2025-01-01T00:00:00Z", "2035-01-01T00:00:00Z", "2032-02-29T00:00:00Z", 2),
      ("* * * * *", "2026-01-01T00:00:00Z", "2036-01-01T00:00:30Z", "2036-01-01T00:00:00Z", 100),
      ("* * * * *", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", nil, 0),
    ] as [(String, String, String, String?, Int)])
  func span(cron: String, after: String, through: String, last: String?, count: Int) throws {
    let recurrence = Recurrence(expression: try CronExpression(cron), zone: .utc)
    let found = recurrence.missed(
      after: try #require(Instant(rfc3339: after)),
      through: try #require(Instant(rfc3339: through)),
      limit: 100)
    #expect(found?.last.rfc3339 == last && (found?.count ?? 0) == count)
  }

  @Test("finds the same last instant as a walk through all of them, across changes of the clock")
  func lastAgrees() throws {
    let berlin = try zone("CET-1CEST,M3.5.0,M10.5.0/3", standard: 3600)
    var random = CounterRandom(seed: 7)
    for _ in 0..<80 {
      let cron = ["30 2 * * *", "*/20 * * * *", "15 1-3 * * 0", "0 0 * * *"][random.below(4)]
      let recurrence = Recurrence(expression: try CronExpression(cron), zone: berlin)
      let start = Instant(seconds: 1_774_569_600 + Int64(random.below(18_000_000)))
      let through = Instant(seconds: start.seconds + Int64(random.below(20 * 86_400)))
      let all = recurrence.next(after: start, count: 2_000).prefix { $0 <= through }
      let found = recurrence.missed(after: start, through: through, limit: 5_000)
      #expect(found?.last == all.last && (found?.count ?? 0) == all.count, "\(cron) \(start)")
    }
  }
}
