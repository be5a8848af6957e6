// What the output test could have seen: the effects that it finds with a power of 0.8, with the
// controls of a comparison and with other numbers of them. A reader of `inconclusive` sees whether
// more controls would decide, a reader of `no-evidence` what could have hidden.
//
// Effects are in units of the controls' spread. The suspect's own is its contrast over their root
// mean square: an estimate, with an error of about one unit.

import Base

/// Power curves for one comparison.
public struct PowerTable: Equatable, Sendable {
  /// Sizes of panels that every comparison is shown for.
  public static let panels = [8, 16, 32, 64]

  public let comparisons: Int
  /// In the order of their controls.
  public let curves: [PowerCurve]

  /// - Parameters:
  ///   - controls: those of the comparison; more than `PowerCurve.controlsMax` get no curve.
  ///   - comparisons: what p is multiplied by.
  public init(controls: Int, comparisons: Int) {
    self.comparisons = comparisons
    curves = Set(Self.panels + [controls]).sorted().compactMap {
      PowerCurve(controls: $0, comparisons: comparisons)
    }
  }

  /// The table that stands in an answer.
  /// - Parameter test: the comparison's own.
  public func summary(_ test: ControlTest) -> PowerSummary {
    PowerSummary(
      comparisons: comparisons, effect: test.effect.map { Self.rounded($0, 1000) },
      found: curves.map { curve in
        PowerSummary.Found(
          controls: curve.controls, effect: Self.rounded(curve.wantedEffect, 1000))
      })
  }

  /// The curves as points, at even distances from no effect to the largest that is of interest.
  /// - Parameter effect: the suspect's own, which the points reach.
  public func points(effect: Double?) -> PowerPoints {
    let interest = (curves.map(\.wantedEffect) + [effect ?? 0]).filter(\.isFinite).max() ?? 0
    let last = min(100, (interest + 2).rounded(.up))
    let effects = (0...Self.pointsCount).map { last * Double($0) / Double(Self.pointsCount) }
    return PowerPoints(
      comparisons: comparisons, effects: effects,
      curves: curves.map { curve in
        PowerPoints.Curve(
          controls: curve.controls,
          powers: effects.map { Self.rounded(curve.power(effect: $0), 10_000) })
      })
  }

  private static let pointsCount = 60

  private static func rounded(_ value: Double, _ parts: Double) -> Double {
    (value * parts).rounded() / parts
  }
}

extension ControlTest {
  /// The suspect's value in units of the controls' spread; nil if they do not vary.
  public var effect: Double? {
    z.map { $0 * (1 + 1 / Double(max(1, controls.count))).squareRoot() }
  }
}
