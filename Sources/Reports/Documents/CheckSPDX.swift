// A check as an SPDX 3.0.1 document (https://spdx.github.io/spdx-spec/v3.0.1) under the profiles
// Core, Software, AI and SimpleLicensing: the model with its digest and files, the licence it
// declares, the licence the check concluded, its ancestors, and the findings as annotations.
//
// The AI profile demands members that a check cannot know (supplier, place of download, time of
// release): there stand "no assertion" and the time of the check, each with a comment saying so.
// A licence is concluded only where declaration and text agree; else no assertion is made.

import Audit
import Base
import Licensing
import Register

public enum CheckSPDX {
  public static func document(_ report: CheckSummary) -> JSON {
    var graph = Graph(base: "https://assay.dev/spdx/\(report.uuid(for: "spdx"))#")
    let model = addModel(report, to: &graph)
    addFiles(report, of: model, to: &graph)
    addLicences(report.answer.licence, of: model, to: &graph)
    addAncestors(report, of: model, to: &graph)
    addFindings(report, about: model, to: &graph)
    return [
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": .array(frame(report, graph, model) + graph.elements.map(JSON.object)),
    ]
  }

  private static let noAssertionLicence =
    "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
  private static let noAssertion = "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement"

  /// Elements in the order in which they were added; each gets its identifier and creation.
  struct Graph {
    let base: String
    private(set) var elements: [JSONObject] = []
    private(set) var identifiers: [String] = []

    init(base: String) { self.base = base }

    /// Adds an element and answers its identifier.
    mutating func add(_ type: String, _ name: String, _ members: JSONObject) -> String {
      let identifier = base + name
      elements.append(
        members.merging([
          "type": .string(type), "spdxId": .string(identifier), "creationInfo": "_:creation",
        ]))
      identifiers.append(identifier)
      return identifier
    }

    mutating func relate(
      _ name: String, _ from: String, _ type: String, _ to: [String], _ more: JSONObject = [:]
    ) {
      _ = add(
        "Relationship", name,
        more.merging([
          "from": .string(from), "relationshipType": .string(type), "to": JSON(to),
        ]))
    }
  }

  // MARK: The frame

  /// Creation, who made it, the document and the bill of materials.
  private static func frame(_ report: CheckSummary, _ graph: Graph, _ model: String) -> [JSON] {
    let inner = graph.identifiers
    var frame = Graph(base: graph.base)
    let agent = frame.add("SoftwareAgent", "agent", ["name": "assay"])
    let tool = frame.add("Tool", "tool", ["name": .string("assay \(assayVersion)")])
    let licence = frame.add(
      "simplelicensing_LicenseExpression", "document-licence",
      ["simplelicensing_licenseExpression": "CC0-1.0"])
    let bill = frame.add(
      "software_Sbom", "bill",
      [
        "software_sbomType": ["analyzed"], "rootElement": [.string(model)],
        "element": JSON(inner),
      ])
    _ = frame.add(
      "SpdxDocument", "document",
      [
        "name": .string("Check of \(report.answer.name)"), "dataLicense": .string(licence),
        "profileConformance": ["core", "software", "ai", "simpleLicensing"],
        "rootElement": [.string(bill)], "element": JSON([agent, tool, bill] + inner),
      ])
    let creation: JSON = [
      "@id": "_:creation", "type": "CreationInfo", "specVersion": "3.0.1",
      "created": .string(report.time), "createdBy": [.string(agent)],
      "createdUsing": [.string(tool)],
    ]
    return [creation] + frame.elements.map(JSON.object)
  }

  // MARK: The model

