// Coincidences of small blocks, pooled over layers: heads, key groups, experts.
//
// A layer has two to sixty-four heads, too few for a test of its own, and many layers. For a block
// of n units the theorem of `Coincidence.swift` bounds more tightly than e^(l-1): no k > n
// coincide, so that for every matcher
//     E[l^F] <= g(n, l) = sum over k <= n of (l-1)^k / k!
// and l^F / g(n, l) is an e-value. Blocks whose labels are independent multiply at one l; the mean
// over l = 1, 2, 4 … 512 is taken last, so that many layers speak together: all heads in place are
// worth n! a layer.
//
// The layer of the suspect is chosen by the matches' own likeness, which does not change when the
// reference's units are numbered otherwise: the choice is part of the matcher, and costs nothing.
// A mean over the suspect's layers would cost more than two key groups can say.

import Glibc

extension Coincidence {
  /// A block of few units: how many stand at their own index, of how many.
  public struct SmallBlock: Equatable, Sendable {
    public var coincidences: Int
    public var units: Int

    public init(coincidences: Int, units: Int) {
      self.coincidences = coincidences
      self.units = units
    }
  }

  /// log10 of the pooled e-value. Blocks of one cluster depend on each other and are averaged,
  /// clusters are independent and multiply.
  public static func log10Pooled(_ clusters: [[SmallBlock]]) -> Double {
    let terms = (0..<mixtureCount).map { power -> Double in
      let base = pow(2, Double(power))
      return clusters.filter { !$0.isEmpty }.reduce(0) { sum, blocks in
        sum
          + Logarithm.meanOfExponentials(
            blocks.map { Double($0.coincidences) * log(base) - logBound($0.units, base) })
      }
    }
    return Logarithm.meanOfExponentials(terms) / log(10)
  }

  /// ln g(n, l).
  static func logBound(_ units: Int, _ base: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for k in 1...max(1, units) where k <= units {
      term *= (base - 1) / Double(k)
      sum += term
    }
    return sum.isFinite ? log(sum) : base - 1
  }
}
