// A report as a value: what the ledger recorded in a span of time, and what was in force at its end
// though it was recorded earlier. It recomputes nothing and writes nothing.
//
// Statements count only if a trusted key signed them; the others are findings of the report. The
// whole answers behind the statements are read from the blobs, if they are still there. Whether a
// newest decision still stands is the register's word, given beside it.

import Base
import Crypto
import Ledger
import Policy
import Register
import Trials

/// Checks, comparisons, trials, edges and people's words of a span of time. Its JSON has the schema
/// assay.report/1 (`AuditReport+JSON.swift`).
public struct AuditReport: Equatable, Sendable {
  /// First and last moment of the span.
  public let from: Instant
  public let to: Instant
  /// The log that it was read from.
  public let checkpoint: ReportCheckpoint
  /// Entries that were recorded in the span, whatever they say.
  public let entryCount: Int
  /// What was wrong in the log.
  public let findings: [Finding]
  public let summary: Summary
  public let standing: Standing
  public let checks: [Check]
  public let comparisons: [Comparison]
  public let trials: [Trial]
  public let edges: [Edge]
  public let people: People

  /// The models that were decided in the span, by their last verdict in it.
  public struct Summary: Equatable, Sendable {
    public let allow: Int
    public let deny: Int
    public let review: Int
    /// How many have another verdict than before the span.
    public let changed: Int

    public var models: Int { allow + deny + review }
  }

  /// What was recorded before the span and was in force at its end.
  public struct Standing: Equatable, Sendable {
    public let checks: [Check]
    public let edges: [Edge]
    /// Nothing is taken back in it, so it has no retractions.
    public let people: People
  }

  /// A verdict of the gate.
  public struct Check: Equatable, Sendable {
    public let entry: ReportEntry
    public let statement: CheckStatement
    /// The whole answer, if it is still in the blobs; shown as it was kept.
    let answer: JSON?
    /// Whether it still stands; nil for a quick check, which decides nothing.
    public let state: DecisionState?
    /// Of the whole answer, or else those that the statement keeps.
    public let findings: [Finding]
  }

  /// What a comparison of models found.
  public struct Comparison: Equatable, Sendable {
    public let entry: ReportEntry
    let answer: JSON?
    /// The name of the suspect.
    public let suspect: String
  }

  /// A step of a trial.
  public struct Trial: Equatable, Sendable {
    public let entry: ReportEntry
    let answer: JSON?
    public let event: TrialEvent
    /// The key that signed it.
    public let key: Digest
  }

  /// An edge of the lineage.
  public struct Edge: Equatable, Sendable {
    public let entry: ReportEntry
    public let statement: LineageStatement
    /// Whether it was taken back by the end of the span.
    public let isRetracted: Bool
  }

  /// What people added in words of their own.
  public struct People: Equatable, Sendable {
    public let conclusions: [Conclusion]
    public let waivers: [Waiver]
    public let retractions: [Retraction]
  }

  /// A person's conclusion.
  public struct Conclusion: Equatable, Sendable {
    public let entry: ReportEntry
    public let statement: ConclusionStatement
    public let isRetracted: Bool
  }

  /// A person's exception from a rule.
  public struct Waiver: Equatable, Sendable {
    public let entry: ReportEntry
    public let statement: WaiverStatement
    public let isWithdrawn: Bool
  }

  /// An earlier word that was taken back.
  public struct Retraction: Equatable, Sendable {
    public let entry: ReportEntry
    public let statement: RetractionStatement
  }
}

extension AuditReport {
  /// - Parameters:
  ///   - from: first moment of the span, `to` its last.
  ///   - models: about these alone; empty: about all.
  ///   - states: of decisions by their entry; what is not among them was superseded.
  /// Throws `bad_span` if the span ends before it begins.
  public init(
    log: StateLog, from: Instant, to: Instant, models: [Digest], states: [Int: DecisionState]
  ) throws(Problem) {
    guard from <= to else {
      throw Problem(
        .usage, "bad_span", reason: "the span ends at \(to.rfc3339), before \(from.rfc3339)",
        remedy: "give the earlier time with --from")
    }
    let note = try log.ledger.checkpoint()
    var survey = ReportSurvey(
      from: from, to: to, models: Set(models), blobs: log.blobs, states: states)
    for start in stride(from: 0, to: note.size, by: 512) {
      let range = start..<min(note.size, start + 512)
      let statements = try log.ledger.statements(in: range, trusted: log.trustedKeys)
      try survey.take(statements, range: range)
    }
    self = survey.report(
      checkpoint: ReportCheckpoint(
        origin: log.ledger.origin.text, size: note.size, root: note.root,
        note: String(decoding: note.bytes, as: UTF8.self)))
  }

  /// The statement over the documents' digests.
  public func statement(_ documents: [ReportDocument], at time: Instant) -> Statement {
    ReportStatement(
      documents: documents.map { ($0.name, $0.digest) }, from: from, to: to,
      checkpoint: checkpoint, time: time
    ).statement()
  }
}
