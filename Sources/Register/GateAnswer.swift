// The one question that a gate asks: may this model run, as far as is known today?
//
// Promises: yes only for a newest decision that is current and `allow`, under the rules and for the
// asker that the gate demands; every other answer says why and what to do.

import Base
import Ledger
import State

/// What a gate answers.
public struct GateAnswer: Equatable, Sendable {
  public let isAllowed: Bool
  /// Nil: nothing was decided about the model.
  public let standing: StandingDecision?
  /// One or two sentences for people.
  public let reason: String

  public init(isAllowed: Bool, standing: StandingDecision?, reason: String) {
    self.isAllowed = isAllowed
    self.standing = standing
    self.reason = reason
  }

  /// 0 allowed, 1 a denial that stands, 3 anything else.
  public var exitCode: ExitCode {
    if isAllowed { return .yes }
    guard let standing, standing.state == .current, standing.decision.check.verdict == .deny else {
      return .undecided
    }
    return .no
  }
}

extension Standing {
  /// Asks about a model named by its digest.
  public func gate(
    _ model: Digest, demand: GateDemand = GateDemand()
  ) throws(Problem) -> GateAnswer {
    guard let decision = try reader.newestDecision(of: model, demand: demand) else {
      return GateAnswer(isAllowed: false, standing: nil, reason: nothing(about: model, demand))
    }
    let standing = try of(decision)
    return GateAnswer(
      isAllowed: standing.opensGate, standing: standing, reason: Self.reason(standing))
  }

  private func nothing(about model: Digest, _ demand: GateDemand) -> String {
    let rules = demand.policy.map { " under the policy \($0)" } ?? ""
    let asker = demand.profile.map { " for the profile \($0)" } ?? ""
    return "Nothing is decided about \(model.tagged)\(rules)\(asker): check the model first."
  }

  private static func reason(_ standing: StandingDecision) -> String {
    let check = standing.decision.check
    let policy = check.policy?.name ?? "unknown"
    let asker = check.profile.map { "the profile \($0.name)" } ?? "no profile"
    let head =
      "The decision \(standing.decision.id) about \(check.name) is \(check.verdict.rawValue), "
      + "under the policy \(policy) and \(asker)"
    let why = standing.changes.first.map { " \($0.detail)" } ?? ""
    switch standing.state {
    case .current:
      let until = check.validUntil.map { ", until \($0)" } ?? ""
      return check.verdict == .allow ? "\(head)\(until)." : "\(head). \(remedy(check.verdict))"
    case .stale:
      return "\(head), and no longer stands.\(why) It must be decided again: run `assay decide`."
    case .expired:
      return "\(head), and has run out.\(why) It must be decided again: run `assay decide`."
    case .superseded: return "\(head), and a newer one has taken its place."
    }
  }

  private static func remedy(_ verdict: Verdict) -> String {
    switch verdict {
    case .allow: ""
    case .deny: "The findings say which rule forbids it."
    case .review: "The findings say what is open and what would decide it."
    }
  }
}
