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

  static func clip(_ sizes: [Double]) -> [Double] {
    let sorted = sizes.sorted()
    guard !sorted.isEmpty else { return [] }
    let middle = sorted.count / 2
    let median =
      sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    return median > 0 ? sizes.map { min($0, clipMedians * median) } : sizes
  }

  /// log10 of min over λ of e^(−λT) Π cosh(λ|d|), by golden section; any λ gives a valid bound.
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

/// The law of the sum of clipped signed sizes when every sign is a fair coin: drawn once for given
/// sizes, then asked for any set of coins, since it depends on no coin.
public struct FlipLaw: Sendable {
  private let clipped: [Double]
  private let total: Double
  /// Sums of the draws, ascending.
  private let sums: [Double]

  /// Sums that differ by less than this share of the largest possible one are one value: equal
  /// sizes give sums that differ by rounding alone, and a tie must raise p.
  static let roundingShare = 1e-12

  /// - Parameter seed: of the Monte Carlo part; the same seed gives the same draws.
  public init(sizes: [Double], seed: UInt64) {
    clipped = SignFlip.clip(sizes)
    total = clipped.reduce(0, +)
    sums = Self.draw(clipped, seed: seed).sorted()
  }

  /// The sum of the clipped sizes, each with its sign.
  public func statistic(_ isPositive: [Bool]) -> Double {
    zip(clipped, isPositive).reduce(0) { $0 + ($1.1 ? $1.0 : -$1.0) }
  }

  /// The statistic in units of its standard deviation under fair coins. Describes; p decides.
  public func z(_ isPositive: [Bool]) -> Double {
    let variance = clipped.reduce(0) { $0 + $1 * $1 }
    return variance > 0 ? statistic(isPositive) / variance.squareRoot() : 0
  }

  /// P(T* ≥ T) by the draws, and where too few of them reach T the Chernoff bound, which is valid
  /// at every size.
  public func p(_ isPositive: [Bool]) -> TailBound {
    let observed = statistic(isPositive)
    let least = observed - Self.roundingShare * total
    var (low, high) = (0, sums.count)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] < least { low = middle + 1 } else { high = middle }
    }
    let exceedances = sums.count - low
    guard exceedances < SignFlip.exceedancesMin else {
      return TailBound(Double(1 + exceedances) / Double(sums.count + 1), isExact: true)
    }
    return TailBound(log10: SignFlip.chernoff(observed, clipped), isExact: true)
  }

  /// Eight signs at a time: the 256 sums of each run of eight sizes are computed once.
  private static func draw(_ sizes: [Double], seed: UInt64) -> [Double] {
    let runs = stride(from: 0, to: sizes.count, by: 8).map { start in
      let run = sizes[start..<min(start + 8, sizes.count)]
      return (0..<256).map { bits in
        run.enumerated().reduce(0.0) { $0 + (bits >> $1.offset & 1 == 1 ? 1 : -1) * $1.element }
      }
    }
    let table = runs.flatMap { $0 }
    var random = CounterRandom(seed: seed, stream: 3)
    return (0..<SignFlip.drawCount).map { _ in
      var sum = 0.0
      var bits: UInt64 = 0
      for run in 0..<runs.count {
        if run % 8 == 0 { bits = random.next() }
        sum += table[run << 8 | Int(bits & 255)]
        bits >>= 8
      }
      return sum
    }
  }
}
