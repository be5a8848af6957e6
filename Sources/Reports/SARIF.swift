// Findings as SARIF 2.1.0 (OASIS), for code-scanning services.
//
// Each finding is a result with a rule, a level, a relative location and a partial fingerprint
// made of rule, place and message, so that the same finding keeps its identity between runs.
// Places that are no files (tensors, ledger entries, rules) become logical locations.

import Base

public enum SARIFLog {
  static let schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

  /// One run over one model.
  public static func log(_ findings: [Finding], model: String) -> JSON {
    let rules = Set(findings.map(\.id)).sorted { ByteName($0) < ByteName($1) }
    let index = Dictionary(uniqueKeysWithValues: zip(rules, rules.indices))
    return [
      "$schema": .string(schema), "version": "2.1.0",
      "runs": [
        [
          "tool": [
            "driver": [
              "name": "assay", "version": .string(assayVersion),
              "rules": .array(rules.map { ["id": .string($0)] }),
            ]
          ],
          "automationDetails": ["id": .string("assay/check/\(model)")],
          "results": .array(
            findings.map { result($0, rule: index[$0.id] ?? 0, model: model) }),
        ]
      ],
    ]
  }

  private static func result(_ finding: Finding, rule: Int, model: String) -> JSON {
    var location: JSONObject = [:]
    if let place = finding.place, isRelativeFile(place) {
      location["physicalLocation"] = ["artifactLocation": ["uri": .string(encoded(place))]]
    } else {
      location["logicalLocations"] = [
        ["fullyQualifiedName": .string(finding.place ?? model), "kind": "object"]
      ]
    }
    return [
      "ruleId": .string(finding.id), "ruleIndex": JSON(rule),
      "level": .string(finding.severity.rawValue), "message": ["text": .string(finding.message)],
      "locations": [.object(location)],
      "partialFingerprints": [
        "assay/v1": .string("\(finding.id)|\(finding.place ?? "")|\(finding.message)")
      ],
    ]
  }

  /// A relative path without spaces and colons is a file of the model; anything else is a name.
  private static func isRelativeFile(_ place: String) -> Bool {
    !place.hasPrefix("/") && !place.contains(":") && !place.contains(" ") && place.contains(".")
  }

  /// Percent-encoding of everything but unreserved characters and slashes (RFC 3986).
  private static func encoded(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E:
        text.unicodeScalars.append(UnicodeScalar(byte))
      default: text += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return text
  }
}
