// What a state says beside its log: config.json, stored packs and profiles, the sources of a
// decision at one moment.

import Base
import Crypto
import Ledger
import Policy
import Store
import TestSupport
import Testing

@testable import State

/// A state in a folder of its own.
private final class Stage {
  let folder: TemporaryFolder
  let state: StateDirectory
  let database: Database

  init() throws {
    folder = try TemporaryFolder()
    state = StateDirectory(FileSystem.join(folder.path, "state"))
    _ = try state.create(origin: "test.example/state")
    database = try state.openDatabase()
    try StateTables.migrate(database)
  }

  func configure(_ text: String) throws {
    try DurableFile.replace(state.configPath, with: Array(text.utf8))
  }

  func sources(_ day: String = "2026-11-20") throws -> DecisionSources {
    try DecisionSources(
      state: state, database: database, today: try #require(CalendarDay(day)),
      catalogue: SHA256.hash([]))
  }

  /// A pack on top of the shipped one; its directory.
  func pack(_ name: String, rule: String, in directory: String) throws -> String {
    let document = Self.document(name, rule: rule)
    for (file, contents) in document {
      try folder.write("\(directory)/\(file)", contents.canonicalBytes)
    }
    return FileSystem.join(folder.path, directory)
  }

  static func document(_ name: String, rule: String) -> JSONObject {
    [
      "pack.json": ["schema": "assay.pack/1", "name": .string(name), "extends": "shipped"],
      "jurisdictions.json": [
        "schema": "assay.rules/1", "groups": [:],
        "rules": [
          [
            "id": .string(rule), "jurisdiction": "*", "kind": "company", "effect": "deny",
            "title": "T", "sentence": "S.", "citation": "C", "sources": [],
            "applies": [["from": "2026-01-01", "to": nil, "status": "in_force"]],
            "scope": ["const": true], "when": ["const": true], "confidence": "high",
            "review_by": "2099-12-31", "waivable": true,
          ]
        ],
      ],
    ]
  }

  func store(_ name: String, _ document: JSONObject) throws {
    try database.execute(
      "INSERT OR REPLACE INTO policies VALUES (?, 'd', ?, 't')",
      [.text(name), .text(JSON.object(document).canonicalText)])
  }
}

@Suite("The settings of a state")
struct SettingsTests {
  @Test("are empty without a file, and read from it")
  func read() throws {
    let stage = try Stage()
    #expect(try StateSettings(nil) == StateSettings(stage.state))
    try stage.configure("{}")
    #expect(try StateSettings(nil) == StateSettings(stage.state))
    try stage.configure(
      """
      {"profile": {"facts": {}}, "policies": {"acme": "/p"}, "gate": {"policy": "acme"}}
      """)
    let settings = try StateSettings(stage.state)
    #expect(settings.profile == ["facts": [:]] && settings.packs == ["acme": "/p"])
    #expect(settings.gate == GateDemand(policy: "acme"))
    try stage.configure("{\"gate\": {\"profile\": \"eu\"}, \"profile\": null}")
    #expect(try StateSettings(stage.state).gate == GateDemand(profile: "eu"))
    #expect(try StateSettings(stage.state).profile == nil)
    try stage.configure("{\"profile\": null, \"policies\": null, \"gate\": null}")
    #expect(try StateSettings(nil) == StateSettings(stage.state))
  }

  @Test(
    "are refused with the file's name when they are none",
    arguments: [
      "[]", "{", "{\"profil\": {}}", "{\"profile\": []}", "{\"policies\": {\"a\": 1}}",
      "{\"policies\": \"/p\"}", "{\"gate\": []}", "{\"gate\": {\"policy\": \"\"}}",
      "{\"gate\": {\"policy\": 1}}", "{\"gate\": {\"pack\": \"a\"}}",
    ])
  func refused(text: String) throws {
    let stage = try Stage()
    try stage.configure(text)
    let problem = #expect(throws: Problem.self) { try StateSettings(stage.state) }
    #expect(problem?.kind == .malformed)
    #expect(problem?.place?.hasPrefix(stage.state.configPath) == true)
    #expect(throws: Problem.self) { try stage.sources() }
  }
}

