// The events of one job as a stream: rows after the last one the client has, then the next ones as
// they are announced, until `done`.

import Base
import HTTP
import Store
import Synchronization

final class JobEvents: EventSource {
  let topic: String
  private let number: Int
  private let last: Mutex<Int>
  private let reader: StateReader
  private static let batchMax = 100

  /// - Parameter after: the sequence number the client saw last; 0 for all.
  init(job: JobRecord, after: Int, reader: StateReader) {
    topic = job.id
    number = job.number
    last = Mutex(after)
    self.reader = reader
  }

  func pull() -> EventStep {
    last.withLock { last in
      let rows = (try? read(after: last)) ?? nil
      guard let rows else { return .end([]) }
      guard let newest = rows.events.last else { return rows.isOver ? .end([]) : .wait }
      last = newest.id
      return newest.name == "done" ? .end(rows.events) : .events(rows.events)
    }
  }

  private func read(after: Int) throws(Problem) -> (events: [Event], isOver: Bool)? {
    try reader.read { (database) throws(Problem) in
      let state = try database.first("SELECT state FROM jobs WHERE number = ?", [.int(number)]) {
        row in row.text(0)
      }
      guard let state = state.flatMap(JobState.init(rawValue:)) else { return nil }
      let events = try database.query(
        "SELECT seq, name, data FROM events WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?",
        [.int(number), .int(after), .int(Self.batchMax)]
      ) { row in Event(id: row.int(0), name: row.text(1), data: row.text(2)) }
      return (events, state.isFinal)
    }
  }
}
