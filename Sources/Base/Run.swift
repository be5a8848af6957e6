// One run of a job: how many threads it may use, whether it is still wanted, and who is told how
// far it is. A value that is handed down; whoever starts the job makes it.
//
// Promises: a loop that asks often (`check`, `forEach`, `map`) ends soon after the run is no longer
// wanted, with a problem of the kind `interrupted`. Nothing here is state of the process: two runs
// side by side are stopped apart.
// Does not: stop a thread by force, or know signals, queues or terminals.

import Synchronization

/// Threads, cancellation and progress of one run.
public struct Run: Sendable {
  /// At most this many threads; no result depends on the number.
  public var threads: Int
  private let asksToStop: @Sendable () -> Bool
  private let listener: @Sendable (RunProgress) -> Void

  /// - Parameters:
  ///   - isCancelled: asked often, from several threads; true ends the run.
  ///   - progress: told often, from several threads; whoever shows it decides how often.
  public init(
    threads: Int = Parallel.defaultThreads,
    isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (RunProgress) -> Void = { _ in }
  ) {
    self.threads = max(1, threads)
    asksToStop = isCancelled
    listener = progress
  }

  /// Whether the run is no longer wanted.
  public var isCancelled: Bool { asksToStop() }

  /// Throws if the run is no longer wanted.
  public func check() throws(Problem) {
    guard isCancelled else { return }
    throw Problem(.interrupted, "interrupted", reason: "stopped on request")
  }

  /// Tells how far the run is. `unit` is what is counted: "bytes", "models", "rows". `total` is 0
  /// if it is not known.
  public func tell(_ done: Int, of total: Int, _ unit: String, _ label: String) {
    listener(RunProgress(done: done, total: total, unit: unit, label: label))
  }

  /// The same run on fewer threads, or on more.
  public func on(threads: Int) -> Run {
    var other = self
    other.threads = max(1, threads)
    return other
  }

  /// The same run, of which nobody is told.
  public var silent: Run { Run(threads: threads, isCancelled: asksToStop) }
}

/// How far a run is.
public struct RunProgress: Equatable, Sendable {
  public let done: Int
  /// 0 if it is not known.
  public let total: Int
  public let unit: String
  public let label: String

  public init(done: Int, total: Int, unit: String, label: String) {
    self.done = done
    self.total = total
    self.unit = unit
    self.label = label
  }
}

// MARK: Loops

extension Run {
  /// Calls `body` for each index in 0..<count on the threads of the run. Once the run is no longer
  /// wanted, indices are left out: whoever calls this asks `check` before looking at the results.
  public func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(threads, max(0, count))
    let next = Atomic<Int>(0)
    Parallel.forEach(workers, threads: workers) { _ in
      while !isCancelled {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        body(index)
      }
    }
  }

  /// What `body` gives for each index in 0..<count, in the order of the indices.
  /// - Throws: `interrupted`, or what `body` threw for the lowest index that failed; nothing more
  ///   is begun after a failure.
  public func map<Value: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws(Problem) -> Value
  ) throws(Problem) -> [Value] {
    let slots = Mutex([Value?](repeating: nil, count: max(0, count)))
    let failure = Mutex<(index: Int, problem: Problem)?>(nil)
    forEach(count) { index in
      guard failure.withLock({ $0 == nil }) else { return }
      do throws(Problem) {
        let value = try body(index)
        slots.withLock { $0[index] = value }
      } catch {
        failure.withLock { known in
          guard let first = known, first.index < index else {
            known = (index, error)
            return
          }
        }
      }
    }
    if let (_, problem) = failure.withLock({ $0 }) { throw problem }
    try check()
    return slots.withLock { $0.compactMap { $0 } }
  }
}
