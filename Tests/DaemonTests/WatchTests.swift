// What a watched directory says of itself. Files are real; times are given.

import Audit
import Base
import Foundation
import Ledger
import Testing

@testable import Daemon

/// A directory of its own, gone afterwards.
private func withDirectory<T>(_ body: (String) throws -> T) throws -> T {
  let directory = try FileSystem.temporaryDirectory(prefix: "assay-watch-test")
  defer { try? FileSystem.remove(directory) }
  return try body(directory)
}

private func put(_ path: String, _ text: String = "x", ageSeconds: Int? = nil) throws {
  try FileSystem.makeDirectories(FileSystem.directoryName(path))
  try Data(text.utf8).write(to: URL(filePath: path))
  if let ageSeconds {
    let times = [timeval(tv_sec: 1_000_000 - ageSeconds, tv_usec: 0)]
    #expect(utimes(path, times + times) == 0)
  }
}

private let now = Instant(seconds: 1_000_000)

private func surveys(_ directory: String, lockSeconds: Int64 = 600) throws -> [ModelSurvey] {
  try ModelSurvey.children(of: directory, at: now, lockSeconds: lockSeconds)
}

private func reason(_ survey: ModelSurvey?) -> String? {
  if case .unchecked(let reason) = survey?.state { reason } else { nil }
}

private func isWhole(_ survey: ModelSurvey?) -> Bool {
  if case .whole = survey?.state { true } else { false }
}

@Suite("A survey of a watched directory")
struct ModelSurveyTests {
  @Test(
    "lets old locks and those of the Hugging Face cache pass, and names a young one",
    arguments: [
      ("x.lock", 599, false), ("x.lock", 600, true), ("sub/x.lock", 0, false),
      // A clock that was wrong once must not hold a model back for ever.
      ("x.lock", -599, false), ("x.lock", -86_400, true),
      (".cache/huggingface/download/m.safetensors.lock", 0, true),
      (".cache/other/m.lock", 0, false), ("sub/.cache/huggingface/m.lock", 0, true),
    ])
  func locks(file: String, age: Int, passes: Bool) throws {
    try withDirectory { directory in
      try put("\(directory)/m/model.safetensors")
      try put("\(directory)/m/\(file)", ageSeconds: age)
      let survey = try surveys(directory).first
      #expect(isWhole(survey) == passes)
      if !passes { #expect(reason(survey)?.contains("\(file): the lock is young") == true) }
    }
  }

  @Test("takes the age of a lock from the setting")
  func lockSetting() throws {
    try withDirectory { directory in
      try put("\(directory)/m/model.safetensors")
      try put("\(directory)/m/x.lock", ageSeconds: 100)
      #expect(try isWhole(surveys(directory, lockSeconds: 60).first))
      #expect(try !isWhole(surveys(directory, lockSeconds: 120).first))
      #expect(try isWhole(surveys(directory, lockSeconds: 0).first))
    }
  }

  @Test("names a name that is not UTF-8 and sees its neighbours")
  func strangeNames() throws {
    try withDirectory { directory in
      try put("\(directory)/a/model.safetensors")
      let bytes = Array("\(directory)/".utf8CString.dropLast()) + [-1, 0x62, 0]
      #expect(mkdir(bytes, 0o755) == 0)
      defer { rmdir(bytes) }
      let found = try surveys(directory)
      #expect(found.map(\.name) == ["a", "\\xffb"])
      #expect(isWhole(found.first) && reason(found.last)?.contains("ff62") == true)
      #expect(found.map(\.isModel) == [true, false])
      let inside = Array("\(directory)/a/".utf8CString.dropLast()) + [-2, 0]
      #expect(mkdir(inside, 0o755) == 0)
      defer { rmdir(inside) }
      #expect(reason(try surveys(directory).first)?.contains("fe is not UTF-8") == true)
    }
  }

  @Test("names a link that leads nowhere, and sees a change of what a link leads to")
  func links() throws {
    try withDirectory { directory in
      try put("\(directory)/m/config.json")
      let target = "\(directory)/.shelf"
      try FileManager.default.createSymbolicLink(
        atPath: "\(directory)/m/model.safetensors", withDestinationPath: target)
      #expect(reason(try surveys(directory).first)?.contains("model.safetensors") == true)
      try put(target, "one")
      let first = try surveys(directory).first
      #expect(isWhole(first))
      try put(target, "three")
      #expect(try surveys(directory).first?.state != first?.state)
    }
  }

  @Test(
    "names what is not finished",
    arguments: [
      ("m/a.incomplete", "a.incomplete"), ("m/.tmp1", ".tmp1"), ("m.part/a", "by its name"),
    ])
  func unfinished(file: String, word: String) throws {
    try withDirectory { directory in
      try put("\(directory)/\(file)")
      #expect(reason(try surveys(directory).first)?.contains(word) == true)
    }
  }

  @Test("names the shard that an index names and that is not there")
  func shards() throws {
    try withDirectory { directory in
      try put(
        "\(directory)/m/model.safetensors.index.json",
        "{\"weight_map\":{\"a\":\"model-1.safetensors\"}}")
      #expect(reason(try surveys(directory).first)?.contains("model-1.safetensors") == true)
      try put("\(directory)/m/model-1.safetensors")
      #expect(try isWhole(surveys(directory).first))
    }
  }

  @Test("has no word for an empty directory, and a probe has one for what cannot be read")
  func emptyAndProbe() throws {
    try withDirectory { directory in
      try FileSystem.makeDirectory("\(directory)/m")
      let survey = try #require(try surveys(directory).first)
      #expect(survey.state == .empty && !survey.isModel)
      try FileManager.default.createSymbolicLink(
        atPath: "\(directory)/m/a", withDestinationPath: "/nonexistent")
      #expect(throws: Problem.self) { try survey.probe() }
    }
  }
}

@Suite("The book of what is unchecked")
struct UncheckedBookTests {
  @Test("tries again after seconds, then less than half a minute apart for five minutes")
  func backOff() {
    var book = UncheckedBook()
    #expect(book.note(["a": "x"], at: now, nowMs: 0) == ["a"])
    var tries: [Int64] = []
    while book.nextMs < 1_200_000 {
      let time = book.nextMs
      #expect(!book.isDue("a", atMs: time - 1) && book.isDue("a", atMs: time))
      #expect(book.note(["a": "x"], at: now, nowMs: time).isEmpty)
      tries.append(time)
    }
    #expect(tries[0] <= 5000)
    let gaps = zip(tries.dropFirst(), tries).map { ($1, $0 - $1) }
    for (start, gap) in gaps where start < 300_000 { #expect(gap <= 30_000) }
    // What does not pass costs less and less.
    #expect(gaps.last.map { $0.1 > 100_000 } == true)
  }

  @Test("keeps the first time, the newest reason, and nothing that is fine")
  func entries() {
    var book = UncheckedBook()
    _ = book.note(["a": "x", "b": "y"], at: now, nowMs: 0)
    // A look that comes early changes no time.
    #expect(book.note(["a": "z"], at: Instant(seconds: 1_000_001), nowMs: 1000).isEmpty)
    let shown = book.shown(at: Instant(seconds: 1_000_001), nowMs: 1000)
    #expect(shown.map(\.path) == ["a"] && shown[0].reason == "z")
    #expect(shown[0].since == now && shown[0].next.seconds == 1_000_002)
    #expect(!book.isDue("b", atMs: 1_000_000))
  }
}

@Suite("The jobs of a watcher")
struct WatchedJobsTests {
  private func fail(_ run: QueueRun, _ problem: Problem) throws {
    let job = try #require(try run.claim())
    let worker = run.queue.worker
    try run.writer.write { (state) throws(Problem) in
      try JobRecorder.fail(
        job, problem, worker: worker, at: Instant(seconds: 2), in: state)
    }
  }

