// Whether a decision still stands: what it rested on, held against what is there now.
//
// Promises: asked anew each time, from the register, the packs, the profiles, the catalogue and the
// day; nothing has to be told that something changed. A decision whose rules or facts are gone does
// not stand.

import Base
import Ledger
import Policy
import State
import Store

/// Tells of decisions whether they stand.
public struct Standing {
  public let reader: RegisterReader
  public let sources: DecisionSources
  let blobs: BlobStore

  public init(reader: RegisterReader, sources: DecisionSources, blobs: BlobStore) {
    self.reader = reader
    self.sources = sources
    self.blobs = blobs
  }

  /// The state of a decision today.
  public func of(_ decision: Decision) throws(Problem) -> StandingDecision {
    if let newest = try reader.newestDecision(decision.key), newest.entry > decision.entry {
      return StandingDecision(decision: decision, state: .superseded, changes: [])
    }
    let changes = try changes(since: decision)
    if !changes.isEmpty {
      return StandingDecision(decision: decision, state: .stale, changes: changes)
    }
    if let last = decision.check.validUntil, sources.today > last {
      return StandingDecision(
        decision: decision, state: .expired, changes: dayCauses(decision.check))
    }
    return StandingDecision(decision: decision, state: .current, changes: [])
  }

  /// Of every decision that is the newest of its key, by entry; all others were superseded.
  public func states() throws(Problem) -> [Int: DecisionState] {
    var states: [Int: DecisionState] = [:]
    for decision in try reader.newestOfEachKey() {
      states[decision.entry] = try of(decision).state
    }
    return states
  }

  // MARK: What changed

  private func changes(since decision: Decision) throws(Problem) -> [DecisionCause] {
    let check = decision.check
    guard let basis = check.basis, let policy = check.policy, check.isDecision else {
      return [
        DecisionCause(
          .check, detail: "The entry is from before decisions were kept; check the model again.")
      ]
    }
    var causes: [DecisionCause] = []
    if sources.policyDigest(policy.source) != policy.digest {
      let isGone = sources.policyDigest(policy.source) == nil
      causes.append(
        DecisionCause(
          .policy,
          detail: "The policy \(policy.name) " + (isGone ? "is not there any more." : "changed.")))
    }
    if basis.catalogue != sources.catalogue {
      causes.append(
        DecisionCause(.catalogue, detail: "The catalogue of licences changed."))
    }
    if let cause = try profileChange(check.profile) { causes.append(cause) }
    if let facts = check.facts, !blobs.has(facts) {
      causes.append(
        DecisionCause(
          .files, detail: "What was recorded of the model is not here any more; check it again."))
    }
    return causes + (try ModelLineage(of: LineageSubject(check), in: reader).changes(since: basis))
  }

  private func profileChange(
    _ reference: ProfileReference?
  ) throws(Problem) -> DecisionCause? {
    if reference?.source == .given { return nil }
    let now = try sources.currentProfile(reference)
    guard now?.reference.digest != reference?.digest else { return nil }
    let name = reference?.name ?? "default"
    return DecisionCause(
      .profile,
      detail: now == nil
        ? "The profile \(name) is not there any more."
        : reference == nil ? "A profile is there now." : "The profile \(name) changed.")
  }

  /// What was recorded of the model; nil if the blob is gone.
  func facts(of check: CheckStatement) throws(Problem) -> ModelFacts? {
    guard let digest = check.facts, let bytes = try blobs.get(digest) else { return nil }
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch {
      throw error.problem(file: digest.tagged)
    }
    return try ModelFacts(json: json)
  }

  /// Why a day that passed ended a decision.
  func dayCauses(_ check: CheckStatement) -> [DecisionCause] {
    var causes: [DecisionCause] = []
    for recorded in (try? reader.waivers(for: check.model)) ?? [] where recorded.withdrawn == nil {
      let waiver = recorded.statement
      let (held, holds) = (waiver.holds(on: check.asOf), waiver.holds(on: sources.today))
      if held, !holds, check.waived.contains(waiver.rule) {
        causes.append(
          DecisionCause(
            .waiverEnded, entry: recorded.entry,
            detail: "The waiver of \(waiver.rule) ended on \(waiver.to)."))
      } else if !held, holds,
        check.findings.contains(where: {
          $0.id == waiver.rule || FileAcceptance.rule(of: $0) == waiver.rule
        })
      {
        causes.append(
          DecisionCause(
            .waiver, entry: recorded.entry,
            detail: "The waiver of \(waiver.rule) began on \(waiver.from)."))
      }
    }
    guard causes.isEmpty else { return causes }
    let last = check.validUntil.map { " after \($0)" } ?? ""
    return [
      DecisionCause(
        .ruleDay, detail: "A rule that the decision rests on begins, ends or is due\(last).")
    ]
  }
}

