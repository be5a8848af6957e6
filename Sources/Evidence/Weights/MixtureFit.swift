// Is the suspect a mixture of two references?
//
// Per tensor, least squares S = a X + b Y from inner products alone. A linear merge has one (a, b)
// for all tensors; a spherical one (SLERP) has one t, with a = sin((1-t)θ)/sin θ and
// b = sin(tθ)/sin θ for the angle θ between the parents. Tools fall back to linear mixing where the
// parents are nearly parallel (|cos θ| > 0.9995), so those tensors do not decide on t.

import Base
import Glibc

/// Inner products of one tensor of the suspect and of two references.
public struct MixtureProducts: Equatable, Sendable {
  public var xx: Double
  public var yy: Double
  public var xy: Double
  public var sx: Double
  public var sy: Double
  public var ss: Double

  public init(xx: Double, yy: Double, xy: Double, sx: Double, sy: Double, ss: Double) {
    self.xx = xx
    self.yy = yy
    self.xy = xy
    self.sx = sx
    self.sy = sy
    self.ss = ss
  }

  var cosine: Double { xy / (xx * yy).squareRoot() }

  /// Coefficients and relative residual; nil if the parents are too parallel to tell apart.
  func fit() -> (a: Double, b: Double, residual: Double)? {
    let determinant = xx * yy - xy * xy
    guard ss > 0, xx > 0, yy > 0, determinant > 1e-10 * xx * yy else { return nil }
    let a = (sx * yy - sy * xy) / determinant
    let b = (sy * xx - sx * xy) / determinant
    // ‖S − aX − bY‖² would cancel in ss − a·sx − b·sy; good to about 1e-8 of ss, far below floors.
    let rest = ss - a * sx - b * sy
    return (a, b, (max(0, rest) / ss).squareRoot())
  }
}

extension MixtureProducts {
  /// What the best mixture leaves, relative to the suspect; nil if the parents are too parallel.
  public var leastResidual: Double? { fit()?.residual }
}

/// A merge of two references that explains the suspect.
public struct MixtureFit: Equatable, Sendable {
  public enum Kind: String, Sendable { case linear, slerp }

  public var kind: Kind
  /// Share of the second parent: b for linear, t for SLERP.
  public var share: Double
  /// Largest deviation of a tensor's share from the mean one.
  public var spread: Double
  public var residual: Double
  public var tensors: Int

  /// Shares nearer to an end than this are one parent, not a merge.
  static let shareMin = 0.02
  static let spreadMax = 0.01
  static let tensorsMin = 3

  /// - Parameter floor: relative rounding error of the suspect's storage.
  public init?(_ tensors: [MixtureProducts], floor: Double) {
    let fits = tensors.compactMap { tensor in tensor.fit().map { (tensor, $0) } }
    guard fits.count >= Self.tensorsMin, fits.count * 2 >= tensors.count else { return nil }
    residual = fits.map(\.1.residual).max() ?? .infinity
    guard residual <= max(2 * floor, 1e-6) else { return nil }
    self.tensors = fits.count
    let linear = fits.map(\.1.b)
    let isLinear =
      Self.spread(linear) <= Self.spreadMax
      && fits.allSatisfy { abs($0.1.a + $0.1.b - 1) <= Self.spreadMax }
    let curved = fits.filter { abs($0.0.cosine) <= 0.9995 }.map { Self.t($0.1.a, $0.1.b, $0.0) }
    if isLinear {
      kind = .linear
      share = Self.mean(linear)
      spread = Self.spread(linear)
    } else if curved.count >= Self.tensorsMin, Self.spread(curved) <= Self.spreadMax {
      kind = .slerp
      share = Self.mean(curved)
      spread = Self.spread(curved)
    } else {
      return nil
    }
    guard share > Self.shareMin, share < 1 - Self.shareMin else { return nil }
  }

  /// Solves sin(tθ)/sin((1−t)θ) = b/a.
  private static func t(_ a: Double, _ b: Double, _ tensor: MixtureProducts) -> Double {
    let angle = acos(max(-1, min(1, tensor.cosine)))
    return atan2(b * sin(angle), a + b * cos(angle)) / angle
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }

  private static func spread(_ values: [Double]) -> Double {
    let middle = mean(values)
    return values.map { abs($0 - middle) }.max() ?? .infinity
  }

  /// What is told of it.
  public var fit: MergeFit {
    .mixture(kind: kind, share: share, spread: spread, residual: residual, tensors: tensors)
  }
}
