// weights.json: the counts behind the weight verdicts, and what follows from them block by block.
//
//   {"comparisons":[null | {"families":[…],          counts (PositionalEvidence+JSON.swift)
//                           "reference_layers":[l],"suspect_layers":[l],
//                           "blinding_key":[bundle,bundle],
//                           "control_shares":[x],"related_controls":[id],
//                           "activations":null|{"share":x,"control_shares":[x]},
//                           "log10_e_value":x|null,
//                           "bits":[…],            equal bits (TensorBits+JSON.swift)
//                           "curves":[{"features","log10_e_value","blocks":[…]}]}],
//    "level_log10_e":x}                             "related" from here, adjusted for the call
//
// A block of a curve: the reference layer, the suspect layer that fits best, how many units of how
// many coincide, log10 of the bound on that under independence (1/k!, or C(r,k)/k! for a run), the
// block's log10 e-value, and the wealth: log10 of the e-value of all blocks up to it. Only counts
// are read; curves and e-values follow from them, which writing again shows.

import Base
import Evidence

extension PackWeights {
  var json: JSON {
    [
      "comparisons": .array(records.map { $0.map(\.json) ?? .null }),
      "level_log10_e": JSON(level),
    ]
  }

  init(json: JSON, at place: String = "") throws(Problem) {
    let reader = try AnswerReader(json, at: place)
    guard reader.member("comparisons") != nil else {
      throw reader.malformed("comparisons", "a list of comparisons is wanted")
    }
    self.init(
      records: try reader.optionalObjects("comparisons").map { item throws(Problem) in
        try item.map { item throws(Problem) in try WeightCounts(item) }
      })
  }
}

extension WeightCounts {
  fileprivate var json: JSON {
    [
      "families": evidence.record,
      "reference_layers": .array(referenceLayers.map { JSON($0) }),
      "suspect_layers": .array(suspectLayers.map { JSON($0) }),
      "blinding_key": JSON(key.map(\.tagged)),
      "control_shares": .array(controlShares.map { JSON($0) }),
      "related_controls": JSON(relatedControls), "bits": .array(bits.map(\.json)),
      "activations": activations.map {
        ["share": JSON($0.share), "control_shares": .array($0.controlShares.map { JSON($0) })]
      } ?? .null,
      "log10_e_value": evidence.log10E.map { JSON($0) } ?? .null,
      "curves": .array(curves.map(\.json)),
    ]
  }

  fileprivate init(_ reader: AnswerReader) throws(Problem) {
    guard reader.member("bits")?.array?.count ?? 0 <= TensorBits.tensorsMax else {
      throw reader.malformed("bits", "at most \(TensorBits.tensorsMax) tensors are wanted")
    }
    self.init(
      evidence: try PositionalEvidence(record: reader.member("families") ?? .null),
      referenceLayers: try reader.wholes("reference_layers"),
      suspectLayers: try reader.wholes("suspect_layers"),
      key: try reader.values("blinding_key", "digests are wanted") {
        $0.string.flatMap(Digest.init(tagged:))
      },
      controlShares: try reader.numbers("control_shares"),
      relatedControls: try reader.texts("related_controls"),
      activations: try reader.object("activations").map { item throws(Problem) in
        TwoViewCalibration(
          share: try item.needed("share", item.number("share")),
          controls: try item.numbers("control_shares"))
      },
      bits: try reader.objects("bits").map { item throws(Problem) in try TensorBits(item) })
  }
}

extension CoincidenceCurve {
  fileprivate var json: JSON {
    [
      "features": .string(features), "log10_e_value": JSON(log10E),
      "blocks": .array(blocks.map(\.json)),
    ]
  }
}

extension CoincidenceCurve.Block {
  fileprivate var json: JSON {
    var object: JSONObject = [
      "layer": layer.map { JSON($0) } ?? .null, "log10_wealth": JSON(log10Wealth),
    ]
    guard let match else { return .object(object) }
    object["suspect_layer"] = match.suspectLayer.map { JSON($0) } ?? .null
    object["log10_e"] = JSON(match.log10E)
    switch match.count {
    case .coincidences(let count): object["coincidences"] = JSON(count)
    case .inOrder(let count): object["in_order"] = JSON(count)
    }
    object["units"] = JSON(match.units)
    object["log10_bound"] = JSON(match.log10Bound)
    return .object(object)
  }
}
