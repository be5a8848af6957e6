// The description of a contrast as JSON, among the members of an output answer.
//
//   {"contrast","p_floor","p_parametric","beta","positions","documents","unit":"byte","method",
//    "control_contrasts":[{"id","contrast"}],"plain":{"js","kl","tv","top1"},"group"?:[id],
//    "comparisons"?,"power"?:{…},"confirmation"?:{…}}

import Base

extension ContrastDescription {
  private static let unit: JSON = "byte"

  /// In the order of the contract (judge/descent.py).
  var members: JSONObject {
    var object: JSONObject = [
      "beta": JSON(beta), "positions": JSON(positions), "documents": JSON(documents),
      "unit": Self.unit, "method": .string(ContrastResult.method),
      "control_contrasts": .array(
        controls.map { ["id": .string($0.id), "contrast": JSON($0.value)] }),
      "plain": plain.json, "contrast": JSON(value), "p_floor": JSON(floor),
      "p_parametric": JSON(parametricP),
    ]
    if !group.isEmpty { object["group"] = JSON(group) }
    object["comparisons"] = comparisons.map { JSON($0) }
    object["power"] = power?.json
    object["confirmation"] = confirmation?.json
    return object
  }

  /// Nil if the members are not there: a statement of the ledger has none of them.
  init?(_ reader: AnswerReader) throws(Problem) {
    guard let plain = try reader.object("plain") else { return nil }
    self.init(
      value: try reader.number("contrast") ?? .nan, floor: try reader.number("p_floor") ?? .nan,
      parametricP: try reader.number("p_parametric") ?? .nan,
      beta: try reader.number("beta") ?? .nan, positions: try reader.whole("positions") ?? 0,
      documents: try reader.whole("documents") ?? 0,
      controls: try reader.objects("control_contrasts").map { item throws(Problem) in
        ControlContrast(
          id: try item.needed("id", item.text("id")), value: try item.number("contrast") ?? .nan)
      },
      plain: try PlainSimilarity(plain), group: try reader.texts("group"),
      comparisons: try reader.whole("comparisons"),
      power: try reader.object("power").map { power throws(Problem) in try PowerSummary(power) },
      confirmation: try reader.object("confirmation").map { item throws(Problem) in
        try ConfirmationAnswer(item)
      })
  }
}
