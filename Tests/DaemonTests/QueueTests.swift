import Audit
import Base
import Foundation
import Ledger
import Register
import State
import Store
import TestSupport
import Testing

@testable import Daemon

/// A state in a directory of its own, gone afterwards.
func withState<T>(_ body: (StateDirectory) throws -> T) throws -> T {
  let directory = try FileSystem.temporaryDirectory(prefix: "assay-daemon-test")
  defer { try? FileSystem.remove(directory) }
  let state = StateDirectory(directory + "/state")
  _ = try state.create(origin: "test.example/log")
  return try body(state)
}

/// One run of a daemon's queue on a state. `close` is an orderly end; to leave without it is what
/// a kill looks like to the next run.
struct QueueRun {
  let writer: StateWriter
  let reader: StateReader
  let queue: Queue

  init(_ state: StateDirectory, clock: WallClock = .system) throws {
    writer = try StateWriter(state)
    reader = StateReader(path: state.databasePath)
    queue = Queue(writer: writer, reader: reader, clock: clock)
  }

  func claim() throws -> JobRecord? {
    let worker = queue.worker
    return try writer.write { (state) throws(Problem) in
      try JobTable.claim(worker: worker, at: Instant(seconds: 1), in: state.database)
    }
  }

  func record(_ job: JobRecord, _ outcome: JobOutcome, worker: String? = nil) throws {
    let worker = worker ?? queue.worker
    try writer.write { (state) throws(Problem) in
      try JobRecorder.record(
        job, outcome, worker: worker, at: Instant(seconds: 2), in: state)
    }
  }

  func job(_ id: String) throws -> JobRecord? {
    try reader.read { (database) throws(Problem) in try JobTable.find(id: id, in: database) }
  }

  func events(_ job: JobRecord) throws -> [String] {
    try reader.read { (database) throws(Problem) in
      try database.query(
        "SELECT name || ' ' || data FROM events WHERE job = ? ORDER BY seq", [.int(job.number)]
      ) { $0.text(0) }
    }
  }
}

/// A model that denies by its files alone, with the request that asks about it and what the real
/// runner answers.
struct UnsafeModel {
  let folder: TemporaryFolder
  let request: JobRequest
  let outcome: JobOutcome

  init(_ state: StateDirectory) throws {
    folder = try TemporaryFolder()
    let model = TinyFolder().with { $0.files["optimizer.pkl"] = TinyFolder.unsafePickle }
    request = .check(CheckTask(path: try folder.write("a", model)))
    outcome = try AuditRunner(state: state).run(request, Run(threads: 1))
  }

  var model: Digest? { if case .check(let result) = outcome { result.model } else { nil } }
}

/// A request that is never run.
let request = JobRequest.check(CheckTask(path: "/models/a"))

func ledgerSize(_ state: StateDirectory) throws -> Int { try state.openLedger().size() }

