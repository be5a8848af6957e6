// The writer's connection: the database, and the log and register that live in it. What a
// transaction appends is signed inside it, stands in the register with it, becomes durable with it,
// and is published as files after it. Publishing can always be made up for, so its failure is noted
// and never undoes a commit.

import Audit
import Base
import Crypto
import Ledger
import Licensing
import Register
import State
import Store

/// Belongs to the writer's thread.
final class StateConnection {
  let log: StateLog
  private let state: StateDirectory
  private var unpublished = true
  private var commitsSinceCheckpoint = 0

  /// So many commits are moved from the write-ahead log into the database at once.
  private static let checkpointPeriod = 100

  var database: Database { log.database }

  init(_ state: StateDirectory) throws(Problem) {
    self.state = state
    log = try StateLog(state)
    // SQLite tells nobody when the sync of a checkpoint of its own making fails.
    _ = try log.database.first("PRAGMA wal_autocheckpoint=0") { row in row.int(0) }
    try Schema.migrate(log.database)
    try log.catchUp()
  }

  /// Signs statements and appends them within the open transaction.
  fileprivate func append(_ statements: [Statement]) throws(Problem) -> StagedAppend {
    unpublished = true
    return try log.stage(statements)
  }

  fileprivate func sources(at now: Instant) throws(Problem) -> DecisionSources {
    try DecisionSources(
      state: state, database: database, today: CalendarDay(now),
      catalogue: Licensing.catalogueDigest)
  }

  /// Moves what was committed into the database from time to time; the problem if that failed.
  func checkpoint() -> Problem? {
    commitsSinceCheckpoint += 1
    guard commitsSinceCheckpoint >= Self.checkpointPeriod else { return nil }
    commitsSinceCheckpoint = 0
    do throws(Problem) {
      _ = try database.first("PRAGMA wal_checkpoint(PASSIVE)") { row in row.int(0) }
      return nil
    } catch {
      return error
    }
  }

  /// Makes files of what was committed; the problem if that failed. Tried again with the next
  /// commit, or by the next ledger that opens.
  func publish() -> Problem? {
    guard unpublished else { return nil }
    do throws(Problem) {
      try log.ledger.publish()
      unpublished = false
      return nil
    } catch {
      return error
    }
  }
}

/// What a write has in hand while its transaction is open.
struct StateTransaction {
  private let connection: StateConnection

  init(_ connection: StateConnection) {
    self.connection = connection
  }

  var database: Database { connection.database }
  var blobs: BlobStore { connection.log.blobs }
  /// The key that this state signs with.
  var ownKey: ECDSA.PublicKey { connection.log.ownKey }

  /// Signs the statements and appends them.
  @discardableResult
  func append(_ statements: [Statement]) throws(Problem) -> StagedAppend {
    try connection.append(statements)
  }

  /// The register as it is within this transaction.
  func register() throws(Problem) -> RegisterReader {
    try Register.advance(database, trusted: connection.log.trustedKeys, blobs: blobs)
    return RegisterReader(database)
  }

  /// What decisions rest on outside the log.
  func sources(at now: Instant) throws(Problem) -> DecisionSources {
    try connection.sources(at: now)
  }

  func inclusion(index: Int, size: Int) throws(Problem) -> JSON {
    try connection.log.ledger.inclusion(index: index, size: size)
  }

  func consistency(old: Int, size: Int) throws(Problem) -> JSON {
    try connection.log.ledger.consistency(old: old, size: size)
  }
}