  @Test(
    "count as unchecked when the files could not be read, never for what is wrong in them",
    arguments: [
      (Problem(.failure, "io", reason: "r"), true),
      (Problem(.malformed, "changed", reason: "r"), true),
      (Problem(.malformed, "not_found", reason: "r"), true),
      (Problem(.malformed, "no_weights", reason: "r"), false),
      (Problem(.malformed, "bad_header", reason: "r"), false),
    ])
  func failures(problem: Problem, passes: Bool) throws {
    try withState { state in
      let run = try QueueRun(state)
      var jobs = WatchedJobs()
      let job = try #require(try run.queue.add(request, origin: .watch(name: "a")))
      jobs.asked("/models/a", job: job.id)
      let collect = { (jobs: inout WatchedJobs) in
        try run.reader.read { (database) throws(Problem) in try jobs.collect(in: database) }
      }
      #expect(try !collect(&jobs) && jobs.pending.count == 1)
      try fail(run, problem)
      #expect(try collect(&jobs) == passes)
      #expect(jobs.pending.isEmpty && (jobs.failures["/models/a"] != nil) == passes)
      // Another run finds the same.
      var later = WatchedJobs()
      try run.reader.read { (database) throws(Problem) in try later.recall(in: database) }
      #expect(later.failures.keys.sorted() == jobs.failures.keys.sorted())
      // The next job of the path is what counts.
      _ = try run.queue.add(request, origin: .watch(name: "a"))
      try run.reader.read { (database) throws(Problem) in try later.recall(in: database) }
      #expect(later.pending.count == 1)
    }
  }
}
