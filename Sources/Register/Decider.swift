// Makes decisions that no longer stand again: from what was recorded of the model, the log, the
// pack, the profile and the day. No weight and no folder is read.
//
// Promises: only the newest decision of a model is made again, under the rules and for the asker
// that it was made for, as they are now; one whose rules, asker or facts are gone is left as it is,
// stale, and named. Nothing is appended about a model that somebody else decided in the meantime.

import Base
import Crypto
import Ledger
import Policy
import State
import Store

/// What came of deciding again.
public struct DecideResult: Equatable, Sendable {
  /// A verdict that is another one now.
  public struct Change: Equatable, Sendable {
    public let model: Digest
    public let name: String
    public let from: Verdict
    public let to: Verdict
    public let because: [DecisionCause]
  }

  /// A decision that no longer stands and cannot be made again.
  public struct Failure: Equatable, Sendable {
    public let model: Digest
    public let name: String
    public let problem: Problem
  }

  /// How many were made again, and how many still stand.
  public var decidedCount = 0
  public var unchangedCount = 0
  /// In the order in which the models were decided before, oldest first.
  public var changed: [Change] = []
  public var failed: [Failure] = []

  /// 1 if something is denied now, else 3 if something is to be reviewed now or could not be
  /// decided, else 0.
  public var exitCode: ExitCode {
    if changed.contains(where: { $0.to == .deny }) { return .no }
    return changed.contains { $0.to == .review } || !failed.isEmpty ? .undecided : .yes
  }
}

/// Decides again.
public struct Decider {
  let standing: Standing
  let now: Instant
  private let run: Run

  public init(standing: Standing, now: Instant, run: Run) {
    self.standing = standing
    self.now = now
    self.run = run
  }

  /// Decisions made again, to be appended, and what came of it.
  public struct Plan: Sendable {
    public var result = DecideResult()
    /// Each with the entry of the decision that it follows.
    var statements: [(after: Int, check: CheckStatement)] = []
    public var isEmpty: Bool { statements.isEmpty }
  }

  /// What is to be decided again among all models, or about one.
  /// Throws `unknown_model` if there is no decision about it, `interrupted` if it was cancelled.
  public func plan(model: Digest? = nil) throws(Problem) -> Plan {
    var plan = Plan()
    for decision in try decisions(about: model) {
      try run.check()
      let standing = try standing.of(decision)
      guard standing.state != .current else {
        plan.result.unchangedCount += 1
        continue
      }
      do throws(Problem) {
        add(try again(standing), after: standing, to: &plan)
      } catch {
        guard error.kind != .failure else { throw error }
        plan.result.failed.append(
          .init(model: decision.check.model, name: decision.check.name, problem: error))
      }
    }
    return plan
  }

  private func decisions(about model: Digest?) throws(Problem) -> [Decision] {
    guard let model else { return try standing.reader.newestDecisions().reversed() }
    guard let decision = try standing.reader.newestDecision(of: model) else {
      throw Problem(
        .usage, "unknown_model", place: model.tagged,
        reason: "no decision was made about this model", remedy: "check it with `assay check`")
    }
    return [decision]
  }

  private func add(
    _ check: CheckStatement, after before: StandingDecision, to plan: inout Plan
  ) {
    plan.statements.append((before.decision.entry, check))
    plan.result.decidedCount += 1
    guard check.verdict != before.decision.check.verdict else { return }
    plan.result.changed.append(
      .init(
        model: check.model, name: check.name, from: before.decision.check.verdict,
        to: check.verdict, because: check.because))
  }

