// pack.json:
//
//   {"schema","program","asked":["weights"|"outputs"],"arithmetic","constants":{…},"left_out":[…]}

import Base
import Evidence

extension PackRules {
  static var constants: JSON {
    [
      "outputs": [
        "controls_min": JSON(OutputGates.controlsMin), "clean_level": JSON(OutputGates.cleanLevel),
        "same_tokenizer_min": JSON(OutputGates.sameTokenizerMin),
        "bootstrap_draws": JSON(OutputGates.bootstrapDraws), "half_z": JSON(OutputGates.halfZ),
        "member_z": JSON(PanelRecord.memberZ), "group_level": JSON(PanelRecord.groupLevel),
        "level": JSON(ContrastResult.level), "exact_level": JSON(Confirmation.level),
        "exact_positions_max": JSON(Confirmation.positionsMax),
      ],
      "weights": [
        "decision_log10_e": JSON(PositionalEvidence.decisionLog10E),
        "mixture_bases": .array(Coincidence.mixtureBases.map { JSON($0) }),
        "two_view_controls_min": JSON(TwoViewCalibration.controlsMin),
        "two_view_factor": JSON(TwoViewCalibration.factor),
        "two_view_share_min": JSON(TwoViewCalibration.shareMin),
      ],
    ]
  }

  var json: JSON {
    var object: JSONObject = ["schema": .string(schema), "program": .string(program)]
    if let asked { object["asked"] = JSON(asked.map(\.rawValue)) }
    object["arithmetic"] = .string(arithmetic)
    object["constants"] = constants
    object["left_out"] = [
      "tensors: relations and equal bits rest on them, and only --rescore finds them again"
    ]
    return .object(object)
  }

  init(json: JSON, at place: String = "") throws(Problem) {
    let reader = try AnswerReader(json, at: place)
    self.init(
      schema: try reader.needed("schema", reader.text("schema")),
      program: try reader.text("program") ?? "",
      asked: reader.member("asked") == nil
        ? nil : try reader.words("asked", as: CompareRequest.Line.self),
      arithmetic: try reader.needed("arithmetic", reader.text("arithmetic")),
      constants: try reader.needed("constants", reader.member("constants")))
  }
}
