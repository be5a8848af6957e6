// One SQLite connection: open, execute, query, transact. Every return code is looked at.
//
// Facts followed (sqlite.org/wal.html, /pragma.html, /lang_transaction.html):
// - WAL with synchronous=FULL: a commit that returned is on the disk. NORMAL may lose the last
//   commits when the power fails, so it is never used.
// - Writers say BEGIN IMMEDIATE at once: a reader that turns into a writer fails with
//   SQLITE_BUSY_SNAPSHOT whatever the busy timeout is.
// - trusted_schema=OFF and DQS off: a hostile file cannot run functions, a misspelt column is
//   an error instead of a string.
//
// Promises: a failed transaction is rolled back and leaves nothing; after an I/O error the
// connection refuses further writes until it is opened anew, since what the operating system
// did with the pages is unknown. Bound values never appear in messages.
// Does not: travel between threads by itself. A connection belongs to one owner at a time
// (an actor, a `Mutex`, a command).

import Base
import CSQLite

/// A connection to one database file.
@safe public final class Database {
  /// Path of the file.
  public let path: String
  let handle: OpaquePointer
  private var statements: [String: PreparedStatement] = [:]
  private var depth = 0
  private(set) var isPoisoned = false
  /// Called before (`.before`) and after (`.after`) each commit; what it throws stands for a
  /// failure of the disk. Tests set it; the two places are the two forms of a failed write.
  package var commitFault: ((CommitMoment) throws(Problem) -> Void)?

  /// "ASSY": the application id in the header of every database of Assay.
  public static let applicationID: Int64 = 0x4153_5359
  /// How long a writer waits for another one, in milliseconds.
  static let busyTimeoutMs: Int32 = 30_000

  /// Opens a database, making it (mode 0600 by the umask of the caller) when `create` is set.
  public init(path: String, create: Bool = false) throws(Problem) {
    var opened: OpaquePointer?
    let flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW
      | (create ? SQLITE_OPEN_CREATE : 0)
    let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened = unsafe opened else {
      let problem = unsafe Self.problem(code, handle: opened, path: path, doing: "opening")
      unsafe sqlite3_close_v2(opened)
      throw problem
    }
    self.path = path
    unsafe handle = opened
    try configure()
  }

  deinit {
    statements.removeAll()
    unsafe sqlite3_close_v2(handle)
  }

  private func configure() throws(Problem) {
    unsafe sqlite3_busy_timeout(handle, Self.busyTimeoutMs)
    for (option, value) in [
      (SQLITE_DBCONFIG_DEFENSIVE, Int32(1)), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
      (SQLITE_DBCONFIG_DQS_DDL, 0), (SQLITE_DBCONFIG_DQS_DML, 0),
    ] {
      try unsafe check(assay_sqlite_config(handle, option, value), doing: "configuring")
    }
    let mode = try first("PRAGMA journal_mode=WAL") { row in row.text(0) }
    guard mode == "wal" else {
      throw Problem(
        .failure, "database_mode", place: path,
        reason: "the file system does not support SQLite's write-ahead log",
        remedy: "keep the state on a local disk")
    }
    try execute("PRAGMA synchronous=FULL")
    try execute("PRAGMA foreign_keys=ON")
    try claim()
  }

  /// Marks a new file as ours, refuses somebody else's.
  private func claim() throws(Problem) {
    let id = try first("PRAGMA application_id") { row in row.integer(0) } ?? 0
    if id == Self.applicationID { return }
    let tables = try first("SELECT count(*) FROM sqlite_schema") { row in row.integer(0) } ?? 0
    guard id == 0, tables == 0 else {
      throw Problem(
        .malformed, "foreign_database", place: path,
        reason: "this is a database of another program (application id \(id))",
        remedy: "give the path of a state or ledger that Assay made")
    }
    try execute("PRAGMA application_id=\(Self.applicationID)")
  }
}

// MARK: Statements

extension Database {
  /// Runs one statement that returns no rows.
  public func execute(_ sql: String, _ values: [SQLValue] = []) throws(Problem) {
    try rows(sql, values) { _ in }
  }

  /// Runs a query and reads each row.
  public func query<T>(
    _ sql: String, _ values: [SQLValue] = [], _ read: (Row) throws(Problem) -> T
  ) throws(Problem) -> [T] {
    var result: [T] = []
    try rows(sql, values) { (row) throws(Problem) in result.append(try read(row)) }
    return result
  }

