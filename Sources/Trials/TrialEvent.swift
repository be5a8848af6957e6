// What a statement about a trial tells, for a reader of the ledger.

/// A step of a trial.
public struct TrialEvent {
  /// committed, beacon, delivered, tested or revealed; the schema of one that is not known.
  public let name: String
  /// The digest of the trial's record, which all its statements name.
  public let trial: String

  static let names = [
    TrialRecord.schema: "committed", TrialRecord.beaconSchema: "beacon",
    TrialRecord.deliveredSchema: "delivered", TrialRecord.testSchema: "tested",
    TrialRecord.revealedSchema: "revealed",
  ]
}
