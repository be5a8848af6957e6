// A step of a trial, read from its statement: the schema says which, "record" of what trial. The
// first statement is the record itself.

import Base
import Crypto
import Ledger

extension TrialEvent {
  /// Nil for statements of other kinds.
  public init?(_ statement: Statement) {
    guard statement.predicateType == StatementType.trial.uri else { return nil }
    let schema = statement.predicate["schema"]?.string ?? ""
    name = Self.names[schema] ?? schema
    trial =
      statement.predicate["record"]?.string
      ?? SHA256.hash(statement.predicate.canonicalBytes).tagged
  }

  /// When a step says that it was recorded.
  static func time(of statement: Statement) -> Instant? {
    statement.predicate["time"]?.string.flatMap(Instant.init(rfc3339:))
  }
}
