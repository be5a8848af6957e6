// Fires schedules. Each look computes what is due from the stored instant, never by adding
// intervals to a running clock, so suspended machines, clocks that are set and restarts all come
// out right.
//
// A firing has an identity (schedule, planned instant) that is unique among jobs. Firings that were
// missed are made up by one job for the last of them (`latest`) or only recorded in the log
// (`none`); so are those whose predecessor still waits or runs. Missed is what fell into a time in
// which nobody looked: before this run began, or further back than a look ever lags behind.
//
// A clock that went back past the stored instant takes it along: a schedule follows the clock there
// is, and a check made twice costs less than one that is not made for years.

import Base
import Store
import Synchronization

final class Scheduler: Sendable {
  private let queue: Queue
  private let zones: TimeZoneDatabase
  private let log: Log
  private let metrics: Metrics
  private let hasLooked = Atomic<Bool>(false)

  /// A firing older than this when it is noticed counts as missed.
  private static let lateSeconds: Int64 = 60
  /// A clock is corrected by so much without firing anything twice.
  private static let stepSeconds: Int64 = 5
  private static let missedMax = 10_000

  init(queue: Queue, zones: TimeZoneDatabase, log: Log, metrics: Metrics) {
    self.queue = queue
    self.zones = zones
    self.log = log
    self.metrics = metrics
  }

  /// Fires what is due. To be called about once a second.
  func look() {
    let now = queue.clock.now()
    do throws(Problem) {
      let schedules = try queue.reader.read { (database) throws(Problem) in
        try ScheduleTable.all(in: database)
      }
      let isFirst = !hasLooked.exchange(true, ordering: .relaxed)
      for schedule in schedules { fire(schedule, now: now, isFirstLook: isFirst) }
    } catch {
      log.warn("schedules_not_looked_at", error)
    }
  }

  /// One schedule's trouble is not another's.
  private func fire(_ schedule: ScheduleRecord, now: Instant, isFirstLook: Bool) {
    do throws(Problem) {
      if schedule.consideredUntil.seconds > now.seconds + Self.stepSeconds {
        try rewind(schedule, to: now)
        return
      }
      let recurrence = try Recurrence(
        cron: schedule.cron, timeZone: schedule.timeZone, database: zones)
      let due = recurrence.missed(
        after: schedule.consideredUntil, through: now, limit: Self.missedMax)
      guard let due else { return }
      try fire(schedule, due, now: now, isFirstLook: isFirstLook)
    } catch {
      log.warn("schedule_not_looked_at", error.at(schedule.name))
    }
  }

  private func rewind(_ schedule: ScheduleRecord, to now: Instant) throws(Problem) {
    try queue.writer.write { (state) throws(Problem) in
      try ScheduleTable.rewind(
        name: schedule.name, to: Instant(seconds: now.seconds), in: state.database)
    }
    log.warn(
      "clock_went_back",
      [
        "schedule": .string(schedule.name), "from": .string(schedule.consideredUntil.rfc3339),
        "to": .string(now.rfc3339),
      ])
  }

  private func fire(
    _ schedule: ScheduleRecord, _ due: (last: Instant, count: Int), now: Instant,
    isFirstLook: Bool
  ) throws(Problem) {
    let isLate = isFirstLook || now.seconds - due.last.seconds > Self.lateSeconds
    let fires = !isLate || schedule.catchUp == .latest
    let request = schedule.task.request(
      plannedAt: due.last, previous: schedule.lastFired ?? schedule.consideredUntil)
    let origin = JobOrigin.schedule(name: schedule.name, plannedAt: due.last)
    let job = try queue.writer.write { (state) throws(Problem) -> JobRecord? in
      let isBusy = try Self.isBusy(schedule.name, in: state.database)
      let starts = fires && !isBusy
      try ScheduleTable.advance(
        name: schedule.name, to: due.last, fired: starts ? due.last : nil, in: state.database)
      guard starts else { return nil }
      return try JobTable.add(request, origin: origin, at: now, in: state.database)
    }
    let missed = fires ? due.count - 1 : due.count
    if missed > 0 {
      metrics.noteMissedFirings(missed)
      log.warn(
        "firings_missed",
        [
          "schedule": .string(schedule.name), "count": JSON(missed),
          "until": .string(due.last.rfc3339),
        ])
    }
    if let job {
      queue.added(job.id)
    } else if fires {
      log.warn("firing_skipped", ["schedule": .string(schedule.name)])
    }
  }

  /// Whether the job of an earlier firing has not ended.
  private static func isBusy(_ name: String, in database: Database) throws(Problem) -> Bool {
    try database.first(
      """
      SELECT 1 FROM jobs WHERE state IN ('queued', 'running')
        AND dedupe >= 'schedule ' || ?1 || ' ' AND dedupe < 'schedule ' || ?1 || '!' LIMIT 1
      """, [.text(name)]
    ) { $0.int(0) } != nil
  }
}
