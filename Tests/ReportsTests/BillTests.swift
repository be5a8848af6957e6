// What the bills of materials and the summary may claim.

import Base
import Testing

@testable import Reports

@Suite("Claims of a document")
struct BillTests {
  @Test("Every reference of a CycloneDX document is declared once")
  func references() throws {
    for version in CheckBOM.Version.allCases {
      let bill = CheckBOM.document(try goldenReport(), version)
      let model = try #require(bill["metadata"]?["component"])
      let components = [model] + (bill["components"]?.array ?? [])
      let declared = components.compactMap { $0["bom-ref"]?.string }
      #expect(declared.count == Set(declared).count && declared.count == components.count)
      let nodes = try #require(bill["dependencies"]?.array)
      for node in nodes {
        let named =
          [node["ref"]?.string ?? ""]
          + (node["dependsOn"]?.array ?? []).compactMap(\.string)
        #expect(named.allSatisfy(declared.contains))
      }
      #expect(nodes.count == declared.count)
    }
  }

  @Test("A suspected ancestor is a variant that nothing depends on")
  func suspicion() throws {
    let bill = CheckBOM.document(try goldenReport(), .v16)
    let pedigree = try #require(bill["metadata"]?["component"]?["pedigree"])
    #expect(pedigree["variants"]?.array?.compactMap { $0["name"]?.string } == ["org/look-alike"])
    #expect(pedigree["ancestors"]?.array?.count == 1)
    let components = (bill["components"]?.array ?? []).compactMap { $0["name"]?.string }
    #expect(components.count == 2 && !components.contains("org/look-alike"))
    let needed = (bill["dependencies"]?.array ?? []).flatMap { $0["dependsOn"]?.array ?? [] }
    #expect(needed.count == 2 && !needed.contains("ancestor:org/look-alike"))
    let graph = CheckSPDX.document(try goldenReport())["@graph"]?.array ?? []
    let kinds = graph.compactMap { $0["relationshipType"]?.string }
    #expect(kinds.filter { $0 == "ancestorOf" }.count == 2)
    #expect(kinds.filter { $0 == "other" }.count == 1)
  }

  @Test(
    "Only what the SPDX list has is a licence id",
    arguments: [
      ("MIT", "MIT", true), ("mit", "MIT", true), ("unknown", "unknown", false),
      ("LicenseRef-llama-3.1", "LicenseRef-llama-3.1", false), ("GPL-2.0-or-later", nil, true),
      ("OpenMDW-1.1", "OpenMDW-1.1", false), ("MIT OR Apache-2.0", "MIT OR Apache-2.0", false),
    ])
  func licence(_ text: String, _ name: String?, _ isListed: Bool) {
    let licence = LicenceChoice.named(text)["license"]
    #expect(licence?[isListed ? "id" : "name"]?.string == name ?? text)
    #expect(licence?.object?.count == 1)
  }

  @Test("A declared composition is one expression, and one with an unknown id is names")
  func expression() throws {
    func declared(_ expression: String, _ ids: [String]) throws -> [JSON] {
      let changed = try report([
        "licence": [
          "model": "student",
          "declared": ["expression": .string(expression), "ids": JSON(ids), "typed": JSON(ids)],
        ]
      ])
      return LicenceChoice.declared(try #require(changed.answer.licence))
    }
    #expect(
      try declared("MIT OR Apache-2.0", ["MIT", "Apache-2.0"]) == [
        ["expression": "MIT OR Apache-2.0", "acknowledgement": "declared"]
      ])
    let names = try declared("MIT OR No-Such-Id", ["MIT", "No-Such-Id"])
    #expect(names.map { $0["license"]?["id"]?.string } == ["MIT", nil])
    #expect(names.map { $0["license"]?["name"]?.string } == [nil, "No-Such-Id"])
  }

  @Test("A licence is concluded only where text and declaration agree")
  func conclusion() throws {
    func isConcluded(_ changes: JSONObject) throws -> Bool? {
      let licence = try #require(try goldenAnswer()["licence"]?.object)
      return try report(["licence": .object(licence.merging(changes))]).answer.licence?.isConcluded
    }
    #expect(try isConcluded([:]) == true)
    let finding = { (severity: JSON) -> JSON in
      [["id": "x", "severity": severity, "message": "m"]]
    }
    #expect(try isConcluded(["findings": finding("note")]) == true)
    #expect(try isConcluded(["findings": finding("warning")]) == false)
    #expect(try isConcluded(["detected": []]) == false)
    let declared: JSON = ["expression": nil, "ids": ["MIT"], "typed": ["mit"]]
    #expect(try isConcluded(["declared": declared]) == false)
  }

  @Test("A summary passes for allow alone", arguments: Verdict.allCases)
  func summary(_ verdict: Verdict) throws {
    let summary = VerificationSummary.document(
      try report(["verdict": .string(verdict.rawValue)]))
    let predicate = try #require(summary["predicate"])
    #expect(predicate["verificationResult"]?.string == (verdict == .allow ? "PASSED" : "FAILED"))
    #expect((predicate["verifiedLevels"]?.array ?? []).contains("FAILED") == (verdict != .allow))
  }

  @Test("Findings hang on files of the model, by relative and encoded names")
  func locations() throws {
    let run = try #require(SARIFLog.document(try goldenReport())["runs"]?[0])
    let places = (run["results"]?.array ?? []).map { result in
      result["locations"]?[0]?["physicalLocation"]?["artifactLocation"]?["uri"]?.string
    }
    #expect(places == ["README.md", "weights/model%201.safetensors", "README.md"])
    let logical = (run["results"]?.array ?? []).map { result in
      result["locations"]?[0]?["logicalLocations"]?[0]?["fullyQualifiedName"]?.string
    }
    #expect(logical == ["student", nil, "ledger entry 7"])
  }
}