  private static func addModel(_ report: CheckSummary, to graph: inout Graph) -> String {
    let supplier = graph.add(
      "Agent", "supplier",
      ["name": "NOASSERTION", "comment": "The check does not know who supplied the model."])
    let digests = report.digests.map { "\($0.name) \($0.value.tagged)" }.joined(separator: "; ")
    return graph.add(
      "ai_AIPackage", "model",
      [
        "name": .string(report.answer.name), "suppliedBy": .string(supplier),
        "software_downloadLocation": .string(noAssertion),
        "software_packageVersion": .string(String(report.answer.model.hex.prefix(12))),
        "software_primaryPurpose": "model", "releaseTime": .string(report.time),
        "verifiedUsing": hash(report.answer.model),
        "comment": .string(
          "The hash is SHA-256 over the SHA-256 of every file, in the order of their paths. "
            + "The time of release and the place of download are not known; the time of the "
            + "check stands for the first. \(digests)"),
      ])
  }

  private static func addFiles(
    _ report: CheckSummary, of model: String, to graph: inout Graph
  ) {
    var files: [String] = []
    for (index, file) in report.answer.identity.files.enumerated() {
      files.append(
        graph.add(
          "software_File", "file-\(index)",
          ["name": .string(file.path), "verifiedUsing": hash(file.digest)]))
    }
    guard !files.isEmpty else { return }
    graph.relate("files", model, "contains", files, ["completeness": "complete"])
  }

  private static func hash(_ digest: Digest) -> JSON {
    [["type": "Hash", "algorithm": "sha256", "hashValue": .string(digest.hex)]]
  }

  // MARK: Licences

  private static func addLicences(
    _ licence: LicenceReport?, of model: String, to graph: inout Graph
  ) {
    var declared = noAssertionLicence
    let typed = licence?.declared.typed ?? []
    if let text = licence?.declared.expression, let expression = try? Expression(text),
      expression.unknown.isEmpty
    {
      declared = graph.add(
        "simplelicensing_LicenseExpression", "licence",
        ["simplelicensing_licenseExpression": .string(expression.canonical)])
    } else if !typed.isEmpty {
      declared = graph.add(
        "simplelicensing_SimpleLicensingText", "licence",
        ["simplelicensing_licenseText": .string(typed.joined(separator: ", "))])
    }
    let texts = (licence?.detected ?? []).map { text in
      "\(text.file): \(text.ids.isEmpty ? "not recognised" : text.ids.joined(separator: ", "))"
    }
    let evidence = texts.isEmpty ? "No licence text was found." : texts.joined(separator: "; ")
    graph.relate("declared", model, "hasDeclaredLicense", [declared])
    graph.relate(
      "concluded", model, "hasConcludedLicense",
      [licence?.isConcluded == true ? declared : noAssertionLicence], ["comment": .string(evidence)]
    )
  }

  // MARK: Ancestors

  private static func addAncestors(
    _ report: CheckSummary, of model: String, to graph: inout Graph
  ) {
    var known: [ByteName: String] = [:]
    for (index, name) in report.ancestors.enumerated() {
      let members = JSONObject(present: [
        "name": .string(name), "software_primaryPurpose": "model",
        "verifiedUsing": Digest(tagged: name).map(hash),
      ])
      known[ByteName(name)] = graph.add("software_Package", "ancestor-\(index)", members)
    }
    // A card may call its base by this name, too: in edges it is the model's own.
    known[ByteName(ModelLineage.node)] = model
    for (index, edge) in report.answer.lineage.enumerated() {
      guard let from = known[ByteName(edge.ancestor)], let to = known[ByteName(edge.child)],
        from != to
      else { continue }
      graph.relate(
        "edge-\(index)", from, edge.isSuspected ? "other" : "ancestorOf", [to],
        ["comment": .string(edge.words), "completeness": "noAssertion"])
    }
  }

  // MARK: Findings

  private static func addFindings(
    _ report: CheckSummary, about model: String, to graph: inout Graph
  ) {
    _ = graph.add(
      "Annotation", "verdict",
      [
        "annotationType": "review", "subject": .string(model),
        "statement": .string("Verdict: \(report.answer.verdict.rawValue). \(report.meaning)"),
      ])
    for (index, finding) in report.answer.findings.enumerated() {
      _ = graph.add(
        "Annotation", "finding-\(index)",
        [
          "annotationType": "review", "subject": .string(model),
          "statement": .string(finding.annotation),
        ])
    }
  }
}
