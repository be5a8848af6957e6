// outputs.json: {"bundles":[digest],"record":{…},"method"}: the record of the output tests
// (PanelRecord+JSON.swift) with the bundle of each model in it.

import Base
import Evidence

extension OutputSums {
  var json: JSON {
    [
      "bundles": .array(models.map { .string($0.tagged) }), "record": panel.json,
      "method": .string(ContrastResult.method),
    ]
  }

  init(json: JSON, at place: String = "") throws(Problem) {
    let reader = try AnswerReader(json, at: place)
    let panel: PanelRecord
    do throws(Problem) { panel = try PanelRecord(json: reader.member("record") ?? .null) } catch {
      throw place.isEmpty ? error : error.at(place)
    }
    let models = try reader.values("bundles", "digests are wanted") {
      $0.string.flatMap(Digest.init(tagged:))
    }
    guard models.count == panel.models.count, Set(models).count == models.count else {
      throw reader.malformed("bundles", "one digest for each model of the record is wanted")
    }
    self.init(panel: panel, models: models)
  }
}
