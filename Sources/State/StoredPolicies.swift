// Packs that were stored under a name: the name is looked up when it is asked for, and a decision
// keeps the digest of what was found.

import Base
import Policy
import Store

/// The table of stored packs.
public enum StoredPolicies {
  /// The files of the pack of this name; nil if there is none.
  public static func source(
    named name: String, in database: Database
  ) throws(Problem) -> PackSource? {
    let text = try database.first("SELECT document FROM policies WHERE name = ?", [.text(name)]) {
      $0.text(0)
    }
    guard let text else { return nil }
    let document: JSON
    do throws(JSONError) { document = try JSON.parse(Array(text.utf8)) } catch {
      throw error.problem(file: "policy \(name)")
    }
    return try document.object.map { object throws(Problem) in
      try PackSource(name: name, document: object)
    }
  }

  /// The names of the stored packs.
  static func names(in database: Database) throws(Problem) -> [String] {
    try database.query("SELECT name FROM policies ORDER BY name") { $0.text(0) }
  }
}