@Suite("The queue")
struct QueueTests {
  @Test("runs a job again after a kill, and records it once")
  func recovery() throws {
    try withState { state in
      let model = try UnsafeModel(state)
      let first = try QueueRun(state)
      let added = try #require(try first.queue.add(model.request, origin: .api))
      let lost = try #require(try first.claim())
      #expect(lost.id == added.id && lost.attempts == 1)

      let second = try QueueRun(state)
      #expect(try second.queue.recover() == 1)
      let again = try #require(try second.claim())
      #expect(again.id == added.id && again.attempts == 2)
      try second.record(again, model.outcome)
      let done = try #require(try second.job(added.id))
      #expect(done.state == .done && done.result?["ledger_index"]?.int == 0)
      #expect(
        try second.events(done).map { $0.prefix { $0 != " " } }
          .filter { $0 != "finding" } == ["state", "state", "state", "state", "done"])
      let findings = try second.events(done).filter { $0.hasPrefix("finding ") }
      #expect(findings.contains { $0.contains("pickle-call") })

      // The first run comes back to life and finds that the job is no longer its own.
      #expect(throws: Problem.self) { try first.record(lost, model.outcome) }
      second.writer.close()
      first.writer.close()
      #expect(try ledgerSize(state) == 1)
    }
  }

  @Test("keeps decision, model and entry together with the end of the job")
  func oneTransaction() throws {
    try withState { state in
      let model = try UnsafeModel(state)
      let run = try QueueRun(state)
      _ = try run.queue.add(model.request, origin: .api)
      let job = try #require(try run.claim())
      try run.record(job, model.outcome)
      func decisions() throws -> [Decision] {
        try run.reader.read { (database) throws(Problem) in
          try RegisterReader(database).decisions(of: nil)
        }
      }
      let made = try decisions()
      #expect(made.map(\.check.verdict) == [.deny] && made.map(\.entry) == [0])
      #expect(made.first?.check.model == model.model)
      // A job that has ended cannot end again, and leaves nothing behind when it tries.
      #expect(throws: Problem.self) { try run.record(job, model.outcome) }
      #expect(try decisions() == made)
      run.writer.close()
      #expect(try ledgerSize(state) == 1)
    }
  }

  @Test("makes one job of a firing, whoever looks and however often")
  func firings() throws {
    try withState { state in
      let run = try QueueRun(state)
      let origin = JobOrigin.schedule(name: "nightly", plannedAt: Instant(seconds: 60))
      #expect(try run.queue.add(request, origin: origin) != nil)
      #expect(try run.queue.add(request, origin: origin) == nil)
      run.writer.close()
      let next = try QueueRun(state)
      #expect(try next.queue.add(request, origin: origin) == nil)
      next.writer.close()
    }
  }

  @Test("gives up a job that has taken its daemon down too often")
  func poison() throws {
    try withState { state in
      var id = ""
      for attempt in 0...JobTable.attemptsMax {
        let run = try QueueRun(state)
        if attempt == 0 { id = try #require(try run.queue.add(request, origin: .api)).id }
        _ = try run.queue.recover()
        _ = try run.claim()
        run.writer.close()
      }
      let run = try QueueRun(state)
      let job = try #require(try run.job(id))
      #expect(job.state == .failed && job.error?["code"]?.string == "job_crashed")
      run.writer.close()
    }
  }

  @Test("cancels a waiting job at once and asks a running one to stop")
  func cancelling() throws {
    try withState { state in
      let run = try QueueRun(state)
      let one = try #require(try run.queue.add(request, origin: .api))
      let two = try #require(try run.queue.add(request, origin: .api))
      #expect(try run.claim()?.id == one.id)
      #expect(try run.queue.cancel(id: one.id)?.state == .running)
      #expect(run.queue.isCancelled(one.id))
      #expect(try run.queue.cancel(id: two.id)?.state == .queued)
      #expect(try run.job(two.id)?.state == .cancelled)
      #expect(try run.queue.cancel(id: two.id)?.state == .cancelled)
      #expect(try run.queue.cancel(id: "unknown") == nil)
      // A job that was asked to stop is not run again after a kill.
      let next = try QueueRun(state)
      _ = try next.queue.recover()
      #expect(try next.job(one.id)?.state == .cancelled)
      next.writer.close()
      run.writer.close()
    }
  }
}

@Suite("The state's writer")
struct StateWriterTests {
  @Test("undoes a write that fails, and no other of the same commit")
  func isolation() throws {
    try withState { state in
      let run = try QueueRun(state)
      let refused = Problem(.refused, "no", reason: "no")
      var threads: [BackgroundThread] = []
      for number in 0..<40 {
        threads.append(
          try BackgroundThread.start("w\(number)") {
            _ = try? run.writer.write { (state) throws(Problem) in
              try state.database.execute(
                "INSERT INTO policies VALUES (?, 'd', '{}', 't')", [.text("p\(number)")])
              if number % 2 == 1 { throw refused }
            }
          })
      }
      for thread in threads { thread.join() }
      let names = try run.reader.read { (database) throws(Problem) in
        try database.query("SELECT name FROM policies") { $0.text(0) }
      }
      #expect(Set(names) == Set((0..<20).map { "p\(2 * $0)" }))
      #expect(run.writer.health == .sound)
      run.writer.close()
      #expect(throws: Problem.self) { try run.writer.write { (_) throws(Problem) in } }
    }
  }
}

@Suite("Tokens")
struct TokenTests {
  @Test("are known by their hash, with their scopes, and by nothing near them")
  func lookUp() throws {
    try withState { state in
      let token = try Tokens.add(name: "ci", scopes: [.check, .read], state: state)
      let tokens = Tokens(reader: StateReader(path: state.databasePath))
      let caller = try #require(try tokens.caller(bearer: token))
      #expect(caller.scopes == [.read, .check] && caller.name == "ci")
      #expect(try tokens.caller(bearer: token + "x") == nil)
      #expect(try tokens.caller(bearer: String(token.dropLast())) == nil)
      let database = try Data(contentsOf: URL(filePath: state.databasePath))
      #expect(database.range(of: Data(token.utf8)) == nil)
    }
  }
}
