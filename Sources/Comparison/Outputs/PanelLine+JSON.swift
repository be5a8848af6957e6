// A model of a list or panel as a line of JSON:
//
//   {"path":…,"training_text":[tags],"fingerprint"?:"sha256:…"}
//
// Lists are written by hand: tags that are no texts are passed over, and only a panel asks for the
// fingerprint.

import Base
import Evidence

/// A line of a panel.
struct PanelLine: Equatable, Sendable {
  var model: ListedModel
  /// The bundle's digest when the model was added, as it stands there.
  var fingerprint: String?
}

extension PanelLine {
  var json: JSON {
    var line: JSONObject = [
      "path": .string(model.path), "training_text": JSON(model.trainingText),
    ]
    if let fingerprint { line["fingerprint"] = .string(fingerprint) }
    return .object(line)
  }

  init(parsing line: [UInt8], place: String) throws(Problem) {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(line) } catch { throw error.problem(file: place) }
    guard let path = json["path"]?.string else {
      throw Problem(
        .malformed, "bad_list", place: place, reason: "the object has no \"path\"",
        remedy: #"write {"path":"…","training_text":["…"]} or a bare path"#)
    }
    let tags = json["training_text"]?.array?.compactMap(\.string) ?? []
    model = ListedModel(path: path, trainingText: tags)
    fingerprint = json["fingerprint"]?.string
  }
}
