// Running on all cores: fork-join over indices, for what computes and for what waits.
//
// Promises: each index once; a thread never splits a sum, so no result depends on how many there
// are. Does not: stop, or tell how far it is (`Run` does).

import Dispatch
import Glibc
import Synchronization

/// Fork-join over indices.
public enum Parallel {
  /// The number of processors this process may use.
  public static let defaultThreads = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// Calls `body` once for each index in 0..<count, on at most `threads` threads, and returns
  /// when all are done. Indices are taken in increasing order.
  public static func forEach(
    _ count: Int, threads: Int, _ body: @Sendable (Int) -> Void
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
      let context = unsafe Unmanaged.passRetained(work)
      let code = unsafe pthread_create(
        &thread, nil,
        { context in
          if let context = unsafe context {
            unsafe Unmanaged<Waiting>.fromOpaque(context).takeRetainedValue().run()
          }
          return nil
        }, unsafe context.toOpaque())
      guard code == 0 else {
        // Too many threads already: those that run do the work.
        unsafe context.release()
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
