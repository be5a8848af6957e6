// May we use it here: rules over facts, three-valued, with every answer explained.
//
// The way of a question: `PolicyRequest` (what was said, by whom) meets a `PolicyPack` (compiled
// rules, licences, vocabulary), becomes an `Evaluation` (truths), an `Outcome` (findings, duties,
// verdict) and a `PolicyDecision` (the outcome with citations, paths, facts, and what is missing).
//
//   Truth Region FactValue Rule Program      what everything is made of
//   Vocabulary Compiler PackLoader PackChecks Catalogue   files to a pack; refuses what is wrong
//   Lineage LicenceUse Evaluation Outcome Conflicts       a question to an answer
//   Partition Missing Flips PolicyDecision   why, and what would change it
//   PolicyScenario PackProof Lint PackDiff   packs under test
//
// Promises: deterministic; unknown is never read as no; facts added turn neither allow nor deny.
// Does not: touch the network or give legal advice; `confidence` and `review_by` belong to a rule.

import Base

public enum Policy {
  /// What a decision shall work out beside the verdict.
  public struct Options: Sendable {
    /// The smallest sets of unknown facts that could decide a review.
    public var missing: Bool
    /// The known facts whose change alone would give another verdict.
    public var flips: Bool

    public init(missing: Bool = true, flips: Bool = false) {
      self.missing = missing
      self.flips = flips
    }
  }

  /// Answers a question. Throws when the question does not fit the pack's vocabulary.
  public static func evaluate(
    _ pack: PolicyPack, _ request: PolicyRequest, options: Options = Options()
  ) throws(Problem) -> PolicyDecision {
    var resolved = try pack.resolve(request)
    let outcome = resolved.evaluation.decided(resolved.refusedOverrides)
    var decision = PolicyDecision(
      id: request.id, resolved: resolved, outcome: outcome, horizon: request.horizon)
    if options.missing {
      decision.missing = MissingSearch(resolved.evaluation, outcome).result
    }
    if options.flips { decision.flips = Flips.of(resolved, outcome.verdict) }
    return decision
  }
}
