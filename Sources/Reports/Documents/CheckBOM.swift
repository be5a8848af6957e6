// A check as a CycloneDX bill of materials for machine learning (https://cyclonedx.org, 1.6 and
// 1.7): the model with its digests, every file with its own, licences with what they were read
// from, ancestors, and the findings as annotations.
//
// Ancestors that signed and declared edges lead to are components, and the model depends on them.
// Suspected ones are variants in the pedigree and nothing else: a suspicion is no origin.
// Does not say what the check did not see: no architecture, no training data, no supplier.

import Audit
import Base

public enum CheckBOM {
  /// What a document may claim to follow.
  public enum Version: String, Sendable, CaseIterable {
    case v16 = "1.6"
    case v17 = "1.7"
  }

  public static func document(_ report: CheckSummary, _ version: Version) -> JSON {
    let known = report.knownEdges
    let ancestors = CheckSummary.unique(known.map(\.ancestor))
    let findings = report.answer.findings
    return .object(
      JSONObject(present: [
        "$schema": .string("http://cyclonedx.org/schema/bom-\(version.rawValue).schema.json"),
        "bomFormat": "CycloneDX", "specVersion": .string(version.rawValue), "version": 1,
        "serialNumber": .string(
          "urn:uuid:" + report.uuid(for: "cyclonedx-\(version.rawValue)")),
        "metadata": [
          "timestamp": .string(report.time), "lifecycles": [["phase": "operations"]],
          "tools": ["components": [tool]], "component": model(report),
        ],
        "components": list(
          ancestors.map { component($0, prefix: "ancestor", report, edge: nil) }),
        "dependencies": .array(dependencies(report, known, ancestors)),
        "compositions": [
          ["aggregate": "complete", "assemblies": [.string(reference(report))]],
          ["aggregate": "unknown", "dependencies": [.string(reference(report))]],
        ],
        "annotations": list(
          findings.enumerated().map { annotation($0, $1, report) }),
      ]))
  }

  private static let tool: JSON = [
    "type": "application", "name": "assay", "version": .string(assayVersion),
  ]

  private static func reference(_ report: CheckSummary) -> String {
    "model:" + report.answer.model.hex
  }

  // MARK: The model

  private static func model(_ report: CheckSummary) -> JSON {
    let answer = report.answer
    let evidence = list(answer.licence.map(LicenceChoice.evidence) ?? [])
    return .object(
      JSONObject(present: [
        "type": "machine-learning-model", "bom-ref": .string(reference(report)),
        "name": .string(answer.name), "version": .string(String(answer.model.hex.prefix(12))),
        "hashes": [hash(answer.model)],
        "modelCard": [
          "properties": .array(report.digests.map { property($0.name, $0.value.tagged) })
        ],
        "properties": .array(properties(report)),
        "components": list(answer.identity.files.map { file($0, of: report) }),
        "licenses": list(answer.licence.map(LicenceChoice.declared) ?? []),
        "evidence": evidence.map { ["licenses": $0] }, "pedigree": pedigree(report),
      ]))
  }

  /// What the digest of the model is of, and what the check answered.
  private static func properties(_ report: CheckSummary) -> [JSON] {
    let answer = report.answer
    let members: [(String, String?)] = [
      ("hash", "SHA-256 over the SHA-256 of every file, in the order of their paths"),
      ("verdict", answer.verdict.rawValue), ("as_of", answer.asOf.description),
      ("format", answer.identity.format), ("horizon", answer.decision?.horizon.rawValue),
      ("policy", answer.policy?.name), ("policy_digest", answer.policy?.digest.tagged),
    ]
    return members.compactMap { name, value in value.map { property(name, $0) } }
  }

  private static func file(_ file: CheckAnswer.Identity.File, of report: CheckSummary) -> JSON {
    [
      "type": "file", "bom-ref": .string("\(reference(report))#\(file.path)"),
      "name": .string(file.path), "hashes": [hash(file.digest)],
      "properties": [property("bytes", String(file.byteCount))],
    ]
  }

  // MARK: Ancestors

  private static func pedigree(_ report: CheckSummary) -> JSON? {
    let edges = report.answer.lineage.filter { $0.child == "model" }
    guard !edges.isEmpty else { return nil }
    func components(isSuspected: Bool) -> JSON? {
      list(
        edges.enumerated().filter { $1.isSuspected == isSuspected }
          .map { component($1.ancestor, prefix: "pedigree:\($0)", report, edge: $1) })
    }
    return .object(
      JSONObject(present: [
        "notes": .string(edges.map { "\($0.ancestor): \($0.words)" }.joined(separator: "\n")),
        "ancestors": components(isSuspected: false), "variants": components(isSuspected: true),
      ]))
  }

  /// An ancestor by the name or the digest that the edges know; `edge` is the evidence for it.
  private static func component(
    _ ancestor: String, prefix: String, _ report: CheckSummary, edge: LineageEdge?
  ) -> JSON {
    let licence = report.answer.lineage.first {
      ByteName($0.ancestor) == ByteName(ancestor) && $0.licence != nil
    }?.licence
    return .object(
      JSONObject(present: [
        "type": "machine-learning-model", "name": .string(ancestor),
        "bom-ref": .string("\(prefix):\(ancestor)"),
        "hashes": Digest(tagged: ancestor).map { [hash($0)] },
        "licenses": licence.map { [LicenceChoice.named($0)] },
        "properties": edge.map { .array(evidence($0)) },
      ]))
  }

  /// What is known of an edge.
  private static func evidence(_ edge: LineageEdge) -> [JSON] {
    let members: [(String, String?)] = [
      ("relation", edge.relation?.rawValue), ("grade", edge.grade.rawValue),
      ("route", edge.route?.rawValue),
      ("direction", edge.direction == .undetermined ? edge.direction.rawValue : nil),
      ("by", edge.by), ("date", edge.date?.description),
    ]
    return members.compactMap { name, value in value.map { property("lineage:\(name)", $0) } }
  }

  /// A node for the model and for every ancestor; arrows from child to ancestor.
  private static func dependencies(
    _ report: CheckSummary, _ known: [LineageEdge], _ ancestors: [String]
  ) -> [JSON] {
    func node(_ reference: String, child: String) -> JSON {
      let edges = known.filter { ByteName($0.child) == ByteName(child) }
      let needed = CheckSummary.unique(edges.map { "ancestor:" + $0.ancestor })
      return .object(
        JSONObject(present: [
          "ref": .string(reference), "dependsOn": list(needed.map(JSON.string)),
        ]))
    }
    // A card may call its base "model", which is the name of the model in question in edges.
    return [node(reference(report), child: "model")]
      + ancestors.map { name in
        name == "model"
          ? ["ref": .string("ancestor:" + name)] : node("ancestor:" + name, child: name)
      }
  }

  // MARK: Findings

  private static func annotation(
    _ index: Int, _ finding: Finding, _ report: CheckSummary
  ) -> JSON {
    [
      "bom-ref": .string("finding:\(index):\(finding.id)"),
      "subjects": [.string(reference(report))], "annotator": ["component": tool],
      "timestamp": .string(report.time), "text": .string(finding.annotation),
    ]
  }

  // MARK: Parts

  /// Lists that would be empty are left out of a document.
  private static func list(_ items: [JSON]) -> JSON? { items.isEmpty ? JSON?.none : .array(items) }

  private static func hash(_ digest: Digest) -> JSON {
    ["alg": "SHA-256", "content": .string(digest.hex)]
  }

  private static func property(_ name: String, _ value: String) -> JSON {
    ["name": .string("assay:" + name), "value": .string(value)]
  }
}
