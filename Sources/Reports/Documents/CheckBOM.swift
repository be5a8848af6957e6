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
    var object: JSONObject = [
      "$schema": .string("http://cyclonedx.org/schema/bom-\(version.rawValue).schema.json"),
      "bomFormat": "CycloneDX", "specVersion": .string(version.rawValue), "version": 1,
      "serialNumber": .string("urn:uuid:" + report.uuid(for: "cyclonedx-\(version.rawValue)")),
      "metadata": [
        "timestamp": .string(report.time), "lifecycles": [["phase": "operations"]],
        "tools": ["components": [tool]], "component": model(report),
      ],
      "dependencies": .array(dependencies(report, known, ancestors)),
      "compositions": [
        ["aggregate": "complete", "assemblies": [.string(reference(report))]],
        ["aggregate": "unknown", "dependencies": [.string(reference(report))]],
      ],
    ]
    if !ancestors.isEmpty {
      object["components"] = .array(
        ancestors.map { component($0, prefix: "ancestor", report, edge: nil) })
    }
    if !report.answer.findings.isEmpty { object["annotations"] = .array(annotations(report)) }
    return .object(object)
  }

  private static let tool: JSON = [
    "type": "application", "name": "assay", "version": .string(assayVersion),
  ]

  private static func reference(_ report: CheckSummary) -> String {
    "model:" + report.answer.model.hex
  }

  // MARK: The model

  private static func model(_ report: CheckSummary) -> JSON {
    var object: JSONObject = [
      "type": "machine-learning-model", "bom-ref": .string(reference(report)),
      "name": .string(report.answer.name),
      "version": .string(String(report.answer.model.hex.prefix(12))),
      "hashes": [hash(report.answer.model)],
      "modelCard": [
        "properties": .array(report.digests.map { property($0.name, $0.value.tagged) })
      ],
      "properties": .array(properties(report)),
    ]
    let files = report.answer.identity.files
    if !files.isEmpty { object["components"] = .array(files.map { file($0, of: report) }) }
    let licences = report.answer.licence.map(LicenceChoice.declared) ?? []
    if !licences.isEmpty { object["licenses"] = .array(licences) }
    let evidence = report.answer.licence.map(LicenceChoice.evidence) ?? []
    if !evidence.isEmpty { object["evidence"] = ["licenses": .array(evidence)] }
    object["pedigree"] = pedigree(report)
    return .object(object)
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
    var pedigree: JSONObject = [
      "notes": .string(edges.map { "\($0.ancestor): \($0.words)" }.joined(separator: "\n"))
    ]
    for (member, isSuspected) in [("ancestors", false), ("variants", true)] {
      let components = edges.enumerated().filter { $1.isSuspected == isSuspected }
        .map { component($1.ancestor, prefix: "pedigree:\($0)", report, edge: $1) }
      if !components.isEmpty { pedigree[member] = .array(components) }
    }
    return .object(pedigree)
  }

  /// An ancestor by the name or the digest that the edges know; `edge` is the evidence for it.
  private static func component(
    _ ancestor: String, prefix: String, _ report: CheckSummary, edge: LineageEdge?
  ) -> JSON {
    var object: JSONObject = [
      "type": "machine-learning-model", "name": .string(ancestor),
      "bom-ref": .string("\(prefix):\(ancestor)"),
    ]
    if let digest = Digest(tagged: ancestor) { object["hashes"] = [hash(digest)] }
    let known = report.answer.lineage.first {
      ByteName($0.ancestor) == ByteName(ancestor) && $0.licence != nil
    }
    if let licence = known?.licence {
      object["licenses"] = [LicenceChoice.named(licence)]
    }
    if let edge { object["properties"] = .array(evidence(edge)) }
    return .object(object)
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
      var object: JSONObject = ["ref": .string(reference)]
      if !needed.isEmpty { object["dependsOn"] = JSON(needed) }
      return .object(object)
    }
    // A card may call its base "model", which is the name of the model in question in edges.
    return [node(reference(report), child: "model")]
      + ancestors.map { name in
        name == "model"
          ? ["ref": .string("ancestor:" + name)] : node("ancestor:" + name, child: name)
      }
  }

  // MARK: Findings

  private static func annotations(_ report: CheckSummary) -> [JSON] {
    report.answer.findings.enumerated().map { index, finding in
      [
        "bom-ref": .string("finding:\(index):\(finding.id)"),
        "subjects": [.string(reference(report))], "annotator": ["component": tool],
        "timestamp": .string(report.time), "text": .string(finding.annotation),
      ]
    }
  }

  // MARK: Parts

  private static func hash(_ digest: Digest) -> JSON {
    ["alg": "SHA-256", "content": .string(digest.hex)]
  }

  private static func property(_ name: String, _ value: String) -> JSON {
    ["name": .string("assay:" + name), "value": .string(value)]
  }
}
