// Schedules as rows. `considered_until` is the instant up to which firings have been looked at: it
// moves on in the transaction that adds the job of a firing, so neither a restart nor a second
// look can fire one twice or lose one. It goes back only with the clock (`rewind`): a clock that
// was in the future for a moment must not silence a schedule until then.

import Audit
import Base
import Store

struct ScheduleRecord: Sendable {
  enum CatchUp: String, Sendable {
    /// Firings missed while the daemon was down are made up by one job, for the last of them.
    case latest
    case none
  }

  let name: String
  let cron: String
  let timeZone: String
  let task: ScheduleTask
  let catchUp: CatchUp
  let consideredUntil: Instant
  let lastFired: Instant?

  /// The next firing, as the scheduler will see it.
  func next(after now: Instant, zones: TimeZoneDatabase) -> Instant? {
    let instant = max(now, consideredUntil)
    let recurrence = try? Recurrence(cron: cron, timeZone: timeZone, database: zones)
    return recurrence?.next(after: instant, count: 1).first
  }

  func json(next: Instant?) -> JSON {
    [
      "name": .string(name), "cron": .string(cron), "timezone": .string(timeZone),
      "task": task.json, "catch_up": .string(catchUp.rawValue),
      "next": JSON(next?.rfc3339), "last_fired": JSON(lastFired?.rfc3339),
    ]
  }
}

enum ScheduleTable {
  private static let columns =
    "name, cron, timezone, task, catch_up, considered_until, last_fired"

  /// False if the name is taken.
  static func add(
    _ schedule: ScheduleRecord, at now: Instant, in database: Database
  ) throws(Problem) -> Bool {
    try database.execute(
      """
      INSERT OR IGNORE INTO schedules(
        name, cron, timezone, task, catch_up, created_at, considered_until)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(schedule.name), .text(schedule.cron), .text(schedule.timeZone),
        .text(schedule.task.json.canonicalText), .text(schedule.catchUp.rawValue),
        .text(now.rfc3339), .integer(now.seconds),
      ])
    return database.changedRowCount == 1
  }

  static func remove(name: String, in database: Database) throws(Problem) -> Bool {
    try database.execute("DELETE FROM schedules WHERE name = ?", [.text(name)])
    return database.changedRowCount == 1
  }

  static func all(in database: Database) throws(Problem) -> [ScheduleRecord] {
    try database.query("SELECT \(columns) FROM schedules ORDER BY name") {
      (row) throws(Problem) in
      ScheduleRecord(
        name: row.text(0), cron: row.text(1), timeZone: row.text(2),
        task: try ScheduleTask(stored: try stored(row.blob(3))),
        catchUp: .init(rawValue: row.text(4)) ?? .none,
        consideredUntil: Instant(seconds: row.integer(5)),
        lastFired: row.optionalText(6).flatMap(Instant.init(rfc3339:)))
    }
  }

  /// The clock went back to `now`: what comes after it has not been looked at. Firings of that time
  /// have left their identities to jobs that ran, which give them up, so that each instant can fire
  /// by the new clock; the last firing is the last one before now.
  static func rewind(name: String, to now: Instant, in database: Database) throws(Problem) {
    let prefix = "schedule \(name) "
    try database.execute(
      """
      UPDATE schedules SET considered_until = ?2, last_fired = (
        SELECT substr(max(dedupe), length(?3) + 1, 20) FROM jobs
        WHERE dedupe >= ?3 AND dedupe <= ?3 || ?4 || '~')
      WHERE name = ?1
      """, [.text(name), .integer(now.seconds), .text(prefix), .text(now.rfc3339)])
    try database.execute(
      """
      UPDATE jobs SET dedupe = dedupe || ' ' || number
      WHERE dedupe > ?1 || ?2 || '~' AND dedupe < 'schedule ' || ?3 || '!'
      """, [.text(prefix), .text(now.rfc3339), .text(name)])
  }

  /// Records that firings up to `instant` were looked at, and the last that fired.
  static func advance(
    name: String, to instant: Instant, fired: Instant?, in database: Database
  ) throws(Problem) {
    try database.execute(
      """
      UPDATE schedules SET considered_until = max(considered_until, ?2),
        last_fired = coalesce(?3, last_fired) WHERE name = ?1
      """, [.text(name), .integer(instant.seconds), .text(fired?.rfc3339)])
  }
}
