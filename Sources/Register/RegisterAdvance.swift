// From verified entries of the log to rows of the register.
//
// Promises: each entry is taken in once, in the order of the log, within a transaction of the
// caller; only statements that a trusted key signed count, and one that claims to be ours and is
// not, or cannot be read, becomes a fault of the models it names. A retraction counts only against
// entries of the same signer. Another set of trusted keys, or a log that is shorter than what was
// taken in, empties the tables and begins anew.

import Base
import Crypto
import Ledger
import Store

extension Register {
  /// Whether every entry was taken in under these keys.
  public static func isUpToDate(
    _ database: Database, trusted: [ECDSA.PublicKey]
  ) throws(Problem) -> Bool {
    try isUpToDate(database, trustedName: name(of: trusted))
  }

  /// The same for keys by the name of their set, for whoever asks often.
  public static func isUpToDate(
    _ database: Database, trustedName: [UInt8]
  ) throws(Problem) -> Bool {
    let position = try database.first(
      """
      SELECT 1 FROM register_progress WHERE trusted = ?
        AND position = (SELECT coalesce(max(position) + 1, 0) FROM ledger_entries)
      """, [.blob(trustedName)]
    ) { $0.int(0) }
    return position != nil
  }

  /// Takes in what is missing. Within a transaction of the caller.
  public static func advance(
    _ database: Database, trusted: [ECDSA.PublicKey], blobs: BlobStore
  ) throws(Problem) {
    precondition(database.isInTransaction, "the register advances in its caller's transaction")
    let keys = name(of: trusted)
    let size = try size(database)
    var position = 0
    if let progress = try progress(database), progress.trusted == keys, progress.position <= size {
      position = progress.position
    } else {
      try empty(database)
    }
    guard position < size || position == 0 else { return }
    var advance = RegisterAdvance(database: database, trusted: trusted, blobs: blobs)
    while position < size {
      let end = min(size, position + 512)
      let rows = try database.query(
        """
        SELECT position, entry, leaf_hash FROM ledger_entries
        WHERE position >= ? AND position < ? ORDER BY position
        """, [.int(position), .int(end)]
      ) { row in (index: row.int(0), bytes: row.blob(1), leafHash: row.blob(2)) }
      for row in rows { try advance.take(row.index, row.bytes, leafHash: row.leafHash) }
      position = end
    }
    try database.execute(
      """
      INSERT INTO register_progress(id, position, trusted) VALUES (1, ?1, ?2)
      ON CONFLICT(id) DO UPDATE SET position = ?1, trusted = ?2
      """, [.int(size), .blob(keys)])
  }

  /// Drops every row. Within a transaction of the caller.
  static func empty(_ database: Database) throws(Problem) {
    for table in RegisterTables.names + ["register_progress"] {
      try database.execute("DELETE FROM \(table)")
    }
  }

  private static func progress(
    _ database: Database
  ) throws(Problem) -> (position: Int, trusted: [UInt8])? {
    try database.first("SELECT position, trusted FROM register_progress") { row in
      (row.int(0), row.blob(1))
    }
  }

  private static func size(_ database: Database) throws(Problem) -> Int {
    let last = try database.first("SELECT max(position) FROM ledger_entries") {
      $0.optionalInt(0)
    }
    return (last ?? nil).map { $0 + 1 } ?? 0
  }

  /// Names a set of keys, whatever their order.
  public static func name(of trusted: [ECDSA.PublicKey]) -> [UInt8] {
    let names = trusted.map(\.identifier.tagged).sorted { ByteName($0) < ByteName($1) }
    return SHA256.hash(Array(names.joined(separator: "\n").utf8)).bytes
  }
}

/// One way through entries that were not taken in yet.
struct RegisterAdvance {
  let database: Database
  let trusted: [ECDSA.PublicKey]
  let blobs: BlobStore

  /// Takes in one entry; what is no statement of ours is passed over.
  mutating func take(_ entry: Int, _ bytes: [UInt8], leafHash: [UInt8]) throws(Problem) {
    guard bytes.first == UInt8(ascii: "{"), let envelope = try? Envelope(parsing: bytes),
      envelope.payloadType == Statement.payloadType
    else { return }
    guard let payload = envelope.verified(by: trusted), let signer = payload.signers.first else {
      if let claimed = try? Statement(parsing: envelope.payload) {
        try addFault(
          entry, claimed, id: "ledger-statement-unverified",
          "no trusted key has signed the statement in entry \(entry); it is not used")
      }
      return
    }
    guard let statement = try? Statement(parsing: payload.bytes),
      let type = StatementType(uri: statement.predicateType)
    else { return }
    do throws(Problem) {
      let whole = try statement.expanded(from: blobs)
      let place = Place(
        entry: entry, leafHash: leafHash, signer: signer.identifier.bytes,
        payload: SHA256.hash(payload.bytes))
      try add(whole, type, at: place)
    } catch {
      guard error.kind == .malformed else { throw error }
      try addFault(entry, statement, id: "ledger-statement-malformed", error.description)
    }
  }

  /// Where a statement stands.
  private struct Place {
    let entry: Int
    let leafHash: [UInt8]
    let signer: [UInt8]
    let payload: Digest
  }

