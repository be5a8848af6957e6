// Reading the state from any thread. Each read has a connection of its own for as long as it lasts;
// connections are kept for the next one. A read sees the last commit and never waits for a write.

import Base
import Store

/// A pool of connections that only read.
final class StateReader: Sendable {
  private let idle: Pool
  private let path: String

  // Connections rest here between reads; each is used by one thread at a time.
  private final class Pool: @unchecked Sendable {
    private var connections: [Database] = []
    private let lock = Lock()

    func take() -> Database? { lock.withLock { connections.popLast() } }
    func put(_ database: Database) {
      lock.withLock { if connections.count < 8 { connections.append(database) } }
    }
  }

  init(path: String) {
    self.path = path
    idle = Pool()
  }

  /// Runs `body` on one view of the state.
  func read<T>(_ body: (Database) throws(Problem) -> T) throws(Problem) -> T {
    let database: Database
    if let known = idle.take() { database = known } else { database = try Database(path: path) }
    let result = try database.snapshot { () throws(Problem) in try body(database) }
    idle.put(database)
    return result
  }

  /// Runs `body` outside a snapshot: for one statement, which is a view of its own.
  func readOne<T>(_ body: (Database) throws(Problem) -> T) throws(Problem) -> T {
    let database: Database
    if let known = idle.take() { database = known } else { database = try Database(path: path) }
    let result = try body(database)
    idle.put(database)
    return result
  }
}
