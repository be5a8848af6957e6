// Decisions whose verdict is another one than the model's decision before.

import Base
import Crypto
import Ledger

extension RegisterReader {
  /// Changes among the decisions behind `entry`, in the order of the log.
  public func changes(after entry: Int) throws(Problem) -> [DecideResult.Change] {
    let fresh = try database.query(
      """
      SELECT \(Decision.columns) FROM register_checks
      WHERE policy IS NOT NULL AND entry > ? ORDER BY entry
      """, [.int(entry)], Decision.init)
    var changes: [DecideResult.Change] = []
    for decision in fresh {
      let check = decision.check
      guard let before = try self.decision(of: check.model, before: decision.entry),
        before.check.verdict != check.verdict
      else { continue }
      changes.append(
        .init(
          model: check.model, name: check.name, from: before.check.verdict, to: check.verdict,
          because: check.because.isEmpty ? [Self.otherQuestion(check)] : check.because))
    }
    return changes
  }

  /// The model was asked about under other rules or for somebody else.
  private static func otherQuestion(_ check: CheckStatement) -> DecisionCause {
    let asker = check.profile.map { "the profile \($0.name)" } ?? "no profile"
    return DecisionCause(
      .check,
      detail: "The model was checked under the policy \(check.policy?.name ?? "unknown") and "
        + "\(asker).")
  }
}
