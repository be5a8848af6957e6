// A job as a value: what was asked, and who can do it. The command line, the daemon's queue and the
// shards of a fleet run the same jobs; a queue keeps a request as JSON and may run it again after a
// crash, so running one twice must do no harm.
//
// A runner signs and appends nothing. It hands back an outcome (JobOutcome), and whoever owns the
// ledger appends its statements together with the change of the job's state.

import Base
import State

/// What a job is to do.
public enum JobRequest: Equatable, Sendable {
  /// The gate on one model.
  case check(CheckTask)
  /// The ladder of suspects against references.
  case comparison(ComparisonTask)
  /// A report over what the ledger recorded in a span of time; all models if none is named.
  case report(from: Instant, to: Instant, models: [Digest])
  /// Every newest decision that no longer stands is made again.
  case decide

  /// The word that names the kind of a job.
  public var kind: String {
    switch self {
    case .check: "check"
    case .comparison: "comparison"
    case .report: "report"
    case .decide: "decide"
    }
  }

  /// The paths of this machine that the job will read.
  public var paths: [String] {
    switch self {
    case .check(let task): [task.path]
    case .comparison(let task): task.suspects.paths + task.references + task.panel
    case .report, .decide: []
    }
  }
}

/// How much a check looks at.
public enum CheckDepth: String, Sendable, CaseIterable {
  /// Identity, files and licence; no rule is asked, so it decides nothing.
  case quick
  case full
}

/// One model at the gate.
public struct CheckTask: Equatable, Sendable {
  public var path: String
  /// The name of a pack; nil: the shipped one.
  public var policy: String?
  /// The directory of a pack on this machine, which goes before `policy`; a queue never keeps one.
  public var directory: String?
  public var depth = CheckDepth.full
  public var profile = CheckRequest.ProfileChoice.configured
  /// What the question says over the profile; a queue never keeps any.
  public var changes: [FactWords] = []

  public init(path: String) { self.path = path }
}

/// Suspects against references.
public struct ComparisonTask: Equatable, Sendable {
  /// Which models are suspected.
  public enum Suspects: Equatable, Sendable {
    case one(String)
    case several([String])
    /// Every model right below a directory, as it is when the job runs.
    case below(String)

    public var paths: [String] {
      switch self {
      case .one(let path), .below(let path): [path]
      case .several(let paths): paths
      }
    }
  }

  /// One of the two lines of a comparison.
  public enum Line: String, Sendable, CaseIterable {
    case weights, outputs
  }

  public var suspects: Suspects
  public var references: [String]
  /// Controls; empty: those of the state's panel.
  public var panel: [String] = []
  /// Nil: both lines.
  public var only: Line?

  public init(suspects: Suspects, references: [String]) {
    self.suspects = suspects
    self.references = references
  }
}

/// Does jobs.
public protocol JobRunner: Sendable {
  /// Runs a job to its end on the calling thread. Asks often whether the run is still wanted, and
  /// then throws `interrupted`; any other problem means that the job failed.
  func run(_ request: JobRequest, _ run: Run) throws(Problem) -> JobOutcome
}