@Suite("A stored profile")
struct StoredProfileTests {
  @Test("is found by its name as it was put, and is gone when it was removed")
  func lifeCycle() throws {
    let stage = try Stage()
    let now = Instant(seconds: 0)
    let first = StoredProfile(name: "eu", facts: ["facts": ["a": 1]])
    #expect(try StoredProfiles.put(first, at: now, in: stage.database))
    #expect(try StoredProfiles.find("eu", in: stage.database) == first)
    let second = StoredProfile(name: "eu", facts: ["facts": ["a": 2]])
    #expect(try !StoredProfiles.put(second, at: now, in: stage.database))
    #expect(second.digest != first.digest)
    _ = try StoredProfiles.put(StoredProfile(name: "de", facts: [:]), at: now, in: stage.database)
    #expect(try StoredProfiles.all(in: stage.database).map(\.name) == ["de", "eu"])
    #expect(try StoredProfiles.find("eu", in: stage.database) == second)
    #expect(try StoredProfiles.remove("eu", in: stage.database))
    #expect(try !StoredProfiles.remove("eu", in: stage.database))
    #expect(try StoredProfiles.find("eu", in: stage.database) == nil)
    #expect(try StoredProfiles.find("EU", in: stage.database) == nil)
  }

  @Test(
    "has a name of 1 to 64 letters, digits, dots, underscores and hyphens",
    arguments: [
      ("eu", true), ("EU-1.b_c", true), ("", false), ("a b", false), ("a/b", false), ("é", false),
      (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
    ])
  func names(text: String, isName: Bool) {
    #expect(StoredProfile.isName(text) == isName)
  }
}

@Suite("What decisions rest on")
struct DecisionSourcesTests {
  @Test("names packs: the shipped one, then a stored one, then one of the configuration")
  func packNames() throws {
    let stage = try Stage()
    let directory = try stage.pack("own", rule: "own.a", in: "packs/own")
    try stage.configure("{\"policies\": {\"acme\": \"\(directory)\"}}")
    #expect(try stage.sources().policySource(named: nil) == .shipped)
    #expect(try stage.sources().policySource(named: "default") == .shipped)
    #expect(try stage.sources().policySource(named: "acme") == .configured("acme"))
    let problem = #expect(throws: Problem.self) { try stage.sources().policySource(named: "x") }
    #expect(problem?.code == "unknown_policy" && problem?.kind == .usage)
    try stage.store("acme", Stage.document("stored", rule: "own.b"))
    #expect(try stage.sources().policySource(named: "acme") == .stored("acme"))
    #expect(try stage.sources().pack(.stored("acme")).name == "stored")
    #expect(try stage.sources().pack(.configured("acme")).name == "own")
    #expect(try stage.sources().pack(.shipped).name == "shipped")
  }

  @Test("give a pack's digest without loading it, as the pack itself has it")
  func digests() throws {
    let stage = try Stage()
    let directory = try stage.pack("own", rule: "own.a", in: "packs/own")
    try stage.store("acme", Stage.document("acme", rule: "own.b"))
    try stage.configure("{\"policies\": {\"own\": \"\(directory)\"}}")
    var seen: Set<Digest> = []
    for source in [.shipped, .directory(directory), .stored("acme")] as [PolicyReference.Source] {
      let digest = try stage.sources().policyDigest(source)
      #expect(try digest == stage.sources().pack(source).digest)
      if let digest { seen.insert(digest) }
    }
    #expect(seen.count == 3)
    #expect(
      try stage.sources().policyDigest(.configured("own"))
        == stage.sources().policyDigest(.directory(directory)))
    // Another rule is another pack.
    let before = try stage.sources().policyDigest(.directory(directory))
    _ = try stage.pack("own", rule: "own.c", in: "packs/own")
    #expect(try stage.sources().policyDigest(.directory(directory)) != before)
  }

  @Test("that are gone or cannot be read are nothing, and never something else of the same name")
  func gone() throws {
    let stage = try Stage()
    let directory = try stage.pack("own", rule: "own.a", in: "packs/own")
    for source in [
      .stored("x"), .configured("x"), .directory(directory + "/x"), .stored("default"),
    ] as [PolicyReference.Source] {
      #expect(try stage.sources().policyDigest(source) == nil)
      let problem = #expect(throws: Problem.self) { try stage.sources().pack(source) }
      #expect(problem?.code == "unknown_policy")
    }
    try stage.folder.write("packs/own/pack.json", Array("{".utf8))
    #expect(try stage.sources().policyDigest(.directory(directory)) == nil)
    #expect(throws: Problem.self) { try stage.sources().pack(.directory(directory)) }
  }

