// Licences as CycloneDX writes them. `license.id` takes ids of its own copy of the SPDX list and
// nothing else; a document with any other word there is not valid. So an id stands there only if
// the SPDX list has it, a composition is an expression, and every other licence has a name.

import Base
import Licensing

enum LicenceChoice {
  /// Ids that SPDX added after the list that the schemas of 1.6 and 1.7 carry.
  private static let newer: Set<ByteName> = ["OpenMDW-1.1"]

  /// What the model declares: one expression, or licences each by itself.
  static func declared(_ licence: CheckSummary.Licence) -> [JSON] {
    if let text = licence.expression, let expression = try? Expression(text) {
      guard expression.terms.count > 1 || expression.terms.contains(where: isCombined) else {
        return concluded(named(text, acknowledgement: "declared"), text, licence)
      }
      if expression.unknown.isEmpty {
        return [
          ["expression": .string(expression.canonical), "acknowledgement": "declared"]
        ]
      }
    }
    let names = licence.ids.isEmpty ? licence.typed : licence.ids
    return names.filter { !$0.isEmpty }.map { named($0, acknowledgement: "declared") }
  }

  /// A declaration that the texts bear out stands a second time, as what the check concluded.
  private static func concluded(
    _ declared: JSON, _ text: String, _ licence: CheckSummary.Licence
  ) -> [JSON] {
    licence.isConcluded ? [declared, named(text, acknowledgement: "concluded")] : [declared]
  }

  /// What the texts are, each with its file, lines and confidence.
  static func evidence(_ licence: CheckSummary.Licence) -> [JSON] {
    licence.texts.flatMap { text in
      text.matches.compactMap { match -> JSON? in
        guard let id = match["id"]?.string else { return nil }
        var properties: [JSON] = [["name": "assay:file", "value": .string(text.file)]]
        for name in ["kind", "start_line", "end_line", "confidence"] {
          let value = HTMLReport.text(match[name])
          if !value.isEmpty {
            properties.append(["name": .string("assay:\(name)"), "value": .string(value)])
          }
        }
        return named(id, properties: properties)
      }
    }
  }

  /// One licence by id or by name.
  static func named(
    _ text: String, acknowledgement: String? = nil, properties: [JSON] = []
  ) -> JSON {
    var licence: JSONObject = [:]
    if let id = listed(text) {
      licence["id"] = .string(id)
    } else {
      licence["name"] = .string(text)
    }
    if let acknowledgement { licence["acknowledgement"] = .string(acknowledgement) }
    if !properties.isEmpty { licence["properties"] = .array(properties) }
    return ["license": .object(licence)]
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
