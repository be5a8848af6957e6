// Where models were last seen on this machine, and their identity in full. A convenience: nothing
// is decided by it, and nothing of it is in the log.

import Base
import Store

/// The table of places.
public enum Places {
  /// Notes that a model was seen at a path.
  /// - Parameter fingerprint: its identity as JSON.
  public static func note(
    _ model: Digest, at path: String, fingerprint: JSON, now: Instant, in database: Database
  ) throws(Problem) {
    try database.execute(
      """
      INSERT INTO places(model, path, fingerprint, seen_at) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT(model) DO UPDATE SET path = ?2, fingerprint = ?3, seen_at = ?4
      """,
      [
        .text(model.tagged), .text(path), .text(fingerprint.canonicalText), .text(now.rfc3339),
      ])
  }

  /// The path at which a model was seen last, and its identity; nil if it never was.
  public static func find(
    _ model: Digest, in database: Database
  ) throws(Problem) -> (path: String, fingerprint: JSON?)? {
    try database.first(
      "SELECT path, fingerprint FROM places WHERE model = ?", [.text(model.tagged)]
    ) { row in
      (row.text(0), row.optionalBlob(1).flatMap { try? JSON.parse($0) })
    }
  }
}
