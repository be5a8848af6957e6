import Base
import Crypto
import Foundation
import Testing

@testable import Trials

/// Goal: twins are drawn by one sampler, repeatably, and a trial that cannot decide is not made.
/// Method: a few prompts continued by a small model of the repository; given pairs of all kinds.
@Suite("Making a trial")
struct TrialCreationTests {
  static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Models/teacher").path

  private func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-twins")
    defer { try? FileSystem.remove(folder) }
    return try body(folder)
  }

  private func write(_ lines: [String], _ path: String) throws -> String {
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    return path
  }

  private func draw(_ folder: String, _ name: String, seed: UInt64, tokens: Int = 6) throws
    -> [TrialFiles.Pair]
  {
    let prompts = try write(
      (0..<12).map { "{\"prompt\":\"The story of number \($0)\"}" }, folder + "/prompts.jsonl")
    _ = try TrialCreation(options: .init(run: Run(threads: 1)), customers: []).create(
      drawing: TwinRequest(
        model: Self.model, prompts: prompts, tokenCount: tokens, temperature: 1, seed: seed),
      at: folder + "/" + name)
    return try TrialFolder(folder + "/" + name).pairs()
  }

  @Test("draws two different answers to each prompt, the same ones from the same seed")
  func drawn() throws {
    try withFolder { folder in
      let (first, again, other) = (
        try draw(folder, "x", seed: 4), try draw(folder, "y", seed: 4),
        try draw(folder, "z", seed: 5)
      )
      func texts(_ pairs: [TrialFiles.Pair]) -> [String] { pairs.map { "\($0.a)|\($0.b)" } }
      #expect(texts(first) == texts(again) && texts(first) != texts(other))
      #expect(first.count(where: \.isEqual) == 0)
      #expect(first.allSatisfy { ($0.identifiers?.a.count ?? 0) <= 6 })
      let pairs = { (name: String) in
        try FileSystem.read("\(folder)/\(name)/pairs.jsonl", limitBytes: 1 << 20)
      }
      #expect(try pairs("x") == pairs("y"))
      // The secrets have nothing to do with the seed.
      #expect(
        try TrialFolder(folder + "/x").secret().customers
          != TrialFolder(folder + "/y").secret().customers)
      let sampler = try TrialFolder(folder + "/x").secret().sampler
      #expect(sampler?.seed == 4 && sampler?.tokenCount == 6)
    }
  }

  @Test("its twins are scored on the tokens that were drawn")
  func scored() throws {
    try withFolder { folder in
      let pairs = try draw(folder, "x", seed: 4)
      let scores = try TrialScoring.scores(
        of: Self.model, pairs: pairs, run: Run(threads: 1))
      for (pair, score) in zip(pairs, scores) {
        #expect(score.tokenCountA == pair.identifiers?.a.count)
        #expect(score.tokenCountB == pair.identifiers?.b.count)
        #expect(score.logProbA < 0)
      }
      // The lines name the model that was scored, and a file that names two is refused.
      var lines = scores.map(\.json.canonicalText)
      let file = try write(lines, folder + "/scores")
      let sampler = try TrialFolder(folder + "/x").secret().sampler
      #expect(try TrialScores(file: file).model == sampler?.model)
      #expect(try TrialScores(file: file).differences.count == pairs.count)
      let made = try FileSystem.read(folder + "/x/pairs.jsonl", limitBytes: 1 << 20)
      #expect(try TrialScores(file: file).pairs == SHA256.hash(made))
      lines.append("{\"index\":99,\"log_prob_a\":-1,\"log_prob_b\":-2}")
      let problem = #expect(throws: Problem.self) {
        try TrialScores(file: write(lines, folder + "/mixed"))
      }
      #expect(problem?.exitCode == .malformed)
    }
  }

  @Test("reads given twins as text or as tokens, and counts the equal ones")
  func given() throws {
    try withFolder { folder in
      let creation = TrialCreation(options: .init(run: Run(threads: 1)), customers: ["acme"])
      var lines = (0..<12).map { "{\"index\":\($0),\"prompt\":\"p\",\"a\":\"\($0)\",\"b\":\"-\"}" }
      lines.append("{\"index\":12,\"prompt\":\"p\",\"a\":\"e\u{301}\",\"b\":\"\u{e9}\"}")
      lines.append("{\"index\":13,\"prompt\":\"p\",\"a\":\"same\",\"b\":\"same\"}")
      let created = try creation.create(
        given: write(lines, folder + "/t"), model: nil, at: folder + "/text")
      // Two spellings of one letter are different bytes, and different texts.
      #expect(created.pairCount == 14 && created.equalCount == 1)
      #expect(created.customers == ["acme"])
      let ids = (0..<12).map {
        "{\"index\":\($0),\"prompt_ids\":[0,40],\"a_ids\":[\($0 + 30)],\"b_ids\":[\($0 + 50)]}"
      }
      let file = try write(ids, folder + "/i")
      _ = try creation.create(given: file, model: Self.model, at: folder + "/ids")
      let pairs = try TrialFolder(folder + "/ids").pairs()
      #expect(pairs[0].identifiers?.prompt == [0, 40] && !pairs[0].a.isEmpty)
      let refused = #expect(throws: Problem.self) {
        try creation.create(given: file, model: nil, at: folder + "/none")
      }
      #expect(refused?.exitCode == .malformed)
      #expect(!FileSystem.exists(folder + "/none"))
    }
  }

  @Test(
    "is refused for what could never decide, or is no list of pairs, and leaves nothing",
    arguments: [
      (
        (0..<9).map { "{\"index\":\($0),\"prompt\":\"p\",\"a\":\"x\",\"b\":\"y\"}" }, ExitCode.usage
      ),
      ((0..<20).map { "{\"index\":\($0),\"prompt\":\"p\",\"a\":\"x\",\"b\":\"x\"}" }, .usage),
      (
        (0..<12).map { "{\"index\":\($0 + 1),\"prompt\":\"p\",\"a\":\"x\",\"b\":\"y\"}" },
        .malformed
      ),
      ((0..<12).map { _ in "{\"index\":0,\"prompt\":\"p\",\"a\":\"x\",\"b\":\"y\"}" }, .malformed),
      (["{\"index\":0,\"prompt\":\"p\",\"a\":\"x\"}"], .malformed),
      (["nonsense"], .malformed), ([], .malformed),
    ])
  func refused(lines: [String], code: ExitCode) throws {
    try withFolder { folder in
      let file = try write(lines, folder + "/pairs.jsonl")
      let problem = #expect(throws: Problem.self) {
        try TrialCreation(options: .init(run: Run(threads: 1)), customers: []).create(
          given: file, model: nil, at: folder + "/trial")
      }
      #expect(problem?.exitCode == code, "\(problem.map(String.init(describing:)) ?? "")")
      #expect(try FileSystem.entries(of: folder).map(\.name) == ["pairs.jsonl"])
    }
  }

  @Test(
    "is refused for names that could not be files, or stand twice",
    arguments: [["a/b"], ["../x"], [".x"], [""], ["a b"], ["a", "a"], ["é"]])
  func names(customers: [String]) throws {
    try withFolder { folder in
      let lines = (0..<12).map { "{\"index\":\($0),\"prompt\":\"p\",\"a\":\"x\",\"b\":\"y\"}" }
      let problem = #expect(throws: Problem.self) {
        try TrialCreation(options: .init(run: Run(threads: 1)), customers: customers).create(
          given: write(lines, folder + "/pairs.jsonl"), model: nil, at: folder + "/trial")
      }
      #expect(problem?.exitCode == .usage)
    }
  }
}
