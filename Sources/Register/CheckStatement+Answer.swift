// From an answer to the statement that records it.

import Base
import Ledger
import Policy
import State

extension CheckStatement {
  /// The statement of an answer that was given under a pack and for a profile.
  /// - Parameters:
  ///   - factsDigest: the blob of `facts`.
  ///   - because: why it was decided anew; empty if nothing was decided before.
  public init(
    _ answer: Answer, about facts: ModelFacts, factsDigest: Digest, policy: PolicyReference,
    profile: ProfileReference?, asOf: CalendarDay, time: Instant, trigger: Trigger,
    because: [DecisionCause]
  ) {
    self.init(
      model: facts.model, name: facts.name, verdict: answer.verdict, asOf: asOf, time: time)
    self.trigger = trigger
    licences = facts.licence?.namedLicences ?? []
    stated = facts.stated
    weights = facts.weights
    tensorSet = facts.tensorSet
    self.facts = factsDigest
    self.policy = policy
    self.profile = profile
    validUntil = answer.validUntil
    basis = answer.lineage.used.basis(catalogue: facts.catalogue)
    self.because = because
    findings = answer.findings
    waived = answer.waived
  }
}

extension Answer {
  /// What of the log the answer used.
  public func basis(catalogue: Digest) -> DecisionBasis {
    lineage.used.basis(catalogue: catalogue)
  }
}
