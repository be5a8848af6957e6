// The writer's connection: the database and the ledger that lives in it. What a transaction appends
// to the ledger is signed inside it, becomes durable with it, and is published as files after it.

import Audit
import Base
import Crypto
import Store

/// Belongs to the writer's thread.
final class StateConnection {
  let database: Database

  init(path: String) throws(Problem) {
    database = try Database(path: path)
    try database.migrate(module: Schema.module, Schema.steps)
  }

  func publish() {}
}

/// What a write has in hand while its transaction is open.
struct StateTransaction {
  private let connection: StateConnection

  init(_ connection: StateConnection) {
    self.connection = connection
  }

  var database: Database { connection.database }

  /// Signs the statements and appends them; the index of each.
  func append(_ statements: [JobStatement]) throws(Problem) -> [Int] {
    []
  }

  func edges(of digest: String) throws(Problem) -> [JSON] { [] }

  func inclusion(index: Int, size: Int) throws(Problem) -> JSON { .null }

  func consistency(old: Int, size: Int) throws(Problem) -> JSON { .null }
}
