// What people put into a state beside its configuration: packs and profiles by name, and where
// models were last seen. None of it is in the log; decisions keep the digests of what they used.

import Base
import Store

/// The tables of this module, in `STATE/assay.db`.
public enum StateTables {
  static let steps: [Migration] = [
    Migration(
      "packs, profiles and places",
      [
        // The first daemons made this table by themselves.
        """
        CREATE TABLE IF NOT EXISTS policies(
          name TEXT PRIMARY KEY, digest TEXT NOT NULL, document TEXT NOT NULL,
          updated_at TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE profiles(
          name TEXT PRIMARY KEY, digest TEXT NOT NULL, document TEXT NOT NULL,
          updated_at TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE places(
          model TEXT PRIMARY KEY, path TEXT NOT NULL, fingerprint TEXT,
          seen_at TEXT NOT NULL) STRICT, WITHOUT ROWID
        """,
      ])
  ]

  /// Brings the tables up to date.
  public static func migrate(_ database: Database) throws(Problem) {
    try database.migrate(module: "state", steps)
  }
}
