// The answer of `trial test`: a verdict for each customer, and what it rests on.
//
// A caution is a sentence about what was not held to a commitment. It changes no figure: whoever
// reads a verdict without a plan, or scores that nothing ties to the pairs, must know.

import Base
import Crypto
import Evidence

/// What a test found.
public struct TrialAnswer: Sendable {
  /// The test of one customer's coins.
  public struct Test: Sendable {
    /// The customer's name in a committed trial.
    public let customer: String?
    public let result: TrialResult
    /// The pairs that were handed out according to the record; nil without one.
    public let delivered: Set<Int>?

    /// How many of the pairs that the test used were handed out.
    public var deliveredCount: Int? { delivered.map { result.usedPairs.count(where: $0.contains) } }
  }

  /// In the order of the customers.
  public let tests: [Test]
  let suspect: TrialScores
  /// The bundles of the references, as far as their scores name them.
  let references: [Digest?]
  let seed: UInt64
  public let look: TrialLook
  /// The entry of the first recorded test of this suspect under this trial.
  public let earlierIndex: Int?
  /// Whether plan and references were held to a commitment.
  public let isCommitted: Bool
  let tie: TrialTie
  /// The entry that this answer became, if it was recorded.
  public internal(set) var ledgerIndex: Int?

  static let suspectName = "the suspect"

  /// The test that is told first: a broken commitment, else the smallest adjusted p.
  var shown: Test {
    tests.first { $0.result.verdict == .notTested }
      ?? tests.min { $0.result.adjustedP < $1.result.adjustedP } ?? tests[0]
  }

  public var exitCode: ExitCode {
    let verdicts = tests.map(\.result.verdict)
    if verdicts.contains(.notTested) { return .malformed }
    if verdicts.contains(.trainedOnServed) { return .no }
    return verdicts.contains(.inconclusive) ? .undecided : .yes
  }

  /// What was not held to a commitment, and what else a reader must know.
  public var cautions: [String] {
    var cautions: [String] = []
    if !isCommitted {
      cautions.append(
        "The plan (statistic, clipping, control variates, level) was not held to a commitment: "
          + "give --trial to hold it to one.")
    }
    if let caution = tie.caution { cautions.append(caution) }
    if let earlierIndex {
      cautions.append(
        "This suspect was tested before under this trial, in entry \(earlierIndex) of the ledger: "
          + "the e-process decides, and never the sign flips again.")
    }
    return cautions
  }

  /// The sentence of a test.
  public func sentence(_ test: Test) -> String { test.result.sentence(suspect: Self.suspectName) }
}
