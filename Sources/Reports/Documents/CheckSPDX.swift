// A check as an SPDX 3.0.1 document (ISO/IEC 5962 successor), JSON-LD: the model as an AI package,
// its files, its declared and concluded licence.
//
// Every element has an identifier below one namespace that is derived from the answer. A concluded
// licence is given only where the licence texts confirm the declared one; otherwise it is said that
// nothing is asserted. Release time, supplier and download place are not known to a check and are
// left out, so conformance to the AI profile, which wants them, is not claimed.

import Base

public enum CheckSPDX {
  private static let noAssertion =
    "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"

  public static func document(_ check: CheckSummary) -> JSON {
    let graph = Graph(namespace: "https://assay.dev/spdx/\(check.uuid)")
    var body = [package(check, graph)]
    for (index, file) in check.files.enumerated() {
      body.append(
        graph.element(
          "file-\(index)", "software_File",
          [
            "name": .string(file.path), "verifiedUsing": [hash(file.digest)],
            "software_primaryPurpose": "data",
          ]))
    }
    var declared = noAssertion
    if let licence = check.declaredLicence {
      declared = graph.id("licence")
      body.append(
        graph.element(
          "licence", "simplelicensing_LicenseExpression",
          ["simplelicensing_licenseExpression": .string(licence)]))
    }
    let concluded = check.licenceIsConfirmed ? declared : noAssertion
    body += [
      graph.relationship("declared", "hasDeclaredLicense", to: [declared]),
      graph.relationship("concluded", "hasConcludedLicense", to: [concluded]),
    ]
    if !check.files.isEmpty {
      body.append(
        graph.relationship(
          "contents", "contains", to: check.files.indices.map { graph.id("file-\($0)") }))
    }
    return [
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": .array(head(check, graph, body) + body),
    ]
  }

  private static func package(_ check: CheckSummary, _ graph: Graph) -> JSON {
    graph.element(
      "model", "ai_AIPackage",
      [
        "name": .string(check.name), "verifiedUsing": [hash(check.model)],
        "software_packageVersion": .string(String(check.model.hex.prefix(12))),
        "software_primaryPurpose": "model",
        "comment": .string("Verdict of the policy \(check.policyName): \(check.verdict)."),
      ])
  }

  /// Who made the document, with what, and what is in it.
  private static func head(_ check: CheckSummary, _ graph: Graph, _ body: [JSON]) -> [JSON] {
    let ids = body.compactMap { $0["spdxId"]?.string }
    return [
      [
        "type": "CreationInfo", "@id": .string(Graph.creation), "specVersion": "3.0.1",
        "created": .string(wholeSeconds(check.decidedAt)),
        "createdBy": [.string(graph.id("agent"))], "createdUsing": [.string(graph.id("tool"))],
      ],
      graph.element("agent", "SoftwareAgent", ["name": "assay"]),
      graph.element("tool", "Tool", ["name": .string("assay \(assayVersion)")]),
      graph.element(
        "data-licence", "simplelicensing_LicenseExpression",
        ["simplelicensing_licenseExpression": "CC0-1.0"]),
      graph.element(
        "document", "SpdxDocument",
        [
          "dataLicense": .string(graph.id("data-licence")),
          "rootElement": [.string(graph.id("bom"))],
          "profileConformance": ["core", "software", "simpleLicensing"],
          "element": JSON(["agent", "tool", "bom"].map { graph.id($0) } + ids),
        ]),
      graph.element(
        "bom", "software_Sbom",
        [
          "rootElement": [.string(graph.id("model"))], "software_sbomType": ["analyzed"],
          "element": JSON(ids),
        ]),
    ]
  }

  private static func hash(_ digest: Digest) -> JSON {
    ["type": "Hash", "algorithm": "sha256", "hashValue": .string(digest.hex)]
  }

  /// SPDX times have no fractions.
  private static func wholeSeconds(_ time: String) -> String {
    guard let instant = Instant(rfc3339: time) else { return time }
    return Instant(seconds: instant.seconds).rfc3339
  }

  /// Makes elements below one namespace.
  private struct Graph {
    let namespace: String
    static let creation = "_:creation"

    func id(_ name: String) -> String { "\(namespace)#\(name)" }

    func element(_ name: String, _ type: String, _ members: JSONObject) -> JSON {
      var object = members
      object["type"] = .string(type)
      object["spdxId"] = .string(id(name))
      object["creationInfo"] = .string(Self.creation)
      return .object(object)
    }

    func relationship(_ name: String, _ type: String, to ends: [String]) -> JSON {
      element(
        name, "Relationship",
        [
          "from": .string(id("model")), "relationshipType": .string(type), "to": JSON(ends),
        ])
    }
  }
}
