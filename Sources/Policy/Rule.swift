// Rules and conditions as data: what the law or a contract says, since when, and how sure that is.
//
// Spec: Policies/README.md, "Rules" and "Licences".
// Promises: a rule that was loaded is complete (citation, sentence, confidence, status) and its
// expressions are compiled; nothing about it is decided at evaluation by reading JSON.

import Base

/// What a rule does when it holds.
public enum RuleEffect: String, Sendable, CaseIterable {
  case deny, review, obligation, allow
}

/// How sure the reading of the text is.
public enum Confidence: String, Sendable, CaseIterable {
  case low, medium, high
}

/// What a text is on a day.
public enum RuleStatus: String, Sendable, CaseIterable {
  case inForce = "in_force"
  /// Enacted, not applicable yet.
  case adopted
  case proposed
  case suspended, rescinded
  case notEnforced = "not_enforced"
  case unconfirmed
}

/// How far into the future a question looks.
public enum Horizon: String, Sendable, CaseIterable {
  case inForce = "in_force"
  case enacted, proposed
}

extension RuleStatus {
  /// Whether a rule of this status counts in a question of this horizon.
  func counts(_ horizon: Horizon) -> Bool {
    switch self {
    case .inForce, .notEnforced, .unconfirmed: true
    case .adopted: horizon != .inForce
    case .proposed: horizon == .proposed
    case .suspended, .rescinded: false
    }
  }

  /// A text that nobody enforces, or whose force was not confirmed, asks for review at most.
  var capsAtReview: Bool { self == .notEnforced || self == .unconfirmed }
}

/// A stretch of days, both ends inclusive, with the status of the rule in it.
struct AppliesInterval: Sendable {
  /// Days since 1970-01-01; `to` is `Int.max` when open.
  let from: Int
  let to: Int
  let status: RuleStatus
  let note: String?
}

struct Obligation: Sendable {
  let id: String
  let text: String
  /// The fact `duty.<id>`.
  let fact: Int
}

/// The part of a clause that every decision reads: indices into the program and effects.
struct Gate: Sendable {
  let effect: RuleEffect
  /// What a refused duty becomes.
  let onRefused: RuleEffect
  /// Expressions of the program. `scope` and `unless` are nil when absent.
  let scope: Int32?
  let when: Int32
  let unless: Int32?
  /// Some allow-rule names this rule.
  var isDefeatable = false
}

/// A stretch of days of one rule, in the flat list that every question walks once.
struct RuleSpan: Sendable {
  let rule: Int
  let from: Int
  let to: Int
  let status: RuleStatus
}

/// What rules and licence conditions have in common.
struct Clause: Sendable {
  let id: String
  var gate: Gate
  let title: String
  let sentence: String
  let citation: String
  let confidence: Confidence
  let obligations: [Obligation]
}

struct Rule: Sendable {
  var clause: Clause
  let jurisdiction: String
  let kind: String
  let sources: [String]
  let applies: [AppliesInterval]
  /// Days since 1970-01-01; nil: never grows stale.
  let reviewBy: Int?
  let waivable: Bool
  /// Ids of the rules this allow-rule defeats.
  let defeats: [String]
  let penalty: String?
  /// Indices of the allow-rules that defeat this one. Filled when the pack is complete.
  var defeatedBy: [Int] = []

  func status(on day: Int) -> AppliesInterval? {
    applies.first { $0.from <= day && day <= $0.to }
  }
}

/// Which ways a licence reaches the model.
struct Flows: OptionSet, Sendable {
  let rawValue: UInt8
  /// The model's own licence.
  static let own = Flows(rawValue: 1)
  /// Of an ancestor, along copies, fine-tunes, merges and the like.
  static let derivation = Flows(rawValue: 2)
  /// Of an ancestor whose outputs or logits the model learned from.
  static let training = Flows(rawValue: 4)
  /// The text leaves open whether it reaches a model distilled with the weights at hand.
  static let trainingWeightsUnclear = Flows(rawValue: 8)
}

/// One condition of a licence.
struct Condition: Sendable {
  let clause: Clause
  let flows: Flows
}
