// An exception from a rule, looked at before it is written: only rules of contracts and licences
// can be waived, and warnings about a file, by its digest; and only where there is something to
// waive.

import Base
import Crypto
import Ledger
import Policy
import Register
import State

/// A waiver that somebody wants to grant.
public struct WaiverGrant: Sendable {
  public var waiver: WaiverStatement
  /// Whether the rule need not be among the findings of the newest decision.
  public var isInAdvance: Bool

  public init(_ waiver: WaiverStatement, isInAdvance: Bool = false) {
    self.waiver = waiver
    self.isInAdvance = isInAdvance
  }

  /// The statement. Within the transaction that appends it.
  ///
  /// Throws `bad_span`, `not_waivable` for rules of law and for findings that no rule made,
  /// `rule_not_found` for what nobody knows or nothing was found of.
  public func statement(
    in reader: RegisterReader, sources: DecisionSources
  ) throws(Problem) -> Statement {
    let statement = try waiver.statement()
    let newest = try reader.newestDecision(of: waiver.model)?.check
    let rule = waiver.rule
    if FileAcceptance.isRule(rule) {
      try FileAcceptance.check(
        rule, findings: newest?.findings ?? [], waived: newest?.waived ?? [],
        isInAdvance: isInAdvance)
      return statement
    }
    let found = (newest?.findings.map(\.id) ?? []) + (newest?.waived ?? [])
    let pack = try sources.pack(newest?.policy?.source ?? .shipped)
    guard pack.knows(rule) else {
      guard found.contains(rule) else {
        throw Self.notFound(rule, "no rule of the policy \(pack.name) has this name")
      }
      throw Self.notWaivable(rule, "it is a finding about files, licences or lineage, and no rule")
    }
    guard pack.isWaivable(rule) else {
      throw Self.notWaivable(rule, "law is not anybody's to waive")
    }
    guard isInAdvance || found.contains(rule) else {
      throw Self.notFound(
        rule,
        newest == nil
          ? "nothing is decided about the model" : "the newest decision has no finding of it")
    }
    return statement
  }

  private static func notFound(_ rule: String, _ why: String) -> Problem {
    Problem(
      .usage, "rule_not_found", place: rule, reason: "there is nothing to waive: \(why)",
      remedy: "take the id of a finding of `assay check`, or grant it with --in-advance")
  }

  private static func notWaivable(_ rule: String, _ why: String) -> Problem {
    Problem(
      .usage, "not_waivable", place: rule, reason: "this cannot be waived: \(why)",
      remedy: "change what the finding is about")
  }
}
