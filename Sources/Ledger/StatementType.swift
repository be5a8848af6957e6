// What kinds of statements there are, and finding the digests that an entry speaks of.
//
// A new kind is one line here; its predicate is described in Ledger/schema of the repository.

import Base
import Crypto

/// A kind of statement, by the URI of its predicate.
public struct StatementType: Hashable, Sendable {
  /// The value of `predicateType`.
  public let uri: String

  private init(_ name: String) { uri = "https://assay.dev/statement/\(name)/v1" }

  /// "Child came from ancestor": `LineageStatement`.
  public static let lineage = StatementType("lineage")
  /// A verdict of the gate on one model.
  public static let check = StatementType("check")
  /// What a comparison of models found.
  public static let comparison = StatementType("comparison")
  /// Identity of a model: its digests.
  public static let fingerprint = StatementType("fingerprint")
  /// A batch of recorded outputs, committed to by its root.
  public static let outputs = StatementType("outputs")
  /// Coins and texts of a trial, before it is served.
  public static let trial = StatementType("trial")
  /// Digests of a report.
  public static let report = StatementType("report")
  /// What a person concluded from evidence.
  public static let conclusion = StatementType("conclusion")
  /// A person's exception from a rule, with its end.
  public static let waiver = StatementType("waiver")

  /// All kinds.
  public static let all: [StatementType] = [
    lineage, check, comparison, fingerprint, outputs, trial, report, conclusion, waiver,
  ]
}

/// Which digests an entry speaks of and how, without asking who signed it.
struct StatementMention {
  /// The URI of the predicate.
  let kind: String
  /// SHA-256 digests of subjects, and the ancestor's in a lineage statement.
  let digests: Set<Digest>

  /// Nil for entries that are no statements.
  init?(_ entry: [UInt8]) {
    guard entry.first == UInt8(ascii: "{"), let envelope = try? Envelope(parsing: entry),
      envelope.payloadType == Statement.payloadType,
      let statement = try? Statement(parsing: envelope.payload)
    else { return nil }
    kind = statement.predicateType
    var digests = Set(statement.subjects.compactMap(\.sha256))
    if let ancestor = statement.predicate["ancestor"]?["digest"]?["sha256"]?.string,
      let digest = Digest(hex: ancestor)
    {
      digests.insert(digest)
    }
    self.digests = digests
  }
}
