import Base
import Foundation
import Testing

/// Goal: a model that can only be asked is judged by what it reported, and a bad recording is named.
/// Method: the built program records models of the repository as an interface would.
@Suite("Recorded outputs")
struct RecordedOutputsTests {
  private func model(_ name: String) -> String {
    FileSystem.join(Program.repository, "Tests/Models/" + name)
  }

  private func recording(of name: String, top: Int, in folder: String) throws -> String {
    let asked = try Program.run(["probes", "--tokenizer", model(name), "--jsonl"])
    #expect(asked.code == 0)
    try Data(asked.output.utf8).write(to: URL(filePath: folder + "/ask.jsonl"))
    let answers = try Program.run([
      "score", model(name), "--ids", folder + "/ask.jsonl", "--top", "\(top)", "--jsonl",
    ])
    #expect(answers.code == 0)
    let path = folder + "/\(name)-\(top).jsonl"
    try Data(answers.output.utf8).write(to: URL(filePath: path))
    return path
  }

  private func judged(_ recording: String, _ tokenizer: String, _ folder: String) throws
    -> Program.Run
  {
    for list in ["references.jsonl", "panel.jsonl"] {
      let text = try String(contentsOfFile: model(list), encoding: .utf8)
      try Data(text.replacing("\"path\": \"", with: "\"path\": \"" + model("")).utf8)
        .write(to: URL(filePath: folder + "/" + list))
    }
    return try Program.run([
      "compare", recording, "--recorded", model(tokenizer), "--references",
      folder + "/references.jsonl", "--panel", folder + "/panel.jsonl", "--cache",
      SharedScores.folder, "--json",
    ])
  }

  @Test("a student is found by the twenty most likely tokens; one of the text alone is not accused")
  func found() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-recorded")
    defer { try? FileSystem.remove(folder) }
    let student = try judged(
      recording(of: "student-soft", top: 20, in: folder), "student-soft", folder)
    #expect(student.code == 1, "\(student.notes)")
    let pair = student.json?["comparisons"]?[0]
    #expect(pair?["weight_lineage"]?["verdict"] == "not-tested")
    #expect(pair?["output_descent"]?["verdict"] == "inherits")
    #expect(pair?["output_descent"]?["note"]?.string != nil)
    let reader = try judged(
      recording(of: "student-text", top: 20, in: folder), "student-text", folder)
    #expect(reader.code == 0 || reader.code == 3, "\(reader.output)")
  }

  @Test("whole distributions of a copy lie in the head it was copied from, and in no other")
  func outputSpace() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-recorded")
    defer { try? FileSystem.remove(folder) }
    let copy = try judged(recording(of: "quantised", top: 768, in: folder), "teacher", folder)
    #expect(copy.code == 1, "\(copy.notes)")
    let answers = (0..<2).map { copy.json?["comparisons"]?[$0]?["output_descent"] }
    #expect(answers[0]?["verdict"] == "shared-output-space")
    #expect(try #require(answers[0]?["rungs"]?[0]?["residual"]?.double) < 0.005)
    #expect(answers[1]?["verdict"] != "shared-output-space")
    #expect(try #require(answers[1]?["rungs"]?[0]?["residual"]?.double) > 0.1)
    let student = try judged(
      recording(of: "student-soft", top: 768, in: folder), "student-soft", folder)
    #expect(student.json?["comparisons"]?[0]?["output_descent"]?["verdict"] == "inherits")
  }

  @Test("a recording that lacks a document, tokens or sense is an error of its line")
  func malformed() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-recorded")
    defer { try? FileSystem.remove(folder) }
    let path = try recording(of: "student-soft", top: 3, in: folder)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let cases = [
      (lines.dropLast().joined(separator: "\n"), "was not recorded"),
      (lines.joined(separator: "\n") + "\n" + lines[0], "stands twice"),
      (lines.joined(separator: "\n").replacing("\"id\":\"3\"", with: "\"id\":\"4\""), "probe"),
      ("{}\n", "number of a document"), ("nonsense\n", "not a JSON object"),
    ]
    for (text, reason) in cases {
      try Data(text.utf8).write(to: URL(filePath: path))
      let run = try judged(path, "student-soft", folder)
      #expect(run.code == 4 && run.json?["error"]?["code"] == "bad_recording", "\(run.output)")
      #expect(run.json?["error"]?["message"]?.string?.contains(reason) == true, "\(run.output)")
    }
  }
}
