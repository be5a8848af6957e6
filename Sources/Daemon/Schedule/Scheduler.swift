// Fires schedules. Each look computes what is due from the stored instant, never by adding
// intervals to a running clock, so suspended machines, clocks that are set and restarts all come
// out right.
//
// A firing has an identity (schedule, planned instant) that is unique among jobs. Firings that were
// missed are made up by one job for the last of them (`latest`) or only recorded in the log
// (`none`); so are those whose predecessor still waits or runs.

import Base
import Store

final class Scheduler: Sendable {
  private let queue: Queue
  private let zones: TimeZoneDatabase
  private let log: Log

  /// A firing older than this when it is noticed counts as missed.
  private static let lateSeconds: Int64 = 60
  private static let missedMax = 10_000

  init(queue: Queue, zones: TimeZoneDatabase, log: Log) {
    self.queue = queue
    self.zones = zones
    self.log = log
  }

  /// Fires what is due. To be called about once a second.
  func look() {
    let now = queue.clock.now()
    do throws(Problem) {
      let schedules = try queue.reader.read { (database) throws(Problem) in
        try ScheduleTable.all(in: database)
      }
      for schedule in schedules { try fire(schedule, now: now) }
    } catch {
      log.warn("schedules_not_looked_at", error)
    }
  }

  private func fire(_ schedule: ScheduleRecord, now: Instant) throws(Problem) {
    let recurrence: Recurrence
    do throws(Problem) {
      recurrence = try Recurrence(
        cron: schedule.cron, timeZone: schedule.timeZone, database: zones)
    } catch {
      log.warn("schedule_unusable", error.at(schedule.name))
      return
    }
    let due = recurrence.missed(
      after: schedule.consideredUntil, through: now, limit: Self.missedMax)
    guard let due else { return }
    let isLate = now.seconds - due.last.seconds > Self.lateSeconds
    let fires = !isLate || schedule.catchUp == .latest
    if due.count > 1 || !fires {
      log.warn(
        "firings_missed",
        [
          "schedule": .string(schedule.name),
          "count": JSON(fires ? due.count - 1 : due.count),
          "until": .string(due.last.rfc3339),
        ])
    }
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
