// Names, cards, licences, paths and arguments are foreign words. None of them may act on the
// terminal or the log that shows them, nor begin a line there that looks like ours.

import Base
import Foundation
import Synchronization
import Testing

@testable import CLI

@Suite("What people see")
struct VisibleOutputTests {
  static let name = "tiny\u{1B}[2K\rALLOW  tiny\u{202E}\u{9B}"
  static let base = "org/\u{1B}]0;x\u{7}\nALLOW  all good\n\u{2066}x"

  /// Collects what an `Output` writes.
  private final class Streams: Sendable {
    private let texts = Mutex((data: [UInt8](), notes: [UInt8]()))
    func data(_ bytes: [UInt8]) { texts.withLock { $0.data += bytes } }
    func note(_ bytes: [UInt8]) { texts.withLock { $0.notes += bytes } }
    var data: String { texts.withLock { String(decoding: $0.data, as: UTF8.self) } }
    var notes: String { texts.withLock { String(decoding: $0.notes, as: UTF8.self) } }
  }

  private func written(
    json: Bool = false, isTerminal: Bool = false, _ body: (Output) -> Void
  ) -> (data: String, notes: String) {
    let streams = Streams()
    body(
      Output(
        json: json, isTerminal: isTerminal, data: { streams.data($0) }, note: { streams.note($0) }))
    return (streams.data, streams.notes)
  }

  @Test("a line is one line, by whatever way it goes out")
  func oneLine() {
    #expect(written { $0.line("a\nb\tc") }.data == "a\\u{a}b\\u{9}c\n")
    #expect(written { $0.lines(["a\rb", "c"]) }.data == "a\\u{d}b\nc\n")
    #expect(written { $0.columns(["a\tb", "c\u{85}"]) }.data == "a\\u{9}b\tc\\u{85}\n")
    #expect(written { $0.note("a\nassay: b\u{2028}") }.notes == "a\\u{a}assay: b\\u{2028}\n")
  }

  @Test("a problem is one line too, and its JSON is exact")
  func problem() {
    let problem = Problem(
      .usage, "usage", place: "p\u{1B}[8m", reason: "r\nassay: all is well", remedy: "m\u{200F}")
    let shown = written(json: true) { $0.problem(problem) }
    #expect(shown.notes == "assay: p\\u{1b}[8m: r\\u{a}assay: all is well; m\\u{200f}\n")
    let message = try? JSON.parse(shown.data)["error"]?["message"]?.string
    #expect(message == "r\nassay: all is well")
    #expect(shown.data.filter { $0 == "\n" }.count == 1)
  }

  @Test(
    "a long list inside an object is written as if it were made whole", arguments: [0, 1, 2, 5000])
  func longList(count: Int) {
    let elements: [JSON] = (0..<count).map { ["name": .string("\u{202E}\($0)\""), "n": JSON($0)] }
    for key in ["a", "list", "z"] {
      var object: JSONObject = ["b\u{85}": 1, "m": ["list": 2], "y": "\u{202E}"]
      let pieces = written { $0.json(object, key, elements) }.data
      object[key] = .array(elements)
      #expect(pieces == written { $0.json(.object(object)) }.data, "\(key)")
    }
  }

  @Test("a file that is read cannot write on the line of progress")
  func progress() {
    let told = RunProgress(done: 1, total: 1, unit: "bytes", label: "x\u{1B}[2K\n")
    let shown = written(isTerminal: true) { $0.progress(told) }
    #expect(shown.notes.hasPrefix("\r\u{1B}[Kx\\u{1b}[2K\\u{a}"), "\(shown.notes.debugDescription)")
  }

  /// A model with foreign words wherever there is room for them.
  private func hostileModel() throws -> (folder: String, model: String) {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-visible")
    let model = FileSystem.join(folder, Self.name)
    let files = FileManager.default
    try files.createDirectory(atPath: model, withIntermediateDirectories: true)
    let card =
      "---\nlicense: \"mit\\u001b[1mX\\u202e\"\n"
      + "base_model: \(JSON.string(Self.base).canonicalText)\n---\n"
    try Data(card.utf8).write(to: URL(filePath: "\(model)/README.md"))
    try Data("import os\n".utf8).write(to: URL(filePath: "\(model)/f\u{1B}[31m\u{202E}gnp.py"))
    let teacher = "\(Program.repository)/Tests/Models/teacher"
    for file in ["model.safetensors", "config.json"] {
      try files.copyItem(atPath: "\(teacher)/\(file)", toPath: "\(model)/\(file)")
    }
    return (folder, model)
  }

  private func expectVisible(_ run: Program.Run, _ words: [String]) {
    let text = run.output + run.notes
    #expect(!text.isEmpty, "\(words)")
    let hidden = text.unicodeScalars.filter {
      VisibleText.isHidden($0) && $0 != "\n" && $0 != "\t"
    }
    #expect(hidden.isEmpty, "\(words): \(text.debugDescription)")
    for line in text.split(separator: "\n") {
      let words = line.drop { $0 == " " }
      #expect(!words.hasPrefix("ALLOW") && !words.hasPrefix("assay: all"), "\(line)")
    }
  }

  @Test("no command lets a model's words act")
  func commands() throws {
    let (folder, model) = try hostileModel()
    defer { try? FileSystem.remove(folder) }
    let state = FileSystem.join(folder, "state")
    #expect(try Program.run(["init", "--state", state]).code == 0)
    let word = "no\u{1B}[8m\nassay: all is well"
    for words in [
      ["check", model, "--no-record"], ["fingerprint", model], ["inspect", model],
      ["licence", "check", model], ["licence", "identify", "\(model)/f\u{1B}[31m\u{202E}gnp.py"],
      ["notice", model], ["fingerprint", "\(model)/\(word)"], ["fingerprint", "--\(word)"],
      [word], ["ledger", word], ["help", word], ["check", model, "--as-of", word],
      [
        "lineage", "declare", model, "--ancestor", Self.base, "--relation", "finetuned", "--state",
        state,
      ],
      ["lineage", "show", model, "--state", state], ["doctor", "--state", word],
      ["serve", "next", "--cron", word, "--tz", "UTC", "--after", "2026-01-01T00:00:00Z"],
      ["tokenize", model, "--texts", "\(model)/README.md"], ["completion", word],
    ] { expectVisible(try Program.run(words), words) }
  }

  @Test("a report's Markdown shows them, and JSON keeps them exactly")
  func documents() throws {
    let (folder, model) = try hostileModel()
    defer { try? FileSystem.remove(folder) }
    let state = FileSystem.join(folder, "state")
    #expect(try Program.run(["init", "--state", state]).code == 0)
    let run = try Program.run(["check", model, "--state", state, "--json"])
    #expect(run.output.filter { $0 == "\n" }.count == 1)
    #expect(run.json?["name"]?.string.map { ByteName($0) } == ByteName(Self.name))
    #expect(try Program.run(["report", "--state", state, "--out", "\(folder)/out"]).code == 0)
    let bytes = try FileSystem.read("\(folder)/out/report.md", limitBytes: 1 << 20)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(!text.unicodeScalars.contains { VisibleText.isHidden($0) && $0 != "\n" })
    #expect(text.contains("\\u{202e}"))
  }
}