  private func add(
    _ statement: Statement, _ type: StatementType, at place: Place
  ) throws(Problem) {
    switch type {
    case .lineage: try add(try LineageStatement(statement), at: place)
    case .conclusion: try add(try ConclusionStatement(statement), at: place)
    case .waiver: try add(try WaiverStatement.all(in: statement), at: place)
    case .retraction: try apply(try RetractionStatement(statement), at: place)
    case .check: try add(try CheckStatement(statement), at: place)
    case .comparison, .trial, .report: break  // they decide nothing by themselves
    }
  }

  private func add(_ lineage: LineageStatement, at place: Place) throws(Problem) {
    try database.execute(
      """
      INSERT INTO register_edges(
        entry, child, ancestor, undetermined, statement, signer, conclusion)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .int(place.entry), .text(lineage.edge.child), .text(lineage.edge.ancestor),
        .int(lineage.edge.direction == .undetermined ? 1 : 0),
        .blob(try lineage.statement().bytes), .blob(place.signer),
        .int(try conclusion(behind: lineage, at: place)),
      ])
  }

  /// The entry of the conclusion that an edge follows from. Older edges do not name it; it is the
  /// entry before.
  private func conclusion(
    behind lineage: LineageStatement, at place: Place
  ) throws(Problem) -> Int? {
    guard lineage.isConcluded else { return nil }
    let (column, value): (String, SQLValue) =
      lineage.conclusion.map { ("payload", .blob($0.bytes)) } ?? ("entry", .int(place.entry - 1))
    return try database.first(
      "SELECT entry FROM register_conclusions WHERE \(column) = ? AND signer = ?",
      [value, .blob(place.signer)]
    ) { $0.int(0) }
  }

  private func add(_ conclusion: ConclusionStatement, at place: Place) throws(Problem) {
    try database.execute(
      "INSERT INTO register_conclusions(entry, payload, statement, signer) VALUES (?, ?, ?, ?)",
      [
        .int(place.entry), .blob(place.payload.bytes), .blob(try conclusion.statement().bytes),
        .blob(place.signer),
      ])
  }

  private func add(_ waivers: [WaiverStatement], at place: Place) throws(Problem) {
    for (part, waiver) in waivers.enumerated() {
      try database.execute(
        """
        INSERT INTO register_waivers(entry, part, model, statement, signer)
        VALUES (?, ?, ?, ?, ?)
        """,
        [
          .int(place.entry), .int(part), .text(waiver.model.tagged),
          .blob(try waiver.statement().bytes), .blob(place.signer),
        ])
    }
  }

  private func apply(_ retraction: RetractionStatement, at place: Place) throws(Problem) {
    let columns: [(table: String, column: String)] =
      switch retraction.target {
      case .edge: [("register_edges", "retracted"), ("register_conclusions", "retracted")]
      case .waiver: [("register_waivers", "withdrawn")]
      }
    for entry in retraction.entries {
      for (table, column) in columns {
        try database.execute(
          """
          UPDATE \(table) SET \(column) = ?1
          WHERE entry = ?2 AND signer = ?3 AND \(column) IS NULL
          """, [.int(place.entry), .int(entry), .blob(place.signer)])
      }
    }
  }

  private func add(_ check: CheckStatement, at place: Place) throws(Problem) {
    try database.execute(
      """
      INSERT INTO register_checks(
        entry, id, model, name, policy, policy_directory, profile, is_decision, verdict, licences,
        weights, tensor_set, time, statement)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .int(place.entry), .text(Register.decisionID(leafHash: place.leafHash)),
        .text(check.model.tagged), .text(check.name), .text(check.policy?.name),
        .text(check.policy?.directory), .text(check.profile?.name), .int(check.isDecision ? 1 : 0),
        .text(check.verdict.rawValue), .text(JSON(check.licences).canonicalText),
        .text(check.weights?.tagged), .text(check.tensorSet?.tagged),
        .text(check.time?.rfc3339), .blob(check.statement().bytes),
      ])
  }

  /// Statements that would have counted for the models they name.
  private func addFault(
    _ entry: Int, _ statement: Statement, id: String, _ message: String
  ) throws(Problem) {
    switch StatementType(uri: statement.predicateType) {
    case .lineage, .conclusion, .waiver, .retraction, .check: break
    case .comparison, .trial, .report, nil: return
    }
    let finding = Finding(
      id: id, severity: .error, message: message, place: "ledger entry \(entry)",
      details: ["index": JSON(entry)])
    var digests = Set(statement.subjects.compactMap(\.sha256))
    if let ancestor = statement.predicate["ancestor"]?["digest"]?["sha256"]?.string {
      if let digest = Digest(hex: ancestor) { digests.insert(digest) }
    }
    for digest in digests {
      try database.execute(
        "INSERT OR IGNORE INTO register_faults(entry, digest, finding) VALUES (?, ?, ?)",
        [.int(entry), .text(digest.tagged), .text(finding.json.canonicalText)])
    }
  }
}

extension Register {
  /// A decision is named after the hash of its entry, so the name can be had from the log alone.
  public static func decisionID(leafHash: [UInt8]) -> String { Hex.encode(leafHash.prefix(12)) }
}
