// Everything positional about one pair, put together without choosing the best of anything.
//
// Families of features (units raw, units projected on the vocabulary, residual coordinates) give an
// e-value each: blocks of the suspect are averaged, blocks of the reference multiplied. The
// families' e-values are averaged over those that could be tested, which shapes alone decide. The
// mean is an e-value again, and p <= 1/E.

import Base
import Glibc

/// One family of features: matches of each reference block with each suspect block.
public struct FeatureFamily: Equatable, Sendable {
  public var name: String
  /// `matches[r][s]`; nil where a pair of blocks could not be tested.
  public var matches: [[BlockMatch?]]

  public init(_ name: String, matches: [[BlockMatch?]]) {
    self.name = name
    self.matches = matches
  }

  public var isTested: Bool { matches.contains { $0.contains { $0 != nil } } }

  /// log10 of the family's e-value.
  public var log10E: Double {
    Coincidence.log10Product(matches.map { $0.compactMap { $0?.log10E } })
  }

  /// The suspect block that fits a reference block best, if the fit stands out: an e-value of a
  /// hundred by itself.
  public func partner(of reference: Int) -> Int? {
    let values = matches[reference].enumerated().compactMap { index, match in
      match.map { (index, $0.log10E) }
    }
    guard let best = values.max(by: { ($0.1, -$0.0) < ($1.1, -$1.0) }), best.1 >= 2 else {
      return nil
    }
    return best.0
  }

  /// T summed over reference blocks (best suspect block each) over the units tested.
  public var agreementShare: Double? {
    var agreed = 0
    var tested = 0
    for row in matches {
      let known = row.compactMap { $0 }.filter { $0.agreements != nil }
      guard let best = known.max(by: { ($0.agreements ?? 0) < ($1.agreements ?? 0) }) else {
        continue
      }
      agreed += best.agreements ?? 0
      tested += best.tested
    }
    return tested > 0 ? Double(agreed) / Double(tested) : nil
  }

  /// Units tested and best counts, a block at a time.
  public var json: JSON {
    let rows = matches.map { row -> JSON in
      let known = row.enumerated().compactMap { index, match in match.map { (index, $0) } }
      guard let best = known.max(by: { ($0.1.log10E, -$0.0) < ($1.1.log10E, -$1.0) }) else {
        return .null
      }
      var object: JSONObject = [
        "suspect_block": JSON(best.0), "tested": JSON(best.1.tested),
        "log10_e": JSON(best.1.log10E),
      ]
      if let count = best.1.coincidences {
        object["coincidences"] = JSON(count)
      } else {
        object["mutual"] = JSON(best.1.mutual)
        object["in_order"] = JSON(best.1.longestRun)
      }
      return .object(object)
    }
    return [
      "features": .string(name), "log10_e_value": JSON(log10E), "reference_blocks": .array(rows),
    ]
  }
}

/// All families of one pair.
public struct PositionalEvidence: Equatable, Sendable {
  /// log10 E at which weights are called related, after dividing by the comparisons of the call.
  public static let decisionLog10E = 6.0

  public var units: FeatureFamily
  public var projectedUnits: FeatureFamily
  public var coordinates: FeatureFamily

  public init(units: FeatureFamily, projectedUnits: FeatureFamily, coordinates: FeatureFamily) {
    self.units = units
    self.projectedUnits = projectedUnits
    self.coordinates = coordinates
  }

  public var families: [FeatureFamily] { [units, projectedUnits, coordinates] }
  public var tested: [FeatureFamily] { families.filter(\.isTested) }

  /// log10 of the mean e-value; nil if nothing could be tested.
  public var log10E: Double? { Coincidence.log10Mean(tested.map(\.log10E)) }

  /// p <= 1/E.
  public var p: TailBound? { log10E.map { TailBound(log10: -$0, isExact: true) } }

  public func isDecisive(comparisons: Int) -> Bool {
    guard let log10E else { return false }
    return log10E - log10(Double(max(1, comparisons))) >= Self.decisionLog10E
  }

  public var json: JSON { .array(tested.map(\.json)) }
}
