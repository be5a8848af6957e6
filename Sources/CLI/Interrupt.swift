// Ctrl-C as a flag, for the runs that this process starts.
//
// Promises: the first SIGINT asks every run of the command line to stop, a second one ends the
// process at once. Does not: exist below the command line; what runs there asks its `Run`.

import Base
import Glibc
import Synchronization

/// Whether the user asked to stop.
enum Interrupt {
  private static let requested = Atomic<Bool>(false)

  /// From now on SIGINT sets the flag.
  static func install() {
    signal(SIGINT) { _ in
      if Interrupt.requested.exchange(true, ordering: .relaxed) { _exit(130) }
    }
  }

  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Throws if the user asked to stop.
  static func check() throws(Problem) {
    try Run(threads: 1, isCancelled: { isRequested }).check()
  }
}
