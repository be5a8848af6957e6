// A fixed number of threads for work that may wait. The queue before them is bounded: what does not
// fit is refused at once, which the client can act on, instead of late.

import Base

final class WorkerPool: Sendable {
  private let queue: Channel<@Sendable () -> Void>
  private let threads: [BackgroundThread]

  init(threads count: Int, waitingMax: Int) throws(Problem) {
    let queue = Channel<@Sendable () -> Void>(capacity: waitingMax)
    var threads: [BackgroundThread] = []
    for index in 0..<count {
      let thread = try BackgroundThread.start("http-\(index)") {
        while let work = queue.take() { work() }
      }
      threads.append(thread)
    }
    self.queue = queue
    self.threads = threads
  }

  /// False if the queue is full.
  func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    queue.put(work)
  }

  /// Lets the queued work end and the threads with it.
  func finish() {
    queue.close()
    for thread in threads { thread.join() }
  }
}
