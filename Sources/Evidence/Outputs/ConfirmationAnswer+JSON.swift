// A confirmation as JSON: the object `confirmation` of an answer.
//
//   {"method","positions","level","holds","sentence","reason"?,
//    "statistic"?,"contrast"?,"p_conformal"?,"controls"?,"left_out"?,"left_out_most"?}
//
// The figures are left out if nothing was measured.

import Base

extension ConfirmationAnswer {
  var json: JSON {
    var object: JSONObject = [
      "method": .string(Confirmation.method), "positions": JSON(positions),
      "level": JSON(Confirmation.level), "holds": .bool(holds),
    ]
    object["sentence"] = .string(announcement)
    if let reason { object["reason"] = .string(reason) }
    guard let figures else { return .object(object) }
    object["statistic"] = JSON(figures.statistic)
    object["contrast"] = JSON(figures.contrast)
    object["p_conformal"] = JSON(figures.conformalP)
    object["controls"] = JSON(figures.controls)
    object["left_out"] = JSON(figures.leftOut)
    object["left_out_most"] = JSON(figures.leftOutMost)
    return .object(object)
  }

  init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      positions: try reader.needed("positions", reader.whole("positions")),
      holds: try reader.needed("holds", reader.flag("holds")),
      announcement: try reader.text("sentence") ?? "", reason: try reader.text("reason"))
    guard let controls = try reader.whole("controls") else { return }
    figures = Figures(
      statistic: try reader.number("statistic") ?? .nan,
      contrast: try reader.number("contrast") ?? .nan,
      conformalP: try reader.number("p_conformal") ?? .nan, controls: controls,
      leftOut: try reader.number("left_out") ?? .nan,
      leftOutMost: try reader.number("left_out_most") ?? .nan)
  }
}
