// The answer of `licence check` as JSON, alone and as a part of the answer of a check.

import Base

extension LicenceReport {
  /// What `licence check --json` prints.
  public var json: JSON {
    [
      "model": .string(model),
      "declared": [
        "expression": JSON(declared.expression), "ids": JSON(declared.ids),
        "typed": JSON(declared.typed),
      ],
      "detected": .array(
        detected.map { entry in
          var object = entry.verdict.json
          object["file"] = .string(entry.file)
          object["ids"] = JSON(entry.ids)
          return .object(object)
        }),
      "sources": .array(
        sources.map { source in
          .object(
            JSONObject(present: [
              "file": .string(source.file), "kind": .string(source.kind.rawValue),
              "says": source.says.map(JSON.string),
            ]))
        }),
      "ancestors": .array(
        ancestors.map { ancestor in
          [
            "model": .string(ancestor.model), "licence": JSON(ancestor.licence),
            "known": .bool(ancestor.isKnown),
          ]
        }),
      "findings": .array(findings.map(\.json)),
    ]
  }

  /// Reads what `json` writes. The ids of a text follow from what was found in it, and must.
  public init(_ reader: ObjectReader) throws(Problem) {
    let declared = try reader.needed("declared", try reader.object("declared"), "an object")
    var detected: [Detected] = []
    for item in try reader.objects("detected") {
      let text = Detected(
        file: try item.needed("file", try item.text("file"), "a file"),
        verdict: try TextVerdict(item))
      guard try item.texts("ids").map({ ByteName($0) }) == text.ids.map({ ByteName($0) }) else {
        throw item.malformed("ids", "the ids of the licences whose texts were found are needed")
      }
      detected.append(text)
    }
    var sources: [Source] = []
    for item in try reader.objects("sources") {
      sources.append(
        Source(
          file: try item.needed("file", try item.text("file"), "a file"),
          kind: try item.needed("kind", try item.word("kind", as: Source.Kind.self), "a kind"),
          says: try item.text("says")))
    }
    var ancestors: [Ancestor] = []
    for item in try reader.objects("ancestors") {
      ancestors.append(
        Ancestor(
          model: try item.needed("model", try item.text("model"), "a model"),
          licence: try item.text("licence"),
          isKnown: try item.needed("known", try item.flag("known"), "true or false")))
    }
    self.init(
      model: try reader.needed("model", try reader.text("model"), "a model"),
      declared: Declared(
        expression: try declared.text("expression"), ids: try declared.texts("ids"),
        typed: try declared.texts("typed")),
      detected: detected, sources: sources, ancestors: ancestors,
      findings: try reader.values("findings", "a finding", Finding.init(json:)))
  }
}
