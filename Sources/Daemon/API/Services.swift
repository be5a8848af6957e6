// What the routes work with, handed to them as one value.

import Base
import HTTP
import Ledger
import Register
import Store
import Synchronization

/// The daemon's parts as the routes see them.
struct Services: Sendable {
  let queue: Queue
  let reader: StateReader
  let writer: StateWriter
  let clock: WallClock
  let roots: ModelRoots
  let metrics: Metrics
  let zones: TimeZoneDatabase
  let phase: Phase
  let state: StateDirectory
  let watchers: [Watcher]
  let allowsPrivateWebhooks: Bool
  let renderReport: ReportRenderer
  let register: RegisterAccess
  let modelPage = RecentPage()

  var idempotency: Idempotency { Idempotency(writer: writer, clock: clock) }

  /// Refuses new work once the daemon is on its way out.
  func checkAccepting() throws(APIError) {
    guard !phase.isDraining else {
      throw APIError(
        503, "draining", "The daemon is stopping and takes no new work.",
        fields: [("Retry-After", "10")])
    }
  }

  /// Reads on one view of the state.
  func read<T>(_ body: (Database) throws(Problem) -> T) throws(APIError) -> T {
    try translated { () throws(Problem) in try reader.read(body) }
  }

  /// Asks the register, brought up to date.
  func standing<T>(
    forList: Bool = false, _ body: (Standing) throws(Problem) -> T
  ) throws(APIError) -> T {
    try translated { () throws(Problem) in try register.standing(forList: forList, body) }
  }

  /// Writes in one durable transaction.
  func write<T: Sendable>(
    _ body: @escaping @Sendable (StateTransaction) throws(Problem) -> T
  ) throws(APIError) -> T {
    try translated { () throws(Problem) in try writer.write(body) }
  }
}

/// Whether the daemon still takes work.
final class Phase: Sendable {
  private let draining = Atomic<Bool>(false)

  var isDraining: Bool { draining.load(ordering: .relaxed) }
  func drain() { draining.store(true, ordering: .relaxed) }
}

/// The body of a list: one page and the cursor of the next.
func page<T>(
  _ name: String, _ rows: [T], limit: Int, number: (T) -> Int, json: (T) -> JSON
) -> JSON {
  // One more row than asked for was read: it says whether there is a next page.
  let shown = rows.prefix(limit)
  let next = rows.count > limit ? shown.last.map { JSON.string(String(number($0))) } : nil
  var object: JSONObject = ["next": next ?? .null]
  object[name] = .array(shown.map(json))
  return .object(object)
}
