// SQLite's result codes as problems that a person can act on.
//
// Spec: https://www.sqlite.org/rescode.html. Promises: a message names the file, what was being
// done and SQLite's own words; never a bound value, since those may be private.

import Base
import CSQLite

extension Database {
  /// The problem for a result code. `handle` may be nil when opening failed early.
  static func problem(
    _ code: Int32, handle: OpaquePointer?, path: String, doing what: String
  ) -> Problem {
    let words = unsafe String(
      cString: handle.map { unsafe sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
    let kind: Problem.Kind
    let name: String
    let remedy: String?
    switch code & 0xFF {
    case SQLITE_FULL:
      (kind, name, remedy) = (.failure, "disk_full", "free some space, then try again")
    case SQLITE_IOERR:
      (kind, name, remedy) = (.failure, "disk_failed", "look at the disk; then start again")
    case SQLITE_BUSY, SQLITE_LOCKED:
      (kind, name, remedy) = (.failure, "database_busy", "wait for the other process, then retry")
    case SQLITE_CANTOPEN:
      (kind, name, remedy) = (.failure, "database_not_opened", "check the path and its permissions")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      (kind, name, remedy) = (.failure, "database_read_only", "check who owns the file")
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      (kind, name, remedy) = (.malformed, "database_damaged", "restore the state from a backup")
    case SQLITE_CONSTRAINT:
      (kind, name, remedy) = (.failure, "database_constraint", nil)
    default:
      (kind, name, remedy) = (.failure, "database_failed", nil)
    }
    return Problem(
      kind, name, place: path, reason: "\(what): \(words) (SQLite \(code))", remedy: remedy,
      details: ["sqlite_code": .number(JSONNumber(Int(code)))])
  }

  /// The first words of a statement, for messages.
  static func summary(of sql: String) -> String {
    let words = sql.split(whereSeparator: \.isWhitespace).prefix(4).joined(separator: " ")
    return "running \"\(words) …\""
  }
}