extension ModelLineage {
  /// What of the log changed since a decision was made.
  func changes(since basis: DecisionBasis) -> [DecisionCause] {
    let edges = edgeChanges(basis)
    return edges + waiverChanges(basis)
      + licenceChanges(basis, hasOtherEdges: !edges.isEmpty) + faultChanges(basis)
  }

  private func edgeChanges(_ basis: DecisionBasis) -> [DecisionCause] {
    var causes: [DecisionCause] = []
    for entry in used.edges.sorted() where !basis.edges.contains(entry) {
      if let conclusion = used.conclusions[entry] {
        causes.append(
          DecisionCause(
            .conclusion, entry: conclusion, detail: "It was concluded that an edge holds."))
      } else {
        causes.append(
          DecisionCause(.edge, entry: entry, detail: "An edge above the model was recorded."))
      }
    }
    let gone = basis.edges.filter { !used.edges.contains($0) }
    for entry in gone {
      guard let retraction = used.retractions[entry] else { continue }
      causes.append(
        DecisionCause(
          .retraction, entry: retraction, detail: "The edge of entry \(entry) was taken back."))
    }
    if causes.isEmpty, let entry = gone.first {
      // Only what leads there was taken back, or cannot be relied on any more.
      causes.append(
        DecisionCause(
          .edge, entry: entry, detail: "An edge above the model is not used any more."))
    }
    return causes
  }

  private func waiverChanges(_ basis: DecisionBasis) -> [DecisionCause] {
    var causes: [DecisionCause] = []
    for entry in used.waivers where !basis.waivers.contains(entry) {
      causes.append(DecisionCause(.waiver, entry: entry, detail: "A waiver was granted."))
    }
    for entry in basis.waivers where !used.waivers.contains(entry) {
      causes.append(
        DecisionCause(
          .waiverWithdrawn, entry: used.withdrawals[entry],
          detail: "The waiver of entry \(entry) was withdrawn."))
    }
    return causes
  }

  /// A licence that came or went together with an edge is told as the edge alone.
  private func licenceChanges(
    _ basis: DecisionBasis, hasOtherEdges: Bool
  ) -> [DecisionCause] {
    var causes: [DecisionCause] = []
    let before = Dictionary(
      basis.licences.map { ($0.model, $0.licence) }, uniquingKeysWith: { first, _ in first })
    let after = Dictionary(
      used.licences.map { ($0.model, $0.licence) }, uniquingKeysWith: { first, _ in first })
    for known in used.licences where before[known.model] != .some(known.licence) {
      if before[known.model] == nil, cameWithEdge(known.model, basis) { continue }
      causes.append(
        DecisionCause(
          .ancestorLicence, entry: known.entry,
          detail: "A check of \(names[known.model] ?? known.model) recorded "
            + "\(known.licence ?? "no single licence")."))
    }
    for known in basis.licences where after[known.model] == nil && !hasOtherEdges {
      causes.append(
        DecisionCause(
          .ancestorLicence, entry: known.entry,
          detail: "What was known of \(known.model) does not count any more."))
    }
    return causes
  }

  /// Whether a model is an ancestor now by edges alone that a decision did not know.
  private func cameWithEdge(_ model: String, _ basis: DecisionBasis) -> Bool {
    let edges = used.ancestors.filter { $0.value == model }.keys
    return !edges.isEmpty && edges.allSatisfy { !basis.edges.contains($0) }
  }

  private func faultChanges(_ basis: DecisionBasis) -> [DecisionCause] {
    let now = Set(used.faults)
    return now.symmetricDifference(basis.faults).sorted().map { entry in
      DecisionCause(
        .edge, entry: entry,
        detail: now.contains(entry)
          ? "Entry \(entry) about the lineage cannot be relied on."
          : "Entry \(entry) about the lineage can be relied on now.")
    }
  }
}

extension Standing {
  /// Why a decision is made anew, as a check that was asked for takes the place of the newest one
  /// of its key; nil if there was none.
  public func causes(of check: CheckStatement) throws(Problem) -> [DecisionCause]? {
    let key = Decision.Key(
      model: check.model, policy: check.policy?.name, profile: check.profile?.name)
    guard let before = try reader.newestDecision(key) else { return nil }
    var causes: [DecisionCause] = []
    if let basis = before.check.basis {
      if let policy = before.check.policy, policy.digest != check.policy?.digest {
        causes.append(DecisionCause(.policy, detail: "The policy \(policy.name) changed."))
      }
      if let profile = before.check.profile, profile.digest != check.profile?.digest {
        causes.append(DecisionCause(.profile, detail: "The profile \(profile.name) changed."))
      }
      if basis.catalogue != sources.catalogue {
        causes.append(DecisionCause(.catalogue, detail: "The catalogue of licences changed."))
      }
      causes += try ModelLineage(of: LineageSubject(check), in: reader).changes(since: basis)
    }
    if let last = before.check.validUntil, check.asOf > last {
      causes += dayCauses(before.check)
    }
    if causes.isEmpty {
      causes.append(DecisionCause(.check, detail: "The model was checked again."))
    }
    return causes
  }
}
