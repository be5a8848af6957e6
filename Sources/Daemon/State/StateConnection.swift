// The writer's connection: the database and the ledger that lives in it. What a transaction appends
// to the ledger is signed inside it, becomes durable with it, and is published as files after it.
// Publishing can always be made up for, so its failure is noted and never undoes a commit.

import Audit
import Base
import Crypto
import Ledger
import Store

/// Belongs to the writer's thread.
final class StateConnection {
  let database: Database
  let ledger: Ledger
  let blobs: BlobStore
  let trustedKeys: [ECDSA.PublicKey]
  private let key: ECDSA.PrivateKey
  private var unpublished = true
  private var commitsSinceCheckpoint = 0

  /// So many commits are moved from the write-ahead log into the database at once.
  private static let checkpointPeriod = 100

  init(_ state: StateDirectory) throws(Problem) {
    let passphrase = try StateDirectory.passphrase()
    database = try state.openDatabase()
    // SQLite tells nobody when the sync of a checkpoint of its own making fails.
    _ = try database.first("PRAGMA wal_autocheckpoint=0") { row in row.int(0) }
    ledger = try state.openLedger(on: database, passphrase: passphrase)
    try database.migrate(module: Schema.module, Schema.steps)
    key = try state.statementKey(passphrase: passphrase)
    trustedKeys = try state.trustedKeys()
    blobs = state.blobs
  }

  /// Signs statements and appends them within the open transaction.
  fileprivate func append(_ statements: [JobStatement]) throws(Problem) -> [Int] {
    guard !statements.isEmpty else { return [] }
    var entries: [[UInt8]] = []
    for statement in statements { entries.append(try entry(of: statement)) }
    let staged = try ledger.stage(entries)
    unpublished = true
    return Array(staged.firstIndex..<(staged.firstIndex + staged.count))
  }

  /// A signed statement as an entry. A predicate that is too large goes to the blobs, and the
  /// statement names it by its digest.
  private func entry(of statement: JobStatement) throws(Problem) -> [UInt8] {
    let bytes = try signed(statement, statement.predicate).bytes
    guard bytes.count > Tile.entryByteCountMax else { return bytes }
    let digest = try blobs.put(statement.predicate.canonicalBytes)
    var short: JSONObject = ["body": .string(digest.tagged)]
    for key in ["model", "verdict", "exit_code"] { short[key] = statement.predicate[key] }
    return try signed(statement, .object(short)).bytes
  }

  private func signed(_ statement: JobStatement, _ predicate: JSON) throws(Problem) -> Envelope {
    try Statement(
      subjects: statement.subjects.map { .init(name: $0.name, sha256: $0.digest) },
      predicateType: statement.predicateType, predicate: predicate
    ).signed(by: key)
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
      try ledger.publish()
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

  /// Signs the statements and appends them; the index of each.
  func append(_ statements: [JobStatement]) throws(Problem) -> [Int] {
    try connection.append(statements)
  }

  /// The edges on the paths to and from a model, as trusted keys have stated them.
  func edges(of digest: Digest) throws(Problem) -> [JSON] {
    let lineage = try connection.ledger.lineage(of: digest, trusted: connection.trustedKeys)
    var seen: Set<Int> = []
    return (lineage.ancestors + lineage.descendants).compactMap { recorded in
      guard seen.insert(recorded.index).inserted else { return nil }
      var edge = recorded.edge.json.object ?? [:]
      edge["relation"] = edge["relation"] ?? .null
      edge["ledger_index"] = JSON(recorded.index)
      edge["evidence"] = recorded.statement.evidence
      return .object(edge)
    }
  }

  func inclusion(index: Int, size: Int) throws(Problem) -> JSON {
    try connection.ledger.inclusion(index: index, size: size)
  }

  func consistency(old: Int, size: Int) throws(Problem) -> JSON {
    try connection.ledger.consistency(old: old, size: size)
  }
}
