// Which digests an entry speaks of: an index to find candidates by, never evidence.

import Base
import Crypto

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
