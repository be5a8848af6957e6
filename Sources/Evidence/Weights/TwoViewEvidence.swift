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
//
// A new vocabulary, or long training behind a change of basis, hides units from that test. What a
// unit computes on a text changes more slowly: the same count is taken with gate and up values on
// common text as the two views (facts/zoo-figures.md section 1: all of 192 units for every
// descendant there, at most 11 for others). An embedding that was started from noise hides it too.
// It is asked second, where the first said nothing, so its p is doubled: the chance that either
// names a stranger is then at most the p that is printed.

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

/// Both two-view tests of one pair, in the fixed order in which they are asked.
public struct TwoViewEvidence: Equatable, Sendable {
  /// Units seen on shared tokens; nil if the models share too few.
  public var onVocabulary: TwoViewCalibration?
  /// Units seen through their activations; nil if they were not looked at.
  public var onActivations: TwoViewCalibration?

  public init(
    onVocabulary: TwoViewCalibration? = nil, onActivations: TwoViewCalibration? = nil
  ) {
    self.onVocabulary = onVocabulary
    self.onActivations = onActivations
  }

  /// The test that decided, with its p for the order of asking.
  public var positive: (calibration: TwoViewCalibration, p: TailBound)? {
    if let first = onVocabulary, first.isPositive { return (first, first.p) }
    if let second = onActivations, second.isPositive { return (second, second.p.adjusted(for: 2)) }
    return nil
  }

  /// A share far above the controls, of which there are too few.
  public var uncalibrated: TwoViewCalibration? {
    [onVocabulary, onActivations].compactMap { $0 }
      .first { $0.isStriking && !$0.hasEnoughControls }
  }

  /// Whether a change of basis and of vocabulary together would have gone unseen: units were
  /// compared in place, and neither shared tokens nor activations were at hand.
  public func lacksAnchor(_ evidence: PositionalEvidence) -> Bool {
    onVocabulary == nil && onActivations?.hasEnoughControls != true
      && evidence.units.isTested && !evidence.coordinates.isTested
  }

  /// What follows where the exact tests do not decide.
  public func verdict(_ evidence: PositionalEvidence) -> WeightVerdict {
    if positive != nil { return .related }
    return uncalibrated != nil || lacksAnchor(evidence) ? .inconclusive : .noEvidence
  }
}
