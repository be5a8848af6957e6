import Base
import Store
import Testing

/// Goal: what was committed is there, what failed is not, and two connections never tear a row.
/// Method: real files; a full disk is simulated with SQLite's own page limit, a failing commit
/// in its two forms with the connection's fault point.
@Suite("A database")
struct DatabaseTests {
  /// A fresh folder with a database of one table.
  static func make() throws -> (folder: String, database: Database) {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-store")
    let database = try Database(path: folder + "/a.db", create: true)
    try database.migrate(
      module: "test", [Migration("rows", ["CREATE TABLE t(a INTEGER, b ANY) STRICT"])])
    return (folder, database)
  }

  static func count(_ database: Database) throws -> Int? {
    try database.first("SELECT count(*) FROM t") { row in row.int(0) }
  }

  @Test("gives back every value as it went in")
  func values() throws {
    let (folder, database) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    let values: [SQLValue] = [
      .null, .integer(.min), .integer(.max), .real(-0.5), .text(""), .text("a\u{0}é"), .blob([]),
      .blob([0, 255, 10]),
    ]
    for (index, value) in values.enumerated() {
      try database.execute("INSERT INTO t VALUES (?, ?)", [.int(index), value])
    }
    let back = try database.query("SELECT b, typeof(b) FROM t ORDER BY a") { row -> SQLValue in
      switch row.text(1) {
      case "integer": .integer(row.integer(0))
      case "real": .real(row.real(0))
      case "text": .text(row.text(0))
      case "blob": .blob(row.blob(0))
      default: .null
      }
    }
    #expect(back == values)
  }

  @Test("keeps nothing of a transaction that failed")
  func rollback() throws {
    let (folder, database) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    let stop = Problem(.refused, "stop", reason: "stop")
    #expect(throws: stop) {
      try database.transaction { () throws(Problem) in
        try database.execute("INSERT INTO t VALUES (1, 1)")
        throw stop
      }
    }
    #expect(try Self.count(database) == 0)
    #expect(!database.isInTransaction)
    try database.transaction { () throws(Problem) in
      try database.execute("INSERT INTO t VALUES (1, 1)")
    }
    #expect(try Self.count(database) == 1)
  }

  @Test("reports a full disk, rolls back, and works again when there is space")
  func full() throws {
    let (folder, database) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    let pages = try #require(try database.first("PRAGMA page_count") { row in row.int(0) })
    try database.execute("PRAGMA max_page_count=\(pages + 2)")
    let big = SQLValue.blob([UInt8](repeating: 1, count: 100_000))
    do {
      try database.transaction { () throws(Problem) in
        try database.execute("INSERT INTO t VALUES (1, 1)")
        try database.execute("INSERT INTO t VALUES (2, ?)", [big])
      }
      Issue.record("a full disk went unnoticed")
    } catch {
      #expect(error.code == "disk_full")
      #expect(error.exitCode == .failure)
    }
    #expect(try Self.count(database) == 0)
    try database.execute("PRAGMA max_page_count=1000000")
    try database.transaction { () throws(Problem) in
      try database.execute("INSERT INTO t VALUES (2, ?)", [big])
    }
    #expect(try Self.count(database) == 1)
  }

  @Test("tells a commit that was not stored from one that was, by looking again")
  func commitFaults() throws {
    let (folder, database) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    let fault = Problem(.failure, "fault", reason: "the disk failed")
    for (moment, rows) in [(CommitMoment.before, 0), (.after, 1)] {
      database.commitFault = { (now) throws(Problem) in if now == moment { throw fault } }
      #expect(throws: fault) {
        try database.transaction { () throws(Problem) in
          try database.execute("INSERT INTO t VALUES (1, 1)")
        }
      }
      #expect(!database.isInTransaction)
      #expect(try Self.count(try Database(path: database.path)) == rows)
    }
  }

  @Test("lets two connections write in turn")
  func twoWriters() throws {
    let (folder, first) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    let second = try Database(path: first.path)
    for round in 0..<20 {
      for database in [first, second] {
        try database.transaction { () throws(Problem) in
          let next = try database.first("SELECT coalesce(max(a), 0) + 1 FROM t") { $0.int(0) }
          try database.execute("INSERT INTO t VALUES (?, ?)", [.int(next), .int(round)])
        }
      }
    }
    #expect(try first.first("SELECT count(DISTINCT a) FROM t") { $0.int(0) } == 40)
  }

  @Test("shows one unchanging view within a snapshot")
  func snapshot() throws {
    let (folder, first) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    let second = try Database(path: first.path)
    try first.snapshot { () throws(Problem) in
      let before = try first.first("SELECT count(*) FROM t") { $0.int(0) }
      try second.execute("INSERT INTO t VALUES (1, 1)")
      #expect(try first.first("SELECT count(*) FROM t") { $0.int(0) } == before)
    }
    #expect(try Self.count(first) == 1)
  }

  @Test("is durable at every commit: write-ahead log, synchronous FULL")
  func settings() throws {
    let (folder, database) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    #expect(try database.first("PRAGMA journal_mode") { $0.text(0) } == "wal")
    #expect(try database.first("PRAGMA synchronous") { $0.int(0) } == 2)
    #expect(try database.first("PRAGMA foreign_keys") { $0.int(0) } == 1)
    #expect(try database.first("PRAGMA application_id") { $0.integer(0) } == Database.applicationID)
    #expect(try database.quickCheck().isEmpty)
  }

  @Test("refuses what is not its own: other programs' files, other bytes, nothing")
  func foreign() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-store")
    defer { try? FileSystem.remove(folder) }
    #expect(throws: Problem.self) { try Database(path: folder + "/none") }
    try DurableFile.replace(folder + "/text", with: [UInt8](repeating: 65, count: 8192))
    #expect(throws: Problem.self) { try Database(path: folder + "/text") }
    let other = try Database(path: folder + "/other", create: true)
    try other.execute("PRAGMA application_id=77")
    #expect(throws: Problem.self) { try Database(path: folder + "/other") }
  }

  @Test("never puts a bound value into a message")
  func messages() throws {
    let (folder, database) = try Self.make()
    defer { try? FileSystem.remove(folder) }
    do {
      try database.execute("INSERT INTO t VALUES (?, 1)", [.text("secret")])
      Issue.record("a text went into an integer column")
    } catch {
      #expect(!error.description.contains("secret"))
    }
  }
}

