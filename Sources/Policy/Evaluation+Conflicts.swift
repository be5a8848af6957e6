// Facts whose sources contradict each other, and whether the contradiction matters.
//
// Spec: Policies/README.md, "Contradictions".
// Promises: a finding `facts.conflict:<fact>` stands exactly when answering with each candidate of
// that fact alone, everything else unchanged, does not give one and the same answer.

import Base

extension Evaluation {
  /// The outcome with the findings on contradictory facts. What a bound gives narrows what is
  /// asked, and never allows: where nothing but the bound keeps a rule away, the rule stays open.
  mutating func decided(_ refusedOverrides: [Int]) -> Outcome {
    let outcome = considered(refusedOverrides)
    guard outcome.verdict == .allow, !bounds.isEmpty else { return outcome }
    var free = self
    free.unbind()
    let other = free.considered(refusedOverrides)
    guard other.verdict != .allow else { return outcome }
    self = free
    return other
  }

  private mutating func considered(_ refusedOverrides: [Int]) -> Outcome {
    let extra = refusedOverrides.map { fact in
      RawFinding(
        "override.refused:\(pack.vocabulary.facts[fact].name)", .review, .yes,
        .refusedOverride(fact: fact))
    }
    var result = outcome(extra)
    var found = false
    for fact in facts.indices where facts[fact].count > 1 && matters(fact, extra) {
      result.findings.append(
        RawFinding(
          "facts.conflict:\(pack.vocabulary.facts[fact].name)", .review, .yes,
          .conflict(fact: fact)))
      found = true
    }
    if found { result.sort() }
    return result
  }

  private func matters(_ fact: Int, _ extra: [RawFinding]) -> Bool {
    var values: [FactCandidate] = []
    for candidate in facts[fact] where !values.contains(where: { $0.value == candidate.value }) {
      values.append(candidate)
    }
    guard values.count > 1 else { return false }
    var first: Outcome?
    for candidate in values {
      var supposed = self
      supposed.suppose(fact, [candidate])
      let outcome = supposed.outcome(extra)
      if let first, !first.answersLike(outcome) { return true }
      first = first ?? outcome
    }
    return false
  }
}
