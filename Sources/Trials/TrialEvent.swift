// What a statement about a trial tells, for a reader of the ledger.

import Base
import Crypto
import Evidence
import Ledger

/// A step of a trial.
public struct TrialEvent: Equatable, Sendable {
  /// committed, beacon, delivered, tested or revealed; the schema of one that is not known.
  public let name: String
  /// The digest of the trial's record, which all its statements name.
  public let trial: String
  /// Nil: a step that is not known, or that lacks what one of its name says.
  public let step: Step?

  /// What was done.
  public enum Step: Equatable, Sendable {
    case committed(Commitment)
    /// The value of a round of a beacon became known.
    case beacon(round: String)
    case delivered(Delivery)
    case tested(Test)
    /// Everything was made public, for these customers.
    case revealed(customers: [String])
  }

  /// What was fixed before anything was served.
  public struct Commitment: Equatable, Sendable {
    public let pairCount: Int
    /// Pairs whose twins are equal, so that their coin tells nothing.
    public let equalPairCount: Int
    public let customers: [String]
    /// Names of the control variates; empty: left open.
    public let references: [String]
    public let level: Double
  }

  /// What was handed to a customer so far.
  public struct Delivery: Equatable, Sendable {
    public let customer: String
    public let lineCount: Int
    public let root: Digest
  }

  /// What a test of a suspect found.
  public struct Test: Equatable, Sendable {
    /// Nil: its scores name no model.
    public let suspect: Digest?
    public let verdict: TrialVerdict
    public let sentence: String
    /// Whose coins gave the figures; nil: everybody's.
    public let customer: String?
    public let decidedBy: String
    /// Nil: it is no finite number.
    public let log10PValue: Double?
    public let adjustedP: Double?
    public let comparisonCount: Int
  }
}
