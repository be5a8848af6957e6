import Base
import Foundation
import Testing

/// Goal: a verdict on recorded outputs can be checked like one on a model, and the recording stands
/// in for no model.
/// Method: the built program records a model of the repository and packs what it finds.
@Suite("An evidence pack of recorded outputs", .serialized)
struct RecordedPackTests {
  /// A recording of a model in a folder with lists of references and controls.
  private struct Ground {
    let pack: PackTests.Ground
    let recording: String

    init(of name: String, top: Int = 20) throws {
      pack = try PackTests.Ground()
      recording = pack.path("answers.jsonl")
      try DurableFile.replace(recording, with: try Self.record(name, top: top, pack))
    }

    static func record(_ name: String, top: Int, _ ground: PackTests.Ground) throws -> [UInt8] {
      let model = FileSystem.join(ground.models, name)
      let asked = try Program.run(["probes", "--tokenizer", model, "--jsonl"])
      try DurableFile.replace(ground.path("ask.jsonl"), with: Array(asked.output.utf8))
      let answers = try Program.run([
        "score", model, "--ids", ground.path("ask.jsonl"), "--top", "\(top)", "--jsonl",
      ])
      return Array(answers.output.utf8)
    }

    func model(_ name: String) -> String { FileSystem.join(pack.models, name) }

    func compare(_ folder: String, _ more: [String] = []) throws -> Program.Run {
      try Program.run(
        [
          "compare", recording, "--recorded", model("student-soft"), "--references",
          pack.path("references.jsonl"), "--panel", pack.path("panel.jsonl"), "--pack", folder,
          "--cache", SharedScores.folder, "--json",
        ] + more)
    }
  }

  @Test("is verified off line, by a script, and against the recording and the models")
  func whole() throws {
    let ground = try Ground(of: "student-soft")
    defer { ground.pack.remove() }
    let pack = ground.pack.path("a")
    let made = try ground.compare(pack)
    #expect(made.code == 1, "\(made.notes)")
    #expect(made.json?["suspect"]?["kind"] == "recording")
    #expect(FileSystem.kind(of: pack + "/weights.json") == nil)
    let verified = try ground.pack.verify(pack)
    #expect(verified.code == 0, "\(verified.output)")
    if let code = try PackTests.script(pack) { #expect(code == 0) }
    let own = ["--rescore", "--suspect", ground.recording, "--recorded"]
    let one = try ground.pack.verify(pack, own + [ground.model("student-soft")])
    #expect(one.code == 0 && one.output.contains("have the outcomes"), "\(one.output)")
    let all = try ground.pack.verify(
      pack,
      own + [
        ground.model("teacher"), "--reference", ground.model("teacher"), "--reference",
        ground.model("teacher-twin"), "--panel", ground.pack.path("panel.jsonl"),
      ])
    #expect(all.code == 0 && all.output.contains("outputs.json is made again"), "\(all.output)")
  }

  @Test("is not that of another recording, nor of a model")
  func others() throws {
    let ground = try Ground(of: "student-soft")
    defer { ground.pack.remove() }
    let pack = ground.pack.path("a")
    #expect(try ground.compare(pack).code == 1)
    let other = ground.pack.path("other.jsonl")
    try DurableFile.replace(
      other, with: try Ground.record("student-soft", top: 21, ground.pack))
    let model = ground.model("student-soft")
    let recorded = ["--rescore", "--suspect", other, "--recorded", model]
    #expect(try ground.pack.verify(pack, recorded).code == 1)
    #expect(try ground.pack.verify(pack, ["--rescore", "--suspect", model]).code == 1)
  }

  @Test("cannot be passed off as one of a model, or without its remark")
  func forged() throws {
    let ground = try Ground(of: "student-soft")
    defer { ground.pack.remove() }
    let pack = ground.pack.path("a")
    #expect(try ground.compare(pack).code == 1)
    let forgeries = [
      ("verdict.json", "\"kind\":\"recording\"", "\"kind\":\"model\""),
      ("models.json", "\"kind\":\"recording\",\"training_text\"", "\"training_text\""),
      ("verdict.json", "The weights behind", "No weights behind"),
    ]
    for (file, from, to) in forgeries {
      let path = FileSystem.join(pack, file)
      let bytes = try FileSystem.read(path, limitBytes: 1 << 28)
      let text = String(decoding: bytes, as: UTF8.self)
      try #require(text.contains(from), "\(file) holds no \(from)")
      try DurableFile.replace(path, with: Array(text.replacing(from, with: to).utf8))
      try PackTests.seal(pack)
      #expect(try ground.pack.verify(pack).code == 1, "\(file), \(from)")
      try DurableFile.replace(path, with: bytes)
    }
    try PackTests.seal(pack)
    #expect(try ground.pack.verify(pack).code == 0)
  }

  @Test("with a state it is signed and stays out of the ledger, and claims no descent of a model")
  func signed() throws {
    let ground = try Ground(of: "student-soft")
    defer { ground.pack.remove() }
    let state = ground.pack.path("state")
    #expect(try Program.run(["init", "--state", state]).code == 0)
    let pack = ground.pack.path("a")
    #expect(try ground.compare(pack, ["--state", state]).code == 1)
    #expect(FileSystem.kind(of: pack + "/receipts") == nil)
    #expect(try FileSystem.entries(of: pack + "/statements").count == 1)
    let key = state + "/keys/statement.pub.pem"
    #expect(try ground.pack.verify(pack, ["--key", key]).code == 0)
  }
}
