// Signals as values: blocked in every thread, and read by one that waits for nothing else. No code
// of ours ever runs inside a handler.

import Base
import Glibc

enum Signals {
  /// Blocks the signals the daemon answers to. Before the first thread is started: threads
  /// inherit the mask.
  static func block() {
    var set = wanted()
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Waits for the next of them.
  static func next() -> Int32 {
    var set = wanted()
    var number: Int32 = 0
    while sigwait(&set, &number) != 0 {}
    return number
  }

  /// Ends the thread that waits in `next`.
  static func wakeWaiter() {
    kill(getpid(), SIGUSR2)
  }

  private static func wanted() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP, SIGUSR2] { sigaddset(&set, number) }
    return set
  }
}
