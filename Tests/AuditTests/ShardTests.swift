import Base
import Crypto
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Audit

/// Models that are denied, left open and cannot be read, and the runner that says so.
private struct Models {
  let folder: TemporaryFolder
  let paths: [String]
  let runner = AuditRunner(clock: .fixed(Instant(seconds: 1_790_000_000)))

  init() throws {
    folder = try TemporaryFolder()
    for seed in 1...3 { try folder.write("open\(seed)", TinyFolder(seed: UInt64(seed))) }
    try folder.write(
      "unsafe", TinyFolder().with { $0.files["a.pkl"] = TinyFolder.unsafePickle })
    try folder.write("broken/model.safetensors", Array("no header".utf8))
    let root = folder.path
    paths = ["open1", "unsafe", "open2", "broken", "open3"].map { FileSystem.join(root, $0) }
  }
}

private func withDirectory<T>(_ body: (String) throws -> T) throws -> T {
  let directory = try FileSystem.temporaryDirectory(prefix: "assay-shards")
  defer { try? FileSystem.remove(directory) }
  return try body(directory)
}

private func manifest(_ paths: [String], id: String = "m") throws -> Manifest {
  let lines = paths.enumerated().map { index, path in
    "{\"id\":\"\(id)\(index)\",\"path\":\"\(path)\",\"task\":\"check\"}\n"
  }
  return try Manifest(reading: Array(lines.joined().utf8))
}

@Suite("Shards")
struct ShardTests {
  private let models: Models
  private var paths: [String] { models.paths }

  init() throws { models = try Models() }

  private func run(_ manifest: Manifest, _ shard: String, _ directory: String) throws -> ExitCode {
    let shard = try #require(Shard(shard))
    return try shard.run(
      manifest, try ShardQuestion(), into: directory, runner: models.runner,
      run: Run(threads: 1)
    ).exitCode
  }

  @Test("merge to the same bytes for any number of them, run in any order")
  func merging() throws {
    let manifest = try manifest(paths)
    var results: [[UInt8]] = []
    for count in [1, 2, 3, 9] {
      try withDirectory { directory in
        for index in (0..<count).reversed() {
          _ = try run(manifest, "\(index)/\(count)", directory)
        }
        let merged = try MergedShards(directory: directory)
        #expect(merged.items == paths.count && merged.exitCode == .no)
        results.append(merged.bytes)
      }
    }
    #expect(Set(results).count == 1)
  }

  @Test("name the part that is missing, cut or of another manifest")
  func refusals() throws {
    try withDirectory { directory in
      let manifest = try manifest(paths)
      for index in [0, 2] { _ = try run(manifest, "\(index)/3", directory) }
      func missing() -> [Int]? {
        do throws(Problem) {
          _ = try MergedShards(directory: directory)
          return nil
        } catch {
          #expect(error.code == "incomplete_shards" && error.exitCode == .malformed)
          return error.details["missing"]?.array?.compactMap(\.int)
        }
      }
      #expect(missing() == [1])
      _ = try run(manifest, "1/3", directory)
      #expect(missing() == nil)
      let path = directory + "/part-1-of-3.jsonl"
      let whole = try Data(contentsOf: URL(filePath: path))
      // Every way of losing the end, and a record taken out of the middle.
      for count in stride(from: 0, to: whole.count, by: 7) {
        try whole.prefix(count).write(to: URL(filePath: path))
        #expect(missing() == [1])
      }
      let lines = whole.split(separator: 0x0A)
      try Data(lines.dropFirst().joined(separator: [0x0A]) + [0x0A]).write(to: URL(filePath: path))
      #expect(missing() == [1])
      // A cut part is made again, with the bytes it had.
      _ = try run(manifest, "1/3", directory)
      #expect(try Data(contentsOf: URL(filePath: path)) == whole)
      try FileSystem.remove(path)
      _ = try run(try self.manifestOfOthers(), "1/3", directory)
      #expect(missing() == [1])
    }
  }

  private func manifestOfOthers() throws -> Manifest { try manifest(paths, id: "z") }

  /// A runner that is stopped after so many models.
  private final class Stopping: JobRunner {
    private let inner: any JobRunner
    private let left: Mutex<Int>

    init(inner: any JobRunner, left: Int) {
      self.inner = inner
      self.left = Mutex(left)
    }

    func run(_ request: JobRequest, _ run: Run) throws(Problem) -> JobOutcome {
      let isOver = left.withLock { left in
        left -= 1
        return left < 0
      }
      if isOver { throw Problem(.interrupted, "interrupted", reason: "stopped") }
      return try inner.run(request, run)
    }
  }

