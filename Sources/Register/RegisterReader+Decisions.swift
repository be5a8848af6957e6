// Finding decisions in the register.

import Base
import Ledger
import State
import Store

extension RegisterReader {
  // A quick check asked no rules; it is no decision.
  private static let isFull = "policy IS NOT NULL"

  /// The newest decision of every model, newest first.
  public func newestDecisions() throws(Problem) -> [Decision] {
    try database.query(
      """
      SELECT \(Decision.columns) FROM register_checks
      WHERE entry IN (
        SELECT max(entry) FROM register_checks WHERE \(Self.isFull) GROUP BY model)
      ORDER BY entry DESC
      """, [], Decision.init)
  }

  /// The newest decision of every model under each of its rules and for each of its askers.
  func newestOfEachKey() throws(Problem) -> [Decision] {
    try database.query(
      """
      SELECT \(Decision.columns) FROM register_checks
      WHERE entry IN (
        SELECT max(entry) FROM register_checks WHERE \(Self.isFull)
        GROUP BY model, policy, profile)
      ORDER BY entry
      """, [], Decision.init)
  }

  /// Decisions before `entry`, newest first; of one model or of all.
  public func decisions(
    of model: Digest?, before entry: Int = Int.max, limit: Int = Int.max
  ) throws(Problem) -> [Decision] {
    try database.query(
      """
      SELECT \(Decision.columns) FROM register_checks
      WHERE \(Self.isFull) AND entry < ?1 AND (?2 IS NULL OR model = ?2)
      ORDER BY entry DESC LIMIT ?3
      """, [.int(entry), .text(model?.tagged), .int(limit)], Decision.init)
  }

  /// The newest decision about a model; under the demanded rules and for the demanded asker alone
  /// where something is demanded.
  public func newestDecision(
    of model: Digest, demand: GateDemand = GateDemand()
  ) throws(Problem) -> Decision? {
    try database.first(
      """
      SELECT \(Decision.columns) FROM register_checks
      WHERE \(Self.isFull) AND model = ?1 AND (?2 IS NULL OR policy = ?2)
        AND (?3 IS NULL OR profile = ?3)
      ORDER BY entry DESC LIMIT 1
      """, [.text(model.tagged), .text(demand.policy), .text(demand.profile)], Decision.init)
  }

  /// The newest decision with the same model, rules and asker.
  func newestDecision(_ key: Decision.Key) throws(Problem) -> Decision? {
    try database.first(
      """
      SELECT \(Decision.columns) FROM register_checks
      WHERE model = ?1 AND policy IS ?2 AND profile IS ?3 AND \(Self.isFull)
      ORDER BY entry DESC LIMIT 1
      """, [.text(key.model.tagged), .text(key.policy), .text(key.profile)], Decision.init)
  }

  public func decision(id: String) throws(Problem) -> Decision? {
    try database.first(
      "SELECT \(Decision.columns) FROM register_checks WHERE id = ? AND \(Self.isFull)",
      [.text(id)], Decision.init)
  }

  /// The decision about the model that came before `entry`, whatever rules it was made under.
  public func decision(of model: Digest, before entry: Int) throws(Problem) -> Decision? {
    try decisions(of: model, before: entry, limit: 1).first
  }

  /// Digests of models whose newest check had this name.
  public func models(named name: String) throws(Problem) -> [Digest] {
    try database.query(
      """
      SELECT model FROM register_checks c WHERE name = ?1
        AND entry = (SELECT max(entry) FROM register_checks WHERE model = c.model)
      ORDER BY entry DESC
      """, [.text(name)]
    ) { Digest(tagged: $0.text(0)) }.compactMap(\.self)
  }
  /// Digests of checked models that begin with these hexadecimal digits, in their order; no more
  /// than a person can choose from.
  public func models(digestBeginning digits: String) throws(Problem) -> [Digest] {
    try database.query(
      """
      SELECT DISTINCT model FROM register_checks WHERE substr(model, 1, ?1) = ?2
      ORDER BY model LIMIT 20
      """, [.int(7 + digits.utf8.count), .text("sha256:" + digits)]
    ) { Digest(tagged: $0.text(0)) }.compactMap(\.self)
  }
}
