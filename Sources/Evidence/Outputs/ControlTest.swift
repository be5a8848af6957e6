// How unusual the suspect is among the controls. The unit is the model, never the position.
//
// Conformal: p = (1 + #{controls at or above the suspect}) / (n + 1); under exchangeability of
// suspect and controls it is valid whatever the distribution, and cannot be below 1/(n+1).
// Parametric: z = D(s) / (RMS of the controls' D · √(1 + 1/n)), mean zero by the symmetry of
// reference and rival, against Student's t with n degrees of freedom (facts/detection.md B2).

import Glibc

/// The suspect's value against the controls' values.
public struct ControlTest: Equatable, Sendable {
  public let value: Double
  public let controls: [Double]
  /// Nil if the controls do not vary.
  public let z: Double?
  public let conformalP: Double
  public let parametricP: Double

  public init(value: Double, controls: [Double]) {
    self.value = value
    self.controls = controls
    let n = Double(controls.count)
    let atOrAbove = controls.count { $0 >= value }
    conformalP = (1 + Double(atOrAbove)) / (n + 1)
    let square = controls.reduce(0) { $0 + $1 * $1 } / max(1, n)
    if square > 0, value.isFinite {
      let z = value / (square * (1 + 1 / n)).squareRoot()
      self.z = z
      parametricP = StudentT.upperTail(z, degrees: controls.count)
    } else {
      z = nil
      parametricP = 1
    }
  }

  /// The smallest p that so many controls can give.
  public var floor: Double { 1 / Double(controls.count + 1) }

  /// The suspect exceeds every control.
  public var isAtFloor: Bool { conformalP <= floor * (1 + 1e-9) }

  /// Each control against the others, as if it were the suspect: Holm-adjusted p-values.
  public var leaveOneOut: [Double] {
    Holm.adjusted(
      controls.indices.map { index in
        var others = controls
        let value = others.remove(at: index)
        return ControlTest(value: value, controls: others).parametricP
      })
  }
}

/// Student's t with a whole number of degrees of freedom.
public enum StudentT {
  /// P(T ≥ t): the finite series of Abramowitz and Stegun 26.7.3 and 26.7.4.
  public static func upperTail(_ t: Double, degrees: Int) -> Double {
    guard degrees > 0, t.isFinite else { return t == .infinity ? 0 : 1 }
    let n = Double(degrees)
    let angle = atan(abs(t) / n.squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    let within: Double  // P(|T| ≤ |t|)
    if degrees % 2 == 1 {
      var (term, sum) = (cosine, degrees > 1 ? cosine : 0)
      for k in stride(from: 3, to: degrees, by: 2) {
        term *= cosine * cosine * Double(k - 1) / Double(k)
        sum += term
      }
      within = 2 / Double.pi * (angle + sine * sum)
    } else {
      var (term, sum) = (1.0, 1.0)
      for k in stride(from: 2, to: degrees, by: 2) {
        term *= cosine * cosine * Double(k - 1) / Double(k)
        sum += term
      }
      within = sine * sum
    }
    let tail = max((1 - within) / 2, 1e-16)  // below, the series has no digits left
    return t >= 0 ? tail : 1 - tail
  }
}

/// Holm's step-down adjustment (S. Holm, Scand. J. Statist. 6, 1979).
public enum Holm {
  /// Adjusted p-values in the order given.
  public static func adjusted(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var adjusted = values
    var largest = 0.0
    for (rank, index) in order.enumerated() {
      largest = max(largest, min(1, values[index] * Double(values.count - rank)))
      adjusted[index] = largest
    }
    return adjusted
  }
}
