// The same POST twice is one job. A key that a client sends with a request is kept with the answer,
// in the transaction that carries the request out, so a client that never saw the answer (because
// the daemon was killed, or the network was) may ask again and get it.
//
// A key belongs to one token and route. With another body it is a mistake of the client, not a
// new request. Keys are kept for two days.

import Base
import Crypto
import HTTP
import Store

/// What carrying out a request made.
struct Created: Sendable {
  let status: Int
  let json: JSON
  var location: String?
}

struct Idempotency: Sendable {
  let writer: StateWriter
  let clock: WallClock
  static let keptSeconds: Int64 = 2 * 86_400

  private enum Outcome: Sendable {
    case fresh(Created)
    case replayed(Created)
    case refused(APIError)
  }

  /// Carries `work` out in one durable transaction, once per key.
  func perform(
    _ call: Call, _ work: @escaping @Sendable (StateTransaction) throws(Problem) -> Created
  ) throws(APIError) -> Response {
    let key = try Self.key(of: call)
    let hash = SHA256.hash(call.request.body).bytes
    let token = call.caller?.number ?? 0
    let route = "\(call.head.method.rawValue) \(call.head.target.path)"
    let now = clock.now()
    let outcome = try translated { () throws(Problem) in
      try writer.write { (state) throws(Problem) -> Outcome in
        guard let key else { return .fresh(try work(state)) }
        let values: [SQLValue] = [.int(token), .text(route), .text(key)]
        if let known = try Self.find(values, in: state.database) {
          return known.body == hash ? .replayed(known.created) : .refused(Self.mismatch)
        }
        let created = try work(state)
        try state.database.execute(
          """
          INSERT INTO idempotency(token, route, key, body, status, location, answer, at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """,
          values + [
            .blob(hash), .int(created.status), .text(created.location),
            .text(created.json.canonicalText), .integer(now.seconds),
          ])
        return .fresh(created)
      }
    }
    switch outcome {
    case .fresh(let created): return Self.response(created, replayed: false)
    case .replayed(let created): return Self.response(created, replayed: true)
    case .refused(let error): throw error
    }
  }

  /// Forgets keys that are too old.
  static func expire(now: Instant, in database: Database) throws(Problem) {
    try database.execute(
      "DELETE FROM idempotency WHERE at < ?", [.integer(now.seconds - keptSeconds)])
  }

  // MARK: Parts

  private static let mismatch = APIError(
    422, "idempotency_mismatch", "This idempotency key was used with another body.")

  private static func key(of call: Call) throws(APIError) -> String? {
    let values = call.head.values(of: "idempotency-key")
    guard let key = values.first else { return nil }
    guard values.count == 1, (1...255).contains(key.utf8.count),
      key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw APIError(
        400, "bad_idempotency_key", "An idempotency key is 1 to 255 visible ASCII characters.")
    }
    return key
  }

  private static func find(
    _ values: [SQLValue], in database: Database
  ) throws(Problem) -> (body: [UInt8], created: Created)? {
    try database.first(
      """
      SELECT body, status, location, answer FROM idempotency
      WHERE token = ? AND route = ? AND key = ?
      """, values
    ) { (row) throws(Problem) in
      let json = try stored(row.blob(3))
      return (row.blob(0), Created(status: row.int(1), json: json, location: row.optionalText(2)))
    }
  }

  private static func response(_ created: Created, replayed: Bool) -> Response {
    var fields: [(name: String, value: String)] = []
    if let location = created.location { fields.append(("Location", location)) }
    if replayed { fields.append(("Idempotency-Replayed", "true")) }
    return .json(created.status, created.json, fields: fields)
  }
}
