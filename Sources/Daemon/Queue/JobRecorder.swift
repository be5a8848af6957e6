// What a finished job leaves behind, in the one transaction that ends it: its result, its ledger
// entries with their rows in the register, and the news for webhooks.

import Audit
import Base
import Crypto
import Register
import State
import Store

enum JobRecorder {
  /// Ends `job` with what came of it. Does nothing if the job is no longer this worker's.
  static func record(
    _ job: JobRecord, _ outcome: JobOutcome, worker: String, at now: Instant,
    in state: StateTransaction
  ) throws(Problem) {
    let recording = try JobRecording(
      outcome, reader: try state.register(), sources: try state.sources(at: now),
      blobs: state.blobs)
    let result = recording.json(try state.append(recording.statements))
    if case .check(let check) = outcome {
      try Places.note(
        check.model, at: check.place.path,
        fingerprint: check.fingerprint.json(withTensors: false), now: now, in: state.database)
    }
    let ended = try JobTable.finish(
      job, worker: worker, state: .done, result: result, error: nil, at: now, in: state.database)
    // Entries and decision are undone with this error if the job was not ours to end.
    guard ended else {
      throw Problem(.failure, "job_lost", reason: "the job is no longer held by this worker")
    }
    try announce(job, in: state.database, at: now)
  }

  /// Ends `job` with an error.
  static func fail(
    _ job: JobRecord, _ problem: Problem, worker: String, at now: Instant,
    in state: StateTransaction
  ) throws(Problem) {
    var error: JSONObject = [
      "type": "about:blank", "request_id": "", "code": .string(problem.code),
      "detail": .string(problem.description), "exit_code": JSON(Int(problem.exitCode.rawValue)),
    ]
    let isInput = problem.kind == .malformed || problem.kind == .usage
    error["title"] = isInput ? "Unprocessable Content" : "Internal Server Error"
    error["status"] = isInput ? 422 : 500
    if let place = problem.place {
      error["errors"] = [["pointer": .string(place), "detail": .string(problem.reason)]]
    }
    if try JobTable.finish(
      job, worker: worker, state: .failed, result: nil, error: .object(error), at: now,
      in: state.database)
    {
      try announce(job, in: state.database, at: now)
    }
  }

  /// Puts the news of an ended job into the outbox of every webhook that asked for it.
  private static func announce(
    _ job: JobRecord, in database: Database, at now: Instant
  ) throws(Problem) {
    guard try Outbox.isWanted(.jobDone, in: database),
      let ended = try JobTable.find(number: job.number, in: database)
    else { return }
    try Outbox.put(.jobDone, ended.json, at: now, in: database)
  }
}
