// A report as a value: what the ledger recorded in a span of time, and what was in force at its end
// though it was recorded earlier. It recomputes nothing and writes nothing.
//
// Statements count only if a trusted key signed them; the others are findings of the report. The
// whole answers behind the statements are read from the blobs, if they are still there. Whether a
// newest decision still stands is the register's word, given beside it.

import Base
import Crypto
import Ledger
import Register

/// Checks, comparisons, trials, edges and people's words of a span of time.
public struct AuditReport: Sendable {
  public let from: Instant
  public let to: Instant
  /// Schema assay.report/1.
  public let json: JSON
  private let checkpoint: JSON

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
    var survey = ReportSurvey(from: from, to: to, models: Set(models), blobs: log.blobs)
    for start in stride(from: 0, to: note.size, by: 512) {
      let range = start..<min(note.size, start + 512)
      let statements = try log.ledger.statements(in: range, trusted: log.trustedKeys)
      try survey.take(statements, range: range)
    }
    self.from = from
    self.to = to
    checkpoint = [
      "origin": .string(log.ledger.origin.text), "size": JSON(note.size),
      "root": .string(note.root.tagged),
      "note": .string(String(decoding: note.bytes, as: UTF8.self)),
    ]
    json = survey.json(checkpoint: checkpoint, states: states)
  }

  /// What a report job answers: digests of the documents and the checkpoint they stand on.
  public func result(_ documents: [ReportDocument]) -> JSON {
    [
      "checkpoint": checkpoint, "report": json,
      "documents": .array(
        documents.map { ["name": .string($0.name), "sha256": .string($0.digest.tagged)] }),
    ]
  }

  /// The statement over the documents' digests.
  public func statement(_ documents: [ReportDocument], at time: Instant) -> Statement {
    ReportStatement(
      documents: documents.map { ($0.name, $0.digest) }, from: from, to: to,
      checkpoint: checkpoint, time: time
    ).statement()
  }
}
