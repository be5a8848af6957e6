import Base
import Testing

@testable import Policy

@Suite("The shipped pack")
struct ShippedPackTests {
  @Test("answers its own scenarios, missing facts included")
  func scenarios() throws {
    let pack = try PolicyPack.shipped()
    #expect(pack.scenarios.count > 150)
    for scenario in pack.scenarios {
      let result = pack.run(scenario)
      #expect(result.differences.isEmpty, "\(scenario.id)")
    }
  }

  @Test("has for every rule a scenario that fires and one that does not")
  func covered() throws {
    let findings = try PolicyPack.shipped().lint()
    #expect(findings.isEmpty, "\(findings.map { "\($0.place ?? "") \($0.id)" })")
  }

  @Test("names the bytes it was made of")
  func digests() throws {
    let pack = try PolicyPack.shipped()
    #expect(pack.files.map(\.name) == PackLoader.fileNames.sorted())
    for file in pack.files {
      let bytes = try #require(PolicyPack.embeddedFile(file.name))
      #expect(sha256(bytes) == file.digest)
    }
    #expect(PolicyPack.embeddedFile("../Package.swift") == nil)
  }

  @Test("knows every licence of the catalogue; what is no licence stays unknown")
  func catalogue() throws {
    let pack = try PolicyPack.shipped()
    let bytes = try #require(PolicyPack.embeddedFile("licences.json"))
    for entry in try JSON.parse(bytes)["licences"]?.array ?? [] {
      let id = try #require(entry["id"]?.string)
      #expect(pack.covers(licence: id) == (entry["kind"] == "licence"), "\(id)")
    }
    #expect(pack.isFreeAndOpen(licence: "Apache-2.0") == true)
    #expect(pack.isFreeAndOpen(licence: "LicenseRef-llama-3.1") == false)
    #expect(pack.isFreeAndOpen(licence: "LicenseRef-nobody") == nil)
  }

  @Test("never denies by a compiled condition of low confidence")
  func lowConfidence() throws {
    let pack = try PolicyPack.shipped()
    for licence in pack.compiledLicences {
      for condition in pack.conditions(of: licence) ?? []
      where condition.clause.confidence == .low {
        #expect(condition.clause.gate.effect != .deny, "\(condition.clause.id)")
      }
    }
  }

  @Test("every decision is explained with the verdict first")
  func text() throws {
    let pack = try PolicyPack.shipped()
    for scenario in pack.scenarios.prefix(60) where scenario.expect?["error"] == nil {
      let decision = try decide(pack, scenario.question)
      #expect(decision.lines.first?.hasPrefix(decision.verdict.rawValue.uppercased()) == true)
      let text = decision.lines.joined(separator: "\n")
      for finding in decision.findings { #expect(text.contains(finding.id)) }
    }
  }
}

@Suite("A company's pack")
struct CompanyPackTests {
  private let template = FileSystem.join(
    FileSystem.directoryName(
      FileSystem.directoryName(FileSystem.directoryName(#filePath))), "Policies/company")

  @Test("the template loads, is proven by its scenarios and changes an answer")
  func templateLoads() throws {
    let pack = try PolicyPack.load(template)
    let shipped = try PolicyPack.shipped()
    #expect(pack.ruleCount > shipped.ruleCount)
    #expect(pack.lint().isEmpty)
    #expect(!pack.differences(from: shipped, over: pack.scenarios).isEmpty)
    #expect(pack.files.contains { $0.name.hasPrefix("shipped/") })
  }

  @Test("a pack whose own scenarios fail does not load")
  func unproven() throws {
    let directory = try FileSystem.temporaryDirectory(prefix: "assay-pack-")
    defer { try? FileSystem.remove(directory) }
    for entry in try FileSystem.entries(of: template) {
      let bytes = try FileSystem.read(FileSystem.join(template, entry.name), limitBytes: 1 << 20)
      var text = String(decoding: bytes, as: UTF8.self)
      if entry.name == "scenarios.json" {
        text = text.replacing("\"verdict\":\"deny\"", with: "\"verdict\":\"allow\"")
      }
      try DurableFile.replace(FileSystem.join(directory, entry.name), with: Array(text.utf8))
    }
    let problem = #expect(throws: Problem.self) { try PolicyPack.load(directory) }
    #expect(problem?.code == "scenario_failed")
    _ = try PolicyPack.load(directory, prove: false)
  }

  @Test("may add and may not redefine what it extends")
  func redefines() throws {
    let directory = try FileSystem.temporaryDirectory(prefix: "assay-pack-")
    defer { try? FileSystem.remove(directory) }
    func write(_ name: String, _ json: JSON) throws {
      try DurableFile.replace(FileSystem.join(directory, name), with: json.canonicalBytes)
    }
    try write("pack.json", ["schema": "assay.pack/1", "name": "acme", "extends": "shipped"])
    #expect(throws: Problem.self) { try PolicyPack.load(directory) }
    try write("licence-rules.json", ["schema": "x", "licences": ["MIT": []]])
    let problem = #expect(throws: Problem.self) { try PolicyPack.load(directory) }
    #expect(problem?.code == "duplicate_id")
    try write("licence-rules.json", ["schema": "x", "licences": ["LicenseRef-acme": []]])
    #expect(try PolicyPack.load(directory).covers(licence: "LicenseRef-acme"))
  }
}