@Suite("Migrations")
struct MigrationTests {
  @Test("run once, by module, and never backwards")
  func modules() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-store")
    defer { try? FileSystem.remove(folder) }
    let database = try Database(path: folder + "/a.db", create: true)
    let one = Migration("one", ["CREATE TABLE x(a INTEGER) STRICT", "INSERT INTO x VALUES (1)"])
    let two = Migration("two", ["UPDATE x SET a = a + 1"])
    try database.migrate(module: "x", [one])
    try database.migrate(module: "y", [Migration("one", ["CREATE TABLE y(a INTEGER) STRICT"])])
    for _ in 0..<3 { try database.migrate(module: "x", [one, two]) }
    #expect(try database.first("SELECT a FROM x") { $0.int(0) } == 2)
    do {
      try database.migrate(module: "x", [one])
      Issue.record("a newer schema was accepted")
    } catch {
      #expect(error.code == "newer_schema")
      #expect(error.exitCode == .failure)
    }
  }

  @Test("leave nothing of a step that fails")
  func failure() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-store")
    defer { try? FileSystem.remove(folder) }
    let database = try Database(path: folder + "/a.db", create: true)
    let bad = Migration(
      "bad", ["CREATE TABLE x(a INTEGER) STRICT", "INSERT INTO nowhere VALUES (1)"])
    #expect(throws: Problem.self) { try database.migrate(module: "x", [bad]) }
    #expect(
      try database.first("SELECT count(*) FROM sqlite_schema WHERE name = 'x'") { $0.int(0) } == 0)
    try database.migrate(module: "x", [Migration("good", ["CREATE TABLE x(a INTEGER) STRICT"])])
  }
}
