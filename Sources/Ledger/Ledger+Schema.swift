// The ledger's tables, and reading them.
//
// Hashes are kept at the levels that tiles have: leaves with their entries, and one hash for each
// full tile. Everything between is computed when it is asked for, from at most 256 hashes a level.

import Base
import Crypto
import Store

/// The schema, step by step. Steps are only ever added.
let ledgerMigrations = [
  Migration(
    "the log",
    [
      """
      CREATE TABLE ledger_log(
        id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL, vkey TEXT NOT NULL) STRICT
      """,
      """
      CREATE TABLE ledger_entries(
        position INTEGER PRIMARY KEY, entry BLOB NOT NULL, leaf_hash BLOB NOT NULL,
        CHECK (length(leaf_hash) = 32 AND length(entry) <= 65535)) STRICT
      """,
      """
      CREATE TABLE ledger_tile_hashes(
        level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (level, position), CHECK (length(hash) = 32)) STRICT, WITHOUT ROWID
      """,
      // One checkpoint for a size, for ever: the log cannot sign two roots of one size.
      """
      CREATE TABLE ledger_checkpoints(
        size INTEGER PRIMARY KEY, root BLOB NOT NULL, note BLOB NOT NULL) STRICT
      """,
      // Which entries speak of a digest. An index to find candidates, never evidence.
      """
      CREATE TABLE ledger_subjects(
        digest BLOB NOT NULL, position INTEGER NOT NULL,
        PRIMARY KEY (digest, position)) STRICT, WITHOUT ROWID
      """,
    ]),
  // What kind of statement it is, by URI. Empty for entries from before this step: they are
  // candidates for every kind.
  Migration(
    "kinds of statements",
    [
      "ALTER TABLE ledger_subjects ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
      "CREATE INDEX ledger_subjects_by_kind ON ledger_subjects(digest, kind, position)",
    ]),
]

extension Ledger {
  /// The newest checkpoint that is durable: number of entries, root, signed note.
  func latest() throws(Problem) -> StoredCheckpoint {
    let stored = try database.first(
      "SELECT size, root, note FROM ledger_checkpoints ORDER BY size DESC LIMIT 1", [],
      StoredCheckpoint.init)
    guard let stored else { throw damaged("there is no checkpoint") }
    return stored
  }

  /// Number of durable entries.
  public func size() throws(Problem) -> Int { try latest().size }

  /// The newest durable checkpoint.
  public func checkpoint() throws(Problem) -> Checkpoint {
    let stored = try latest()
    do {
      return try Checkpoint(verifying: stored.note, log: verifier)
    } catch {
      throw damaged("the checkpoint of size \(stored.size) does not verify")
    }
  }

  /// The root of the first `size` entries.
  func root(size: Int) throws(Problem) -> Digest { try reader(size: size).root(size: size) }

  /// Nodes of the tree over the first `size` entries.
  func reader(size: Int) -> TreeReader {
    TreeReader(size: size) { [self] (level, range) throws(Problem) in
      try hashes(level: level, range: range)
    }
  }

  /// The hashes at a level of tiles.
  func hashes(level: Int, range: Range<Int>) throws(Problem) -> [Digest] {
    let bounds: [SQLValue] = [.int(range.lowerBound), .int(range.upperBound)]
    let found =
      level == 0
      ? try database.query(
        """
        SELECT leaf_hash FROM ledger_entries
        WHERE position >= ? AND position < ? ORDER BY position
        """, bounds, digest)
      : try database.query(
        """
        SELECT hash FROM ledger_tile_hashes
        WHERE position >= ? AND position < ? AND level = ? ORDER BY position
        """, bounds + [.int(level)], digest)
    let hashes = found.compactMap { $0 }
    guard hashes.count == range.count else {
      throw damaged(
        "hashes \(range.lowerBound)..<\(range.upperBound) of level \(level) are missing")
    }
    return hashes
  }

  /// Entries by position.
  func entryBytes(_ range: Range<Int>) throws(Problem) -> [[UInt8]] {
    let found = try database.query(
      "SELECT entry FROM ledger_entries WHERE position >= ? AND position < ? ORDER BY position",
      [.int(range.lowerBound), .int(range.upperBound)]
    ) { row in row.blob(0) }
    guard found.count == range.count else {
      throw damaged("entries \(range.lowerBound)..<\(range.upperBound) are missing")
    }
    return found
  }

  /// Looks whether the newest checkpoint fits the entries beside it. Reads at most 256 hashes a
  /// level; `LogVerifier` is the whole check.
  func checkDatabase() throws(Problem) {
    try database.snapshot { () throws(Problem) in
      let latest = try latest()
      let last = try database.first(
        "SELECT max(position) FROM ledger_entries", [], { $0.optionalInt(0) })
      let count = (last ?? nil).map { $0 + 1 } ?? 0
      guard count == latest.size else {
        throw damaged("\(count) entries, but a checkpoint of \(latest.size)")
      }
      guard try root(size: latest.size) == latest.root else {
        throw damaged("the root of \(latest.size) entries is not the one that was signed")
      }
    }
  }

  func damaged(_ reason: String) -> Problem {
    Problem(
      .failure, "ledger_damaged", place: location.database, reason: reason,
      remedy: "restore the state from a backup; nothing is signed until then")
  }
}

private func digest(_ row: Row) -> Digest? { Digest(bytes: row.blob(0)) }

/// A row of `ledger_checkpoints`.
struct StoredCheckpoint: Sendable {
  var size: Int
  var root: Digest
  var note: [UInt8]

  init(_ row: Row) throws(Problem) {
    size = row.int(0)
    note = row.blob(2)
    guard let root = Digest(bytes: row.blob(1)) else {
      throw Problem(.failure, "ledger_damaged", reason: "a stored root is not 32 bytes")
    }
    self.root = root
  }
}
