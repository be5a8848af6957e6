// Decisions: what a check answered about a model, and what people have waived since.

import Base
import Store

struct DecisionRecord: Sendable {
  let number: Int
  let id: String
  let model: String
  let verdict: String
  let policy: String
  let createdAt: String
  let expiresAt: String?
  let ledgerIndex: Int?
  let findings: JSON
  let waivers: [JSON]

  var json: JSON {
    var object: JSONObject = [
      "id": .string(id), "model": .string(model), "verdict": .string(verdict),
      "policy": .string(policy), "created_at": .string(createdAt), "expires_at": JSON(expiresAt),
      "findings": findings, "waivers": .array(waivers),
    ]
    if let ledgerIndex { object["ledger_index"] = JSON(ledgerIndex) }
    return .object(object)
  }
}

enum DecisionTable {
  private static let columns =
    "number, id, model, verdict, policy, created_at, expires_at, ledger_index, findings"

  static func find(id: String, in database: Database) throws(Problem) -> DecisionRecord? {
    try database.first("SELECT \(columns) FROM decisions WHERE id = ?", [.text(id)]) {
      (row) throws(Problem) in try record(row, in: database)
    }
  }

  /// The newest decision about a model.
  static func latest(model: String, in database: Database) throws(Problem) -> DecisionRecord? {
    try database.first(
      "SELECT \(columns) FROM decisions WHERE model = ? ORDER BY number DESC LIMIT 1",
      [.text(model)]
    ) { (row) throws(Problem) in try record(row, in: database) }
  }

  /// The newest decisions before `cursor`, of one model or of all.
  static func list(
    model: String?, before cursor: Int, limit: Int, in database: Database
  ) throws(Problem) -> [DecisionRecord] {
    try database.query(
      """
      SELECT \(columns) FROM decisions WHERE number < ?1 AND (?2 IS NULL OR model = ?2)
      ORDER BY number DESC LIMIT ?3
      """, [.int(cursor), .text(model), .int(limit)]
    ) { (row) throws(Problem) in try record(row, in: database) }
  }

  private static func record(
    _ row: Row, in database: Database
  ) throws(Problem) -> DecisionRecord {
    let id = row.text(1)
    let waivers = try database.query(
      """
      SELECT reason, expires_at, rules, created_at, by, ledger_index FROM waivers
      WHERE decision = ? ORDER BY number
      """, [.text(id)]
    ) { (waiver) throws(Problem) -> JSON in
      var object: JSONObject = [
        "reason": .string(waiver.text(0)), "expires_at": .string(waiver.text(1)),
        "rules": try stored(waiver.blob(2)), "created_at": .string(waiver.text(3)),
        "by": .string(waiver.text(4)),
      ]
      if let index = waiver.optionalInt(5) { object["ledger_index"] = JSON(index) }
      return .object(object)
    }
    return DecisionRecord(
      number: row.int(0), id: id, model: row.text(2), verdict: row.text(3), policy: row.text(4),
      createdAt: row.text(5), expiresAt: row.optionalText(6), ledgerIndex: row.optionalInt(7),
      findings: try stored(row.blob(8)), waivers: waivers)
  }
}
