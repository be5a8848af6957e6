import Base
import Foundation
import Testing

private let pythonPath = "/usr/bin/python3"

/// Goal: the commands of a trial keep their exit codes, hand out no withheld twin, and leave
/// nothing behind when they are stopped.
/// Method: the built program, on a small model of the repository, in a temporary folder.
@Suite("The trial commands")
struct TrialCommandTests {
  static let model = FileSystem.join(Program.repository, "Tests/Models/teacher")

  private func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-trial-commands")
    defer { try? FileSystem.remove(folder) }
    return try body(folder)
  }

  private func prompts(_ count: Int, in folder: String) throws -> String {
    let lines = (0..<count).map { "{\"prompt\":\"Chapter \($0). It was\"}\n" }
    try Data(lines.joined().utf8).write(to: URL(filePath: folder + "/prompts.jsonl"))
    return folder + "/prompts.jsonl"
  }

  /// Creates a trial; `options` come in place of the standard ones.
  private func make(_ folder: String, _ options: [String] = []) throws -> Program.Run {
    let standard = [
      ["--prompts", try prompts(24, in: folder)], ["--tokens", "12"], ["--temperature", "1"],
      ["--out", folder + "/trial"],
    ]
    let kept = standard.filter { !options.contains($0[0]) }.flatMap { $0 }
    return try Program.run(["trial", "create", Self.model, "--json"] + kept + options)
  }

  @Test("take a trial from its prompts to a stranger's check")
  func whole() throws {
    try withFolder { folder in
      let (trial, state, open) = (folder + "/trial", folder + "/state", folder + "/open")
      let created = try make(folder, ["--customer", "acme", "--customer", "zenith"])
      #expect(created.code == 0 && created.json?["pairs"] == 24, "\(created.notes)")
      #expect(try Program.run(["init", "--state", state]).code == 0)
      let early = try Program.run(["trial", "serve", trial, "--customer", "acme", "--all"])
      #expect(early.code == 1 && early.output.isEmpty)
      // Nor can it be tested, and that is not told by the code of a finding.
      let untested = try Program.run([
        "trial", "test", "--scores", trial + "/pairs.jsonl", "--trial", trial, "--json",
      ])
      #expect(untested.code == 4 && untested.json?["error"]?["verdict"] == "not-tested")
      // What is there already is named before anything is drawn.
      let again = try make(folder)
      #expect(again.code == 2 && again.json?["error"]?["code"] == "exists")
      let committed = try Program.run(["trial", "commit", trial, "--state", state, "--json"])
      #expect(committed.code == 0 && committed.json?["ledger_index"] == 0, "\(committed.notes)")
      #expect(try Program.run(["trial", "commit", trial, "--state", state]).code == 1)
      let served = folder + "/acme.jsonl"
      let run = try Program.run([
        "trial", "serve", trial, "--customer", "acme", "--all", "--out", served, "--json",
      ])
      #expect(run.code == 0 && run.json?["served"] == 24, "\(run.notes)")
      #expect(run.json?["recorded"] == 24 && run.json?["ledger_index"] == .null)
      try noWithheld(trial: trial, customer: "acme", served: served)

      let scores = folder + "/scores.jsonl"
      let pairs = trial + "/pairs.jsonl"
      #expect(
        try Program.run(["trial", "score", Self.model, "--pairs", pairs, "--out", scores]).code == 0
      )
      let tested = try Program.run([
        "trial", "test", "--scores", scores, "--trial", trial, "--json",
      ])
      // The teacher itself prefers no served twin but by chance.
      #expect(tested.code == 0 && tested.json?["verdict"] == "no-evidence", "\(tested.output)")
      #expect(
        tested.json?["tests"]?.array?.compactMap { $0["customer"]?.string }
          == ["acme", "zenith"])
      // The teacher's scores differ in every pair; of zenith nothing was handed out.
      #expect(
        tested.json?["tests"]?.array?.map { $0["delivered"] ?? .bool(true) }
          == [["pairs": 24, "used": 24], .null])
      #expect(tested.json?["committed"] == true && tested.json?["cautions"] == [])
      let record = ["trial", "test", "--scores", scores, "--trial", trial, "--state", state]
      #expect(try Program.run(record).output.contains("Recorded as entry 1 of the ledger."))
      let second = try Program.run(record + ["--json"])
      #expect(second.json?["look"] == "further" && second.json?["earlier_test"] == 1)
      let further = try Program.run([
        "trial", "test", "--scores", scores, "--trial", trial, "--further-look",
      ])
      #expect(further.output.hasPrefix("A further look: the e-process decides"))

      #expect(try Program.run(["trial", "reveal", trial, "--out", open]).code == 0)
      let vkey = try String(contentsOfFile: open + "/log.vkey", encoding: .utf8)
        .trimmingCharacters(in: .newlines)
      let key = state + "/keys/statement.pub.pem"
      let verify = ["trial", "verify", open, "--vkey", vkey, "--key", key, "--json"]
      let verified = try Program.run(verify)
      #expect(verified.code == 0 && verified.json?["commitment_ok"] == true, "\(verified.output)")
      let revealed = [
        "trial", "test", "--scores", scores, "--coins", open + "/customers/acme/coins.jsonl",
        "--commitment", open + "/customers/acme/commitment.json",
      ]
      let held = try Program.run(revealed + ["--pairs", pairs, "--json"])
      #expect(held.json?["committed"] == false && held.json?["scores_tied"] == true)
      #expect(try Program.run(revealed).output.contains("was not held to a commitment"))
      let coins = [
        "trial", "verify", "--coins", open + "/customers/acme/coins.jsonl", "--commitment",
        open + "/customers/acme/commitment.json", "--pairs",
      ]
      #expect(try Program.run(coins + [open + "/pairs.jsonl"]).code == 0)
      let text = try String(contentsOfFile: open + "/pairs.jsonl", encoding: .utf8)
      try text.replacingOccurrences(of: "Chapter 7", with: "Chapter 8")
        .write(toFile: open + "/pairs.jsonl", atomically: true, encoding: .utf8)
      #expect(try Program.run(verify).code == 1)
      #expect(try Program.run(coins + [open + "/pairs.jsonl"]).code == 1)
    }
  }

  private func python(_ arguments: [String]) throws -> (code: Int32, json: JSON) {
    let process = Process()
    process.executableURL = URL(filePath: pythonPath)
    process.arguments =
      [FileSystem.join(Program.repository, "Tests/Interop/trial.py")] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let bytes = Array(output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return (process.terminationStatus, try JSON.parse(bytes))
  }

  @Test(
    "agree with a checker that shares no code with them",
    .enabled(if: FileManager.default.isExecutableFile(atPath: pythonPath)))
  func independent() throws {
    try withFolder { folder in
      let (trial, state, open) = (folder + "/trial", folder + "/state", folder + "/open")
      #expect(try make(folder, ["--customer", "acme", "--customer", "zenith"]).code == 0)
      #expect(try Program.run(["init", "--state", state]).code == 0)
      let commit = ["trial", "commit", trial, "--state", state, "--beacon"]
      #expect(try Program.run(commit + ["drand/1"]).code == 0)
      #expect(try Program.run(["trial", "reveal", trial, "--out", open]).code == 1)
      #expect(try Program.run(commit + ["drand/1:0aff"]).code == 0)
      for words in [["--prompt-index", "3"], ["--all"]] {
        let serve = ["trial", "serve", trial, "--customer", "acme", "--state", state] + words
        #expect(try Program.run(serve).code == 0)
      }
      #expect(try Program.run(["trial", "reveal", trial, "--out", open]).code == 0)
      let models = ["student-text", "teacher", "control-lit"]
      let scores = models.map { "\(folder)/\($0).scores" }
      for (model, file) in zip(models, scores) {
        let path = FileSystem.join(Program.repository, "Tests/Models/" + model)
        let pairs = open + "/pairs.jsonl"
        #expect(
          try Program.run(["trial", "score", path, "--pairs", pairs, "--out", file]).code == 0)
      }
      let files = [
        "--scores", scores[0], "--reference-scores", scores[1], "--reference-scores", scores[2],
      ]
      let ours = try Program.run(["trial", "test", "--trial", open, "--json"] + files)
      let theirs = try python([open, "--pub", state + "/keys/statement.pub.pem"] + files)
      #expect(theirs.code == 0 && theirs.json["ok"] == true, "\(theirs.json)")
      #expect(theirs.json["checks"]?["beacon-receipt"] == true)
      #expect(theirs.json["checks"]?["deliveries to acme"] == true)
      #expect(theirs.json["checks"]?["delivered to acme, 25 lines"] == true)
      #expect(theirs.json["scores_tied"] == true && ours.json?["scores_tied"] == true)
      for test in ours.json?["tests"]?.array ?? [] {
        let name = try #require(test["customer"]?.string)
        let other = try #require(theirs.json["tests"]?[name])
        #expect(test["wins"] == other["wins"])
        let (p, q) = (test["sign_p_value"]?.double ?? 0, other["log10_sign_p"]?.double ?? 1)
        #expect(abs(log10(p) - q) < 1e-6, "\(p), 10^\(q)")
        // The bound lies above the tail that the draws show, up to their error.
        let bound = pow(10, other["log10_p_bound"]?.double ?? -9)
        #expect((test["p_value"]?.double ?? 2) <= bound * 1.05)
      }
      let text = try String(contentsOfFile: open + "/pairs.jsonl", encoding: .utf8)
      try text.replacingOccurrences(of: "Chapter 7", with: "Chapter 8")
        .write(toFile: open + "/pairs.jsonl", atomically: true, encoding: .utf8)
      #expect(try python([open]).code == 1)
    }
  }

  /// Every line holds one twin of its pair, and in no form the other one.
  private func noWithheld(trial: String, customer: String, served: String) throws {
    func lines(_ path: String) throws -> [JSON] {
      try FileSystem.read(path, limitBytes: 1 << 20).split(separator: 0x0A)
        .map { try JSON.parse(Array($0)) }
    }
    let pairs = try lines(trial + "/pairs.jsonl")
    let answers = try lines(served)
    let whole = String(
      decoding: try FileSystem.read(served, limitBytes: 1 << 20), as: UTF8.self)
    for (pair, answer) in zip(pairs, answers) {
      let side = answer["completion"] == pair["a"] ? "a" : "b"
      #expect(answer["completion"] == pair[side])
      let other = side == "a" ? "b" : "a"
      let withheld = try #require(pair[other])
      #expect(!whole.contains(String(withheld.canonicalText.dropFirst().dropLast())))
      #expect(!whole.contains(try #require(pair[other + "_ids"]).canonicalText))
      #expect(
        answer.object?.keys.sorted() == [
          "completion", "completion_ids", "index", "prompt",
          "prompt_ids",
        ])
    }
  }

  @Test(
    "refuse what makes no trial",
    arguments: [
      (["--temperature", "0"], "equal twins"), (["--temperature", "-1"], "above 0"),
      (["--temperature", "nan"], "above 0"), (["--temperature", "hot"], "above 0"),
      (["--tokens", "0"], "--tokens"), (["--seed", "soon"], "fresh"),
      (["--pairs", "x.jsonl"], "drawn twins"), (["--customer", "../x"], "--customer"),
    ])
  func refusals(options: [String], word: String) throws {
    try withFolder { folder in
      let run = try make(folder, options)
      #expect(run.code == 2 && run.notes.contains(word), "\(run.notes)")
      #expect(run.json?["error"] != nil)
      #expect(!FileSystem.exists(folder + "/trial"))
    }
  }

  @Test(
    "end with the code that says what is wrong",
    arguments: [
      (["trial", "create", "--out", "x"], 2), (["trial", "verify"], 2),
      (["trial", "verify", "/no/such/trial"], 4),
      (["trial", "serve", "/no/such/trial", "--all"], 4),
      (["trial", "serve", "/no/such/trial"], 2),
      (["trial", "reveal", "/no/such/trial", "--out", "x"], 4),
      (["trial", "test", "--scores", "/no/such/file"], 2),
      (["trial", "test", "--scores", "/no/such/file", "--trial", "/no/such/trial"], 4),
      (["trial", "verify", "/no/such/trial", "--coins", "x"], 2),
      (["trial", "verify", "/no/such/trial", "--vkey", "x"], 2),
      (["trial", "commit", "/no/such/trial", "--state", "/no/such/state"], 2),
    ] as [([String], Int32)])
  func exitCodes(words: [String], code: Int32) throws {
    let run = try Program.run(words)
    #expect(run.code == code && !run.notes.isEmpty, "\(words): \(run.notes)")
  }

  @Test("leave nothing behind when a creation is cut off")
  func cutOff() throws {
    try withFolder { folder in
      let process = Process()
      process.executableURL = URL(filePath: Program.path)
      process.arguments = [
        "trial", "create", Self.model, "--prompts", try prompts(200, in: folder), "--tokens",
        "4000", "--temperature", "1", "--out", folder + "/trial",
      ]
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardInput = FileHandle.nullDevice
      try process.run()
      // Long enough to be drawing, far too short to be done. Not SIGINT: the threads that tests
      // run on block it, and a child inherits that.
      Thread.sleep(forTimeInterval: 1)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal)
      #expect(try FileSystem.entries(of: folder).map(\.name) == ["prompts.jsonl"])
    }
  }
}
