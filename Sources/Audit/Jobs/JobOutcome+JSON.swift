// What came of a job as JSON: the answer of the same command, with the exit code and, once its
// statements stand in the log, the entry of the first.

import Base
import Comparison
import Register

extension JobOutcome {
  /// What `--json` prints for the same command when nothing is recorded.
  public var json: JSON { json(check: nil, entries: []) }

  /// - Parameters:
  ///   - recorded: where a check that became a decision stands.
  ///   - entries: where the statements of the outcome stand.
  func json(check recorded: RecordedCheck?, entries: [Int]) -> JSON {
    var object: JSONObject
    switch self {
    case .check(let result):
      object = result.json(recorded: recorded).object ?? [:]
      object["fingerprint"] = result.fingerprint.json(withTensors: false)
    case .comparison(let outcome): object = outcome.json
    case .report(let outcome): object = outcome.report.result(outcome.documents).object ?? [:]
    case .decide(let plan): object = plan.result.json.object ?? [:]
    }
    object["exit_code"] = JSON(Int(exitCode.rawValue))
    if let first = entries.first { object["ledger_index"] = JSON(first) }
    return .object(object)
  }
}

extension ComparisonOutcome {
  /// The whole answer about one suspect, or a list of answers.
  fileprivate var json: JSONObject {
    guard !isSingle else { return reports.first?.json.object ?? [:] }
    return ["suspects": .array(reports.map(\.json))]
  }

  /// The answers of a job that was recorded.
  public static func reports(jobResult json: JSON) throws(Problem) -> [SuspectReport] {
    guard let several = json["suspects"]?.array else { return [try SuspectReport(json: json)] }
    return try several.map { report throws(Problem) in try SuspectReport(json: report) }
  }
}
