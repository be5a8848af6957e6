// Betting on the signs: an e-value that may be looked at after every pair.
//
// E_n = ∫ 2^n q^k (1−q)^(n−k) π(q) dq over ½…1, k wins among n signs, π the Beta(½,½) law folded
// onto that half. Under fair coins E is a martingale that begins at 1, so by Ville's inequality it
// ever reaches 1/α with probability at most α: one over its largest value so far is a p-value at
// every look (facts/detection.md C2).

import Base
import Glibc

/// The e-process of the sign bets.
public enum Betting {
  /// log10 of E for a number of wins.
  public static func log10EValue(wins: Int, count: Int) -> Double {
    Quadrature(count: count).log10EValue(wins: wins, count: count)
  }

  /// log10 of E after the last sign, and the largest it has been (at least 0: E begins at 1).
  public static func log10EProcess(_ isWin: [Bool]) -> (last: Double, highest: Double) {
    let quadrature = Quadrature(count: isWin.count)
    var (last, highest, wins) = (0.0, 0.0, 0)
    for (index, isWin) in isWin.enumerated() {
      if isWin { wins += 1 }
      last = quadrature.log10EValue(wins: wins, count: index + 1)
      highest = max(highest, last)
    }
    return (last, highest)
  }

  /// With q = sin²θ the density is flat in θ, and Simpson's rule does the rest.
  private struct Quadrature {
    private let logSines: [Double]
    private let logCosines: [Double]
    private let logWeights: [Double]
    private let width: Double

    /// Steps enough for a peak as narrow as `count` signs make it.
    init(count: Int) {
      let steps = max(2000, 8 * Int(Double(count).squareRoot()))
      width = Double.pi / 4 / Double(steps)
      let angles = (0...steps).map { Double.pi / 4 + Double.pi / 4 / Double(steps) * Double($0) }
      logSines = angles.map { log(sin($0)) }
      // At θ = π/2 a single loss makes the integrand zero.
      logCosines = angles.map { log(max(cos($0), 1e-300)) }
      logWeights = (0...steps).map { $0 == 0 || $0 == steps ? 0 : log($0 % 2 == 1 ? 4 : 2) }
    }

    func log10EValue(wins: Int, count: Int) -> Double {
      let (won, lost) = (2 * Double(wins), 2 * Double(count - wins))
      let logs = logSines.indices.map { step in
        won * logSines[step] + lost * logCosines[step] + logWeights[step]
      }
      let top = logs.max() ?? 0
      let sum = logs.reduce(0) { $0 + exp($1 - top) }
      return (Double(count) * log(2) + top + log(sum * width / 3 * 4 / Double.pi)) / log(10)
    }
  }
}
