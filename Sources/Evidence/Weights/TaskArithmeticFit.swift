// Was the suspect put together from differences of fine-tunes to a common base?
//
// Task arithmetic (Ilharco et al. 2212.04089): S = B + a X' + c Y' with X' = X − B, Y' = Y − B and
// one pair of coefficients for all tensors; least squares from inner products alone.
// TIES (Yadav et al. 2306.01708) keeps the largest entries of each difference and, where two are
// left, takes those of the elected sign or their mean; DARE (Yu et al. 2311.03099) drops entries at
// random and scales up the rest. Both leave each entry of S − B at one of four values:
//     0,   a x,   c y,   and (a x + c y) / 2 for TIES or a x + c y for DARE,
// and most at 0, exactly: that is what tells them from anything trained. The scales a and c are the
// modes of (S − B) / x and (S − B) / y.

import Base
import Glibc

/// Inner products of one tensor, as differences to a base.
public struct TaskProducts: Equatable, Sendable {
  /// Of the suspect's difference d and the parents' x, y.
  public var dd: Double
  public var dx: Double
  public var dy: Double
  public var xx: Double
  public var yy: Double
  public var xy: Double
  /// ‖S‖².
  public var ss: Double

  public init(
    dd: Double, dx: Double, dy: Double, xx: Double, yy: Double, xy: Double, ss: Double
  ) {
    self.dd = dd
    self.dx = dx
    self.dy = dy
    self.xx = xx
    self.yy = yy
    self.xy = xy
    self.ss = ss
  }

  /// Coefficients and what they leave of ‖d‖²; nil if the parents' differences are parallel.
  func fit() -> (a: Double, c: Double, rest: Double)? {
    let determinant = xx * yy - xy * xy
    guard dd > 0, xx > 0, yy > 0, determinant > 1e-4 * xx * yy else { return nil }
    let a = (dx * yy - dy * xy) / determinant
    let c = (dy * xx - dx * xy) / determinant
    return (a, c, max(0, dd - a * dx - c * dy))
  }
}

extension TaskProducts {
  /// Share of ‖d‖² that the best sum of the two explains; nil if they are parallel.
  public var explained: Double? { fit().map { 1 - $0.rest / dd } }
}

/// A sum of two task vectors on a base.
public struct TaskArithmeticFit: Equatable, Sendable {
  public var first: Double
  public var second: Double
  /// Largest deviation of a tensor's coefficients from these.
  public var spread: Double
  /// Largest ‖S − fit‖ / ‖S‖ of a tensor.
  public var residual: Double
  /// Share of ‖S − B‖² that is explained.
  public var explained: Double
  public var tensors: Int

  /// Coefficients below this are no part of a merge.
  public static let coefficientMin = 0.02
  static let spreadMax = 0.03
  public static let explainedMin = 0.99
  static let tensorsMin = 3

  /// Nil if it does not explain the suspect with one pair of coefficients.
  /// - Parameter floor: relative rounding error of the suspect's storage.
  public init?(_ products: [TaskProducts], floor: Double) {
    let fits = products.compactMap { tensor in tensor.fit().map { (tensor, $0) } }
    guard fits.count >= Self.tensorsMin, fits.count * 2 >= products.count else { return nil }
    tensors = fits.count
    let middle = { (values: [Double]) in values.sorted()[values.count / 2] }
    let (a, c) = (middle(fits.map(\.1.a)), middle(fits.map(\.1.c)))
    first = a
    second = c
    spread = fits.map { max(abs($0.1.a - a), abs($0.1.c - c)) }.max() ?? .infinity
    residual = fits.map { ($0.1.rest / $0.0.ss).squareRoot() }.max() ?? .infinity
    let whole = fits.reduce(0.0) { $0 + $1.0.dd }
    explained = 1 - fits.reduce(0.0) { $0 + $1.1.rest } / whole
    guard spread <= Self.spreadMax, residual <= max(2 * floor, 1e-6),
      explained >= Self.explainedMin, min(abs(a), abs(c)) >= Self.coefficientMin
    else { return nil }
  }

  public var json: JSON {
    [
      "method": "task-arithmetic", "coefficients": [JSON(first), JSON(second)],
      "spread": JSON(spread), "residual": JSON(residual), "explained": JSON(explained),
      "tensors": JSON(tensors),
    ]
  }
}

/// Ratios of one difference to another, entry by entry, and where they gather.
public struct TaskRatios: Sendable {
  private var logarithms: [Float] = []
  private var stride = 1
  private var seen = 0
  private var changed = 0

  /// Ratios kept; after that every other one is let go.
  static let keptMax = 1 << 16
  /// Ratios within this factor are one scale, rounding allowed for.
  static let window = 1.06
  /// Share of the changed entries that must stand at one scale.
  static let shareMin = 0.15

  public init() {}

