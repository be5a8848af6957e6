// models.json:
//
//   {"suspect":{"id","fingerprint","training_text":[tag],"kind"?:"recording"},
//    "references":[the same],"controls":[the same],
//    "identities":{bundle:{fingerprint with tensors} | {"kind":"recording","sha256","bytes"}},
//    "outcomes":{bundle:digest}}
//
// The writer has the whole fingerprints; the reader takes of each what the checks ask for.

import Base
import Evidence
import Fingerprint

extension ComparisonBasis {
  /// models.json of the models behind a comparison of one suspect.
  var manifest: JSON {
    let all = suspects + references + panel
    var identities: JSONObject = [:]
    for model in all.sorted(by: { $0.fingerprint.filesRoot < $1.fingerprint.filesRoot }) {
      identities[model.fingerprint.filesRoot.tagged] = model.fingerprint.json(withTensors: true)
    }
    if let recording {
      identities[recording.digest.tagged] = recording.identity
    }
    var outcomes: JSONObject = [:]
    for (model, digest) in self.outcomes.sorted(by: { $0.key < $1.key }) {
      outcomes[model.tagged] = .string(digest.tagged)
    }
    return [
      "suspect": recording?.listed ?? suspects.first?.listed ?? .null,
      "references": .array(references.map(\.listed)),
      "controls": .array(panel.map(\.listed)),
      "identities": .object(identities), "outcomes": .object(outcomes),
    ]
  }
}

extension ComparedIdentity {
  fileprivate var listed: JSON {
    [
      "id": .string(id), "fingerprint": .string(fingerprint.filesRoot.tagged),
      "training_text": JSON(trainingText),
    ]
  }
}

extension RecordedIdentity {
  fileprivate var listed: JSON {
    [
      "id": .string(id), "fingerprint": .string(digest.tagged), "training_text": [],
      "kind": .string(ComparedModel.recordingKind),
    ]
  }

  /// In the place of a model's digests: those of its one file.
  fileprivate var identity: JSON {
    [
      "kind": .string(ComparedModel.recordingKind), "sha256": .string(digest.tagged),
      "bytes": JSON(byteCount),
    ]
  }
}

extension ModelManifest {
  init(json: JSON, at place: String = "") throws(Problem) {
    let reader = try AnswerReader(json, at: place)
    func models(_ key: String) throws(Problem) -> [ComparedModel] {
      try reader.objects(key).map { item throws(Problem) in try ComparedModel(item) }
    }
    var identities: [Digest: Identity] = [:]
    for (bundle, item) in try reader.objectsByDigest("identities") {
      identities[bundle] = try Identity(item)
    }
    self.init(
      suspect: try ComparedModel(reader.needed("suspect", reader.object("suspect"))),
      references: try models("references"), controls: try models("controls"),
      identities: identities, outcomes: try reader.digestsByDigest("outcomes"))
  }
}

extension AnswerReader {
  /// The members of an object whose keys are digests.
  private func byDigest(_ key: String) throws(Problem) -> [(Digest, String, AnswerReader)] {
    guard let object = try object(key) else { return [] }
    return try object.members(without: []).members.map { name, _ throws(Problem) in
      guard let digest = Digest(tagged: name) else {
        throw object.malformed(name, "the key is no digest")
      }
      return (digest, name, object)
    }
  }

  fileprivate func objectsByDigest(_ key: String) throws(Problem) -> [(Digest, AnswerReader)] {
    try byDigest(key).map { digest, name, object throws(Problem) in
      (digest, try object.needed(name, object.object(name)))
    }
  }

  fileprivate func digestsByDigest(_ key: String) throws(Problem) -> [Digest: Digest] {
    var digests: [Digest: Digest] = [:]
    for (digest, name, object) in try byDigest(key) {
      digests[digest] = try object.needed(name, object.digest(name))
    }
    return digests
  }
}

extension ModelManifest.Identity {
  fileprivate init(_ reader: AnswerReader) throws(Problem) {
    guard let kind = try reader.text("kind") else {
      self = .model(try ModelManifest.Digests(reader))
      return
    }
    guard ByteName(kind) == ByteName(ComparedModel.recordingKind),
      reader.member("files") == nil
    else { throw reader.malformed("kind", "a model has none, a recording has no files") }
    self = .recording(try reader.needed("sha256", reader.digest("sha256")))
  }
}

extension ModelManifest.Digests {
  fileprivate init(_ reader: AnswerReader) throws(Problem) {
    let tensors = try reader.objects("tensors")
    self.init(
      filesRoot: try reader.needed("files_root", reader.digest("files_root")),
      files: try reader.objects("files").map { item throws(Problem) in
        File(
          path: try item.needed("path", item.text("path")),
          digest: try item.needed("sha256", item.digest("sha256")))
      },
      weights: try reader.digest("weights_digest"), values: try reader.digest("values_digest"),
      tensorFiles: Set(
        try tensors.map { item throws(Problem) in
          ByteName(try item.needed("file", item.text("file")))
        }))
  }
}
