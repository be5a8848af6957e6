// The queue of jobs: what others ask of it. Every change is durable before it is acknowledged; who
// waits for news of a job is told after the commit.

import Audit
import Base
import Store
import Synchronization

/// Jobs that wait, run and have run.
final class Queue: Sendable {
  let writer: StateWriter
  let reader: StateReader
  let clock: WallClock
  /// Names this run of the daemon in the rows of the jobs it holds.
  let worker = Hex.encode(SystemRandom.bytes(8))
  /// Told the id of a job after something about it became durable.
  private let listener = Mutex<(@Sendable (String) -> Void)?>(nil)
  /// One element per job that was added, for workers that sleep.
  let wakeups = Channel<Void>(capacity: 4096)
  private let cancelled = Mutex<Set<String>>([])

  init(writer: StateWriter, reader: StateReader, clock: WallClock) {
    self.writer = writer
    self.reader = reader
    self.clock = clock
  }

  func onChange(_ body: @escaping @Sendable (String) -> Void) {
    listener.withLock { $0 = body }
  }

  func changed(_ id: String) {
    listener.withLock { $0 }?(id)
  }

  /// To be called after the transaction that added a job.
  func added(_ id: String) {
    _ = wakeups.put(())
    changed(id)
  }

  /// Adds a job in a transaction of its own; nil if its origin has made one already.
  func add(_ request: JobRequest, origin: JobOrigin) throws(Problem) -> JobRecord? {
    let now = clock.now()
    let job = try writer.write { (state) throws(Problem) in
      try JobTable.add(request, origin: origin, at: now, in: state.database)
    }
    if let job { added(job.id) }
    return job
  }

  /// Takes up what an earlier run left behind.
  func recover() throws(Problem) -> Int {
    let now = clock.now()
    return try writer.write { (state) throws(Problem) in
      try JobTable.recover(at: now, in: state.database)
    }
  }

  // MARK: Cancelling

  /// Ends a waiting job, asks a running one to stop. Returns the job as it was; nil if unknown.
  func cancel(id: String) throws(Problem) -> JobRecord? {
    let now = clock.now()
    let job = try writer.write { (state) throws(Problem) in
      try JobTable.cancel(id: id, at: now, in: state.database)
    }
    if let job, !job.state.isFinal {
      if job.state == .running { _ = cancelled.withLock { $0.insert(id) } }
      changed(id)
    }
    return job
  }

  func isCancelled(_ id: String) -> Bool {
    cancelled.withLock { $0.contains(id) }
  }

  func forget(_ id: String) {
    cancelled.withLock { _ = $0.remove(id) }
  }
}
