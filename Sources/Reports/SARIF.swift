// Findings as SARIF 2.1.0 (OASIS), for code-scanning services.
//
// Each finding is a result with a rule, a level, a relative location and a partial fingerprint
// made of rule, place and message, so that the same finding keeps its identity between runs.
// Services show nothing without a file: a finding about the model as a whole, a tensor or an
// ancestor hangs on the card, or else on the first file, and names its true place as a logical
// location.

import Base
import Crypto

public enum SARIFLog {
  static let schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

  /// One run over one model.
  public static func document(_ report: CheckSummary) -> JSON {
    let rules = rules(report.findings)
    let index = Dictionary(uniqueKeysWithValues: zip(rules.map { ByteName($0.id) }, rules.indices))
    let run: JSON = [
      "tool": [
        "driver": [
          "name": "assay", "version": .string(assayVersion),
          "semanticVersion": .string(assayVersion), "rules": .array(rules.map(\.json)),
        ]
      ],
      "automationDetails": ["id": .string("assay/check/\(report.model)")],
      "invocations": [
        [
          "executionSuccessful": true, "exitCode": report.result["exit_code"] ?? 0,
          "startTimeUtc": .string(report.time), "endTimeUtc": .string(report.time),
        ]
      ],
      "originalUriBaseIds": ["MODEL": ["description": ["text": "the model's directory"]]],
      "artifacts": .array(report.files.map(artifact)),
      "columnKind": "utf16CodeUnits",
      "results": .array(
        report.findings.map { finding in
          result(finding, rule: index[ByteName(finding["id"]?.string ?? "")] ?? 0, report)
        }),
      "properties": [
        "model": .string("sha256:" + report.model), "name": .string(report.name),
        "verdict": .string(report.verdict), "asOf": report.result["as_of"] ?? .null,
      ],
    ]
    return ["$schema": .string(schema), "version": "2.1.0", "runs": [run]]
  }

  // MARK: Rules

  private struct Rule {
    let id: String
    let title: String
    let citation: String

    var json: JSON {
      var object: JSONObject = [
        "id": .string(id), "shortDescription": ["text": .string(title)],
        "defaultConfiguration": ["level": "warning"],
      ]
      if !citation.isEmpty { object["help"] = ["text": .string(citation)] }
      return .object(object)
    }
  }

  /// Every rule that found something, sorted; title and citation from its first finding.
  private static func rules(_ findings: [JSON]) -> [Rule] {
    var seen: Set<ByteName> = []
    return findings.compactMap { finding -> Rule? in
      let id = finding["id"]?.string ?? ""
      guard seen.insert(ByteName(id)).inserted else { return nil }
      return Rule(
        id: id, title: finding["title"]?.string ?? id,
        citation: finding["citation"]?.string ?? "")
    }
    .sorted { ByteName($0.id) < ByteName($1.id) }
  }

  // MARK: Results

  private static func artifact(_ file: CheckSummary.File) -> JSON {
    [
      "location": ["uri": .string(URIText.path(file.path)), "uriBaseId": "MODEL"],
      "length": JSON(file.byteCount), "hashes": ["sha-256": .string(file.sha256)],
    ]
  }

  private static func result(_ finding: JSON, rule: Int, _ report: CheckSummary) -> JSON {
    let id = finding["id"]?.string ?? ""
    let message = finding["message"]?.string ?? ""
    let place = finding["place"]?.string
    let level = finding["severity"]?.string ?? "warning"
    let identity: JSON = [.string(id), .string(place ?? ""), .string(message)]
    return [
      "ruleId": .string(id), "ruleIndex": JSON(rule), "kind": "fail", "level": .string(level),
      "message": ["text": .string(message.isEmpty ? id : message)],
      "locations": [location(place, report)],
      "partialFingerprints": [
        "assayFinding/v1": .string(SHA256.hash(identity.canonicalBytes).hex)
      ],
    ]
  }

  private static func location(_ place: String?, _ report: CheckSummary) -> JSON {
    let names = report.files.map { ByteName($0.path) }
    var location: JSONObject = [:]
    let named = place.flatMap { names.firstIndex(of: ByteName($0)) }
    if let index = named ?? names.firstIndex(of: "README.md") ?? names.indices.first {
      location["physicalLocation"] = [
        "artifactLocation": [
          "uri": .string(URIText.path(report.files[index].path)), "uriBaseId": "MODEL",
          "index": JSON(index),
        ]
      ]
    }
    if named == nil {
      location["logicalLocations"] = [
        ["fullyQualifiedName": .string(place ?? report.name), "kind": "object"]
      ]
    }
    return .object(location)
  }
}
