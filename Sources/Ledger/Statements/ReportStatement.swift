// The digests of a report's documents, so that anybody can tell later whether a file is that
// report.
//
// The subjects are the documents. The predicate: from, to, checkpoint {origin, size, root, note},
// time.

import Base
import Crypto

/// A report as it stands in the log.
public struct ReportStatement: StatementBody {
  public static let type = StatementType.report

  /// Name and digest of each document.
  public var documents: [(name: String, digest: Digest)]
  public var from: Instant
  public var to: Instant
  /// The checkpoint that the report stands on, as its documents show it.
  public var checkpoint: ReportCheckpoint
  public var time: Instant

  public init(
    documents: [(name: String, digest: Digest)], from: Instant, to: Instant,
    checkpoint: ReportCheckpoint,
    time: Instant
  ) {
    self.documents = documents
    self.from = from
    self.to = to
    self.checkpoint = checkpoint
    self.time = time
  }

  public static func == (a: ReportStatement, b: ReportStatement) -> Bool {
    a.documents.elementsEqual(b.documents, by: ==) && (a.from, a.to) == (b.from, b.to)
      && a.checkpoint == b.checkpoint && a.time == b.time
  }

  public func statement() -> Statement {
    Statement(
      subjects: documents.map { .init(name: $0.name, sha256: $0.digest) },
      predicateType: Self.type.uri,
      predicate: [
        "from": .string(from.rfc3339), "to": .string(to.rfc3339), "checkpoint": checkpoint.json,
        "time": .string(time.rfc3339),
      ])
  }

  public init(_ statement: Statement) throws(Problem) {
    let reader = try PredicateReader(statement, as: Self.type)
    documents = try statement.subjectsByDigest(as: Self.type).map {
      ($0.name ?? $0.digest.tagged, $0.digest)
    }
    from = try reader.moment("from")
    to = try reader.moment("to")
    time = try reader.moment("time")
    checkpoint = try ReportCheckpoint(
      reader.needed("checkpoint", try reader.object("checkpoint"), "a checkpoint"))
  }
}
