// After the disk has lost a write, nothing is acknowledged and the process ends.

import Audit
import Base
import Ledger
import Synchronization
import Testing

@testable import Daemon

@Suite("A state whose disk has lost a write")
struct LostStorageTests {
  /// What SQLite says when fsync fails.
  private static let lostSync = Problem(
    .failure, "disk_failed", reason: "disk I/O error (SQLite 1034)",
    details: ["sqlite_code": JSON(1034)])

  private func add(_ run: QueueRun) -> String? {
    do throws(Problem) {
      _ = try run.queue.add(request, origin: .api)
      return nil
    } catch {
      return error.code
    }
  }

  @Test("acknowledges nothing any more, and a new run finds what was acknowledged")
  func nothingMore() throws {
    try withState { state in
      let run = try QueueRun(state)
      #expect(add(run) == nil)
      let isFailing = Atomic<Bool>(true)
      let code: String?
      do throws(Problem) {
        try run.writer.write { (state) throws(Problem) in
          state.database.commitFault = { (moment) throws(Problem) in
            if moment == .before, isFailing.load(ordering: .relaxed) { throw Self.lostSync }
          }
        }
        code = nil
      } catch {
        code = error.code
      }
      #expect(code == "disk_failed")
      // The next fsync would succeed: that proves nothing about what was lost.
      isFailing.store(false, ordering: .relaxed)
      for _ in 0..<3 { #expect(add(run) == "storage_failed") }
      guard case .failed = run.writer.health else {
        Issue.record("\(run.writer.health)")
        return
      }
      let next = try QueueRun(state)
      let count = try next.reader.readOne { (database) throws(Problem) in
        try database.first("SELECT count(*) FROM jobs") { $0.int(0) }
      }
      #expect(count == 1 && add(next) == nil)
    }
  }

  @Test("goes on after an error of the disk that is no lost sync")
  func otherErrors() throws {
    try withState { state in
      let run = try QueueRun(state)
      let full = Problem(.failure, "disk_full", reason: "full")
      #expect(throws: full) {
        try run.writer.write { (state) throws(Problem) in
          state.database.commitFault = { (_) throws(Problem) in throw full }
        }
      }
      try? run.writer.write { (state) throws(Problem) in state.database.commitFault = nil }
      run.writer.notice(Problem(.malformed, "changed", reason: "no matter"))
      #expect(run.writer.health != .failed("no matter"))
    }
  }

  @Test("is kept small in its log by checkpoints whose failure would be seen")
  func checkpoints() throws {
    try withState { state in
      let run = try QueueRun(state)
      let size = { FileSystem.stamp(of: state.databasePath)?.sizeBytes ?? 0 }
      let before = size()
      for _ in 0..<120 { #expect(add(run) == nil) }
      #expect(size() > before)
      let automatic = try run.writer.write { (state) throws(Problem) in
        try state.database.first("PRAGMA wal_autocheckpoint") { $0.int(0) }
      }
      #expect(automatic == 0)
    }
  }

  /// A job meets the lost sync of a file of the state.
  private struct LosingRunner: JobRunner {
    func run(_ request: JobRequest, _ run: Run) throws(Problem) -> JobOutcome {
      throw Problem(.failure, "sync_failed", place: "blobs", reason: "Input/output error")
    }
  }

  @Test("ends the daemon by itself, with exit code 5 and one line in the log")
  func daemonEnds() throws {
    try withState { state in
      let root = FileSystem.directoryName(state.path)
      var configuration = DaemonConfiguration(state: state)
      configuration.listen = [.unix(path: root + "/api.sock")]
      let lines = Mutex<[String]>([])
      let daemon = try Daemon(
        configuration, runner: LosingRunner(),
        log: Log { line in lines.withLock { $0.append(line) } })
      let other = try QueueRun(state)
      #expect(add(other) == nil)
      // Nobody asks it to stop.
      let problem = #expect(throws: Problem.self) { try daemon.run { _ in } }
      #expect(problem?.code == "storage_failed" && problem?.exitCode == .failure)
      let told = lines.withLock { $0 }.filter { $0.contains("\"event\":\"storage_failed\"") }
      #expect(told.count == 1)
    }
  }
}
