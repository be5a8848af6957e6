// What a statement about a trial tells, for a reader of the ledger.

import Base
import Crypto
import Ledger

/// A step of a trial.
public struct TrialEvent {
  /// committed, beacon, delivered, tested or revealed; the schema of one that is not known.
  public let name: String
  /// The digest of the trial's record, which all its statements name.
  public let trial: String

  private static let names = [
    TrialRecord.schema: "committed", TrialRecord.beaconSchema: "beacon",
    TrialRecord.deliveredSchema: "delivered", TrialRecord.testSchema: "tested",
    TrialRecord.revealedSchema: "revealed",
  ]

  /// Nil for statements of other kinds.
  public init?(_ statement: Statement) {
    guard statement.predicateType == StatementType.trial.uri else { return nil }
    let schema = statement.predicate["schema"]?.string ?? ""
    name = Self.names[schema] ?? schema
    trial =
      statement.predicate["record"]?.string
      ?? SHA256.hash(statement.predicate.canonicalBytes).tagged
  }
}
