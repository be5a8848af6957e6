// What the output test of one comparison could have seen: the table of an answer, and the points
// from which a figure is drawn. Effects are in units of the controls' spread.

import Base

/// The table that stands in an answer.
public struct PowerSummary: Equatable, Sendable {
  /// The effect that is found with a power of 0.8, with so many controls.
  public struct Found: Equatable, Sendable {
    public var controls: Int
    public var effect: Double

    public init(controls: Int, effect: Double) {
      self.controls = controls
      self.effect = effect
    }
  }

  /// What p is multiplied by.
  public var comparisons: Int
  /// The suspect's own; nil if the controls do not vary.
  public var effect: Double?
  public var found: [Found]

  public init(comparisons: Int, effect: Double?, found: [Found]) {
    self.comparisons = comparisons
    self.effect = effect
    self.found = found
  }
}

/// Curves as points: how often a true effect of so much is found.
public struct PowerPoints: Equatable, Sendable {
  /// A power for each effect.
  public struct Curve: Equatable, Sendable {
    public var controls: Int
    public var powers: [Double]

    public init(controls: Int, powers: [Double]) {
      self.controls = controls
      self.powers = powers
    }
  }

  /// What p is multiplied by.
  public var comparisons: Int
  public var effects: [Double]
  public var curves: [Curve]

  public init(comparisons: Int, effects: [Double], curves: [Curve]) {
    self.comparisons = comparisons
    self.effects = effects
    self.curves = curves
  }
}
