import Base
import Foundation
import Synchronization
import Testing

@testable import CLI

/// Goal: `score`, `generate` and `inspect dequantize` keep their contract.
/// Method: run on a small quantised model, with output captured; the digest is compared with one
/// made from the printed numbers.
@Suite("The inference commands")
struct InferenceCommandTests {
  static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "InferenceTests/Vectors/mixtral-iq4_nl.gguf").path

  private func run(_ words: [String]) throws -> (code: ExitCode, lines: [JSON]) {
    let bytes = Mutex([UInt8]())
    let output = Output(
      json: false, isTerminal: false, data: { data in bytes.withLock { $0 += data } },
      note: { _ in })
    let code = try Assay.run(words, output: output)
    let lines = bytes.withLock { $0 }.split(separator: UInt8(ascii: "\n"))
    return (code, try lines.map { try JSON.parse(Array($0)) })
  }

  private func withLines<R>(_ text: String, _ body: (String) throws -> R) throws -> R {
    let directory = try FileSystem.temporaryDirectory(prefix: "inference-commands")
    defer { try? FileSystem.remove(directory) }
    let path = FileSystem.join(directory, "lines.jsonl")
    try Data(text.utf8).write(to: URL(filePath: path))
    return try body(path)
  }

  @Test("print scores from which the digest can be made again")
  func score() throws {
    try withLines("{\"id\":\"a\",\"ids\":[1,2,3]}\n\n{\"id\":7,\"ids\":[5]}\n") { file in
      let (code, lines) = try run([
        "score", Self.model, "--ids", file, "--top", "100000", "--jsonl", "--experts",
      ])
      #expect(code == .yes && lines.count == 2)
      let first = try #require(lines.first)
      let size = try #require(first["vocab_size"]?.int)
      #expect(first["id"] == "a" && lines[1]["id"] == 7)
      #expect(first["positions"] == 3 && first["target_logprobs"]?.array?.count == 2)
      #expect(first["experts"]?.object?.keys == ["0", "1"])
      for position in 0..<3 {
        let ids = first["top_ids"]?[position]?.array?.compactMap(\.int) ?? []
        #expect(Set(ids) == Set(0..<size))
        let values = first["top_logprobs"]?[position]?.array?.compactMap(\.double) ?? []
        #expect(abs(values.reduce(0) { $0 + exp($1) } - 1) < 1e-5)
        #expect(values.allSatisfy { Double(Float($0)) == $0 }, "float32 values, exactly")
      }
    }
  }

  @Test(
    "refuse what they cannot do, by the right exit code",
    arguments: [
      (["--arithmetic", "fast"], "{\"id\":1,\"ids\":[1]}", ExitCode.usage),
      (["--arithmetic", "guess"], "{\"id\":1,\"ids\":[1]}", .usage),
      (["--memory", "10X"], "{\"id\":1,\"ids\":[1]}", .usage),
      (["--memory", "1K"], "{\"id\":1,\"ids\":[1]}", .usage),
      ([], "{\"id\":1,\"ids\":[100000]}", .usage),
      ([], "{\"id\":1,\"ids\":[1.5]}", .malformed),
      ([], "{\"ids\":[1]}", .malformed),
      ([], "not json", .malformed),
    ])
  func refusals(options: [String], line: String, code: ExitCode) throws {
    try withLines(line) { file in
      let problem = #expect(throws: Problem.self) {
        try run(["score", Self.model, "--ids", file, "--jsonl"] + options)
      }
      #expect(problem?.exitCode == code)
    }
  }

  @Test("continue tokens, the same from the same seed")
  func generate() throws {
    try withLines("{\"id\":\"a\",\"ids\":[1,2,3]}") { file in
      let words = ["generate", Self.model, "--ids", file, "--max-tokens", "5", "--jsonl"]
      let drawn = words + ["--seed", "3", "--samples", "2"]
      let (first, second) = (try run(drawn), try run(drawn + ["--batch", "1"]))
      #expect(first.lines == second.lines && first.lines.count == 2)
      #expect(first.lines[0]["ids"] != first.lines[1]["ids"])
      #expect(try run(words).lines[0]["ids"]?.array?.count == 5)
      let problem = #expect(throws: Problem.self) { try run(words + ["--top-k", "3"]) }
      #expect(problem?.exitCode == .usage)
    }
  }

  @Test("write a tensor as float32, and say when there is none")
  func dequantize() throws {
    try withLines("") { file in
      let out = file + ".f32"
      let words = ["inspect", "dequantize", Self.model, "--out", out, "--json", "--tensor"]
      let (code, lines) = try run(words + ["output_norm.weight"])
      let count = try #require(lines.first?["values"]?.int)
      #expect(code == .yes && FileSystem.stamp(of: out)?.sizeBytes == 4 * count)
      let problem = #expect(throws: Problem.self) { try run(words + ["nothing"]) }
      #expect(problem?.exitCode == .usage)
    }
  }
}
