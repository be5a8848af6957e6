import Base
import Foundation
import Testing

/// Goal: the demonstration shows what is so, not what it was written to show.
/// Method: the models as they are; then copies with other names, student and independent model
/// exchanged; then copies whose teacher says MIT. Verdicts must follow the models.
@Suite("The demonstration", .serialized)
struct DemoTests {
  /// Answers by id.
  static func answers(_ models: String) throws -> [String: String] {
    let run = try Program.run(["demo", "--models", models, "--json"])
    let json = try #require(run.json, "\(run.notes)")
    var answers: [String: String] = ["exit": String(run.code)]
    for answer in json["answers"]?.array ?? [] {
      answers[answer["id"]?.string ?? ""] = answer["shown"]?.string
    }
    if let state = json["state"]?.string {
      try FileSystem.remove(FileSystem.directoryName(state))
    }
    return answers
  }

  @Test("shows every answer as it must be, and ends with 0")
  func asItIs() throws {
    let answers = try Self.answers("Tests/Models")
    #expect(answers["exit"] == "0")
    #expect(answers["student-outputs"] == "inherits")
    #expect(answers["independent-outputs"] == "no-evidence")
    #expect(answers["student-suspected"] == "review")
    #expect(answers["student-concluded"] == "deny")
    #expect(answers["ledger"] == "sound")
  }

  @Test("exchanges its verdicts when student and independent model are exchanged")
  func exchanged() throws {
    let copy = try ModelCopies(exchanging: ("student", "independent"))
    defer { copy.remove() }
    let answers = try Self.answers(copy.folder)
    #expect(answers["exit"] == "1")
    #expect(answers["student-outputs"] == "no-evidence")
    #expect(answers["independent-outputs"] == "inherits")
    #expect(answers["student-suspected"] == "allow")
    #expect(answers["tuned"] == "fine-tuned")
    #expect(answers["quantised"] == "quantised")
  }

  @Test("does not ask for review when the teacher's licence is MIT")
  func otherLicence() throws {
    let copy = try ModelCopies(exchanging: nil)
    defer { copy.remove() }
    try copy.relicense("teacher", like: "student")
    try copy.relicense("twin", like: "student")
    let answers = try Self.answers(copy.folder)
    #expect(answers["student-outputs"] == "inherits")
    #expect(answers["student-suspected"] == "allow")
    #expect(answers["student-concluded"] == "allow")
  }
}

/// The models of the repository under random names.
struct ModelCopies {
  let folder: String
  private let names: [String: String]
  private let cast: JSONObject

  init(exchanging pair: (String, String)?) throws {
    folder = try FileSystem.temporaryDirectory(prefix: "assay-models")
    let source = FileSystem.join(Program.repository, "Tests/Models")
    var names: [String: String] = [:]
    for entry in try FileSystem.entries(of: source) where entry.kind == .directory {
      names[entry.name] = "m" + Hex.encode(SystemRandom.bytes(5))
      try FileManager.default.copyItem(
        atPath: FileSystem.join(source, entry.name),
        toPath: FileSystem.join(folder, names[entry.name] ?? ""))
    }
    self.names = names
    let text = try FileSystem.read(FileSystem.join(source, "demo.json"), limitBytes: 1 << 16)
    var cast = try JSON.parse(text).object ?? [:]
    if let (a, b) = pair { (cast[a], cast[b]) = (cast[b], cast[a]) }
    for key in cast.keys { cast[key] = JSON(names[cast[key]?.string ?? ""]) }
    self.cast = cast
    try DurableFile.replace(
      FileSystem.join(folder, "demo.json"), with: JSON.object(cast).canonicalBytes)
    for list in ["panel.jsonl", "references.jsonl"] {
      let lines = try FileSystem.read(FileSystem.join(source, list), limitBytes: 1 << 20)
      var renamed: [UInt8] = []
      for line in lines.split(separator: 0x0A) {
        var object = try JSON.parse(Array(line)).object ?? [:]
        object["path"] = JSON(names[object["path"]?.string ?? ""])
        renamed += JSON.object(object).canonicalBytes + [0x0A]
      }
      try DurableFile.replace(FileSystem.join(folder, list), with: renamed)
    }
    let profile = try FileSystem.read(
      FileSystem.join(source, "profile.json"), limitBytes: 1 << 20)
    try DurableFile.replace(FileSystem.join(folder, "profile.json"), with: profile)
  }

  /// Gives one model the card and the licence text of another.
  func relicense(_ role: String, like other: String) throws {
    for file in ["README.md", "LICENSE"] {
      let from = FileSystem.join(folder, (cast[other]?.string ?? "") + "/" + file)
      let to = FileSystem.join(folder, (cast[role]?.string ?? "") + "/" + file)
      try DurableFile.replace(to, with: try FileSystem.read(from, limitBytes: 1 << 20))
    }
  }

  func remove() { try? FileSystem.remove(folder) }
}