  /// Adds entries of d = S − B and of a parent's difference; small entries of the parent are left
  /// out, because rounding moves their ratios.
  public mutating func add(_ difference: [Float], parent: [Float]) {
    let size = parent.reduce(0.0) { $0 + Double($1) * Double($1) }
    let edge = Float((size / Double(max(1, parent.count))).squareRoot() * 0.7)
    for (d, x) in zip(difference, parent) where abs(x) >= edge && d != 0 {
      changed += 1
      seen += 1
      guard d / x > 0.02, d / x < 200, seen % stride == 0 else { continue }
      logarithms.append(log(d / x))
      if logarithms.count > Self.keptMax {
        logarithms = logarithms.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        stride *= 2
      }
    }
  }

  /// The scale at which most ratios stand; nil if they do not gather.
  public var mode: Double? {
    let sorted = logarithms.sorted()
    guard sorted.count >= 64 else { return nil }
    let width = Float(log(Self.window))
    var best = (count: 0, from: 0)
    var high = 0
    for low in sorted.indices {
      while high < sorted.count, sorted[high] - sorted[low] <= width { high += 1 }
      if high - low > best.count { best = (high - low, low) }
    }
    guard Double(best.count * stride) >= Self.shareMin * Double(changed) else { return nil }
    return exp(Double(sorted[best.from + best.count / 2]))
  }
}

/// Entries of S − B by the value they stand at.
public struct SparseMergeFit: Equatable, Sendable {
  public enum Method: String, Sendable, CaseIterable { case ties, dare }

  public var scales: [Double]
  private var counts: [Method: [Int]] = [:]
  private var rest: [Method: Double] = [:]
  private var whole = 0.0
  private var rounding = 0.0
  private var total = 0
  /// Sizes of a parent's entries that were kept and that were dropped.
  private var kept = (sum: 0.0, count: 0)
  private var dropped = (sum: 0.0, count: 0)

  /// Entries that a sparse merge leaves at the base, at least.
  public static let untouchedMin = 0.05

  /// - Parameter scales: one or two, of the parents in order.
  public init(scales: [Double]) {
    precondition((1...2).contains(scales.count), "one or two parents")
    self.scales = scales
    for method in Method.allCases {
      counts[method] = [0, 0, 0, 0]
      rest[method] = 0
    }
  }

  public static func == (a: SparseMergeFit, b: SparseMergeFit) -> Bool {
    a.scales == b.scales && a.counts == b.counts && a.rest == b.rest && a.whole == b.whole
  }

  /// Adds entries.
  /// - Parameter roundingVariance: mean squared rounding error of the suspect's entries.
  public mutating func add(
    _ difference: [Float], parents: [[Float]], roundingVariance: Double
  ) {
    precondition(parents.count == scales.count, "a difference for each parent")
    rounding += roundingVariance * Double(difference.count)
    total += difference.count
    for index in difference.indices {
      let d = Double(difference[index])
      let x = scales[0] * Double(parents[0][index])
      let y = scales.count > 1 ? scales[1] * Double(parents[1][index]) : 0
      whole += d * d
      if d == 0 { dropped.sum += abs(x) } else { kept.sum += abs(x) }
      if d == 0 { dropped.count += 1 } else { kept.count += 1 }
      for method in Method.allCases {
        let both = method == .ties ? (x + y) / 2 : x + y
        let options = scales.count > 1 ? [0, x, y, both] : [0, x]
        var best = 0
        for option in options.indices where abs(d - options[option]) < abs(d - options[best]) {
          best = option
        }
        counts[method]?[best] += 1
        rest[method]? += (d - options[best]) * (d - options[best])
      }
    }
  }

  private func explained(_ method: Method) -> Double {
    guard whole > 0 else { return 0 }
    return 1 - max(0, (rest[method] ?? whole) - 2 * rounding) / whole
  }

  private func shares(_ method: Method) -> [Double] {
    (counts[method] ?? []).prefix(scales.count > 1 ? 4 : 2).map {
      Double($0) / Double(max(1, total))
    }
  }

  /// TIES keeps what is large, DARE whatever chance keeps.
  private var keepsLarge: Bool {
    guard kept.count > 0, dropped.count > 0 else { return false }
    return kept.sum / Double(kept.count) > 1.5 * dropped.sum / Double(dropped.count)
  }

  /// The method that explains the suspect, if one does; every parent must have its part.
  public var method: Method? {
    let order: [Method] = keepsLarge ? [.ties, .dare] : [.dare, .ties]
    let best = order.max { explained($0) + 1e-4 < explained($1) } ?? order[0]
    let parts = shares(best)
    guard explained(best) >= TaskArithmeticFit.explainedMin, parts[0] >= Self.untouchedMin,
      parts.dropFirst().prefix(scales.count).allSatisfy({
        $0 >= TaskArithmeticFit.coefficientMin
      })
    else { return nil }
    return scales.count == 1 ? order[0] : best
  }

  /// Method, scales, and the share of entries at each value.
  public var json: JSON {
    let best = method ?? .ties
    return [
      "method": .string(best.rawValue), "coefficients": .array(scales.map { JSON($0) }),
      "explained": JSON(explained(best)), "entries": JSON(total),
      "shares": .array(shares(best).map { JSON($0) }),
    ]
  }
}
