// What a pack says about itself: schema, arithmetic, and the constants of the rules by which its
// verdict was given. They were fixed before any suspect was seen; a pack made under others is
// another pack, and verification says so.

import Base
import Evidence

enum PackRules {
  static let arithmetic = "exact"

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

  static let program = "assay \(assayVersion)"

  /// - Parameter asked: the lines that the comparison was asked for.
  static func json(asked: [CompareRequest.Line]) -> JSON {
    [
      "schema": .string(EvidencePack.schema), "program": .string(program),
      "asked": JSON(asked.map(\.rawValue)),
      "arithmetic": .string(arithmetic), "constants": constants,
      "left_out": [
        "tensors: relations and equal bits rest on them, and only --rescore finds them again"
      ],
    ]
  }
}
