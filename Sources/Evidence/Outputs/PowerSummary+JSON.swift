// Power as JSON. In an answer
//
//   {"comparisons":what p is multiplied by,"effect":the suspect's own|null,
//    "z80":[{"n":controls,"z80":effect found with power 0.8}]}
//
// and as points in power.json of an evidence pack
//
//   {"comparisons":k,"effects":[x],"curves":[{"n":controls,"power":[p]}]}

import Base

extension PowerSummary {
  var json: JSON {
    [
      "comparisons": JSON(comparisons), "effect": effect.map { JSON($0) } ?? .null,
      "z80": .array(found.map { ["n": JSON($0.controls), "z80": JSON($0.effect)] }),
    ]
  }

  init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      comparisons: try reader.needed("comparisons", reader.whole("comparisons")),
      effect: try reader.number("effect"),
      found: try reader.objects("z80").map { item throws(Problem) in
        Found(
          controls: try item.needed("n", item.whole("n")),
          effect: try item.needed("z80", item.number("z80")))
      })
  }
}

extension PowerPoints {
  public var json: JSON {
    [
      "comparisons": JSON(comparisons), "effects": .array(effects.map { JSON($0) }),
      "curves": .array(
        curves.map {
          ["n": JSON($0.controls), "power": .array($0.powers.map { JSON($0) })]
        }),
    ]
  }

  public init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      comparisons: try reader.needed("comparisons", reader.whole("comparisons")),
      effects: try reader.numbers("effects"),
      curves: try reader.objects("curves").map { item throws(Problem) in
        Curve(
          controls: try item.needed("n", item.whole("n")), powers: try item.numbers("power"))
      })
  }
}