  /// The same question, as it is answered now.
  private func again(_ before: StandingDecision) throws(Problem) -> CheckStatement {
    let check = before.decision.check
    guard let facts = try standing.facts(of: check), let digest = check.facts,
      let policy = check.policy
    else {
      throw Problem(
        .undecided, "facts_missing", place: check.model.tagged,
        reason: "what was recorded of the model is not here",
        remedy: "check the model again with `assay check`")
    }
    let pack = try standing.sources.pack(policy.source)
    let question = try standing.question(of: check)
    let lineage = try ModelLineage(of: facts, in: standing.reader)
    let answer = try Answer(
      question, about: facts, lineage: lineage, pack: pack,
      options: Policy.Options(missing: false))
    let recognised = answer.cautious(about: facts, catalogue: standing.sources.catalogue)
    var causes = before.changes
    if let last = check.validUntil, standing.sources.today > last, before.state == .stale {
      causes += standing.dayCauses(check)
    }
    var statement = CheckStatement(
      recognised, about: facts, factsDigest: digest,
      policy: PolicyReference(name: pack.name, digest: pack.digest, source: policy.source),
      profile: question.profile?.reference, asOf: standing.sources.today, time: now,
      trigger: .decide,
      because: causes)
    statement.basis?.catalogue = standing.sources.catalogue
    return statement
  }
}

extension Standing {
  /// The question that a decision answers, asked today. Throws if the profile is gone, or asks
  /// about another law by now.
  func question(of check: CheckStatement) throws(Problem) -> Question {
    // A day that a profile has by now does not move the decision: it is made for today.
    let question = Question(
      profile: try profile(of: check), asOf: sources.today, isDayNamed: true)
    guard question.isDecision else {
      throw Problem(
        .undecided, "not_a_decision", place: question.profile?.reference.name,
        reason: "the profile asks about law that is not in force, which decides nothing",
        remedy: "take the horizon out of the profile")
    }
    return question
  }

  /// The profile that a decision is to be made again for. Throws if it is gone.
  func profile(of check: CheckStatement) throws(Problem) -> Profile? {
    guard let reference = check.profile else { return sources.defaultProfile }
    switch reference.source {
    case .given:
      guard let bytes = try blobs.get(reference.digest), let facts = try? JSON.parse(bytes) else {
        throw Problem(
          .undecided, "profile_missing", place: reference.name,
          reason: "the facts of the profile are not here any more",
          remedy: "check the model again with --profile")
      }
      return Profile(name: reference.name, facts: facts, source: .given)
    case .stored: return try sources.storedProfile(reference.name)
    case .configuration: return sources.defaultProfile
    }
  }
}

extension Answer {
  /// An answer about licences that were recognised with another catalogue allows nothing until the
  /// texts are read again: what was clean then may be known as something else now.
  func cautious(about facts: ModelFacts, catalogue: Digest) -> Answer {
    guard facts.catalogue != catalogue else { return self }
    let finding = Finding(
      id: "licence.catalogue_changed", severity: .warning,
      message: "The licence texts were recognised with another catalogue. Check the model again "
        + "with `assay check`.")
    return with(
      verdict: verdict.cautious(about: facts, catalogue: catalogue), findings: findings + [finding])
  }
}

extension Verdict {
  /// No more than review, if the licences were recognised with another catalogue.
  func cautious(about facts: ModelFacts, catalogue: Digest) -> Verdict {
    self == .allow && facts.catalogue != catalogue ? .review : self
  }
}

extension StateLog {
  /// Appends what a plan decided, except about models that were decided in the meantime.
  @discardableResult
  public func append(_ plan: Decider.Plan) throws(Problem) -> [Receipt] {
    guard !plan.isEmpty else { return [] }
    return try record { (reader) throws(Problem) in try plan.statements(in: reader) }
  }
}

extension Decider.Plan {
  /// The statements that are still to be made, as the register says now.
  public func statements(in reader: RegisterReader) throws(Problem) -> [Statement] {
    var fresh: [Statement] = []
    for planned in statements {
      let newest = try reader.newestDecision(of: planned.check.model)
      if newest?.entry == planned.after { fresh.append(planned.check.statement()) }
    }
    return fresh
  }
}
