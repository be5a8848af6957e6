// Two views of one unit: evidence when positions were scrambled, calibrated on controls.
//
// Against an adversary who permutes, rotates and rescales, nothing positional is left. What stays:
// two views of one unit still belong together. T counts reference units whose best match by the
// gate view is their best match by the joined up and down views, projected on the shared
// vocabulary so that rotations of the residual stream cancel.
//
// T has no exact null: within a unit the views of unrelated models correlate too (mean T of 17 in
// 256 was measured where 1/T! would have claimed 1e-15). So T is compared with controls, models
// known to be unrelated to the reference, each standing in the suspect's place:
//     p = (1 + #{controls >= T}) / (n + 1), never exact.
// A rank among few controls is weak, so a margin is asked for as well; its numbers were fixed
// before any suspect was seen.

import Base

/// How a scrambled suspect's agreement stands against controls.
public struct TwoViewCalibration: Equatable, Sendable {
  /// Controls that a verdict needs.
  public static let controlsMin = 8
  /// The suspect must exceed the largest control by this factor …
  public static let factor = 1.5
  /// … and reach this share of the reference's units, however small the controls' shares are.
  public static let shareMin = 0.25

  /// Share of the reference's tested units, T / tested, summed over its layers.
  public let share: Double
  public let controlShares: [Double]

  public init(share: Double, controls: [Double]) {
    self.share = share
    self.controlShares = controls
  }

  public var largestControl: Double { controlShares.max() ?? 0 }

  /// Conformal over models: the suspect's rank among the controls.
  public var p: TailBound {
    let above = controlShares.filter { $0 >= share }.count
    return TailBound(Double(1 + above) / Double(controlShares.count + 1), isExact: false)
  }

  public var hasEnoughControls: Bool { controlShares.count >= Self.controlsMin }

  /// Whether the share is far above what unrelated models reach, were there enough of them.
  public var isStriking: Bool {
    share >= Self.shareMin && share > Self.factor * largestControl
  }

  /// Enough controls, none of them near.
  public var isPositive: Bool { hasEnoughControls && isStriking }

  public var json: JSON {
    [
      "share": .number(JSONNumber(share)),
      "controls": .number(JSONNumber(controlShares.count)),
      "largest_control": .number(JSONNumber(largestControl)),
      "p_value": .number(JSONNumber(p.value)),
      "factor": .number(JSONNumber(Self.factor)),
      "share_min": .number(JSONNumber(Self.shareMin)),
    ]
  }
}
