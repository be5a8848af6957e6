// The findings, duties and verdict of one evaluation, before anything is explained.
//
// Spec: Policies/README.md, "Verdict", "Duties", "Waivers", "Stale rules".
// Promises: deny overrides review, review overrides allow, and the order of the rules plays no
// part; every finding id stands once, with its strongest truth; due duties never change a verdict.

import Base

/// Permission given by a person who may give it, for some days.
public struct Waiver: Equatable, Sendable {
  public var rule: String
  public var by: String
  public var reason: String
  public var from: CalendarDay?
  public var to: CalendarDay?

  public init(
    rule: String, by: String, reason: String, from: CalendarDay? = nil, to: CalendarDay? = nil
  ) {
    self.rule = rule
    self.by = by
    self.reason = reason
    self.from = from
    self.to = to
  }

  func holds(on day: Int) -> Bool {
    (from.map { $0.daysSinceEpoch <= day } ?? true) && (to.map { day <= $0.daysSinceEpoch } ?? true)
  }
}

/// Where a finding comes from.
enum FindingSource: Hashable, Sendable {
  case rule(Int)
  case condition(licence: ByteName, index: Int)
  case unknownLicence, staleRules
  case conflict(fact: Int)
  case refusedOverride(fact: Int)
}

struct RawFinding: Equatable, Sendable {
  let id: String
  let effect: RuleEffect
  let truth: Truth
  let source: FindingSource
  let isRefusedDuty: Bool

  init(
    _ id: String, _ effect: RuleEffect, _ truth: Truth, _ source: FindingSource,
    isRefusedDuty: Bool = false
  ) {
    self.id = id
    self.effect = effect
    self.truth = truth
    self.source = source
    self.isRefusedDuty = isRefusedDuty
  }
}

/// What somebody owes, and what was said about it.
public struct Duty: Equatable, Sendable {
  public enum State: String, Sendable {
    case due, accepted, met, refused
  }
  public let id: String
  public let text: String
  public let state: State
  /// The rule or licence condition that asks for it.
  public let rule: String
}

struct Outcome: Sendable {
  var findings: [RawFinding] = []
  var duties: [Duty] = []
  var possibleDuties: [Duty] = []
  var waived: [RawFinding] = []
  var notes: [String] = []
  var stale: [String] = []

  var verdict: Verdict {
    if findings.contains(where: { $0.effect == .deny && $0.truth == .yes }) { return .deny }
    return findings.isEmpty ? .allow : .review
  }

  /// Whether two outcomes answer the same: (id, truth, effect) of the findings, and so the verdict.
  func answersLike(_ other: Outcome) -> Bool {
    findings.count == other.findings.count
      && zip(findings, other.findings).allSatisfy {
        $0.source == $1.source && $0.truth == $1.truth && $0.effect == $1.effect
      }
  }

  mutating func sort() {
    findings.sort { ByteName($0.id) < ByteName($1.id) }
    duties.sort { ByteName($0.id) < ByteName($1.id) }
    possibleDuties.sort { ByteName($0.id) < ByteName($1.id) }
  }
}

// MARK: Evaluating

extension Evaluation {
  /// Decides. `extra` are findings about the facts themselves (refused overrides).
  mutating func outcome(_ extra: [RawFinding] = []) -> Outcome {
    var result = Outcome()
    result.findings = extra
    for rule in pack.rules.indices { apply(rule, to: &result) }
    let uses = licenceUses()
    for (licence, use) in uses.known { apply(licence, use, to: &result) }
    if uses.unknown > .no {
      result.findings.append(
        RawFinding("licence.unknown", .review, uses.unknown, .unknownLicence))
    }
    addStale(to: &result)
    result.sort()
    waive(&result)
    return result
  }

  private mutating func apply(_ rule: Int, to result: inout Outcome) {
    guard let status = statuses[rule], pack.gates[rule].effect != .allow else { return }
    let truth = truth(rule: rule)
    guard truth > .no else { return }
    // What nobody is sure of forbids nothing: a person looks.
    let isDoubtful = truth == .yes && pack.gates[rule].effect == .deny && restsOnDoubtfulTerms(rule)
    add(
      pack.rules[rule].clause, truth, .rule(rule), status.capsAtReview || isDoubtful, to: &result)
  }

  private func apply(_ licence: ByteName, _ use: LicenceUse, to result: inout Outcome) {
    guard let conditions = pack.conditions(of: licence) else { return }
    for (index, condition) in conditions.enumerated() {
      let path = use.path(condition.flows)
      guard path > .no else { continue }
      let truth = min(path, truth(of: condition.clause.gate))
      guard truth > .no else { continue }
      add(
        condition.clause, truth, .condition(licence: licence, index: index), false, to: &result)
    }
  }

  private func add(
    _ clause: Clause, _ truth: Truth, _ source: FindingSource, _ capped: Bool,
    to result: inout Outcome
  ) {
    switch clause.gate.effect {
    case .allow: break
    case .deny, .review:
      let effect = capped ? .review : clause.gate.effect
      result.findings.append(RawFinding(clause.id, effect, truth, source))
    case .obligation:
      for obligation in clause.obligations {
        let duty = Duty(
          id: obligation.id, text: obligation.text, state: state(obligation), rule: clause.id)
        if truth == .yes { result.duties.append(duty) } else { result.possibleDuties.append(duty) }
      }
      let refused = min(truth, refused(clause))
      if refused > .no {
        let effect = capped ? .review : clause.gate.onRefused
        result.findings.append(
          RawFinding(clause.id, effect, refused, source, isRefusedDuty: true))
      }
    }
  }

  /// Whether some duty of the clause is refused; unknown when its sources disagree.
  func refused(_ clause: Clause) -> Truth {
    var result = Truth.no
    for obligation in clause.obligations where !facts[obligation.fact].isEmpty {
      let refusal = FactTest.equals(.text("refused"))
      result = max(result, Self.truth(of: refusal, facts[obligation.fact]))
    }
    return result
  }

  private func state(_ obligation: Obligation) -> Duty.State {
    let said = facts[obligation.fact].map(\.value)
    if said.contains(.text("refused")) { return .refused }
    if said.contains(.text("accepted")) { return .accepted }
    return said.isEmpty ? .due : .met
  }

  private func addStale(to result: inout Outcome) {
    var truth = Truth.no
    for rule in pack.rules.indices where isStale(rule) && isActive(rule) {
      let scope = scope(rule)
      guard scope > .no else { continue }
      truth = max(truth, scope)
      result.stale.append(pack.rules[rule].clause.id)
    }
    guard truth > .no else { return }
    result.stale.sort { ByteName($0) < ByteName($1) }
    result.findings.append(RawFinding("rules.stale", .review, truth, .staleRules))
  }

  /// Law is not ours to waive; contracts and licences are their owner's.
  private func waive(_ result: inout Outcome) {
    for waiver in waivers {
      let position = result.findings.firstIndex { ByteName($0.id) == ByteName(waiver.rule) }
      let refusedDuty = position.map { result.findings[$0].isRefusedDuty } ?? false
      guard pack.isWaivable(waiver.rule), !refusedDuty else {
        result.notes.append("waiver.not-allowed:\(waiver.rule)")
        continue
      }
      guard waiver.holds(on: asOf) else {
        result.notes.append("waiver.expired:\(waiver.rule)")
        continue
      }
      if let position { result.waived.append(result.findings.remove(at: position)) }
    }
  }
}
