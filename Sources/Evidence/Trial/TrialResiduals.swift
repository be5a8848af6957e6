// From scores and coins to the tests of a trial.
//
// What depends on no coin (which pairs are usable, what the references explain, the law of the
// statistic under fair coins) is computed once for all customers.

import Base

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
    commitment: TrialCommitment, coins: [Int: Bool], seed: UInt64, look: TrialLook = .first
  ) -> TrialResult {
    tests([(commitment, coins)], seed: seed, look: look)[0]
  }

  /// The tests of several sets of coins, one a customer, before adjustment.
  public func tests(
    _ customers: [(commitment: TrialCommitment, coins: [Int: Bool])], seed: UInt64,
    look: TrialLook = .first
  ) -> [TrialResult] {
    var prepared: [Int: TrialResiduals] = [:]
    return customers.map { commitment, coins in
      guard commitment.matches(coins) else {
        var result = TrialResult(verdict: .notTested, pairCount: coins.count)
        result.commitmentHolds = false
        return result
      }
      let count = commitment.pairCount
      let residuals =
        prepared[count] ?? TrialResiduals(self, pairCount: count, seed: seed, look: look)
      prepared[count] = residuals
      return residuals.test(commitment)
    }
  }

  /// Holm over all sets of coins, and with it the verdicts.
  public static func adjusted(_ results: [TrialResult]) -> [TrialResult] {
    let values = Holm.adjusted(results.map(\.p.value))
    return zip(results, values).map { result, adjusted in
      var result = result
      result.adjustedP = adjusted
      if result.verdict == .noEvidence, adjusted <= TrialResult.level {
        result.verdict = .trainedOnServed
      }
      return result
    }
  }
}

/// What the scores say before any coin is looked at.
public struct TrialResiduals: Sendable {
  public let pairCount: Int
  public let tieCount: Int
  public let unusableCount: Int
  public let coefficients: [Double]?
  let referenceCount: Int
  /// Sizes of the residuals, ties left out, in the order of the pairs.
  public let sizes: [Double]
  let indices: [Int]
  let prefersA: [Bool]
  let look: TrialLook
  /// Nil if there are too few pairs to test.
  public let law: FlipLaw?

  public init(_ data: TrialData, pairCount: Int, seed: UInt64, look: TrialLook = .first) {
    let usable = (0..<pairCount).filter { index in
      data.differences[index] != nil && data.references.allSatisfy { $0[index] != nil }
    }
    let raw = usable.map { data.differences[$0] ?? 0 }
    let regressors = data.references.map { reference in usable.map { reference[$0] ?? 0 } }
    let fit =
      look == .first
      ? ControlVariates(raw, regressors: regressors)
      : ControlVariates(sequentially: raw, regressors: regressors)
    let least = TrialData.tieShare * (raw.map(abs).max() ?? 0)
    let kept = zip(usable, fit?.residuals ?? raw).filter { abs($0.1) > least }
    self.pairCount = pairCount
    self.look = look
    indices = kept.map(\.0)
    sizes = kept.map { abs($0.1) }
    prefersA = kept.map { $0.1 > 0 }
    tieCount = usable.count - kept.count
    unusableCount = pairCount - usable.count
    coefficients = fit?.coefficients
    referenceCount = regressors.count
    law =
      kept.count >= TrialResult.usablePairsMin
      ? FlipLaw(sizes: kept.map { abs($0.1) }, seed: seed) : nil
  }

  /// Whether the suspect prefers the served twin, for each pair that counts.
  public func wins(_ commitment: TrialCommitment) -> [Bool] {
    zip(indices, prefersA).map { index, prefersA in prefersA != commitment.servesB(index) }
  }

  /// The tests with the coins of a customer, before adjustment.
  public func test(_ commitment: TrialCommitment) -> TrialResult {
    var result = TrialResult(verdict: .inconclusive, pairCount: pairCount)
    result.tieCount = tieCount
    result.unusableCount = unusableCount
    result.usedPairs = indices
    guard let law else { return result }
    let wins = wins(commitment)
    let count = wins.count { $0 }
    result.verdict = .noEvidence
    result.winCount = count
    result.coefficients = coefficients
    result.referenceCount = referenceCount
    result.signTest = TailBound(
      log10: SignFlip.signTest(wins: count, count: wins.count), isExact: true)
    result.z = law.z(wins)
    switch look {
    case .first:
      result.p = law.p(wins)
      result.log10E = Betting.log10EValue(wins: count, count: wins.count)
    case .further:
      let bet = Betting.log10EProcess(wins)
      result.log10E = bet.last
      result.log10EHighest = bet.highest
      result.p = TailBound(log10: -bet.highest, isExact: true)
    }
    return result
  }
}
