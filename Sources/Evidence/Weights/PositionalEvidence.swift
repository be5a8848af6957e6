// Everything positional about one pair, put together without choosing the best of anything.
//
// Families of features (MLP units raw and projected on the vocabulary, residual coordinates, and
// what else an architecture leaves exchangeable: heads, key groups, coordinates inside a head,
// experts) give an e-value each. They are averaged over those that could be tested, which shapes
// alone decide. The mean is an e-value again, and p <= 1/E.

import Base
import Glibc

/// All families of one pair.
public struct PositionalEvidence: Equatable, Sendable {
  /// log10 E at which weights are called related, after dividing by the comparisons of the call.
  public static let decisionLog10E = 6.0
  /// How the rung is named.
  public static let test = "positional coincidences"

  public var units: FeatureFamily
  public var projectedUnits: FeatureFamily
  public var coordinates: FeatureFamily
  /// Index sets of attention and of experts.
  public var further: [FeatureFamily]

  public init(
    units: FeatureFamily, projectedUnits: FeatureFamily, coordinates: FeatureFamily,
    further: [FeatureFamily] = []
  ) {
    self.units = units
    self.projectedUnits = projectedUnits
    self.coordinates = coordinates
    self.further = further
  }

  public var families: [FeatureFamily] { [units, projectedUnits, coordinates] + further }
  public var tested: [FeatureFamily] { families.filter(\.isTested) }

  /// log10 of the mean e-value; nil if nothing could be tested.
  public var log10E: Double? { Coincidence.log10Mean(tested.map(\.log10E)) }

  /// p <= 1/E.
  public var p: TailBound? { log10E.map { TailBound(log10: -$0, isExact: true) } }

  public func isDecisive(comparisons: Int) -> Bool {
    guard let log10E else { return false }
    return log10E - log10(Double(max(1, comparisons))) >= Self.decisionLog10E
  }
}
