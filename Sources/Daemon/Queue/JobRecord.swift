// One job as the queue keeps it and as `/v1/jobs` shows it.

import Audit
import Base
import Store

/// Where a job stands.
enum JobState: String, CaseIterable, Sendable {
  case queued, running, done, failed, cancelled

  var isFinal: Bool { self == .done || self == .failed || self == .cancelled }
}

/// What made a job.
enum JobOrigin: Equatable, Sendable {
  case api
  case watch(name: String)
  case schedule(name: String, plannedAt: Instant)

  /// `trigger` of a job's JSON.
  var json: JSON {
    switch self {
    case .api: ["kind": "api"]
    case .watch(let name): ["kind": "watch", "name": .string(name)]
    case .schedule(let name, let plannedAt):
      [
        "kind": "schedule", "name": .string(name), "planned_at": .string(plannedAt.rfc3339),
      ]
    }
  }

  /// The identity of a firing: the same one cannot make two jobs.
  var dedupe: String? {
    switch self {
    case .api, .watch: nil
    case .schedule(let name, let plannedAt): "schedule \(name) \(plannedAt.rfc3339)"
    }
  }
}

/// A row of `jobs`.
struct JobRecord: Sendable {
  let number: Int
  let id: String
  let kind: String
  let request: JSON
  let origin: JSON
  let state: JobState
  let attempts: Int
  let createdAt: String
  let startedAt: String?
  let finishedAt: String?
  let done: Int
  let total: Int
  let unit: String
  let result: JSON?
  let error: JSON?

  static let columns = """
    number, id, kind, request, origin, state, attempts, created_at, started_at, finished_at, \
    done, total, unit, result, error
    """

  init(_ row: Row) throws(Problem) {
    number = row.int(0)
    id = row.text(1)
    kind = row.text(2)
    request = try stored(row.blob(3))
    origin = try stored(row.blob(4))
    guard let state = JobState(rawValue: row.text(5)) else { throw damaged("a job's state") }
    self.state = state
    attempts = row.int(6)
    createdAt = row.text(7)
    startedAt = row.optionalText(8)
    finishedAt = row.optionalText(9)
    done = row.int(10)
    total = row.int(11)
    unit = row.text(12)
    if let bytes = row.optionalBlob(13) { result = try stored(bytes) } else { result = nil }
    if let bytes = row.optionalBlob(14) { error = try stored(bytes) } else { error = nil }
  }

  /// The job as the API shows it.
  var json: JSON {
    [
      "id": .string(id), "kind": .string(kind), "trigger": origin, "request": request,
      "state": .string(state.rawValue), "created_at": .string(createdAt),
      "started_at": JSON(startedAt), "finished_at": JSON(finishedAt), "attempts": JSON(attempts),
      "progress": ["done": JSON(done), "total": JSON(total), "unit": .string(unit)],
      "result": result ?? .null, "error": error ?? .null,
    ]
  }

  func parsedRequest() throws(Problem) -> JobRequest {
    do throws(BodyFault) {
      return try JobRequest(kind: kind, json: request)
    } catch {
      throw damaged("a job's request")
    }
  }
}

/// Reads JSON that this program wrote.
func stored(_ bytes: [UInt8]) throws(Problem) -> JSON {
  do throws(JSONError) {
    return try JSON.parse(bytes)
  } catch {
    throw damaged("a stored document")
  }
}

private func damaged(_ what: String) -> Problem {
  Problem(
    .failure, "state_damaged", reason: "\(what) in the state cannot be read",
    remedy: "run `assay doctor`, or restore the state from a backup")
}
