// A hint that something below some directories may have changed (inotify(7)).
//
// Only ever a hint: writes through links elsewhere, through mappings, on network file systems, and
// whatever comes while the queue is full are not told. Who uses it looks at the files themselves,
// and looks from time to time without a hint.

import Glibc

public final class ChangeHints: Sendable {
  private let descriptor: Int32

  private static let mask = UInt32(
    IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB
      | IN_ONLYDIR | IN_DONT_FOLLOW)

  public init() throws(Problem) {
    descriptor = inotify_init1(O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Problem(
        .failure, "no_change_hints",
        reason: unsafe "the system watches no directories: \(String(cString: strerror(errno)))",
        remedy: "raise fs.inotify.max_user_instances")
    }
  }

  deinit { close(descriptor) }

  /// Watches one directory, not what is below its directories. Twice is once. False if the system
  /// watches no more.
  public func watch(directory: String) -> Bool {
    unsafe inotify_add_watch(descriptor, directory, Self.mask) >= 0
  }

  /// Waits at most so long for a hint; takes all there are. True if there was one.
  public func wait(milliseconds: Int) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&entry, 1, Int32(clamping: milliseconds)) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while unsafe read(descriptor, &buffer, buffer.count) > 0 {}
    return true
  }
}
