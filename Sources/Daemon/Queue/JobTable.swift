// The moves a job can make, each as SQL inside somebody's transaction.
//
//     queued -> running -> done | failed | cancelled
//        ^         |
//        +---------+   given back: the daemon stopped, or died and another one found the job
//
// Every move writes an event row in the same transaction, so a client that resumes its stream after
// a crash sees each of them once. `worker` is the daemon's run that holds a job: only one daemon
// can hold the state, so a running job of another run is a job whose daemon is dead.

import Audit
import Base
import Store

enum JobTable {
  /// A job that took its daemon down so often is not tried again.
  static let attemptsMax = 12

  /// Adds a job; nil if its origin has made one already.
  static func add(
    _ request: JobRequest, origin: JobOrigin, at now: Instant, in database: Database
  ) throws(Problem) -> JobRecord? {
    if let dedupe = origin.dedupe {
      let known = try database.first("SELECT 1 FROM jobs WHERE dedupe = ?", [.text(dedupe)]) {
        row in row.int(0)
      }
      if known != nil { return nil }
    }
    try database.execute(
      """
      INSERT INTO jobs(id, kind, request, origin, dedupe, state, created_at)
      VALUES (?, ?, ?, ?, ?, 'queued', ?)
      """,
      [
        .text(Hex.encode(SystemRandom.bytes(12))), .text(request.kind),
        .text(request.json.canonicalText), .text(origin.json.canonicalText),
        .text(origin.dedupe), .text(now.rfc3339),
      ])
    let number = Int(database.lastInsertRowID)
    try addEvent("state", ["state": "queued"], job: number, in: database)
    return try find(number: number, in: database)
  }

  /// Takes the oldest job that waits.
  static func claim(
    worker: String, at now: Instant, in database: Database
  ) throws(Problem) -> JobRecord? {
    let job = try database.first(
      """
      UPDATE jobs SET state = 'running', worker = ?, attempts = attempts + 1, started_at = ?,
        done = 0, total = 0, unit = ''
      WHERE number = (SELECT number FROM jobs WHERE state = 'queued' ORDER BY number LIMIT 1)
      RETURNING \(JobRecord.columns)
      """, [.text(worker), .text(now.rfc3339)]
    ) { (row) throws(Problem) in try JobRecord(row) }
    if let job { try addEvent("state", ["state": "running"], job: job.number, in: database) }
    return job
  }

  /// Ends a running job of `worker`; false if it is no longer theirs to end.
  static func finish(
    _ job: JobRecord, worker: String, state: JobState, result: JSON?, error: JSON?,
    at now: Instant, in database: Database
  ) throws(Problem) -> Bool {
    try database.execute(
      """
      UPDATE jobs SET state = ?, finished_at = ?, result = ?, error = ?, worker = NULL
      WHERE number = ? AND state = 'running' AND worker = ?
      """,
      [
        .text(state.rawValue), .text(now.rfc3339), .text(result?.canonicalText),
        .text(error?.canonicalText), .int(job.number), .text(worker),
      ])
    guard database.changedRowCount == 1 else { return false }
    for finding in result?["findings"]?.array ?? [] {
      try addEvent("finding", finding, job: job.number, in: database)
    }
    var last: JSONObject = ["state": .string(state.rawValue)]
    for key in ["verdict", "exit_code", "model"] { last[key] = result?[key] }
    if let error { last["error"] = error }
    try addEvent("done", .object(last), job: job.number, in: database)
    return true
  }

  /// Ends a job that waits, or asks a running one to stop. Nil if there is no such job; the
  /// record as it was before otherwise.
  static func cancel(
    id: String, at now: Instant, in database: Database
  ) throws(Problem) -> JobRecord? {
    guard let job = try find(id: id, in: database) else { return nil }
    switch job.state {
    case .queued:
      try database.execute(
        "UPDATE jobs SET state = 'cancelled', finished_at = ? WHERE number = ?",
        [.text(now.rfc3339), .int(job.number)])
      try addEvent("done", ["state": "cancelled"], job: job.number, in: database)
    case .running:
      try database.execute("UPDATE jobs SET cancel = 1 WHERE number = ?", [.int(job.number)])
    case .done, .failed, .cancelled:
      break
    }
    return job
  }

