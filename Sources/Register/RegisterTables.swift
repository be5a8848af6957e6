// The register's tables, in `STATE/assay.db` beside the log they are made from.
//
// Nothing here is a source: every row follows from entries whose signature was verified, so the
// tables can be dropped and filled again. Columns exist for what is looked up; the rest of a row is
// the statement's predicate, whole.

import Base
import Store

enum RegisterTables {
  static let steps = [
    Migration(
      "the register",
      [progress, edges, edgesByChild, edgesByAncestor, conclusions, waivers]
        + [waiversByModel, checks, checksByModel, checksByWeights, checksByTensorSet, checksByID]
        + [faults])
  ]

  /// Brings the tables up to date.
  static func migrate(_ database: Database) throws(Problem) {
    try database.migrate(module: "register", steps)
  }

  /// Names of all tables, in the order in which a dump shows them.
  static let names = [
    "register_edges", "register_conclusions", "register_waivers", "register_checks",
    "register_faults",
  ]

  // How many entries were taken in, and the keys that were trusted then.
  private static let progress = """
    CREATE TABLE register_progress(
      id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL,
      trusted BLOB NOT NULL) STRICT
    """
  private static let edges = """
    CREATE TABLE register_edges(
      entry INTEGER PRIMARY KEY, child TEXT NOT NULL, ancestor TEXT NOT NULL,
      undetermined INTEGER NOT NULL, statement BLOB NOT NULL, signer BLOB NOT NULL,
      conclusion INTEGER, retracted INTEGER) STRICT
    """
  private static let edgesByChild = "CREATE INDEX register_edges_by_child ON register_edges(child)"
  private static let edgesByAncestor =
    "CREATE INDEX register_edges_by_ancestor ON register_edges(ancestor)"
  // `payload` is the digest by which the edge of a conclusion names it.
  private static let conclusions = """
    CREATE TABLE register_conclusions(
      entry INTEGER PRIMARY KEY, payload BLOB NOT NULL, statement BLOB NOT NULL,
      signer BLOB NOT NULL, retracted INTEGER) STRICT
    """
  private static let waivers = """
    CREATE TABLE register_waivers(
      entry INTEGER NOT NULL, part INTEGER NOT NULL, model TEXT NOT NULL,
      statement BLOB NOT NULL, signer BLOB NOT NULL, withdrawn INTEGER,
      PRIMARY KEY(entry, part)) STRICT, WITHOUT ROWID
    """
  private static let waiversByModel =
    "CREATE INDEX register_waivers_by_model ON register_waivers(model)"
  private static let checks = """
    CREATE TABLE register_checks(
      entry INTEGER PRIMARY KEY, id TEXT NOT NULL, model TEXT NOT NULL, name TEXT NOT NULL,
      policy TEXT, policy_directory TEXT, profile TEXT, is_decision INTEGER NOT NULL,
      verdict TEXT NOT NULL,
      licences TEXT NOT NULL, weights TEXT, tensor_set TEXT, time TEXT,
      statement BLOB NOT NULL) STRICT
    """
  private static let checksByModel =
    "CREATE INDEX register_checks_by_model ON register_checks(model, entry)"
  private static let checksByWeights =
    "CREATE INDEX register_checks_by_weights ON register_checks(weights, entry)"
  private static let checksByTensorSet =
    "CREATE INDEX register_checks_by_tensor_set ON register_checks(tensor_set, entry)"
  private static let checksByID = "CREATE INDEX register_checks_by_id ON register_checks(id)"
  private static let faults = """
    CREATE TABLE register_faults(
      entry INTEGER NOT NULL, digest TEXT NOT NULL, finding TEXT NOT NULL,
      PRIMARY KEY(digest, entry)) STRICT, WITHOUT ROWID
    """
}

extension Register {
  /// Every row as text, for comparing a register with one that was made anew.
  public static func dump(_ database: Database) throws(Problem) -> [String] {
    var lines: [String] = []
    for table in RegisterTables.names {
      let columns = try database.query("SELECT name FROM pragma_table_info(?)", [.text(table)]) {
        $0.text(0)
      }
      let parts = columns.map { "quote(\($0))" }.joined(separator: "||','||")
      lines += try database.query("SELECT \(parts) FROM \(table) ORDER BY 1") {
        "\(table): \($0.text(0))"
      }
    }
    return lines
  }
}
