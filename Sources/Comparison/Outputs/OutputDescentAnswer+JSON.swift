// The answer of the output line as JSON: the keys of the contract.

import Base
import Evidence

extension OutputDescentAnswer {
  public var json: JSON {
    var object = descent?.json.object ?? [:]
    object["verdict"] = .string(verdict.rawValue)
    object["sentence"] = .string(sentence)
    object["rungs"] = .array(rungs.map(\.json))
    object["probes"] = probes.map { .string($0.tagged) }
    object["passes"] = passes?.json
    object["note"] = note.map { .string($0) }
    return .object(object)
  }

  /// The verdict with the figures it rests on, for a statement.
  var summary: JSON {
    var object: JSONObject = ["verdict": .string(verdict.rawValue)]
    for (key, value) in figures?.members ?? [] { object[key] = value }
    object["probes"] = probes.map { .string($0.tagged) }
    return .object(object)
  }
}

extension ScoringPasses {
  var json: JSON {
    [
      "control": JSON(control), "reference": JSON(reference), "suspect": JSON(suspect),
      "kept": JSON(kept),
    ]
  }
}
