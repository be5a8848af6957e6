// Findings as SARIF 2.1.0 (OASIS), for code-scanning services.
//
// Each finding is a result with a rule, a level, a relative location and a partial fingerprint
// made of rule, place and message, so that the same finding keeps its identity between runs.
// Services show nothing without a file: a finding about the model as a whole, a tensor or an
// ancestor hangs on the card, or else on the first file, and names its true place as a logical
// location.

import Audit
import Base
import Crypto
import Policy

public enum SARIFLog {
  static let schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

  /// One run over one model.
  public static func document(_ report: CheckSummary) -> JSON {
    let answer = report.answer
    let rules = rules(answer.findings)
    let index = Dictionary(uniqueKeysWithValues: zip(rules.map { ByteName($0.id) }, rules.indices))
    let run: JSON = [
      "tool": [
        "driver": [
          "name": "assay", "version": .string(assayVersion),
          "semanticVersion": .string(assayVersion), "rules": .array(rules.map(\.json)),
        ]
      ],
      "automationDetails": ["id": .string("assay/check/\(answer.model.hex)")],
      "invocations": [
        [
          "executionSuccessful": true,
          "exitCode": JSON(Int(answer.verdict.exitCode.rawValue)),
          "startTimeUtc": .string(report.time), "endTimeUtc": .string(report.time),
        ]
      ],
      "originalUriBaseIds": ["MODEL": ["description": ["text": "the model's directory"]]],
      "artifacts": .array(answer.identity.files.map(artifact)),
      "columnKind": "utf16CodeUnits",
      "results": .array(
        answer.findings.map { finding in
          result(finding, rule: index[ByteName(finding.id)] ?? 0, answer)
        }),
      "properties": [
        "model": .string(answer.model.tagged), "name": .string(answer.name),
        "verdict": .string(answer.verdict.rawValue), "asOf": .string(answer.asOf.description),
      ],
    ]
    return ["$schema": .string(schema), "version": "2.1.0", "runs": [run]]
  }

  // MARK: Rules

  private struct Rule {
    let id: String
    let title: String
    let citation: String?

    var json: JSON {
      .object(
        JSONObject(present: [
          "id": .string(id), "shortDescription": ["text": .string(title)],
          "defaultConfiguration": ["level": "warning"],
          "help": citation.map { ["text": .string($0)] },
        ]))
    }
  }

  /// Every rule that found something, sorted; title and citation from its first finding.
  private static func rules(_ findings: [Finding]) -> [Rule] {
    var seen: Set<ByteName> = []
    return findings.compactMap { finding -> Rule? in
      guard seen.insert(ByteName(finding.id)).inserted else { return nil }
      let grounds = FindingGrounds(finding)
      return Rule(
        id: finding.id, title: grounds?.title ?? finding.id,
        citation: grounds?.citation.flatMap { $0.isEmpty ? nil : $0 })
    }
    .sorted { ByteName($0.id) < ByteName($1.id) }
  }

  // MARK: Results

  private static func artifact(_ file: CheckAnswer.Identity.File) -> JSON {
    [
      "location": ["uri": .string(URIText.path(file.path)), "uriBaseId": "MODEL"],
      "length": JSON(file.byteCount), "hashes": ["sha-256": .string(file.digest.hex)],
    ]
  }

  private static func result(_ finding: Finding, rule: Int, _ answer: CheckAnswer) -> JSON {
    let (id, message) = (finding.id, finding.message)
    let identity: JSON = [.string(id), .string(finding.place ?? ""), .string(message)]
    return [
      "ruleId": .string(id), "ruleIndex": JSON(rule), "kind": "fail",
      "level": .string(finding.severity.rawValue),
      "message": ["text": .string(message.isEmpty ? id : message)],
      "locations": [location(finding.place, answer)],
      "partialFingerprints": [
        "assayFinding/v1": .string(SHA256.hash(identity.canonicalBytes).hex)
      ],
    ]
  }

  private static func location(_ place: String?, _ answer: CheckAnswer) -> JSON {
    let files = answer.identity.files
    let names = files.map { ByteName($0.path) }
    let named = place.flatMap { names.firstIndex(of: ByteName($0)) }
    let file = named ?? names.firstIndex(of: "README.md") ?? names.indices.first
    let physical = file.map { index -> JSON in
      [
        "artifactLocation": [
          "uri": .string(URIText.path(files[index].path)), "uriBaseId": "MODEL",
          "index": JSON(index),
        ]
      ]
    }
    let logical: JSON = [["fullyQualifiedName": .string(place ?? answer.name), "kind": "object"]]
    return .object(
      JSONObject(present: [
        "physicalLocation": physical, "logicalLocations": named == nil ? logical : JSON?.none,
      ]))
  }
}
