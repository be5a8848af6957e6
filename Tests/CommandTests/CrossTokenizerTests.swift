import Base
import Foundation
import Testing

/// Goal: an accusation across tokenizers rests on exact byte distributions too, and one that cannot
/// be measured again is none.
/// Method: models of the repository, some of them with a tokenizer of which one token is another;
/// the built program.
@Suite("A comparison across tokenizers", .serialized)
struct CrossTokenizerTests {
  /// A folder with a suspect and two controls of the other tokenizer, and lists.
  struct Ground {
    let folder: String
    let models = FileSystem.join(Program.repository, "Tests/Models")
    static let other = ["student-soft", "control-same-2", "control-oth"]

    init() throws {
      folder = try FileSystem.temporaryDirectory(prefix: "assay-cross")
      for name in Self.other {
        try FileManager.default.copyItem(
          atPath: FileSystem.join(models, name), toPath: FileSystem.join(folder, name))
        let path = FileSystem.join(folder, name + "/tokenizer.json")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = text.replacing("\"ck\":767", with: "\"cj\":767")
          .replacing("[\"c\",\"k\"]", with: "[\"c\",\"j\"]")
        #expect(changed != text)
        try Data(changed.utf8).write(to: URL(filePath: path))
      }
      for list in ["panel.jsonl", "references.jsonl"] {
        let lines = try String(contentsOfFile: FileSystem.join(models, list), encoding: .utf8)
          .split(separator: "\n").map { line -> String in
            var object = try JSON.parse(Array(line.utf8)).object ?? [:]
            let name = object["path"]?.string ?? ""
            let home = Self.other.contains(name) ? folder : models
            object["path"] = .string(FileSystem.join(home, name))
            return JSON.object(object).canonicalText
          }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path(list)))
      }
    }

    func path(_ name: String) -> String { FileSystem.join(folder, name) }

    func compare(_ suspect: String, _ more: [String]) throws -> Program.Run {
      try Program.run(
        [
          "compare", suspect, "--references", path("references.jsonl"), "--panel",
          path("panel.jsonl"), "--cache", SharedScores.folder,
        ] + more)
    }

    func remove() { try? FileSystem.remove(folder) }
  }

  private func gate(_ run: Program.Run) -> JSON? {
    run.json?["comparisons"]?[0]?["output_descent"]?["gates"]?.array?
      .first { $0["name"] == "byte-exact" }
  }

  @Test("a student is found by exact distributions too, and the pack holds what they rest on")
  func found() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let pack = ground.path("pack")
    let run = try ground.compare(ground.path("student-soft"), ["--json", "--pack", pack])
    let answer = run.json?["comparisons"]?[0]?["output_descent"]
    #expect(run.code == 1 && answer?["verdict"] == "inherits", "\(run.output)")
    #expect(answer?["confirmation"]?["holds"] == true && gate(run)?["passed"] == true)
    let verified = try Program.run(["verify", "--pack", pack, "--json"])
    #expect(verified.code == 0, "\(verified.output)")
    if let code = try PackTests.script(pack) { #expect(code == 0) }
    // Without the sums of the confirmation, or with others, the verdict does not follow.
    let path = FileSystem.join(pack, "outputs.json")
    let record = try String(contentsOfFile: path, encoding: .utf8)
    for name in ["\"confirmations\":", "\"left_out\":"] {
      let changed = record.replacing(name, with: "\"x\":")
      #expect(changed != record)
      try Data(changed.utf8).write(to: URL(filePath: path))
      try PackTests.seal(pack)
      #expect(try Program.run(["verify", "--pack", pack, "--json"]).code != 0)
    }
    let text = try ground.compare(ground.path("student-soft"), [])
    #expect(text.output.contains("exact byte distributions at 128 positions"))
  }

  @Test("a recording of the same student stays undecided: it cannot be asked again")
  func recording() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let model = ground.path("student-soft")
    let asked = try Program.run(["probes", "--tokenizer", model, "--jsonl"])
    let ask = ground.path("ask.jsonl")
    try Data(asked.output.utf8).write(to: URL(filePath: ask))
    let answers = try Program.run(["score", model, "--ids", ask, "--top", "20", "--jsonl"])
    let recorded = ground.path("recorded.jsonl")
    try Data(answers.output.utf8).write(to: URL(filePath: recorded))
    let run = try ground.compare(recorded, ["--recorded", model, "--json"])
    #expect(run.code == 3, "\(run.output)")
    #expect(gate(run)?["passed"] == false)
    #expect(gate(run)?["detail"]?.string?.contains("recording") == true)
  }
}