  @Test("go on after a kill where they were, and end with the same bytes")
  func resuming() throws {
    let manifest = try manifest(paths)
    let shard = try #require(Shard("0/1"))
    let question = try ShardQuestion()
    var whole: [UInt8] = []
    try withDirectory { directory in
      _ = try run(manifest, "0/1", directory)
      whole = try FileSystem.read(directory + "/part-0-of-1.jsonl", limitBytes: 1 << 24)
    }
    for count in 0..<paths.count {
      try withDirectory { directory in
        let runner = Stopping(inner: models.runner, left: count)
        #expect(throws: Problem.self) {
          try shard.run(manifest, question, into: directory, runner: runner, run: Run(threads: 1))
        }
        #expect(!FileSystem.exists(directory + "/part-0-of-1.jsonl"))
        // The last line may have been cut.
        let journal = directory + "/.part-0-of-1.partial"
        let handle = try FileHandle(forWritingTo: URL(filePath: journal))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"record\":{\"id\"".utf8))
        try handle.close()
        let done = try shard.run(
          manifest, question, into: directory, runner: models.runner, run: Run(threads: 1))
        #expect(done.madeCount == paths.count - count)
        let part = try FileSystem.read(directory + "/part-0-of-1.jsonl", limitBytes: 1 << 24)
        #expect(part == whole)
        #expect(!FileSystem.exists(journal))
      }
    }
  }

  @Test("look again at a model that changed, and at all of them when asked to")
  func changes() throws {
    try withDirectory { directory in
      let manifest = try manifest([paths[0], paths[2]])
      let shard = try #require(Shard("0/1"))
      func made(isRereading: Bool = false) throws -> Int {
        try shard.run(
          manifest, try ShardQuestion(), into: directory, runner: models.runner,
          isRereading: isRereading, run: Run(threads: 1)
        ).madeCount
      }
      #expect(try made() == 2)
      #expect(try made() == 0)
      try models.folder.write("open1/NOTICE", Array("changed".utf8))
      #expect(try made() == 2)
      #expect(try made() == 0)
      #expect(try made(isRereading: true) == 2)
      try FileSystem.remove(paths[2])
      #expect(try made() == 2)
    }
  }

  @Test("of another profile are no parts of one fleet")
  func profiles() throws {
    try withDirectory { directory in
      let manifest = try manifest(paths)
      for (index, name) in ["a", "b"].enumerated() {
        let question = try ShardQuestion(
          profile: .given(name: name, facts: ["facts": ["actor.mau": JSON(index)]]))
        _ = try #require(Shard("\(index)/2")).run(
          manifest, question, into: directory, runner: models.runner, run: Run(threads: 1))
      }
      let problem = #expect(throws: Problem.self) { try MergedShards(directory: directory) }
      #expect(problem?.details["missing"] == [1])
    }
    #expect(
      try ShardQuestion(changes: [FactWords("use", "research")]).profile
        != ShardQuestion(changes: [FactWords("use", "personal")]).profile)
    #expect(
      try ShardQuestion(changes: [FactWords("use", "research")]).task("/a").changes
        == [FactWords("use", "research")])
    #expect(throws: Problem.self) { try ShardQuestion(changes: [FactWords("use", "nonsense")]) }
    let wrong = JSON.object(["request": ["use": "nonsense"]])
    let problem = #expect(throws: Problem.self) {
      try ShardQuestion(profile: .given(name: "p.json", facts: wrong))
    }
    #expect(problem?.place == "p.json#/request/use")
  }

  @Test(
    "merged never mask a denial, and never call a fleet clean that was not read",
    arguments: [
      ([0], ExitCode.undecided), ([1], .no), ([0, 1], .no), ([1, 3], .no), ([3], .undecided),
      ([0, 3], .undecided),
    ] as [([Int], ExitCode)])
  func mergedCodes(chosen: [Int], code: ExitCode) throws {
    try withDirectory { directory in
      _ = try run(try manifest(chosen.map { paths[$0] }), "0/1", directory)
      let merged = try MergedShards(directory: directory)
      #expect(merged.exitCode == code)
      #expect(merged.tally.denied == (chosen.contains(1) ? 1 : 0))
    }
  }

  @Test("are written once, and give their answer again")
  func idempotence() throws {
    try withDirectory { directory in
      let manifest = try manifest(Array(paths.prefix(2)))
      #expect(try run(manifest, "0/1", directory) == .no)
      let before = FileSystem.stamp(of: directory + "/part-0-of-1.jsonl")
      #expect(try run(manifest, "0/1", directory) == .no)
      #expect(FileSystem.stamp(of: directory + "/part-0-of-1.jsonl") == before)
    }
  }

  @Test(
    "are written i/n",
    arguments: ["3/3", "-1/3", "a/b", "1/0", "1", "1/2/3", "+1/2", "", "/", "1/99999999"])
  func forms(text: String) {
    #expect(Shard(text) == nil)
  }

  @Test(
    "need a manifest whose every line can be used",
    arguments: [
      "{", "{}", "{\"id\":\"a\",\"path\":\"/a\",\"task\":\"other\"}",
      "{\"id\":\"a\",\"path\":\"/a\",\"task\":\"check\",\"profil\":1}",
      "{\"id\":\"a\",\"path\":\"/a\",\"task\":\"check\"}\n{\"id\":\"a\",\"path\":\"/b\",\"task\":\"check\"}",
    ])
  func manifests(text: String) {
    #expect(throws: Problem.self) { try Manifest(reading: Array(text.utf8)) }
  }
}

