// The gate for models as they come: a bare GGUF file, and a snapshot of a cache.

import Base
import GateSupport
import Register
import State
import TestSupport
import Testing

@testable import Audit

/// Goal: a file whose licence is named is allowed where it stays, not where it is passed on without
/// its text; what is recorded leads back to the model.
@Suite("The gate for models as they come")
struct BareModelGateTests {
  let stage: GateStage
  init() throws { stage = try GateStage() }

  private func write(_ name: String, license: String?) throws -> String {
    let metadata = license.map { [("general.license", TinyModels.ggufText($0))] } ?? []
    return try stage.folder.write(
      name, TinyModels.gguf([TinyTensor("w", [1], f32: [1])], metadata: metadata))
  }

  private func check(_ path: String, form: String) throws -> CheckResult {
    var profile = stage.profile.object ?? [:]
    var request = profile["request"]?.object ?? [:]
    request["form"] = .string(form)
    profile["request"] = .object(request)
    return try stage.ask("none", profile: .object(profile)) { $0.model.path = path }
  }

  @Test("allows a bare file at home, and asks for its text when it is passed on")
  func duties() throws {
    let path = try write("bare/a.gguf", license: "apache-2.0")
    let home = try check(path, form: "internal")
    #expect(home.verdict == .allow)
    #expect(home.findings.contains { $0.id == "licence.text_absent" })
    for form in ["weights-published", "weights-transferred", "embedded-app"] {
      #expect(try check(path, form: form).verdict != .allow, "\(form)")
    }
  }

  /// A folder with a card whose base is under a licence, asked about in a form of use.
  private func check(base licence: String, form: String) throws -> CheckResult {
    try stage.add(
      "m",
      TinyFolder().with {
        $0.card = "license: mit\nbase_model: org/base"
      })
    var profile = stage.profile.object ?? [:]
    var request = profile["request"]?.object ?? [:]
    request["form"] = .string(form)
    profile["request"] = .object(request)
    return try stage.ask("m", profile: .object(profile)) {
      $0.models = ["models": ["org/base": ["licence": .string(licence)]]]
    }
  }

  @Test("asks for a text at a service too, where the terms call that a distribution")
  func hostedDuties() throws {
    let gemma = "LicenseRef-gemma-terms-2025-03-24"
    func unowed(_ form: String) throws -> Set<String> {
      Set(try check(base: gemma, form: form).answer.unowed.map(\.id))
    }
    #expect(try unowed("internal") == ["licence.copy_missing", "licence.notice_missing"])
    // The notice is the one duty that these terms except a hosted service from.
    #expect(try unowed("hosted-api") == ["licence.notice_missing"])
    #expect(try unowed("weights-published") == [])
    let file = try write("bare/g.gguf", license: "gemma")
    #expect(
      try check(file, form: "internal").answer.unowed.map(\.id).contains("licence.text_absent"))
    #expect(
      try !check(file, form: "hosted-api").answer.unowed.map(\.id).contains("licence.text_absent"))
  }

  @Test("asks for the texts of a base where a folder with a card is passed on, not at home")
  func baseDuties() throws {
    func check(_ form: String) throws -> CheckResult {
      try self.check(base: "Apache-2.0", form: form)
    }
    for form in ["internal", "outputs-only", "hosted-api"] {
      let result = try check(form)
      let missing = result.findings.filter { $0.id == "licence.copy_missing" }
      #expect(missing.map(\.severity) == [.warning], "\(form)")
      #expect(result.verdict == .allow, "\(form): \(result.findings)")
      #expect(result.answer.unowed == missing)
      // The report on the folder itself stays as strict as a release wants it.
      #expect(result.licence?.exitCode == .no)
    }
    for form in ["weights-published", "weights-transferred", "embedded-app"] {
      let result = try check(form)
      #expect(result.verdict == .review && result.answer.unowed.isEmpty, "\(form)")
    }
  }

  @Test("allows no bare file that names no licence")
  func missing() throws {
    let result = try check(try write("bare/a.gguf", license: nil), form: "internal")
    #expect(result.verdict == .review)
    #expect(result.findings.contains { $0.id == "licence.missing" })
  }

  @Test("knows a snapshot by its name and revision, and finds it again")
  func snapshot() throws {
    let hub = try HubStage()
    let revision = String(repeating: "a", count: 40)
    for (name, bytes) in TinyFolder().contents {
      try hub.add("acme/box", revision, name, blob: "blob-" + name, bytes)
    }
    let made = try stage.check("none") { $0.model.path = hub.root }
    #expect(made.result.verdict == .allow)
    #expect(made.result.name == "acme/box" && made.result.place.revision == revision)
    #expect(made.recorded != nil)
    let place = try Places.find(made.result.model, in: stage.log.database)
    #expect(place?.path == hub.snapshot("acme/box", revision))
    let again = try stage.ask("none") { $0.model.path = place?.path ?? "" }
    #expect(again.json() == made.result.json())
  }
}
