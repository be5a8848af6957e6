// The one thread that writes to the state, and the group commit.
//
// What is acknowledged must be on the disk, and one fsync serves many: the thread takes everything
// that waits, runs each piece under its own savepoint in one transaction, commits, and only then
// lets the callers go on. A piece that fails undoes itself and harms no other; a commit that fails
// fails them all.
//
// After an error of the disk the connection is opened anew. A failed fsync is not survived: nobody
// knows what the disk holds, so the state is lost to this process (`Health.failed`). From then on
// no write is tried, let alone acknowledged, and the files are not touched again, not even by
// closing the database: what was acknowledged before is what a new process finds.

import Base
import Ledger
import Store
import Synchronization

/// Runs writes in order, several to a commit.
final class StateWriter: Sendable {
  /// What one write can do to the disk's health.
  enum Health: Sendable, Equatable {
    case sound
    /// The last write found the disk full or failing; the sentence says how.
    case degraded(String)
    /// An fsync failed. Only a new process may go on.
    case failed(String)
  }

  private let tasks = Channel<Task>(capacity: 4096)
  private let thread: BackgroundThread
  private let state: Shared

  private final class Shared: Sendable {
    let health = Mutex<Health>(.sound)
    let commits = Atomic<Int>(0)
  }

  /// A write and what wakes its caller.
  private struct Task: Sendable {
    let run: @Sendable (StateTransaction) throws(Problem) -> Void
    let finish: @Sendable (Problem?) -> Void
  }

  private static let batchMax = 256

  /// Opens a state, which must exist, brings its schema up to date and starts.
  init(_ directory: StateDirectory) throws(Problem) {
    let box = Handover(try StateConnection(directory))
    let tasks = tasks
    let shared = Shared()
    state = shared
    thread = try BackgroundThread.start("state-writer") {
      guard var connection = box.take() else { return }
      while !tasks.hasEnded {
        let waiting = tasks.takeAll(waitingMs: 1000)
        for start in stride(from: 0, to: waiting.count, by: Self.batchMax) {
          let batch = waiting[start..<min(start + Self.batchMax, waiting.count)]
          let isSound = Self.commit(Array(batch), to: connection, shared)
          if !isSound, let fresh = try? StateConnection(directory) { connection = fresh }
        }
      }
    }
  }

  /// Runs `body` inside the next transaction; returns once that is durable. Blocks: not for the
  /// loop's thread. What `body` throws undoes what it did and is thrown here.
  func write<T: Sendable>(
    _ body: @escaping @Sendable (StateTransaction) throws(Problem) -> T
  ) throws(Problem) -> T {
    if case .failed(let reason) = health { throw Self.lost(reason) }
    let slot = Slot<T>()
    let task = Task(
      run: { (state) throws(Problem) in slot.set(try body(state)) },
      finish: { slot.finish($0) })
    guard tasks.put(task) else {
      throw Problem(
        .failure, "state_closed", reason: "the state takes no more writes",
        remedy: "try again in a moment")
    }
    return try slot.wait()
  }

  var health: Health { state.health.withLock { $0 } }

  /// How many transactions this writer has committed. Whoever read the state between two equal
  /// values has read what this process knows.
  var commitCount: Int { state.commits.load(ordering: .acquiring) }

  /// To be told of problems with the state's files that others met.
  func notice(_ problem: Problem) {
    if Self.isLostSync(problem) { Self.note(problem, state) }
  }

  /// Why nothing is written any more.
  static func lost(_ reason: String) -> Problem {
    Problem(
      .failure, "storage_failed",
      reason: "the disk lost what was written to the state, so nothing more is: \(reason)",
      remedy: "look at the disk, then start again: what was acknowledged is there")
  }

  /// Finishes what waits and ends the thread.
  func close() {
    tasks.close()
    thread.join()
  }

  // MARK: On the writer's thread

  /// False if the connection has met an error of the disk and must not be used again.
  private static func commit(
    _ batch: [Task], to connection: StateConnection, _ shared: Shared
  ) -> Bool {
    var failures: [Problem?] = []
    if case .failed(let reason) = shared.health.withLock({ $0 }) {
      for task in batch { task.finish(lost(reason)) }
      return true
    }
    do throws(Problem) {
      let state = StateTransaction(connection)
      try connection.database.transaction { () throws(Problem) in
        for task in batch { failures.append(try runOne(task, in: state)) }
      }
      // Before anybody hears of it: who asks again after a write must not be told what was before.
      shared.commits.add(1, ordering: .acquiringAndReleasing)
      note(failures.compactMap { $0 }.first { isDiskProblem($0) }, shared)
      for (task, failure) in zip(batch, failures) { task.finish(failure) }
      for problem in [connection.publish(), connection.checkpoint()].compactMap({ $0 }) {
        note(problem, shared)
      }
      return true
    } catch {
      note(error, shared)
      for task in batch { task.finish(error) }
      return error.code == "disk_full" || isLostSync(error)
    }
  }

  /// Nil if it ran; its problem if it undid itself. Throws if the whole transaction is gone.
  private static func runOne(
    _ task: Task, in state: StateTransaction
  ) throws(Problem) -> Problem? {
    let database = state.database
    try database.execute("SAVEPOINT task")
    do throws(Problem) {
      try task.run(state)
      try database.execute("RELEASE task")
      return nil
    } catch {
      // A full disk may have rolled everything back by itself.
      guard database.isInTransaction else { throw error }
      try database.execute("ROLLBACK TO task")
      try database.execute("RELEASE task")
      return error
    }
  }

  private static func note(_ problem: Problem?, _ shared: Shared) {
    let health: Health
    switch problem {
    case nil: health = .sound
    case let problem? where isLostSync(problem): health = .failed(problem.reason)
    case let problem?: health = .degraded(problem.reason)
    }
    shared.health.withLock { current in
      if case .failed = current { return }
      current = health
    }
  }

  private static func isDiskProblem(_ problem: Problem) -> Bool {
    problem.code == "disk_full" || problem.code == "disk_failed" || isLostSync(problem)
  }

  /// SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC, and the same of our own files.
  private static func isLostSync(_ problem: Problem) -> Bool {
    if problem.code == "sync_failed" { return true }
    let code = problem.details["sqlite_code"]?.int
    return code == 1034 || code == 1290
  }
}

/// Hands a value that is not `Sendable` to one other thread.
private final class Handover<Value>: @unchecked Sendable {
  // Written before the thread starts, taken by it once.
  private var value: Value?

  init(_ value: Value) { self.value = value }

  func take() -> Value? {
    defer { value = nil }
    return value
  }
}

/// Where a write leaves its result for the caller that waits.
private final class Slot<T: Sendable>: Sendable {
  private let value = Mutex<T?>(nil)
  private let done = Channel<Problem?>(capacity: 1)

  func set(_ result: T) { value.withLock { $0 = result } }

  func finish(_ problem: Problem?) { _ = done.put(problem) }

  func wait() throws(Problem) -> T {
    if let problem = done.take() ?? nil { throw problem }
    guard let result = value.withLock({ $0 }) else {
      throw Problem(.failure, "state_closed", reason: "the write came to no end")
    }
    return result
  }
}
