// One holder at a time, over all processes of the machine: `flock(2)` on a file made for it.
//
// The system lets go of the lock when its holder dies, so nothing is ever left locked. Two locks
// on one path exclude each other within one process too. Not for network file systems.

import Glibc

/// A lock that belongs to a path.
public final class FileLock: Sendable {
  /// Path of the file; it is empty, and stays.
  public let path: String
  private let descriptor: Int32

  /// Opens the file, making it if it is not there. Nothing is locked yet.
  public init(path: String) throws(Problem) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw openProblem(path, errno) }
    self.path = path
  }

  deinit { close(descriptor) }

  /// Waits for the lock, runs `body`, lets go. One thread at a time may use one object.
  public func withLock<R>(_ body: () throws(Problem) -> R) throws(Problem) -> R {
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw openProblem(path, errno) }
    }
    defer { flock(descriptor, LOCK_UN) }
    return try body()
  }

  /// Takes the lock for as long as this object lives; false if somebody else has it.
  public func tryHold() throws(Problem) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw openProblem(path, errno) }
    return false
  }
}
