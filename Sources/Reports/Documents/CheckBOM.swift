// A check as a bill of materials: CycloneDX 1.6 and 1.7 (ECMA-424), machine-learning component.
//
// The serial number is derived from the answer and the time is the decision's, so the same answer
// gives the same bytes. Licences are given as expressions: an id that is not in the standard's own
// list would make the whole document invalid.

import Base

public enum CheckBOM {
  public enum Version: String, Sendable {
    case v16 = "1.6"
    case v17 = "1.7"
  }

  public static func document(_ check: CheckSummary, _ version: Version) -> JSON {
    let reference = "model:\(check.model.hex)"
    let ancestors = check.edges.compactMap(Ancestor.init).filter { $0.child != nil }
    let components = ancestors.map { $0.component }
    return [
      "$schema": .string("http://cyclonedx.org/schema/bom-\(version.rawValue).schema.json"),
      "bomFormat": "CycloneDX", "specVersion": .string(version.rawValue), "version": 1,
      "serialNumber": .string("urn:uuid:\(check.uuid)"),
      "metadata": [
        "timestamp": .string(check.decidedAt),
        "lifecycles": [["phase": "operations"]],
        "tools": [
          "components": [
            ["type": "application", "name": "assay", "version": .string(assayVersion)]
          ]
        ],
        "component": component(check, reference, ancestors),
      ],
      "components": .array(components),
      "dependencies": .array(
        [["ref": .string(reference), "dependsOn": JSON(ancestors.map(\.reference))]]
          + ancestors.map { ["ref": .string($0.reference)] }),
      // What the ledger and the card do not say about ancestors is not known.
      "compositions": [["aggregate": "incomplete", "assemblies": [.string(reference)]]],
    ]
  }

  private static func component(
    _ check: CheckSummary, _ reference: String, _ ancestors: [Ancestor]
  ) -> JSON {
    var object: JSONObject = [
      "type": "machine-learning-model", "bom-ref": .string(reference),
      "name": .string(check.name), "version": .string(String(check.model.hex.prefix(12))),
      "hashes": [hash(check.model)],
      "properties": [
        property("assay:verdict", check.verdict),
        property("assay:model", check.model.tagged),
        property("assay:policy", check.policy?.tagged ?? check.policyName),
      ],
    ]
    if let licence = check.declaredLicence {
      object["licenses"] = [["expression": .string(licence), "acknowledgement": "declared"]]
    }
    if !check.files.isEmpty {
      object["components"] = .array(
        check.files.map { file in
          [
            "type": "file", "bom-ref": .string("\(reference)#\(file.path)"),
            "name": .string(file.path), "hashes": [hash(file.digest)],
          ]
        })
    }
    if !ancestors.isEmpty {
      object["pedigree"] = [
        "ancestors": .array(ancestors.map(\.pedigree)),
        "notes": "as the ledger and the model's card state it",
      ]
    }
    return .object(object)
  }

  private static func hash(_ digest: Digest) -> JSON {
    ["alg": "SHA-256", "content": .string(digest.hex)]
  }

  private static func property(_ name: String, _ value: String) -> JSON {
    ["name": .string(name), "value": .string(value)]
  }

  /// A model this one came from.
  private struct Ancestor {
    let name: String
    let digest: Digest?
    /// Nil where the edge runs the other way or its direction is not known.
    let child: String?

    init?(_ edge: JSON) {
      guard let ancestor = edge["ancestor"]?.string else { return nil }
      name = ancestor
      digest = Digest(tagged: ancestor)
      child = edge["direction"]?.string == "undetermined" ? nil : edge["child"]?.string
    }

    var reference: String { "ancestor:\(name)" }

    var component: JSON {
      var object: JSONObject = [
        "type": "machine-learning-model", "bom-ref": .string(reference), "name": .string(name),
      ]
      if let digest { object["hashes"] = [CheckBOM.hash(digest)] }
      return .object(object)
    }

    var pedigree: JSON {
      var object = component.object ?? [:]
      object["bom-ref"] = .string("pedigree:\(name)")
      return .object(object)
    }
  }
}
