// Looks rows of the register up, each at most once for one reader, so that a pass over many
// decisions reads an edge that many models share a single time.

import Base
import Crypto
import Ledger
import Store

/// Reads the register through one connection. It sees one state of it if the caller holds a
/// snapshot open.
public final class RegisterReader {
  let database: Database
  private var edgesByNode: [String: [RecordedEdgeRow]] = [:]
  private var faultsByNode: [String: [Finding]] = [:]
  private var checksByModel: [String: KnownCheck?] = [:]

  /// An edge as the register keeps it.
  struct RecordedEdgeRow {
    let entry: Int
    let statement: LineageStatement
    /// The entry of the conclusion that it follows from.
    let conclusion: Int?
    /// The entry that took it back.
    let retracted: Int?
    let signer: [UInt8]
  }

  /// A waiver as the register keeps it.
  struct WaiverRow {
    let entry: Int
    let statement: WaiverStatement
    let withdrawn: Int?
    let signer: [UInt8]
  }

  /// What the newest check of a model recorded.
  struct KnownCheck {
    let entry: Int
    let name: String
    let licences: [String]
  }

  /// The tables must be there and up to date; see `StateLog`.
  public init(_ database: Database) { self.database = database }

  // MARK: Edges

  private static let edgeColumns = "entry, statement, conclusion, retracted, signer"

  /// Edges that end at a node, and those of undetermined direction that touch it; in the order of
  /// the log, with those that were taken back.
  func edges(at node: String) throws(Problem) -> [RecordedEdgeRow] {
    if let known = edgesByNode[node] { return known }
    let rows = try database.query(
      """
      SELECT \(Self.edgeColumns) FROM register_edges WHERE child = ?1
      UNION SELECT \(Self.edgeColumns) FROM register_edges
        WHERE ancestor = ?1 AND undetermined = 1
      ORDER BY entry
      """, [.text(node)], Self.edge)
    edgesByNode[node] = rows
    return rows
  }

  /// Edges that begin at a node, and those of undetermined direction that touch it.
  func edges(from node: String) throws(Problem) -> [RecordedEdgeRow] {
    try database.query(
      """
      SELECT \(Self.edgeColumns) FROM register_edges WHERE ancestor = ?1
      UNION SELECT \(Self.edgeColumns) FROM register_edges
        WHERE child = ?1 AND undetermined = 1
      ORDER BY entry
      """, [.text(node)], Self.edge)
  }

  func edge(entry: Int) throws(Problem) -> RecordedEdgeRow? {
    try database.first(
      "SELECT \(Self.edgeColumns) FROM register_edges WHERE entry = ?", [.int(entry)], Self.edge)
  }

  /// The edge that follows from a conclusion.
  func edge(conclusion: Int) throws(Problem) -> RecordedEdgeRow? {
    try database.first(
      "SELECT \(Self.edgeColumns) FROM register_edges WHERE conclusion = ?", [.int(conclusion)],
      Self.edge)
  }

  private static func edge(_ row: Row) throws(Problem) -> RecordedEdgeRow {
    RecordedEdgeRow(
      entry: row.int(0), statement: try LineageStatement(try Statement(parsing: row.blob(1))),
      conclusion: row.optionalInt(2), retracted: row.optionalInt(3), signer: row.blob(4))
  }

  /// What cannot be relied on about a node.
  func faults(at node: String) throws(Problem) -> [Finding] {
    if let known = faultsByNode[node] { return known }
    let found = try database.query(
      "SELECT finding FROM register_faults WHERE digest = ? ORDER BY entry", [.text(node)]
    ) { row in (try? JSON.parse(row.blob(0))).flatMap(Finding.init(json:)) }.compactMap(\.self)
    faultsByNode[node] = found
    return found
  }

  // MARK: Waivers

  /// Waivers for a model, those that were withdrawn among them.
  func waivers(for model: Digest) throws(Problem) -> [WaiverRow] {
    try database.query(
      """
      SELECT entry, statement, withdrawn, signer FROM register_waivers WHERE model = ?
      ORDER BY entry, part
      """, [.text(model.tagged)], Self.waiver)
  }

  /// The waivers of an entry.
  func waivers(entry: Int) throws(Problem) -> [WaiverRow] {
    try database.query(
      """
      SELECT entry, statement, withdrawn, signer FROM register_waivers WHERE entry = ?
      ORDER BY part
      """, [.int(entry)], Self.waiver)
  }

  private static func waiver(_ row: Row) throws(Problem) -> WaiverRow {
    WaiverRow(
      entry: row.int(0), statement: try WaiverStatement(try Statement(parsing: row.blob(1))),
      withdrawn: row.optionalInt(2), signer: row.blob(3))
  }

  // MARK: Checks

  /// What the newest check of a model recorded; nil if there was none.
  func check(of model: String) throws(Problem) -> KnownCheck? {
    if let known = checksByModel[model] { return known }
    let found = try database.first(
      """
      SELECT entry, name, licences FROM register_checks WHERE model = ?
      ORDER BY entry DESC LIMIT 1
      """, [.text(model)]
    ) { row in
      KnownCheck(entry: row.int(0), name: row.text(1), licences: Self.texts(row.blob(2)))
    }
    checksByModel[model] = .some(found)
    return found
  }

  /// Other models whose tensors have the same values, by their bundles; in the order of the log.
  func models(sharingTensorsOf subject: LineageSubject) throws(Problem) -> [String] {
    guard subject.weights != nil || subject.tensorSet != nil else { return [] }
    return try database.query(
      """
      SELECT model, min(entry) FROM register_checks
      WHERE (weights = ?1 OR tensor_set = ?2) AND model <> ?3 GROUP BY model ORDER BY 2
      """,
      [
        .text(subject.weights?.tagged), .text(subject.tensorSet?.tagged),
        .text(subject.model.tagged),
      ]
    ) { $0.text(0) }
  }

  private static func texts(_ bytes: [UInt8]) -> [String] {
    ((try? JSON.parse(bytes))?.array ?? []).compactMap(\.string)
  }

  /// How many entries the log has.
  public func size() throws(Problem) -> Int {
    let last = try database.first("SELECT max(position) FROM ledger_entries") {
      $0.optionalInt(0)
    }
    return (last ?? nil).map { $0 + 1 } ?? 0
  }
}
