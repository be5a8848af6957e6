// The blob of a model's recorded facts: schema assay.facts/1, writer beside reader.

import Base
import Ledger

extension ModelFacts {
  private static let schema = "assay.facts/1"

  public var json: JSON {
    var object: JSONObject = [
      "schema": .string(Self.schema), "model": .string(model.tagged), "name": .string(name),
      "unsafe": .bool(isUnsafe), "file_findings": .array(fileFindings.map(\.json)),
      "declared_edges": .array(declaredEdges.map(\.json)),
      "catalogue": .string(catalogue.tagged),
    ]
    object["weights_digest"] = weights.map { .string($0.tagged) }
    object["tensor_set_digest"] = tensorSet.map { .string($0.tagged) }
    object["licence"] = licence?.json
    if !stated.isEmpty { object["stated"] = .array(stated.map(\.json)) }
    if !makers.isEmpty { object["makers"] = .array(makers.map(\.json)) }
    return .object(object)
  }

  /// Reads what `json` wrote. Throws `bad_facts` for anything else.
  public init(json: JSON) throws(Problem) {
    guard json["schema"]?.string == Self.schema,
      let model = json["model"]?.string.flatMap(Digest.init(tagged:)),
      let name = json["name"]?.string, let isUnsafe = json["unsafe"]?.bool,
      let catalogue = json["catalogue"]?.string.flatMap(Digest.init(tagged:)),
      let findings = Finding.all(json["file_findings"]),
      let edges = json["declared_edges"]?.array
    else { throw Self.malformed }
    let declared = edges.compactMap(LineageEdge.init(json:))
    guard declared.count == edges.count else { throw Self.malformed }
    func digest(_ key: String) throws(Problem) -> Digest? {
      guard let value = json[key] else { return nil }
      guard let digest = value.string.flatMap(Digest.init(tagged:)) else { throw Self.malformed }
      return digest
    }
    var licence: Licence?
    if let value = json["licence"] {
      guard let read = Licence(json: value) else { throw Self.malformed }
      licence = read
    }
    self.init(
      model: model, name: name, weights: try digest("weights_digest"),
      tensorSet: try digest("tensor_set_digest"),
      isUnsafe: isUnsafe, fileFindings: findings, licence: licence, declaredEdges: declared,
      catalogue: catalogue)
    for item in json["makers"]?.array ?? [] {
      guard let maker = Maker(json: item) else { throw Self.malformed }
      makers.append(maker)
    }
    for item in json["stated"]?.array ?? [] {
      stated.append(
        try StatedFact(
          try ObjectReader(item, code: "bad_facts", what: "facts of a model", pointer: "/stated")))
    }
  }

  private static var malformed: Problem {
    Problem(
      .malformed, "bad_facts", reason: "the recorded facts of a model cannot be read",
      remedy: "check the model again")
  }
}

extension ModelFacts.Maker {
  var json: JSON {
    .object(
      JSONObject(present: [
        "clue": .string(clue), "developer": .string(developer),
        "origin": origin.map(JSON.string),
      ]))
  }

  init?(json: JSON) {
    guard let clue = json["clue"]?.string, let developer = json["developer"]?.string else {
      return nil
    }
    self.init(clue: clue, developer: developer, origin: json["origin"]?.string)
  }
}

extension ModelFacts.Licence {
  var json: JSON {
    [
      "declared": JSON(declared), "clean": .bool(isClean),
      "findings": .array(findings.map(\.json)),
      "texts": .array(texts.map { ["file": .string($0.file), "ids": JSON($0.ids)] }),
    ]
  }

  init?(json: JSON) {
    guard let declared = Self.strings(json["declared"]), let isClean = json["clean"]?.bool,
      let findings = Finding.all(json["findings"]), let texts = json["texts"]?.array
    else { return nil }
    var read: [Text] = []
    for text in texts {
      guard let file = text["file"]?.string, let ids = Self.strings(text["ids"]) else { return nil }
      read.append(Text(file: file, ids: ids))
    }
    self.init(declared: declared, texts: read, isClean: isClean, findings: findings)
  }

  private static func strings(_ json: JSON?) -> [String]? {
    guard let list = json?.array else { return nil }
    let strings = list.compactMap(\.string)
    return strings.count == list.count ? strings : nil
  }
}

extension Finding {
  /// A list of findings; nil if one of them is none.
  fileprivate static func all(_ json: JSON?) -> [Finding]? {
    guard let list = json?.array else { return nil }
    let findings = list.compactMap(Finding.init(json:))
    return findings.count == list.count ? findings : nil
  }
}
