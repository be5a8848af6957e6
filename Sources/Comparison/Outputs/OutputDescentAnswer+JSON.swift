// The answer of the output line as JSON: the keys of the contract.
//
//   {"verdict","sentence","rungs":[…],"probes"?,"passes"?:{…},"note"?,"would_decide"?}
//
// and where something was tested the figures, gates and description of rung 5
// (OutputDescent+JSON.swift). A statement of the ledger holds verdict, figures and probes.

import Base
import Evidence

extension OutputDescentAnswer {
  public var json: JSON {
    var object: JSONObject = [:]
    if let tested = descent { object = tested.json.object ?? [:] }
    object["verdict"] = .string(verdict.rawValue)
    object["sentence"] = .string(sentence)
    object["rungs"] = .array(rungs.map(\.json))
    object["probes"] = probes.map { .string($0.tagged) }
    object["passes"] = passes?.json
    object["note"] = note.map { .string($0) }
    if !wouldDecide.isEmpty {
      object["would_decide"] = .array(
        wouldDecide.map { ["option": .string($0.option), "why": .string($0.why)] })
    }
    return .object(object)
  }

  /// The verdict with the figures it rests on, for a statement.
  var summary: JSON {
    var object: JSONObject = ["verdict": .string(verdict.rawValue)]
    for (key, value) in figures?.members ?? [:] { object[key] = value }
    object["probes"] = probes.map { .string($0.tagged) }
    return .object(object)
  }

  init(_ reader: AnswerReader) throws(Problem) {
    let stated = try OutputDescent.stated(reader)
    self.init(
      verdict: try reader.needed("verdict", reader.word("verdict", as: OutputVerdict.self)),
      sentence: try reader.text("sentence") ?? "",
      rungs: try reader.objects("rungs").map { item throws(Problem) in try Rung(item) },
      gates: stated.gates, figures: stated.figures, description: stated.description,
      probes: try reader.digest("probes"))
    passes = try reader.object("passes").map { item throws(Problem) in try ScoringPasses(item) }
    note = try reader.text("note")
    for item in try reader.objects("would_decide") {
      wouldDecide.append(
        DecidingStep(
          option: try item.needed("option", item.text("option")),
          why: try item.needed("why", item.text("why"))))
    }
  }
}

extension ScoringPasses {
  fileprivate var json: JSON {
    [
      "control": JSON(control), "reference": JSON(reference), "suspect": JSON(suspect),
      "kept": JSON(kept),
    ]
  }

  fileprivate init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      control: try reader.needed("control", reader.whole("control")),
      reference: try reader.needed("reference", reader.whole("reference")),
      suspect: try reader.needed("suspect", reader.whole("suspect")),
      kept: try reader.needed("kept", reader.whole("kept")))
  }
}
