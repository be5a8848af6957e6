// What a finished job leaves behind, in the one transaction that ends it: its result, its ledger
// entries, for a check the decision and the model it is about, and the news for webhooks.

import Audit
import Base
import Crypto
import Store

enum JobRecorder {
  /// Ends `job` with what came of it. Does nothing if the job is no longer this worker's.
  static func record(
    _ job: JobRecord, _ outcome: JobOutcome, worker: String, at now: Instant,
    in state: StateTransaction
  ) throws(Problem) {
    var result = outcome.result.object ?? [:]
    result["exit_code"] = JSON(Int(outcome.exitCode.rawValue))
    if job.kind == "check", result["findings"] == nil {
      result["findings"] = .array(outcome.findings.map(\.json))
    }
    let indices = try state.append(outcome.statements)
    if let first = indices.first { result["ledger_index"] = JSON(first) }
    if job.kind == "check", let digest = result["model"]?.string.flatMap(Digest.init(tagged:)) {
      let id = try addDecision(
        job, result, model: digest, ledgerIndex: indices.first, at: now, in: state.database)
      result["decision_id"] = .string(id)
      try seen(job, result, model: digest, decision: id, at: now, in: state.database)
    }
    let ended = try JobTable.finish(
      job, worker: worker, state: .done, result: .object(result), error: nil, at: now,
      in: state.database)
    // Entries, decision and model are undone with this error if the job was not ours to end.
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

  // MARK: Parts

  private static func addDecision(
    _ job: JobRecord, _ result: JSONObject, model: Digest, ledgerIndex: Int?, at now: Instant,
    in database: Database
  ) throws(Problem) -> String {
    let id = Hex.encode(SystemRandom.bytes(12))
    try database.execute(
      """
      INSERT INTO decisions(id, model, verdict, policy, created_at, ledger_index, findings, job)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(id), .text(model.tagged), .text(result["verdict"]?.string ?? "review"),
        .text(policyDigest(result)), .text(now.rfc3339), .int(ledgerIndex),
        .text((result["findings"] ?? []).canonicalText), .text(job.id),
      ])
    return id
  }

  /// The digest of the rules that were applied, as the runner names it.
  private static func policyDigest(_ result: JSONObject) -> String {
    if let digest = result["policy_digest"]?.string.flatMap(Digest.init(tagged:)) {
      return digest.tagged
    }
    return SHA256.hash((result["policy"] ?? .null).canonicalBytes).tagged
  }

  private static func seen(
    _ job: JobRecord, _ result: JSONObject, model: Digest, decision: String, at now: Instant,
    in database: Database
  ) throws(Problem) {
    try database.execute(
      """
      INSERT INTO models(digest, path, first_seen, last_checked, fingerprint, decision)
      VALUES (?1, ?2, ?3, ?3, ?4, ?5)
      ON CONFLICT(digest) DO UPDATE SET
        path = ?2, last_checked = ?3, fingerprint = coalesce(?4, fingerprint), decision = ?5
      """,
      [
        .text(model.tagged), .text(job.request["path"]?.string ?? ""), .text(now.rfc3339),
        .text(result["fingerprint"]?.canonicalText), .text(decision),
      ])
  }

  /// Puts the news of an ended job into the outbox of every webhook that asked for it.
  private static func announce(
    _ job: JobRecord, in database: Database, at now: Instant
  ) throws(Problem) {
    let hooks = try database.query("SELECT id, events FROM webhooks") { row in
      (id: row.text(0), events: row.text(1))
    }
    guard !hooks.isEmpty, let ended = try JobTable.find(number: job.number, in: database) else {
      return
    }
    let body: JSON = [
      "type": "job.done", "timestamp": .string(now.rfc3339), "data": ended.json,
    ]
    for hook in hooks where hook.events.split(separator: ",").contains("job.done") {
      try database.execute(
        "INSERT INTO deliveries(id, webhook, body, due) VALUES (?, ?, ?, ?)",
        [
          .text("msg_" + Hex.encode(SystemRandom.bytes(12))), .text(hook.id),
          .text(body.canonicalText), .integer(now.seconds),
        ])
    }
  }
}
