// Licences as CycloneDX writes them. `license.id` takes ids of its own copy of the SPDX list and
// nothing else; a document with any other word there is not valid. So an id stands there only if
// the SPDX list has it, a composition is an expression, and every other licence has a name.

import Audit
import Base
import Licensing

enum LicenceChoice {
  /// Ids that SPDX added after the list that the schemas of 1.6 and 1.7 carry.
  private static let newer: Set<ByteName> = ["OpenMDW-1.1"]

  /// What the model declares: one expression, or licences each by itself.
  static func declared(_ licence: LicenceReport) -> [JSON] {
    if let text = licence.declared.expression, let expression = try? Expression(text) {
      guard expression.terms.count > 1 || expression.terms.contains(where: isCombined) else {
        return concluded(named(text, acknowledgement: "declared"), text, licence)
      }
      if expression.unknown.isEmpty {
        return [
          ["expression": .string(expression.canonical), "acknowledgement": "declared"]
        ]
      }
    }
    let names = licence.declared.ids.isEmpty ? licence.declared.typed : licence.declared.ids
    return names.filter { !$0.isEmpty }.map { named($0, acknowledgement: "declared") }
  }

  /// A declaration that the texts bear out stands a second time, as what the check concluded.
  private static func concluded(
    _ declared: JSON, _ text: String, _ licence: LicenceReport
  ) -> [JSON] {
    licence.isConcluded ? [declared, named(text, acknowledgement: "concluded")] : [declared]
  }

  /// What the texts are, each with its file, lines and confidence.
  static func evidence(_ licence: LicenceReport) -> [JSON] {
    licence.detected.flatMap { text in
      text.verdict.licences.map { match in
        let members = [
          ("file", text.file), ("kind", match.kind.rawValue),
          ("start_line", String(match.startLine)), ("end_line", String(match.endLine)),
          ("confidence", JSONNumber(match.confidence).text),
        ]
        return named(
          match.id,
          properties: members.map { name, value in
            ["name": .string("assay:\(name)"), "value": .string(value)]
          })
      }
    }
  }

  /// One licence by id or by name.
  static func named(
    _ text: String, acknowledgement: String? = nil, properties: [JSON] = []
  ) -> JSON {
    let id = listed(text)
    return [
      "license": .object(
        JSONObject(present: [
          "id": id.map(JSON.string), "name": id == nil ? .string(text) : JSON?.none,
          "acknowledgement": acknowledgement.map(JSON.string),
          "properties": properties.isEmpty ? JSON?.none : .array(properties),
        ]))
    ]
  }

  /// The official spelling of a single id that the schemas know.
  private static func listed(_ text: String) -> String? {
    guard let expression = try? Expression(text), case .term(let term) = expression,
      !isCombined(term), expression.references.isEmpty, expression.unknown.isEmpty,
      !newer.contains(ByteName(term.licence))
    else { return nil }
    return expression.canonical
  }

  private static func isCombined(_ term: Expression.Term) -> Bool {
    term.orLater || term.addition != nil
  }
}
