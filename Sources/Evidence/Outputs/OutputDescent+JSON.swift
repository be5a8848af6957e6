// The answer of rung 5 as JSON: its description and figures, with the words of the verdict.

import Base

extension OutputDescent {
  public var json: JSON {
    var object = description.members
    for (key, value) in figures.members { object[key] = value }
    object["verdict"] = .string(verdict.rawValue)
    object["sentence"] = .string(sentence)
    object["gates"] = .array(gates.map(\.json))
    object["rungs"] = .array(rungs.map(\.json))
    return .object(object)
  }

  /// The first member that is otherwise than in what is wanted, in words; nil if all are the same.
  /// Written forms are compared, in which what could not be computed is the same as itself.
  public func difference(from wanted: OutputDescent) -> String? {
    let said = json
    for (key, value) in wanted.json.object ?? [:] {
      guard said[key]?.canonicalBytes == value.canonicalBytes else {
        return "\(key) is \(said[key]?.canonicalText ?? "missing"), and \(value.canonicalText)"
      }
    }
    return nil
  }
}

extension ContrastFigures {
  /// Under the names of the contract (judge/descent.py).
  public var members: JSONObject {
    [
      "statistic": JSON(statistic), "p_value": JSON(p), "p_adjusted": JSON(adjustedP),
      "controls": JSON(controls), "rival": .string(rival),
    ]
  }

  /// Nil if there are none.
  public init?(_ reader: AnswerReader) throws(Problem) {
    guard let statistic = try reader.number("statistic") else { return nil }
    self.init(
      statistic: statistic, p: try reader.needed("p_value", reader.number("p_value")),
      adjustedP: try reader.needed("p_adjusted", reader.number("p_adjusted")),
      controls: try reader.needed("controls", reader.whole("controls")),
      rival: try reader.needed("rival", reader.text("rival")))
  }
}

extension OutputDescent {
  /// What an answer states of a contrast beside its verdict: all of it, or nothing.
  public static func stated(
    _ reader: AnswerReader
  ) throws(Problem) -> (gates: [Gate], figures: ContrastFigures?, description: ContrastDescription?)
  {
    (
      try reader.objects("gates").map { item throws(Problem) in try Gate(item) },
      try ContrastFigures(reader), try ContrastDescription(reader)
    )
  }
}
