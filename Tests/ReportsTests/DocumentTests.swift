import Base
import Testing

@testable import Reports

@Suite("Bills of materials")
struct DocumentTests {
  private func check(_ verdict: String, name: String = "tiny") throws -> CheckSummary {
    let digest = "sha256:" + String(repeating: "ab", count: 32)
    let result: JSON = [
      "verdict": .string(verdict), "model": .string(digest), "name": .string(name),
      "exit_code": 3, "policy": "default", "policy_digest": .string(digest),
      "findings": [
        [
          "id": "licence-conflict", "severity": "warning", "place": "README.md",
          "message": "<script>alert(1)</script> | [x](javascript:y) & \"quoted\"",
        ]
      ],
      "identity": ["files": [["path": "a<b>.bin", "size": 3, "sha256": .string(digest)]]],
      "licence": ["declared": ["expression": "MIT"], "detected": [["file": "LICENSE"]]],
      "lineage": [["ancestor": "org/base", "child": .string(digest)]],
    ]
    return try #require(
      CheckSummary(
        result: result, path: "/m/tiny", decidedAt: "2026-01-02T03:04:05.5Z",
        identity: [UInt8](0..<32)))
  }

  @Test("are the same bytes for the same answer")
  func determinism() throws {
    let (one, two) = (try check("deny"), try check("deny"))
    #expect(
      CheckBOM.document(one, .v16).canonicalBytes == CheckBOM.document(two, .v16).canonicalBytes)
    #expect(CheckSPDX.document(one).canonicalBytes == CheckSPDX.document(two).canonicalBytes)
    let serial = CheckBOM.document(one, .v17)["serialNumber"]?.string
    #expect(serial == "urn:uuid:00010203-0405-8607-8809-0a0b0c0d0e0f")
  }

  @Test("resolve every reference they make")
  func references() throws {
    let graph = CheckSPDX.document(try check("deny"))["@graph"]?.array ?? []
    let known = Set(graph.compactMap { $0["spdxId"]?.string })
    for element in graph {
      for target in element["to"]?.array ?? [] {
        let id = target.string ?? ""
        #expect(known.contains(id) || id.hasPrefix("https://spdx.org/"), "\(id)")
      }
    }
    let bom = CheckBOM.document(try check("deny"), .v16)
    #expect(bom["dependencies"]?[0]?["dependsOn"]?[0] == bom["components"]?[0]?["bom-ref"])
  }

  @Test("conclude a licence only where the files confirm it")
  func licence() throws {
    let graph = CheckSPDX.document(try check("deny"))["@graph"]?.array ?? []
    let concluded = graph.first { $0["relationshipType"] == "hasConcludedLicense" }
    // The finding disputes it.
    #expect(concluded?["to"]?[0]?.string?.hasSuffix("NoAssertionLicense") == true)
  }
}
