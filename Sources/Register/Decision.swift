// A decision of the register: a check of the log, whether it still stands, and why not.

import Base
import Crypto
import Ledger
import State
import Store

/// A check that asked rules, as it stands in the register.
public struct Decision: Equatable, Sendable {
  /// Its name, from the hash of its entry.
  public let id: String
  /// Its entry in the log.
  public let entry: Int
  public let check: CheckStatement
  /// Entries from before decisions were kept are not enough to stand on.
  public var isComplete: Bool { check.isDecision }

  /// The rules and the asker that it was made under: a newer one of the same key supersedes it.
  public var key: Key {
    Key(model: check.model, policy: check.policy?.name, profile: check.profile?.name)
  }

  public struct Key: Hashable, Sendable {
    public let model: Digest
    public let policy: String?
    public let profile: String?
  }

  static let columns = "id, entry, statement"

  init(_ row: Row) throws(Problem) {
    id = row.text(0)
    entry = row.int(1)
    check = try CheckStatement(try Statement(parsing: row.blob(2)))
  }
}

/// Where a decision stands today.
public enum DecisionState: String, Sendable, CaseIterable {
  case current, stale, expired, superseded
}

/// A decision with what became of it.
public struct StandingDecision: Equatable, Sendable {
  public let decision: Decision
  public let state: DecisionState
  /// What changed since it was made; empty while it is current.
  public let changes: [DecisionCause]

  /// Whether a gate may open on it.
  public var opensGate: Bool { state == .current && decision.check.verdict == .allow }
}