  /// Puts a running job back, because its daemon stops.
  static func giveBack(_ job: JobRecord, worker: String, in database: Database) throws(Problem) {
    try database.execute(
      """
      UPDATE jobs SET state = 'queued', worker = NULL, attempts = attempts - 1
      WHERE number = ? AND state = 'running' AND worker = ?
      """, [.int(job.number), .text(worker)])
    guard database.changedRowCount == 1 else { return }
    try addEvent("state", ["state": "queued"], job: job.number, in: database)
  }

  /// At the start of a run: what another run was doing when it died waits again, and what was
  /// asked to be cancelled, or has died too often, ends.
  static func recover(at now: Instant, in database: Database) throws(Problem) -> Int {
    let stranded = try database.query(
      "SELECT number, attempts, cancel FROM jobs WHERE state = 'running'"
    ) { row in (number: row.int(0), attempts: row.int(1), cancel: row.int(2)) }
    for job in stranded {
      let state: JobState =
        job.cancel == 1 ? .cancelled : job.attempts >= attemptsMax ? .failed : .queued
      var values: [SQLValue] = [.text(state.rawValue)]
      var error: JSON?
      if state == .failed {
        error = [
          "type": "about:blank", "title": "Internal Server Error", "status": 500,
          "code": "job_crashed", "request_id": "",
          "detail": "The daemon ended \(job.attempts) times while it ran this job.",
        ]
      }
      values += [
        .text(error?.canonicalText), .text(state.isFinal ? now.rfc3339 : nil), .int(job.number),
      ]
      try database.execute(
        "UPDATE jobs SET state = ?, worker = NULL, error = ?, finished_at = ? WHERE number = ?",
        values)
      try addEvent(
        state.isFinal ? "done" : "state", ["state": .string(state.rawValue)], job: job.number,
        in: database)
    }
    return stranded.count
  }

  // MARK: Reading

  static func find(id: String, in database: Database) throws(Problem) -> JobRecord? {
    try database.first("SELECT \(JobRecord.columns) FROM jobs WHERE id = ?", [.text(id)]) {
      (row) throws(Problem) in try JobRecord(row)
    }
  }

  static func find(number: Int, in database: Database) throws(Problem) -> JobRecord? {
    try database.first("SELECT \(JobRecord.columns) FROM jobs WHERE number = ?", [.int(number)]) {
      (row) throws(Problem) in try JobRecord(row)
    }
  }

  /// The newest jobs before `cursor`, at most `limit`.
  static func list(
    state: JobState?, kind: String?, before cursor: Int, limit: Int, in database: Database
  ) throws(Problem) -> [JobRecord] {
    try database.query(
      """
      SELECT \(JobRecord.columns) FROM jobs
      WHERE number < ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR kind = ?3)
      ORDER BY number DESC LIMIT ?4
      """,
      [.int(cursor), .text(state?.rawValue), .text(kind), .int(limit)]
    ) { (row) throws(Problem) in try JobRecord(row) }
  }

  static func counts(in database: Database) throws(Problem) -> [JobState: Int] {
    let rows = try database.query("SELECT state, count(*) FROM jobs GROUP BY state") { row in
      (JobState(rawValue: row.text(0)), row.int(1))
    }
    var counts = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, 0) })
    for case (let state?, let count) in rows { counts[state] = count }
    return counts
  }

  // MARK: Events

  static func addEvent(
    _ name: String, _ data: JSON, job: Int, in database: Database
  ) throws(Problem) {
    try database.execute(
      """
      INSERT INTO events(job, seq, name, data)
      VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE job = ?1), ?2, ?3)
      """, [.int(job), .text(name), .text(data.canonicalText)])
  }

  /// Records progress on the job and as an event.
  static func note(
    done: Int, total: Int, unit: String, job: Int, in database: Database
  ) throws(Problem) {
    try database.execute(
      "UPDATE jobs SET done = ?, total = ?, unit = ? WHERE number = ? AND state = 'running'",
      [.int(done), .int(total), .text(unit), .int(job)])
    guard database.changedRowCount == 1 else { return }
    try addEvent(
      "progress", ["done": JSON(done), "total": JSON(total), "unit": .string(unit)], job: job,
      in: database)
  }
}