private func checkTask(_ change: (inout CheckTask) -> Void) -> CheckTask {
  var task = CheckTask(path: "/a")
  change(&task)
  return task
}

private func comparisonTask(
  _ suspects: ComparisonTask.Suspects, _ change: (inout ComparisonTask) -> Void
) -> ComparisonTask {
  var task = ComparisonTask(suspects: suspects, references: ["/b", "/c"])
  change(&task)
  return task
}

@Suite("A request for a job")
struct JobRequestTests {
  @Test(
    "reads back from its JSON",
    arguments: [
      .check(checkTask { ($0.policy, $0.depth) = ("p", .quick) }),
      .check(checkTask { $0.profile = .stored("acme") }),
      .check(checkTask { $0.profile = .given(name: "request", facts: ["facts": [:]]) }),
      .comparison(comparisonTask(.one("/a")) { ($0.panel, $0.only) = (["/d"], .weights) }),
      .comparison(comparisonTask(.several(["/a", "/e"])) { $0.only = .outputs }),
      .comparison(comparisonTask(.below("/a")) { _ in }), .decide,
      .report(from: Instant(seconds: 0), to: Instant(seconds: 9), models: []),
    ] as [JobRequest])
  func roundTrip(request: JobRequest) throws {
    #expect(try JobRequest(kind: request.kind, json: request.json) == request)
  }

  @Test(
    "names the place of a fault",
    arguments: [
      ("check", "{}", "/path"), ("check", "{\"path\":\"a\"}", "/path"),
      ("check", "{\"path\":\"/a\",\"profile\":\"x\"}", "/profile"),
      ("check", "{\"path\":\"/a\",\"a/b\":1}", "/a~1b"),
      ("comparison", "{\"suspect\":\"/a\",\"references\":[]}", "/references"),
      ("comparison", "{\"suspect\":\"/a\",\"references\":[\"b\"]}", "/references/0"),
      ("report", "{\"kind\":\"audit\",\"from\":\"x\",\"to\":\"x\"}", "/from"),
      ("check", "{\"path\":\"/a\",\"facts\":{},\"as\":\"b\"}", "/as"),
      ("check", "{\"path\":\"/a\",\"facts\":[]}", "/facts"),
      ("check", "{\"path\":\"/a\",\"as\":\"a b\"}", "/as"),
      (
        "comparison", "{\"suspect\":\"/a\",\"suspects\":[\"/a\"],\"references\":[\"/b\"]}",
        "/suspect"
      ),
      ("comparison", "{\"suspects\":[],\"references\":[\"/b\"]}", "/suspects"),
      ("comparison", "{\"suspects\":\"a\",\"references\":[\"/b\"]}", "/suspects"),
      ("comparison", "{\"suspect\":\"/a\",\"references\":[\"/b\"],\"only\":\"x\"}", "/only"),
      ("decide", "{\"path\":\"/a\"}", "/path"),
      ("other", "{}", "/kind"),
      ("check", "[]", ""),
    ])
  func faults(kind: String, text: String, pointer: String) throws {
    let json = try JSON.parse(Array(text.utf8))
    do throws(BodyFault) {
      _ = try JobRequest(kind: kind, json: json)
      Issue.record("accepted \(text)")
    } catch {
      #expect(error.pointer == pointer)
    }
  }
}
