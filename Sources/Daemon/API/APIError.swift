// How a route says no: a status, a stable code, a sentence, and where in the body the fault lies.
// Problems of other modules are translated in one place, so that the same fault has the same code
// on the command line and over HTTP, and nothing about this machine's files leaks into an answer.

import Audit
import Base
import HTTP

/// A refusal with its problem document (RFC 9457).
struct APIError: Error, Sendable {
  let status: Int
  let code: String
  let detail: String
  var faults: [BodyFault] = []
  var fields: [(name: String, value: String)] = []

  init(
    _ status: Int, _ code: String, _ detail: String, faults: [BodyFault] = [],
    fields: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.faults = faults
    self.fields = fields
  }

  /// A body whose form is right and whose content is not.
  init(_ fault: BodyFault) {
    self.init(
      422, "invalid_request", "The request cannot be carried out as it stands.", faults: [fault])
  }

  /// The same refusal of a part that stands below `pointer`.
  func below(_ pointer: String) -> APIError {
    var copy = self
    copy.faults = faults.map { BodyFault(pointer + $0.pointer, $0.detail) }
    return copy
  }

  static func notFound(_ what: String) -> APIError {
    APIError(404, "not_found", "There is no such \(what).")
  }

  /// The state could not be read or written.
  init(_ problem: Problem) {
    switch problem.code {
    case "disk_full":
      self.init(
        507, "disk_full", "The state's disk is full; nothing was recorded.",
        fields: [("Retry-After", "5")])
    case "storage_failed", "sync_failed", "disk_failed", "database_failed", "database_busy",
      "state_closed", "database_not_opened":
      self.init(
        503, "state_unavailable", "The state cannot be written now; nothing was recorded.",
        fields: [("Retry-After", "2")])
    case "not_found", "no_such_entry", "not_a_waiver":
      self.init(404, problem.code, problem.reason)
    case "already_withdrawn": self.init(409, problem.code, problem.reason)
    case "invalid_cron":
      self.init(
        422, problem.code, problem.reason, faults: [BodyFault("/cron", problem.reason)])
    case "invalid_timezone":
      self.init(
        422, problem.code, problem.reason, faults: [BodyFault("/timezone", problem.reason)])
    default:
      switch problem.kind {
      case .usage, .malformed, .refused, .undecided:
        self.init(422, problem.code, problem.reason)
      case .failure, .interrupted:
        self.init(500, "internal_error", "The request failed here; the log has more.")
      }
    }
  }

  func response(requestID: String) -> Response {
    .problem(
      status, code, detail, requestID: requestID,
      errors: faults.map { ($0.pointer, $0.detail) }, fields: fields)
  }
}

/// Runs work on the state and turns its problems into refusals.
func translated<T>(_ body: () throws(Problem) -> T) throws(APIError) -> T {
  do throws(Problem) {
    return try body()
  } catch {
    throw APIError(error)
  }
}
