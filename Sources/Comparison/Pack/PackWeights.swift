// weights.json: the counts behind the weight verdicts, and what follows from them block by block.
//
//   {"comparisons":[null | {"families":[…],          counts (PositionalEvidence+Record.swift)
//                           "reference_layers":[l],"suspect_layers":[l],
//                           "blinding_key":[bundle,bundle],
//                           "control_shares":[x],"related_controls":[id],
//                           "activations":null|{"share":x,"control_shares":[x]},
//                           "log10_e_value":x|null,
//                           "bits":[…],            equal bits (PackWeights+Bits.swift)
//                           "curves":[{"features","log10_e_value","blocks":[…]}]}],
//    "level_log10_e":x}                             "related" from here, adjusted for the call
//
// A block of a curve: the reference layer, the suspect layer that fits best, how many units of how
// many coincide, log10 of the bound on that under independence (1/k!, or C(r,k)/k! for a run), the
// block's log10 e-value, and the wealth: log10 of the e-value of all blocks up to it.

import Base
import Evidence

struct PackWeights: Equatable, Sendable {
  /// In the order of the comparisons.
  var records: [WeightCounts?]

  var json: JSON {
    [
      "comparisons": .array(records.map { $0.map(\.json) ?? .null }),
      "level_log10_e": JSON(PositionalEvidence.level(comparisons: records.count)),
    ]
  }

  init(records: [WeightCounts?]) { self.records = records }

  init(json: JSON) throws(Problem) {
    guard let list = json["comparisons"]?.array else {
      throw Problem(
        .malformed, "bad_record", place: "/comparisons", reason: "a list of comparisons is wanted")
    }
    records = try list.map { item throws(Problem) in
      item.isNull ? nil : try WeightCounts(json: item)
    }
  }
}

extension WeightCounts {
  var json: JSON {
    [
      "families": evidence.record,
      "reference_layers": .array(referenceLayers.map { JSON($0) }),
      "suspect_layers": .array(suspectLayers.map { JSON($0) }),
      "blinding_key": JSON(key), "control_shares": .array(controlShares.map { JSON($0) }),
      "related_controls": JSON(relatedControls), "bits": .array(bits.map(\.json)),
      "activations": activations.map {
        ["share": JSON($0.share), "control_shares": .array($0.controlShares.map { JSON($0) })]
      } ?? .null,
      "log10_e_value": evidence.log10E.map { JSON($0) } ?? .null,
      "curves": .array(
        evidence.tested.map { family in
          [
            "features": .string(family.name), "log10_e_value": JSON(family.log10E),
            "blocks": .array(family.matches.indices.map { block(family, $0) }),
          ]
        }),
    ]
  }

  /// One step of a curve.
  private func block(_ family: FeatureFamily, _ row: Int) -> JSON {
    let isOfLayers = family.matches.count == referenceLayers.count
    var object: JSONObject = [
      "layer": isOfLayers ? JSON(referenceLayers[row]) : .null,
      "log10_wealth": JSON(family.first(row + 1).log10E),
    ]
    guard let column = family.bestBlock(of: row), let match = family.matches[row][column] else {
      return .object(object)
    }
    object["suspect_layer"] =
      isOfLayers && column < suspectLayers.count ? JSON(suspectLayers[column]) : .null
    object["log10_e"] = JSON(match.log10E)
    if let count = match.coincidences {
      object["coincidences"] = JSON(count)
      object["units"] = JSON(match.tested)
      object["log10_bound"] = JSON(Coincidence.log10Tail(count))
    } else {
      object["in_order"] = JSON(match.longestRun)
      object["units"] = JSON(match.mutual)
      object["log10_bound"] = JSON(
        Subsequence.log10Tail(count: match.mutual, length: match.longestRun))
    }
    return .object(object)
  }

  init(json: JSON) throws(Problem) {
    evidence = try PositionalEvidence(record: json["families"] ?? .null)
    referenceLayers = try Self.integers(json, "reference_layers")
    suspectLayers = try Self.integers(json, "suspect_layers")
    key = (json["blinding_key"]?.array ?? []).compactMap(\.string)
    controlShares = (json["control_shares"]?.array ?? []).compactMap(\.double)
    relatedControls = (json["related_controls"]?.array ?? []).compactMap(\.string)
    bits = try TensorBits.list(json)
    activations = json["activations"]?["share"]?.double.map { share in
      TwoViewCalibration(
        share: share,
        controls: (json["activations"]?["control_shares"]?.array ?? []).compactMap(\.double))
    }
  }

  private static func integers(_ json: JSON, _ key: String) throws(Problem) -> [Int] {
    let list = json[key]?.array ?? []
    let values = list.compactMap(\.int)
    guard values.count == list.count else {
      throw Problem(
        .malformed, "bad_record", place: "/\(key)", reason: "whole numbers are wanted")
    }
    return values
  }
}
