// power.json: {"comparisons":[null | points]}, points as in PowerSummary+JSON.swift.

import Base
import Evidence

extension PackPower {
  var json: JSON {
    ["comparisons": .array(comparisons.map { $0.map(\.json) ?? .null })]
  }

  init(json: JSON, at place: String = "") throws(Problem) {
    let reader = try AnswerReader(json, at: place)
    self.init(
      comparisons: try reader.optionalObjects("comparisons").map { item throws(Problem) in
        try item.map { item throws(Problem) in try PowerPoints(item) }
      })
  }
}
