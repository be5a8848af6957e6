// A model of an answer as JSON: {"id","fingerprint","kind"?:"recording"}, and where it stays on
// this machine {"path","training_text"?} too.

import Base
import Evidence

extension ComparedModel {
  static let recordingKind = "recording"

  public var json: JSON {
    var object = members
    object["path"] = .string(path)
    return .object(object)
  }

  /// Without the path, which says nothing outside this machine.
  var named: JSON { .object(members) }

  /// With what it was trained on.
  var described: JSON {
    var object = members
    object["path"] = .string(path)
    object["training_text"] = JSON(trainingText)
    return .object(object)
  }

  private var members: JSONObject {
    var object: JSONObject = ["id": .string(id), "fingerprint": .string(fingerprint.tagged)]
    if isRecording { object["kind"] = .string(Self.recordingKind) }
    return object
  }

  init(_ reader: AnswerReader) throws(Problem) {
    let kind = try reader.text("kind")
    guard kind == nil || kind.map({ ByteName($0) }) == ByteName(Self.recordingKind) else {
      throw reader.malformed("kind", "a model has none, a recording says so")
    }
    self.init(
      id: try reader.needed("id", reader.text("id")), path: try reader.text("path") ?? "",
      fingerprint: try reader.needed("fingerprint", reader.digest("fingerprint")),
      isRecording: kind != nil, trainingText: try reader.texts("training_text"))
  }
}
