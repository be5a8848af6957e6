// The answer of a randomised trial for one suspect and one set of coins.

import Base

/// What the trial says.
public struct TrialResult: Equatable, Sendable {
  public let verdict: TrialVerdict
  public let pairCount: Int
  public let tieCount: Int
  public let unusableCount: Int
  public let winCount: Int
  public let signTest: TailBound
  public let p: TailBound
  public let log10E: Double
  public let coefficients: [Double]?
  public let commitmentHolds: Bool
  public let adjustedP: Double

  /// Highest adjusted p that counts.
  static let level = 1e-3
  static let usablePairsMin = 10

  public func sentence(suspect: String) -> String {
    switch verdict {
    case .trainedOnServed: VerdictSentence.trainedOnServed(suspect: suspect, p: p)
    case .noEvidence:
      VerdictSentence.noServedPreference(suspect: suspect, tests: ["sign flips", "sign test"])
    case .inconclusive: VerdictSentence.inconclusive(gate: "the number of usable pairs")
    case .notTested: VerdictSentence.notTested(reason: "the coins do not match the commitment")
    }
  }

  public func json(suspect: String) -> JSON {
    [
      "verdict": .string(verdict.rawValue), "pairs": JSON(pairCount), "ties": JSON(tieCount),
      "unusable": JSON(unusableCount), "wins": JSON(winCount),
      "sign_p_value": JSON(signTest.value), "p_value": JSON(p.value),
      "log10_p_value": JSON(p.log10), "log10_e_value": JSON(log10E),
      "commitment_ok": .bool(commitmentHolds), "p_adjusted": JSON(adjustedP),
      "control_variate": coefficients.map { ["theta": .array($0.map { JSON($0) })] } ?? .null,
      "sentence": .string(sentence(suspect: suspect)),
    ]
  }
}

/// Differences of one suspect, and what other models say of the same pairs.
public struct TrialData: Sendable {
  /// log P(a) − log P(b) in nats by pair; a pair without a finite number is not there.
  public let differences: [Int: Double]
  /// The same of each reference model.
  public let references: [[Int: Double]]

  public init(differences: [Int: Double], references: [[Int: Double]]) {
    self.differences = differences.filter { $0.value.isFinite }
    self.references = references.map { $0.filter { $0.value.isFinite } }
  }

  /// Sizes below this share of the largest are rounding, and count as ties.
  static let tieShare = 1e-9

  /// The tests of one set of coins, before adjustment.
  public func test(
    commitment: TrialCommitment, coins: [Int: Bool], seed: UInt64
  ) -> TrialResult {
    guard commitment.matches(coins) else {
      return Self.undecided(.notTested, pairs: coins.count, commitmentHolds: false)
    }
    let usable = (0..<commitment.pairCount).filter { index in
      differences[index] != nil && references.allSatisfy { $0[index] != nil }
    }
    let unusable = commitment.pairCount - usable.count
    let raw = usable.map { differences[$0] ?? 0 }
    let fit = ControlVariates(
      raw, regressors: references.map { reference in usable.map { reference[$0] ?? 0 } })
    let values = fit?.residuals ?? raw
    let largest = raw.map(abs).max() ?? 0
    var sizes: [Double] = []
    var signs: [Bool] = []
    for (index, value) in zip(usable, values) where abs(value) > Self.tieShare * largest {
      sizes.append(abs(value))
      signs.append((value > 0) != commitment.servesB(index))
    }
    let ties = usable.count - sizes.count
    guard sizes.count >= TrialResult.usablePairsMin else {
      return Self.undecided(
        .inconclusive, pairs: commitment.pairCount, ties: ties, unusable: unusable,
        commitmentHolds: true)
    }
    let wins = signs.count { $0 }
    return TrialResult(
      verdict: .noEvidence, pairCount: commitment.pairCount, tieCount: ties,
      unusableCount: unusable, winCount: wins,
      signTest: TailBound(
        log10: SignFlip.signTest(wins: wins, count: signs.count), isExact: true),
      p: SignFlip.test(sizes: sizes, isPositive: signs, seed: seed),
      log10E: Betting.log10EValue(wins: wins, count: signs.count),
      coefficients: fit?.coefficients, commitmentHolds: true, adjustedP: 1)
  }

  /// Holm over all sets of coins, and with it the verdicts.
  public static func adjusted(_ results: [TrialResult]) -> [TrialResult] {
    let values = Holm.adjusted(results.map(\.p.value))
    return zip(results, values).map { result, adjusted in
      let isPositive = result.verdict == .noEvidence && adjusted <= TrialResult.level
      return TrialResult(
        verdict: isPositive ? .trainedOnServed : result.verdict, pairCount: result.pairCount,
        tieCount: result.tieCount, unusableCount: result.unusableCount,
        winCount: result.winCount, signTest: result.signTest, p: result.p,
        log10E: result.log10E, coefficients: result.coefficients,
        commitmentHolds: result.commitmentHolds, adjustedP: adjusted)
    }
  }

  private static func undecided(
    _ verdict: TrialVerdict, pairs: Int, ties: Int = 0, unusable: Int = 0, commitmentHolds: Bool
  ) -> TrialResult {
    TrialResult(
      verdict: verdict, pairCount: pairs, tieCount: ties, unusableCount: unusable, winCount: 0,
      signTest: TailBound(1, isExact: true), p: TailBound(1, isExact: true), log10E: 0,
      coefficients: nil, commitmentHolds: commitmentHolds, adjustedP: 1)
  }
}
