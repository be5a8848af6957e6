// The answer of a randomised trial for one suspect and one set of coins.

import Base

/// What decides: the exact test of a first look, or the bet that allows further ones.
public enum TrialLook: Equatable, Sendable {
  /// The only look at this suspect.
  case first
  /// This suspect was looked at before: the e-process decides.
  case further
}

/// What the trial says.
public struct TrialResult: Equatable, Sendable {
  public internal(set) var verdict: TrialVerdict
  public internal(set) var pairCount: Int
  public internal(set) var tieCount = 0
  public internal(set) var unusableCount = 0
  public internal(set) var winCount = 0
  /// The pairs that count: scored by all models, and no tie.
  public internal(set) var usedPairs: [Int] = []
  public internal(set) var signTest = TailBound(1, isExact: true)
  /// The p-value that decides, given the look.
  public internal(set) var p = TailBound(1, isExact: true)
  /// The statistic in standard deviations under fair coins.
  public internal(set) var z = 0.0
  public internal(set) var log10E = 0.0
  /// The largest E of a further look.
  public internal(set) var log10EHighest: Double?
  public internal(set) var coefficients: [Double]?
  /// References that were given; the first ones are used where the pairs are few.
  public internal(set) var referenceCount = 0
  /// What failed, of an inconclusive answer.
  public internal(set) var gate = "the number of usable pairs"
  public internal(set) var commitmentHolds = true
  public internal(set) var adjustedP = 1.0

  /// Highest adjusted p that counts.
  static let level = 1e-3
  static let usablePairsMin = 10

  public func sentence(suspect: String) -> String {
    switch verdict {
    case .trainedOnServed: VerdictSentence.trainedOnServed(suspect: suspect, p: p)
    case .noEvidence:
      VerdictSentence.noServedPreference(
        suspect: suspect,
        tests: log10EHighest == nil ? ["sign flips", "sign test"] : ["e-process of sign bets"])
    case .inconclusive: VerdictSentence.inconclusive(because: "\(gate) failed")
    case .notTested: VerdictSentence.notTested(reason: "the coins do not match the commitment")
    }
  }

  public func json(suspect: String) -> JSON {
    var object: JSONObject = [
      "verdict": .string(verdict.rawValue), "pairs": JSON(pairCount), "ties": JSON(tieCount),
      "unusable": JSON(unusableCount), "wins": JSON(winCount), "z": JSON(z),
      "sign_p_value": JSON(signTest.value), "p_value": JSON(p.value),
      "log10_p_value": JSON(p.log10), "log10_e_value": JSON(log10E),
      "commitment_ok": .bool(commitmentHolds), "p_adjusted": JSON(adjustedP),
      "control_variate": coefficients.map { theta in
        [
          "theta": .array(theta.map { JSON($0) }), "references": JSON(referenceCount),
          "references_used": JSON(theta.count),
        ]
      } ?? .null,
      "sentence": .string(sentence(suspect: suspect)),
    ]
    if let log10EHighest {
      object["look"] = "further"
      object["decided_by"] = "e-process"
      object["log10_e_highest"] = JSON(log10EHighest)
    }
    return .object(object)
  }
}
