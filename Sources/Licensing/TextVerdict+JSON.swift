// What a text holds as JSON: `licence identify`, and each text of `licence check`.

import Base

extension TextVerdict {
  /// `{"verdict", "licences", "variant_of", "differences"}` of `licence identify`, and `note` if
  /// something could not be read.
  public var json: JSONObject {
    var object: JSONObject = [
      "verdict": .string(verdict.rawValue),
      "licences": .array(
        licences.map { found in
          [
            "id": .string(found.id), "kind": .string(found.kind.rawValue),
            "confidence": JSON(found.confidence), "start_line": JSON(found.startLine),
            "end_line": JSON(found.endLine),
          ]
        }),
      "variant_of": JSON(variantOf),
      "differences": .array(
        differences.map { difference in
          [
            "kind": .string(difference.kind.rawValue), "clause": .string(difference.clause),
            "line": JSON(difference.line), "licence": .string(difference.id),
          ]
        }),
    ]
    if let note { object["note"] = .string(note) }
    return object
  }

  /// Reads what `json` writes.
  public init(_ reader: ObjectReader) throws(Problem) {
    self.init(
      verdict: try reader.needed("verdict", try reader.word("verdict", as: Verdict.self), "a word"))
    for item in try reader.objects("licences") {
      licences.append(
        Found(
          id: try item.needed("id", try item.text("id"), "an id"),
          kind: try item.needed("kind", try item.word("kind", as: Found.Kind.self), "a word"),
          confidence: try item.needed("confidence", try item.number("confidence"), "a number"),
          startLine: try item.count("start_line"), endLine: try item.count("end_line")))
    }
    variantOf = try reader.texts("variant_of")
    note = try reader.text("note")
    for item in try reader.objects("differences") {
      differences.append(
        Difference(
          kind: try item.needed("kind", try item.word("kind", as: Difference.Kind.self), "a word"),
          clause: try item.needed("clause", try item.text("clause"), "a clause"),
          line: try item.count("line"),
          id: try item.needed("licence", try item.text("licence"), "an id")))
    }
  }
}
