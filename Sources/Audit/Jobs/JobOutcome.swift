// What came of a job, typed, and how it becomes entries of the log.
//
// Statements are made inside the transaction that appends them: why a decision is made anew, and
// whether one is still to be made, is known only there.

import Base
import Comparison
import Crypto
import Ledger
import Register
import State

/// What came of a job.
public enum JobOutcome: Sendable {
  case check(CheckResult)
  case comparison(ComparisonOutcome)
  case report(ReportOutcome)
  case decide(Decider.Plan)

  /// 0, 1, 3 or 4.
  public var exitCode: ExitCode {
    switch self {
    case .check(let result): result.exitCode
    case .comparison(let outcome): outcome.exitCode
    case .report: .yes
    case .decide(let plan): plan.result.exitCode
    }
  }
}

/// What came of a comparison of one or several suspects.
public struct ComparisonOutcome: Sendable {
  public var exitCode: ExitCode
  /// The answer about each suspect, in the order of the request.
  public var reports: [SuspectReport]
  /// To be signed and appended in this order.
  public var statements: [Statement]
  /// Whether one suspect was named; then its answer is the whole result.
  public var isSingle: Bool
}

/// A report and its documents.
public struct ReportOutcome: Sendable {
  public var report: AuditReport
  public var documents: [ReportDocument]
  public var time: Instant
}

// MARK: Recording

/// The statements of an outcome, made within the transaction that is to append them.
public struct JobRecording: Sendable {
  public let statements: [Statement]
  private let outcome: JobOutcome
  private let because: [DecisionCause]?

  /// - Parameters:
  ///   - sources: the state's packs and profiles at this moment.
  public init(
    _ outcome: JobOutcome, reader: RegisterReader, sources: DecisionSources, blobs: BlobStore
  ) throws(Problem) {
    self.outcome = outcome
    var because: [DecisionCause]?
    switch outcome {
    case .check(let result):
      let made = try result.statement(
        after: Standing(reader: reader, sources: sources, blobs: blobs))
      because = made.because
      statements = result.isRecorded ? [made.check.statement()] : []
    case .comparison(let comparison): statements = comparison.statements
    case .report(let made):
      statements =
        made.documents.isEmpty ? [] : [made.report.statement(made.documents, at: made.time)]
    case .decide(let plan): statements = try plan.statements(in: reader)
    }
    self.because = because
  }

  /// The job's result, once its statements stand in the log.
  public func json(_ staged: StagedAppend) -> JSON {
    let entries = Array(staged.firstIndex..<staged.firstIndex + staged.count)
    var recorded: RecordedCheck?
    if case .check(let result) = outcome, result.isDecision, let hash = staged.leafHashes.first {
      recorded = RecordedCheck(
        entry: staged.firstIndex, decisionID: Register.decisionID(leafHash: hash.bytes),
        because: because)
    }
    return outcome.json(check: recorded, entries: entries)
  }
}
