// How often the output test would find a true effect of a given size, with so many controls.
//
// Model: contrasts of the controls are independent Normal(0, σ²), the suspect's is Normal(δσ, σ²)
// and independent of them. With S the root mean square of n controls and M the largest of them in
// units of S, the suspect is found if it exceeds every control and p, Student's with n degrees of
// freedom, reaches the level after Bonferroni, Holm's worst case:
//
//     D ≥ S · max(k, M),     k = t · √(1 + 1/n),   P(T_n ≥ t) = level / comparisons
//
// S and M are independent, because the direction of a spherical vector knows nothing of its length
// (Basu). So the bound is a product of two variables whose laws are computed on lattices, and the
// power is the mean of Φ(δ − bound). More controls bring t down and lift M: with few comparisons
// more of them can cost power, since the suspect must exceed each.
//
// Against simulation it is right to about 0.003, to 0.005 at 256 controls.
// Does not: know the true effect. A power says what a test can see, never what is there. The other
// gates (stable, specific, byte-exact …) are not in it: they can only lower it.

import Base
import Glibc

/// The power of the output test with so many controls, as a function of the true effect.
public struct PowerCurve: Equatable, Sendable {
  public let controls: Int
  /// What p is multiplied by.
  public let comparisons: Int
  /// Values of the bound S · max(k, M) at even distances, and their probabilities.
  private let bounds: [Double]
  private let weights: [Double]

  /// More controls than this have no curve: the lattice of M grows with their square.
  public static let controlsMax = 256
  /// The power at which an effect counts as one that the test sees.
  public static let wanted = 0.8

  /// Nil outside 2…`controlsMax` controls, or if the level divided by the comparisons is below
  /// what Student's tail can tell from zero.
  public init?(controls: Int, comparisons: Int, level: Double = ContrastResult.level) {
    guard (2...Self.controlsMax).contains(controls), comparisons > 0,
      let t = Self.studentQuantile(level / Double(comparisons), degrees: controls)
    else { return nil }
    self.controls = controls
    self.comparisons = comparisons
    let n = Double(controls)
    let factors = LargestControl(controls: controls, above: t * (1 + 1 / n).squareRoot()).law
    (bounds, weights) = Self.product(Self.spread(controls), factors)
  }

  /// The probability that a suspect with this true effect is found. `effect` is in units of the
  /// controls' spread.
  public func power(effect: Double) -> Double {
    var sum = 0.0
    for (bound, weight) in zip(bounds, weights) {
      sum += weight * erfc((bound - effect) / 2.0.squareRoot()) / 2
    }
    return min(1, sum)
  }

  /// The effect that is found with the wanted power.
  public var wantedEffect: Double {
    var (low, high) = (0.0, (bounds.last ?? 0) + 8)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if power(effect: middle) < Self.wanted { low = middle } else { high = middle }
    }
    return high
  }

  /// The least number of controls with which a statistic of this size reaches the level, p times
  /// `comparisons`; nil if `controlsMax` do not do.
  public static func controlsDeciding(
    z: Double, comparisons: Int, level: Double = ContrastResult.level
  ) -> Int? {
    (1...controlsMax).first { controls in
      StudentT.upperTail(z, degrees: controls) * Double(comparisons) <= level
    }
  }

  // MARK: Laws

  private typealias Law = [(value: Double, weight: Double)]

  /// t with P(T ≥ t) = `tail`; nil where the series of the tail has no digits left.
  private static func studentQuantile(_ tail: Double, degrees: Int) -> Double? {
    guard tail > 1e-14, tail < 0.5 else { return nil }
    var (low, high) = (0.0, 1.0)
    while StudentT.upperTail(high, degrees: degrees) > tail { high *= 2 }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if StudentT.upperTail(middle, degrees: degrees) > tail { low = middle } else { high = middle }
    }
    return high
  }

  /// S/σ, the root of a chi-square over its degrees of freedom.
  private static func spread(_ controls: Int) -> Law {
    let n = Double(controls)
    let (low, high) = (max(0, 1 - 6 / (2 * n).squareRoot()), 1 + 7 / (2 * n).squareRoot())
    let count = 192
    let step = (high - low) / Double(count)
    var law: Law = (0..<count).map { index in
      let value = low + (Double(index) + 0.5) * step
      return (value, exp((n - 1) * log(value) - n * (value * value - 1) / 2))
    }
    let total = law.reduce(0) { $0 + $1.weight }
    for index in law.indices { law[index].weight /= total }
    return law
  }

  /// The product of two independent variables, on an even lattice that keeps its mean.
  private static func product(_ a: Law, _ b: Law) -> ([Double], [Double]) {
    let (low, high) = (
      (a.first?.value ?? 0) * (b.map(\.value).min() ?? 0),
      (a.last?.value ?? 0) * (b.map(\.value).max() ?? 0)
    )
    let count = 1024
    let step = (high - low) / Double(count - 1)
    var weights = [Double](repeating: 0, count: count)
    for x in a {
      for y in b {
        let place = (x.value * y.value - low) / step
        let index = min(count - 2, max(0, Int(place)))
        let share = place - Double(index)
        weights[index] += x.weight * y.weight * (1 - share)
        weights[index + 1] += x.weight * y.weight * share
      }
    }
    return (weights.indices.map { low + Double($0) * step }, weights)
  }
}