  @Test("see one state during one pass, and the next one in the next")
  func onePass() throws {
    let stage = try Stage()
    let directory = try stage.pack("own", rule: "own.a", in: "packs/own")
    _ = try StoredProfiles.put(
      StoredProfile(name: "eu", facts: ["facts": [:]]), at: Instant(seconds: 0),
      in: stage.database)
    let sources = try stage.sources()
    let digest = sources.policyDigest(.directory(directory))
    let profile = try sources.storedProfile("eu")
    _ = try stage.pack("own", rule: "own.b", in: "packs/own")
    _ = try StoredProfiles.remove("eu", in: stage.database)
    #expect(sources.policyDigest(.directory(directory)) == digest)
    #expect(try sources.pack(.directory(directory)).digest == digest)
    #expect(try sources.storedProfile("eu") == profile)
    #expect(try stage.sources().policyDigest(.directory(directory)) != digest)
    let problem = #expect(throws: Problem.self) { try stage.sources().storedProfile("eu") }
    #expect(problem?.code == "unknown_profile")
  }

  @Test("know a profile by where it came from")
  func profiles() throws {
    let stage = try Stage()
    let reference = { (source: ProfileReference.Source) in
      ProfileReference(name: "eu", digest: SHA256.hash([]), source: source)
    }
    #expect(try stage.sources().defaultProfile == nil)
    #expect(try stage.sources().currentProfile(nil) == nil)
    try stage.configure("{\"profile\": {\"facts\": {}}}")
    let configured = try #require(try stage.sources().defaultProfile)
    #expect(configured.reference.name == "default")
    #expect(configured.reference.source == .configuration)
    #expect(configured.reference.digest == SHA256.hash(configured.facts.canonicalBytes))
    #expect(try stage.sources().currentProfile(nil) == configured)
    #expect(try stage.sources().currentProfile(reference(.configuration)) == configured)
    #expect(try stage.sources().currentProfile(reference(.given)) == nil)
    #expect(try stage.sources().currentProfile(reference(.stored)) == nil)
    _ = try StoredProfiles.put(
      StoredProfile(name: "eu", facts: [:]), at: Instant(seconds: 0), in: stage.database)
    let stored = try #require(try stage.sources().currentProfile(reference(.stored)))
    #expect(stored.reference.source == .stored && stored.reference.name == "eu")
  }

  @Test("name a pack without a manifest after where it lies, though another has the same files")
  func standaloneNames() throws {
    let stage = try Stage()
    var directories: [String] = []
    for name in ["one", "two"] {
      for file in PackSource.fileNames {
        guard let bytes = PolicyPack.embeddedFile(file), file != "scenarios.json" else { continue }
        try stage.folder.write("packs/\(name)/\(file)", bytes)
      }
      directories.append(FileSystem.join(stage.folder.path, "packs/\(name)"))
    }
    let sources = try stage.sources()
    #expect(try directories.map { try sources.pack(.directory($0)).name } == directories)
  }
}

@Suite("The table of places")
struct PlacesTests {
  @Test("remembers where a model was seen last")
  func places() throws {
    let stage = try Stage()
    let model = SHA256.hash([1])
    #expect(try Places.find(model, in: stage.database) == nil)
    for path in ["/a", "/b"] {
      try Places.note(
        model, at: path, fingerprint: ["x": .string(path)], now: Instant(seconds: 0),
        in: stage.database)
      let place = try #require(try Places.find(model, in: stage.database))
      #expect(place.path == path && place.fingerprint == ["x": .string(path)])
    }
    #expect(try Places.find(SHA256.hash([2]), in: stage.database) == nil)
  }
}

@Suite("The names of packs")
struct PolicyNamesTests {
  @Test("are those that decisions bear: of the shipped pack, of stored and of configured ones")
  func names() throws {
    let stage = try Stage()
    #expect(try PolicyNames.all(of: nil) == ["shipped"])
    #expect(try PolicyNames.all(of: stage.state) == ["shipped"])
    try stage.store("beta", Stage.document("beta", rule: "b.rule"))
    let directory = try stage.pack("alpha", rule: "a.rule", in: "packs/one")
    try stage.configure("{\"policies\": {\"mine\": \"\(directory)\", \"gone\": \"/nowhere\"}}")
    #expect(try PolicyNames.all(of: stage.state) == ["shipped", "alpha", "beta"])
    for source in [try stage.sources().policySource(named: "mine"), .stored("beta")] {
      #expect(try PolicyNames.all(of: stage.state).contains(stage.sources().pack(source).name))
    }
    try stage.store("shipped", Stage.document("shipped", rule: "c.rule"))
    #expect(try PolicyNames.all(of: stage.state) == ["shipped", "alpha", "beta"])
  }
}
