// Runs jobs for the queue and for shards: from a request to the function that the command line
// calls for the same question.

import Base
import Fingerprint
import Ledger

/// The jobs of this program.
public struct AuditRunner: JobRunner {
  public init() {}

  public func run(
    _ request: JobRequest, progress: Progress, isCancelled: @escaping @Sendable () -> Bool
  ) throws(Problem) -> JobOutcome {
    switch request {
    case .check(let path, _, _):
      return try identity(of: path)
    case .comparison, .report:
      throw Problem(
        .usage, "job_unavailable", reason: "this program cannot run jobs of this kind",
        remedy: "use the command of the same name")
    }
  }

  /// The identity of a model alone: no rule is applied, so the verdict is open.
  private func identity(of path: String) throws(Problem) -> JobOutcome {
    let fingerprint = try Fingerprint.compute(model: path)
    let open = Finding(
      id: "policy-not-applied", severity: .warning,
      message: "The model's files were identified; no policy was applied to it.")
    let findings = fingerprint.findings + [open]
    let isUnsafe = fingerprint.isUnsafe
    let result: JSON = [
      "model": .string(fingerprint.filesRoot.tagged),
      "verdict": .string(isUnsafe ? "deny" : "review"),
      "findings": .array(findings.map(\.json)), "policy": .null,
      "fingerprint": fingerprint.json(withTensors: false),
    ]
    let statement = JobStatement(
      predicateType: StatementType.check.uri,
      subjects: [.init(name: FileSystem.lastComponent(path), digest: fingerprint.filesRoot)],
      predicate: result)
    return JobOutcome(
      exitCode: isUnsafe ? .no : .undecided, result: result, statements: [statement],
      findings: findings)
  }
}
