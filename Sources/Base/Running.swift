// Running on all cores, stopping when asked, and telling how far a run is.

import Dispatch
import Glibc
import Synchronization

/// Fork-join over indices. A thread never splits a sum, so results do not depend on the count.
public enum Parallel {
  /// The number of processors this process may use.
  public static let defaultThreads = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// Calls `body` once for each index in 0..<count, on at most `threads` threads, and returns
  /// when all are done. Indices are taken in increasing order.
  public static func forEach(
    _ count: Int, threads: Int = Parallel.defaultThreads, _ body: @Sendable (Int) -> Void
  ) {
    let workers = min(max(1, threads), count)
    guard workers > 1 else {
      for index in 0..<max(0, count) { body(index) }
      return
    }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        body(index)
      }
    }
  }
}

extension Parallel {
  /// What `body` gives for each index in 0..<count, in the order of the indices.
  public static func map<Value: Sendable>(
    _ count: Int, threads: Int = Parallel.defaultThreads, _ body: @Sendable (Int) -> Value
  ) -> [Value] {
    let slots = Mutex([Value?](repeating: nil, count: max(0, count)))
    forEach(count, threads: threads) { index in
      let value = body(index)
      slots.withLock { $0[index] = value }
    }
    return slots.withLock { $0.compactMap { $0 } }
  }
}

extension Parallel {
  /// The same for bodies that wait for the disk rather than compute: each thread is a real one, so
  /// there may be many more of them than processors. Waits that overlap cost one wait: sixteen
  /// syncs at once took a fourteenth of the time of sixteen in turn on the disk it was tried on.
  public static func forEachWaiting(
    _ count: Int, threads: Int = 16, _ body: @escaping @Sendable (Int) -> Void
  ) {
    let work = Waiting(count: count, body: body)
    var started: [pthread_t] = []
    for _ in 1..<max(1, min(threads, count)) {
      var thread = pthread_t()
      let context = Unmanaged.passRetained(work)
      let code = pthread_create(
        &thread, nil,
        { context in
          if let context { Unmanaged<Waiting>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, context.toOpaque())
      guard code == 0 else {
        // Too many threads already: those that run do the work.
        context.release()
        break
      }
      started.append(thread)
    }
    work.run()
    for thread in started { pthread_join(thread, nil) }
  }

  /// Indices that several threads take one by one.
  private final class Waiting: Sendable {
    private let next = Atomic<Int>(0)
    private let count: Int
    private let body: @Sendable (Int) -> Void

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }

    func run() {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        body(index)
      }
    }
  }
}

/// Ctrl-C as a flag that long loops look at.
public enum Interrupt {
  private static let requested = Atomic<Bool>(false)

  /// From now on SIGINT sets the flag; a second SIGINT ends the process at once.
  public static func install() {
    signal(SIGINT) { _ in
      if Interrupt.requested.exchange(true, ordering: .relaxed) { _exit(130) }
    }
  }

  public static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Throws if the user asked to stop.
  public static func check() throws(Problem) {
    guard isRequested else { return }
    throw Problem(.interrupted, "interrupted", reason: "stopped by the user")
  }
}

/// How far a run is; whoever shows it decides how often.
public struct Progress: Sendable {
  public let report: @Sendable (_ done: Int, _ total: Int, _ unit: String, _ label: String) -> Void

  public init(
    report: @escaping @Sendable (_ done: Int, _ total: Int, _ unit: String, _ label: String) -> Void
  ) {
    self.report = report
  }

  /// Says nothing.
  public static let none = Progress { _, _, _, _ in }

  /// `unit` is what is counted: "bytes", "models", "rows". `total` is 0 if it is not known.
  public func callAsFunction(_ done: Int, of total: Int, _ unit: String, _ label: String) {
    report(done, total, unit, label)
  }
}
