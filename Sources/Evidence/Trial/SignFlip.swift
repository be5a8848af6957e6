// Exact tests of the trial: under no training on the served answers the signs are fair coins,
// whatever the sizes are (facts/detection.md C2).

import Base
import Glibc

/// One-sided tests on signed differences.
public enum SignFlip {
  static let drawCount = 99_999
  static let exceedancesMin = 10
  /// Differences are cut at this many medians of their sizes: a function of sizes alone.
  static let clipMedians = 3.0

  /// P(Bin(n, ½) ≥ k), as a logarithm to base 10; exact.
  public static func signTest(wins: Int, count: Int) -> Double {
    guard wins > 0 else { return 0 }
    var term = -Double(count) * log(2)  // log C(n, 0) 2^-n
    var terms = [term]
    for i in 0..<count {
      term += log(Double(count - i)) - log(Double(i + 1))
      terms.append(term)
    }
    let tail = terms[wins...]
    let top = tail.max() ?? 0
    let sum = tail.reduce(0) { $0 + exp($1 - top) }
    return min(0, (top + log(sum)) / log(10))
  }

  /// The sum of the clipped signed sizes against all flips of the signs: Monte Carlo, and where
  /// too few draws reach it the bound min over λ of e^(−λT) Π cosh(λ|d|), valid at every size.
  public static func test(
    sizes: [Double], isPositive: [Bool], seed: UInt64
  ) -> TailBound {
    let clipped = clip(sizes)
    let observed = zip(clipped, isPositive).reduce(0) { $0 + ($1.1 ? $1.0 : -$1.0) }
    var random = CounterRandom(seed: seed, stream: 3)
    var exceedances = 0
    for _ in 0..<drawCount {
      var sum = 0.0
      var bits: UInt64 = 0
      for (index, size) in clipped.enumerated() {
        if index % 64 == 0 { bits = random.next() }
        sum += bits & 1 == 1 ? size : -size
        bits >>= 1
      }
      if sum >= observed { exceedances += 1 }
    }
    guard exceedances < exceedancesMin else {
      return TailBound(Double(1 + exceedances) / Double(drawCount + 1), isExact: true)
    }
    return TailBound(log10: chernoff(observed, clipped), isExact: true)
  }

  static func clip(_ sizes: [Double]) -> [Double] {
    let sorted = sizes.sorted()
    guard !sorted.isEmpty else { return [] }
    let middle = sorted.count / 2
    let median =
      sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    return median > 0 ? sizes.map { min($0, clipMedians * median) } : sizes
  }

  /// log10 of the bound, minimised over λ by golden section; any λ gives a valid bound.
  static func chernoff(_ observed: Double, _ sizes: [Double]) -> Double {
    let square = sizes.reduce(0) { $0 + $1 * $1 }
    guard observed > 0, square > 0 else { return 0 }
    func exponent(_ lambda: Double) -> Double {
      sizes.reduce(-lambda * observed) { $0 + logCosh(lambda * $1) }
    }
    var low = 0.0
    var high = 20 * observed / square
    let ratio = (5.0.squareRoot() - 1) / 2
    for _ in 0..<100 {
      let a = high - ratio * (high - low)
      let b = low + ratio * (high - low)
      if exponent(a) < exponent(b) { high = b } else { low = a }
    }
    return min(0, exponent((low + high) / 2) / log(10))
  }

  /// log cosh x without overflow.
  private static func logCosh(_ x: Double) -> Double {
    let size = abs(x)
    return size + log1p(exp(-2 * size)) - log(2)
  }
}

/// Betting on the signs: an e-value that may be looked at after every pair.
public enum Betting {
  /// log10 of ∫ 2^n q^k (1−q)^(n−k) π(q) dq over ½…1, π the Beta(½,½) law folded onto that half:
  /// with q = sin²θ the density is flat in θ, and Simpson's rule does the rest.
  public static func log10EValue(wins: Int, count: Int) -> Double {
    let steps = 2000
    let width = Double.pi / 4 / Double(steps)
    var logs: [Double] = []
    for step in 0...steps {
      let angle = Double.pi / 4 + width * Double(step)
      let cosine = cos(angle)
      let losses = count - wins
      // At θ = π/2 a single loss makes the integrand zero.
      let lossTerm = losses == 0 ? 0 : 2 * Double(losses) * log(max(cosine, 1e-300))
      let weight = step == 0 || step == steps ? 1.0 : step % 2 == 1 ? 4 : 2
      logs.append(
        Double(count) * log(2) + 2 * Double(wins) * log(sin(angle)) + lossTerm + log(weight))
    }
    let top = logs.max() ?? 0
    let sum = logs.reduce(0) { $0 + exp($1 - top) }
    return (top + log(sum * width / 3 * 4 / Double.pi)) / log(10)
  }
}
