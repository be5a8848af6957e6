// Models that some check of the log speaks of.

import Base
import Ledger
import Store

/// A model that was checked.
public struct CheckedModel: Equatable, Sendable {
  public let digest: Digest
  public let name: String
  /// RFC 3339; nil in entries from before times were kept.
  public let firstSeen: String?
  public let lastChecked: String?
}

extension RegisterReader {
  /// The connection that it reads through.
  public var connection: Database { database }

  /// Models by digest, behind `tagged`.
  public func checkedModels(after tagged: String, limit: Int) throws(Problem) -> [CheckedModel] {
    try database.query(
      """
      SELECT model, min(time), max(time),
        (SELECT name FROM register_checks n WHERE n.model = c.model ORDER BY entry DESC LIMIT 1)
      FROM register_checks c WHERE model > ? GROUP BY model ORDER BY model LIMIT ?
      """, [.text(tagged), .int(limit)], Self.checkedModel
    ).compactMap(\.self)
  }

  public func checkedModel(_ digest: Digest) throws(Problem) -> CheckedModel? {
    try database.first(
      """
      SELECT model, min(time), max(time),
        (SELECT name FROM register_checks n WHERE n.model = c.model ORDER BY entry DESC LIMIT 1)
      FROM register_checks c WHERE model = ? GROUP BY model
      """, [.text(digest.tagged)], Self.checkedModel) ?? nil
  }

  private static func checkedModel(_ row: Row) -> CheckedModel? {
    Digest(tagged: row.text(0)).map {
      CheckedModel(
        digest: $0, name: row.text(3), firstSeen: row.optionalText(1),
        lastChecked: row.optionalText(2))
    }
  }

  /// Waivers for a model that were not withdrawn.
  public func standingWaivers(
    for model: Digest
  ) throws(Problem) -> [ModelLineage.RecordedWaiver] {
    try waivers(for: model).filter { $0.withdrawn == nil }.map {
      ModelLineage.RecordedWaiver(entry: $0.entry, waiver: $0.statement)
    }
  }
}
