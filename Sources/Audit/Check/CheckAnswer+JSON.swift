// Reads an answer of a check, schema assay.check/1, which `CheckResult+JSON.swift` writes: what
// `check --json` printed, or a job's result, which adds members that are left alone.
//
// Promises: total. What the writer always writes must be there, in the vocabulary; a list that is
// absent is empty.

import Base
import Licensing
import Policy

extension CheckAnswer {
  /// Throws `bad_check_answer`, with the place as a JSON pointer, for anything else.
  public init(json: JSON) throws(Problem) {
    let reader = try ObjectReader(
      json, code: "bad_check_answer", what: "answer of a check", remedy: "check the model again")
    guard try reader.text("schema") == "assay.check/1" else {
      throw reader.malformed("schema", "assay.check/1 is needed")
    }
    verdict = try reader.needed(
      "verdict", try reader.word("verdict", as: Verdict.self), "a verdict")
    model = try reader.needed("model", try reader.digest("model"), "a digest")
    name = try reader.needed("name", try reader.text("name"), "a name")
    asOf = try reader.needed("as_of", try reader.day("as_of"), "a day")
    identity = try Identity(
      reader.needed("identity", try reader.object("identity"), "an object"))
    findings = try reader.values("findings", "a finding with a path of edges") { json in
      Finding(json: json).flatMap { FindingGrounds($0) == nil ? nil : $0 }
    }
    lineage = try reader.values("lineage", "an edge", LineageEdge.init(json:))
    if let licence = try reader.object("licence") {
      self.licence = try LicenceReport(licence)
    } else {
      licence = nil
    }
    if let name = try reader.text("policy") {
      policy = Pack(
        name: name,
        digest: try reader.needed("policy_digest", try reader.digest("policy_digest"), "a digest"))
    } else {
      policy = nil
    }
    if let decision = try reader.object("decision") {
      self.decision = try Decision(decision)
    } else {
      decision = nil
    }
  }
}

extension CheckAnswer.Identity {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    filesRoot = try reader.needed("files_root", try reader.digest("files_root"), "a digest")
    format = try reader.text("format")
    var files: [File] = []
    for item in try reader.objects("files") {
      files.append(
        File(
          path: try item.needed("path", try item.text("path"), "a path"),
          byteCount: try item.count("size"),
          digest: try item.needed("sha256", try item.digest("sha256"), "a digest")))
    }
    self.files = files
    func digest(_ key: String) throws(Problem) -> Digest {
      try reader.needed(key, try reader.digest(key), "a digest")
    }
    guard let weights = try reader.digest("weights_digest") else {
      self.weights = nil
      return
    }
    self.weights = Weights(
      weights: weights, tensorSet: try digest("tensor_set_digest"),
      canonicalValues: try digest("canonical_values_digest"))
  }
}

extension CheckAnswer.Decision {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    horizon = try reader.needed(
      "horizon", try reader.word("horizon", as: Horizon.self), "a horizon")
    waived = try reader.texts("waived")
    missing = try reader.object("missing")?.texts("attributes") ?? []
    var duties: [CheckAnswer.Duty] = []
    for item in try reader.objects("obligations") {
      duties.append(
        CheckAnswer.Duty(
          id: try item.needed("id", try item.text("id"), "an id"),
          text: try item.needed("text", try item.text("text"), "a sentence"),
          state: try item.needed("state", try item.text("state"), "a word")))
    }
    self.duties = duties
    var packFiles: [PackFile] = []
    for item in try reader.objects("policies") {
      packFiles.append(
        PackFile(
          name: try item.needed("name", try item.text("name"), "a name"),
          digest: try item.needed("sha256", try item.digest("sha256"), "a digest")))
    }
    self.packFiles = packFiles
  }
}