/// The law of max(k, M): M is the largest of n controls in units of their root mean square.
///
/// With y = n/M² as the sum of squares in units of the largest one's square, P(M ≤ √(n/y)) is the
/// ratio of two n-fold convolutions at y: that of y^−½, halved above 1 since a control beyond the
/// largest can only be negative, and that of y^−½ itself. Any spherical law would do; this one
/// needs no exponential. Both are taken on one lattice, so that what it rounds cancels.
private struct LargestControl {
  let law: [(value: Double, weight: Double)]

  private static let cellsPerUnit = 32

  /// - Parameter least: k.
  init(controls: Int, above least: Double) {
    let n = Double(controls)
    let cells = Int((n / (least * least) * Double(Self.cellsPerUnit)).rounded())
    guard cells > Self.cellsPerUnit else {  // max(k, M) = k: M is at most √n
      law = [(least, 1)]
      return
    }
    let width = 1 / Double(Self.cellsPerUnit)
    let plain = Self.lattice(cells, controls: controls) { _ in 1 }
    let halved = Self.lattice(cells, controls: controls) { $0 < Self.cellsPerUnit ? 1 : 0.5 }
    let (below, all) = (Self.power(halved, controls), Self.power(plain, controls))
    let shares = all.indices.map { index in
      index > Self.cellsPerUnit && all[index] > 1e-290 ? min(1, below[index] / all[index]) : 1
    }
    var law = [(value: least, weight: shares[cells])]
    for index in Self.cellsPerUnit..<cells where shares[index] > shares[index + 1] {
      law.append(
        ((n / ((Double(index) + 0.5) * width)).squareRoot(), shares[index] - shares[index + 1]))
    }
    self.law = law
  }

  /// The density y^−½, times a factor for each cell, as masses on the lattice's points: each cell
  /// gives to both of its ends so that mass and mean stay. Scaled so that the n-fold convolution
  /// is about 1 at the lattice's end.
  private static func lattice(
    _ cells: Int, controls: Int, _ factor: (Int) -> Double
  ) -> [Double] {
    let (n, end) = (Double(controls), Double(cells))
    let logEnd = n * lgamma(0.5) - lgamma(n / 2) + (n / 2 - 1) * log(end)
    let scale = exp(-logEnd / n)
    var masses = [Double](repeating: 0, count: cells + 1)
    for cell in 0..<cells {
      let (a, b) = (Double(cell), Double(cell + 1))
      let mass = 2 * (b.squareRoot() - a.squareRoot())
      let moment = 2 / 3 * (b * b.squareRoot() - a * a.squareRoot())
      let right = moment - a * mass
      masses[cell] += factor(cell) * (mass - right) * scale
      masses[cell + 1] += factor(cell) * right * scale
    }
    return masses
  }

  /// The convolution of `count` equal masses, by squaring.
  private static func power(_ masses: [Double], _ count: Int) -> [Double] {
    var (result, square, rest) = ([Double]?.none, masses, count)
    while true {
      if rest & 1 == 1 { result = result.map { convolved($0, square) } ?? square }
      rest >>= 1
      guard rest > 0 else { return result ?? masses }
      square = convolved(square, square)
    }
  }

  private static func convolved(_ a: [Double], _ b: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: a.count)
    for (index, value) in a.enumerated() where value != 0 {
      for other in 0..<(a.count - index) { sums[index + other] += value * b[other] }
    }
    return sums
  }
}
