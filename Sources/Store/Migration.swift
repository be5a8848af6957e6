// Schema changes, kept apart by module, so that the ledger and the daemon can share one file.
//
// Layout: table `migrations(module, version, name)`; the schema of a module is the number of
// its rows. `user_version` is the layout of that table itself, today 1.
//
// Promises: each migration runs once, in its own transaction with the row that records it; two
// processes may migrate at once. A file that a newer program wrote is refused, not guessed at.
// Does not: go back.

import Base

/// One step of a module's schema.
public struct Migration: Sendable {
  /// What the step does, for people who look into the file.
  public let name: String
  /// Statements, run in order.
  public let statements: [String]

  /// A step from its parts.
  public init(_ name: String, _ statements: [String]) {
    self.name = name
    self.statements = statements
  }
}

extension Database {
  private static let layoutVersion: Int64 = 1

  /// Brings the schema of `module` to the end of `steps`, whose order never changes.
  public func migrate(module: String, _ steps: [Migration]) throws(Problem) {
    let layout = try first("PRAGMA user_version") { row in row.integer(0) } ?? 0
    guard layout <= Self.layoutVersion else { throw newer(module: "the file", found: Int(layout)) }
    if layout == Self.layoutVersion, try version(of: module) == steps.count { return }
    try transaction { () throws(Problem) in
      try execute(
        """
        CREATE TABLE IF NOT EXISTS migrations(
          module TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
          PRIMARY KEY(module, version)) STRICT, WITHOUT ROWID
        """)
      try execute("PRAGMA user_version=\(Self.layoutVersion)")
    }
    let present = try version(of: module)
    guard present <= steps.count else { throw newer(module: module, found: present) }
    for (index, step) in steps.enumerated().dropFirst(present) {
      try transaction { () throws(Problem) in
        // Another process may have been faster.
        guard try version(of: module) == index else { return }
        for statement in step.statements { try execute(statement) }
        try execute(
          "INSERT INTO migrations(module, version, name) VALUES (?, ?, ?)",
          [.text(module), .int(index + 1), .text(step.name)])
      }
    }
  }

  private func version(of module: String) throws(Problem) -> Int {
    try first(
      "SELECT count(*) FROM migrations WHERE module = ?", [.text(module)]
    ) { row in row.int(0) } ?? 0
  }

  private func newer(module: String, found: Int) -> Problem {
    Problem(
      .failure, "newer_schema", place: path,
      reason: "schema \(found) of \(module) was written by a newer version of assay",
      remedy: "use that version or a later one")
  }
}
