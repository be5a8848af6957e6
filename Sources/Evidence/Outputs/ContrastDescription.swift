// What stands beside the figures of rung 5: descriptions of the contrast, on which no verdict
// rests. A number that could not be computed is NaN, and null in JSON.

import Base

/// A control in the suspect's place.
public struct ControlContrast: Equatable, Sendable {
  public var id: String
  public var value: Double

  public init(id: String, value: Double) {
    self.id = id
    self.value = value
  }
}

/// The contrast of one pair, described.
public struct ContrastDescription: Equatable, Sendable {
  /// The suspect's contrast.
  public var value: Double
  /// The least p that so many controls can give.
  public var floor: Double
  /// Before Holm's adjustment.
  public var parametricP: Double
  /// Temperature of the suspect against the panel.
  public var beta: Double
  public var positions: Int
  public var documents: Int
  public var controls: [ControlContrast]
  public var plain: PlainSimilarity
  /// The references that were taken together, if they were.
  public var group: [String]
  /// Results in the call that p was adjusted over; nil before that is known.
  public var comparisons: Int?
  public var power: PowerSummary?
  /// What exact distributions said, where the pair was measured again.
  public var confirmation: ConfirmationAnswer?

  public init(
    value: Double, floor: Double, parametricP: Double, beta: Double, positions: Int,
    documents: Int, controls: [ControlContrast], plain: PlainSimilarity, group: [String] = [],
    comparisons: Int? = nil, power: PowerSummary? = nil, confirmation: ConfirmationAnswer? = nil
  ) {
    self.value = value
    self.floor = floor
    self.parametricP = parametricP
    self.beta = beta
    self.positions = positions
    self.documents = documents
    self.controls = controls
    self.plain = plain
    self.group = group
    self.comparisons = comparisons
    self.power = power
    self.confirmation = confirmation
  }
}
