// Signals as values: blocked in every thread, and read by one that waits for nothing else. No code
// of ours ever runs inside a handler.

import Base
import Glibc

enum Signals {
  /// Blocks the signals the daemon answers to. Before the first thread is started: threads
  /// inherit the mask.
  static func block() {
    var set = wanted()
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// The next of them, or nil after a fifth of a second.
  static func next() -> Int32? {
    var set = wanted()
    var time = timespec(tv_sec: 0, tv_nsec: 200_000_000)
    let number = unsafe sigtimedwait(&set, nil, &time)
    return number > 0 ? number : nil
  }

  private static func wanted() -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&set, number) }
    return set
  }
}
