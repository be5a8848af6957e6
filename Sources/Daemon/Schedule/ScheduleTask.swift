// What a schedule starts: a job, or a report over the time since the last firing.

import Audit
import Base

/// The task of a schedule.
enum ScheduleTask: Equatable, Sendable {
  /// The same job each time; never a report, whose span moves.
  case job(JobRequest)
  /// Over the time since the last firing.
  case report

  /// The job that is the same at each firing; nil for a report.
  var fixedRequest: JobRequest? { if case .job(let request) = self { request } else { nil } }

  init(_ request: JobRequest) {
    if case .report = request { self = .report } else { self = .job(request) }
  }

  /// The body of a request, and the form that is kept.
  var json: JSON {
    switch self {
    case .report: ["kind": "report"]
    case .job(let request):
      switch request {
      case .check(let task): ["kind": "check", "path": .string(task.path)]
      case .comparison:
        .object(Self.members("compare", request.json))
      case .decide: ["kind": "decide"]
      case .report: ["kind": "report"]
      }
    }
  }

  private static func members(_ kind: String, _ json: JSON) -> JSONObject {
    var object: JSONObject = ["kind": .string(kind)]
    for (key, value) in json.object ?? [:] { object[key] = value }
    return object
  }

  /// Reads a body; places of faults are below `/task`.
  init(_ json: JSON) throws(BodyFault) {
    guard var object = json.object, let kind = object["kind"]?.string else {
      throw BodyFault("/task", "an object with a kind is wanted")
    }
    object["kind"] = nil
    do throws(BodyFault) {
      switch kind {
      case "report":
        guard object.isEmpty else { throw BodyFault("", "a report takes nothing but its kind") }
        self = .report
      case "check":
        guard object.count <= 1, object["path"] != nil || object.isEmpty else {
          throw BodyFault("", "a check takes a path and nothing else")
        }
        self = .job(try JobRequest(kind: "check", json: .object(object)))
      case "compare":
        guard object["suspect"] == nil, object["panel"] == nil else {
          throw BodyFault("/suspects", "suspects, references and only are known here")
        }
        self = .job(try JobRequest(kind: "comparison", json: .object(object)))
      case "decide": self = .job(try JobRequest(kind: "decide", json: .object(object)))
      default: throw BodyFault("/kind", "check, report, decide or compare is wanted")
      }
    } catch {
      throw BodyFault("/task" + error.pointer, error.detail)
    }
  }

  /// Reads what was kept.
  init(stored json: JSON) throws(Problem) {
    do throws(BodyFault) { try self.init(json) } catch {
      throw Problem(.failure, "state_damaged", reason: "a schedule's task cannot be read")
    }
  }

  /// The job for a firing that follows one at `previous`.
  func request(plannedAt: Instant, previous: Instant) -> JobRequest {
    switch self {
    case .job(let request): request
    case .report: .report(from: previous, to: plannedAt, models: [])
    }
  }
}