  /// Runs a query and reads its first row; nil when there is none.
  public func first<T>(
    _ sql: String, _ values: [SQLValue] = [], _ read: (Row) throws(Problem) -> T
  ) throws(Problem) -> T? {
    try query(sql, values, read).first
  }

  /// Number of rows that the last INSERT, UPDATE or DELETE touched.
  public var changedRowCount: Int { unsafe Int(sqlite3_changes64(handle)) }

  /// Row id of the last INSERT.
  public var lastInsertRowID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

  private func rows(
    _ sql: String, _ values: [SQLValue], _ visit: (Row) throws(Problem) -> Void
  ) throws(Problem) {
    let statement = try prepared(sql)
    defer { statement.reset() }
    try statement.bind(values, in: self)
    while true {
      let code = unsafe sqlite3_step(statement.pointer)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw failed(code, doing: statement.summary) }
      try unsafe visit(Row(pointer: statement.pointer))
    }
  }

  private func prepared(_ sql: String) throws(Problem) -> PreparedStatement {
    // A statement that is in use (a query inside the loop of the same query) gets a twin.
    if let known = statements[sql], !known.isBusy { return known }
    var pointer: OpaquePointer?
    var code = SQLITE_ERROR
    var hasMore = false
    // SQLite reads up to the terminating NUL; what is left over would be a second statement.
    unsafe sql.withCString { start in
      var tail: UnsafePointer<CChar>?
      code = unsafe sqlite3_prepare_v3(
        handle, start, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, &tail)
      hasMore = unsafe tail.map { unsafe $0.pointee != 0 } ?? false
    }
    guard code == SQLITE_OK, let pointer = unsafe pointer else {
      throw failed(code, doing: Self.summary(of: sql))
    }
    precondition(!hasMore, "one call runs one statement")
    let statement = unsafe PreparedStatement(pointer: pointer, sql: sql)
    if statements[sql] == nil { statements[sql] = statement }
    return statement
  }
}

// MARK: Transactions

/// Where a commit may fail: not stored, or stored but reported as failed.
package enum CommitMoment: Sendable { case before, after }

extension Database {
  /// Whether a transaction is open on this connection.
  public var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

  /// Runs `body` in one write transaction: all of it becomes durable, or nothing of it stays.
  /// Not to be nested; a function that needs a transaction of its caller says so.
  public func transaction<T>(_ body: () throws(Problem) -> T) throws(Problem) -> T {
    precondition(!isInTransaction, "transactions do not nest")
    guard !isPoisoned else {
      throw Problem(
        .failure, "database_failed", place: path,
        reason: "an earlier write to the disk failed, so this connection writes no more",
        remedy: "look at the disk and its free space, then start again")
    }
    try execute("BEGIN IMMEDIATE")
    do {
      let result = try body()
      try commitFault?(.before)
      try execute("COMMIT")
      try commitFault?(.after)
      return result
    } catch {
      // SQLITE_FULL, IOERR, NOMEM and BUSY may or may not have rolled back by themselves.
      if isInTransaction { unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
      throw error
    }
  }

  /// Runs `body` on one unchanging view of the database.
  public func snapshot<T>(_ body: () throws(Problem) -> T) throws(Problem) -> T {
    if isInTransaction { return try body() }
    try execute("BEGIN")
    defer { unsafe sqlite3_exec(handle, "COMMIT", nil, nil, nil) }
    return try body()
  }

  /// Moves the write-ahead log into the file and cuts it. Best done when idle; another reader
  /// may prevent it, which is no error.
  public func truncateLog() throws(Problem) {
    _ = try first("PRAGMA wal_checkpoint(TRUNCATE)") { row in row.integer(0) }
  }

  /// What SQLite says about damage in the file; empty when it finds none.
  public func quickCheck() throws(Problem) -> [String] {
    try query("PRAGMA quick_check") { row in row.text(0) }.filter { $0 != "ok" }
  }
}

// MARK: Errors

extension Database {
  func check(_ code: Int32, doing what: String) throws(Problem) {
    guard code == SQLITE_OK else { throw failed(code, doing: what) }
  }

  private func failed(_ code: Int32, doing what: String) -> Problem {
    // After a failed write or fsync nobody knows what the disk holds (fsyncgate, 2018).
    if code & 0xFF == SQLITE_IOERR { isPoisoned = true }
    return unsafe Self.problem(code, handle: handle, path: path, doing: what)
  }
}
