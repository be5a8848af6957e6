// A report as a value: what the ledger recorded in a span of time. It recomputes nothing and writes
// nothing; equal ledgers give equal bytes.
//
// Statements count only if a trusted key signed them; the others are findings of the report. The
// whole answers behind the statements are read from the blobs, if they are still there.

import Base
import Crypto
import Ledger
import Trials

/// Checks, comparisons, trials, edges and people's words of a span of time.
public struct AuditReport: Sendable {
  /// Schema assay.report/1.
  public let json: JSON
  private let checkpoint: JSON

  static let bodyBytesMax = 16 << 20
  static let sections = ["checks", "comparisons", "trials", "edges", "conclusions", "waivers"]

  /// Statements from `from` up to and including `to`; about `models` alone if any are named.
  public init(
    ledger: Ledger, trusted: [ECDSA.PublicKey], blobs: BlobStore, from: Instant, to: Instant,
    models: [Digest]
  ) throws(Problem) {
    let note = try ledger.checkpoint()
    let statements = try ledger.statements(in: 0..<note.size, trusted: trusted)
    var sections: [String: [JSON]] = [:]
    for recorded in statements.verified {
      let statement = recorded.statement
      guard let section = Self.section(of: statement.predicateType),
        Self.isWithin(statement.predicate, from, to), Self.isAbout(statement, models)
      else { continue }
      var entry = statement.predicate.object ?? [:]
      if let event = TrialEvent(statement) {
        entry["event"] = .string(event.name)
        entry["trial"] = .string(event.trial)
        entry["key"] = .string(recorded.signer.identifier.tagged)
      }
      entry["ledger_index"] = JSON(recorded.index)
      entry["subject"] = JSON(statement.subjects.first?.sha256?.tagged)
      entry["subject_name"] = JSON(statement.subjects.first?.name)
      if let digest = statement.predicate["result"]?.string.flatMap(Digest.init(tagged:)),
        let bytes = try blobs.get(digest), bytes.count <= Self.bodyBytesMax,
        let body = try? JSON.parse(bytes)
      {
        entry["body"] = body
      }
      sections[section, default: []].append(.object(entry))
    }
    checkpoint = [
      "origin": .string(ledger.origin.text), "size": JSON(note.size),
      "root": .string(note.root.tagged),
      "note": .string(String(decoding: note.bytes, as: UTF8.self)),
    ]
    var object: JSONObject = [
      "schema": "assay.report/1", "from": .string(from.rfc3339), "to": .string(to.rfc3339),
      "checkpoint": checkpoint, "findings": .array(statements.findings.map(\.json)),
    ]
    for section in Self.sections {
      object[section] = .array(sections[section] ?? [])
    }
    json = .object(object)
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
  public func statement(_ documents: [ReportDocument], at time: Instant) -> JobStatement {
    JobStatement(
      predicateType: StatementType.report.uri,
      subjects: documents.map { .init(name: $0.name, digest: $0.digest) },
      predicate: [
        "from": json["from"] ?? .null, "to": json["to"] ?? .null,
        "checkpoint": checkpoint, "time": .string(time.rfc3339),
      ])
  }

  private static func section(of type: String) -> String? {
    switch type {
    case StatementType.check.uri: "checks"
    case StatementType.comparison.uri: "comparisons"
    case StatementType.trial.uri: "trials"
    case StatementType.lineage.uri: "edges"
    case StatementType.conclusion.uri: "conclusions"
    case StatementType.waiver.uri: "waivers"
    default: nil
    }
  }

  /// A statement without a time belongs to every span.
  private static func isWithin(_ predicate: JSON, _ from: Instant, _ to: Instant) -> Bool {
    guard let time = predicate["time"]?.string.flatMap(Instant.init(rfc3339:)) else { return true }
    return from <= time && time <= to
  }

  private static func isAbout(_ statement: Statement, _ models: [Digest]) -> Bool {
    models.isEmpty || statement.subjects.contains { $0.sha256.map(models.contains) ?? false }
  }
}
