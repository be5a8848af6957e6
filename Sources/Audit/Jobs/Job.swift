// A job as a value: what was asked, what came of it, and who can do it. The command line, the
// daemon's queue and the shards of a fleet run the same jobs; a queue keeps a request as JSON and
// may run it again after a crash, so running one twice must do no harm.
//
// A runner signs and appends nothing. It hands back the statements that are to be signed, and
// whoever owns the ledger appends them together with the change of the job's state.

import Base
import Ledger

/// What a job is to do.
public enum JobRequest: Equatable, Sendable {
  /// The gate on one model.
  case check(path: String, policy: String?, profile: CheckProfile)
  /// The ladder of a suspect against references.
  case comparison(
    suspect: String, references: [String], panel: [String], only: ComparisonLine?)
  /// A report over what the ledger recorded in a span of time; all models if none is named.
  case report(from: Instant, to: Instant, models: [Digest])

  public enum CheckProfile: String, Sendable, CaseIterable {
    /// Identity, files and licence.
    case quick
    case full
  }

  /// One of the two lines of a comparison.
  public enum ComparisonLine: String, Sendable, CaseIterable {
    case weights, outputs
  }

  /// `check`, `comparison` or `report`.
  public var kind: String {
    switch self {
    case .check: "check"
    case .comparison: "comparison"
    case .report: "report"
    }
  }

  /// The paths of this machine that the job will read.
  public var paths: [String] {
    switch self {
    case .check(let path, _, _): [path]
    case .comparison(let suspect, let references, let panel, _): [suspect] + references + panel
    case .report: []
    }
  }
}

/// What came of a job.
public struct JobOutcome: Sendable {
  /// 0, 1, 3 or 4.
  public var exitCode: ExitCode
  /// What `--json` prints for the same command.
  public var result: JSON
  /// To be signed and appended in this order.
  public var statements: [JobStatement]
  public var findings: [Finding]

  public init(
    exitCode: ExitCode, result: JSON, statements: [JobStatement] = [], findings: [Finding] = []
  ) {
    self.exitCode = exitCode
    self.result = result
    self.statements = statements
    self.findings = findings
  }
}

/// Does jobs.
public protocol JobRunner: Sendable {
  /// Runs a job to its end on the calling thread. Asks often whether the run is still wanted, and
  /// then throws `interrupted`; any other problem means that the job failed.
  func run(_ request: JobRequest, _ run: Run) throws(Problem) -> JobOutcome
}
