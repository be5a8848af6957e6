// What a check leaves behind: blobs of what was asked and answered, and one entry of the log.
//
// The blobs are durable before the entry that names them; putting one twice does no harm, so a
// check may be recorded again after a crash.

import Base
import Crypto
import Ledger
import Licensing
import Register
import State

extension CheckResult {
  /// Keeps facts, profile and the whole answer as blobs.
  public func keep(in blobs: BlobStore) throws(Problem) {
    _ = try blobs.put(facts.json.canonicalBytes)
    _ = try blobs.put(json().canonicalBytes)
    if let profile { _ = try blobs.put(profile.facts.canonicalBytes) }
  }

  /// The statement to sign, with the cause if it takes the place of an earlier decision.
  public func statement(
    after standing: Standing
  ) throws(Problem) -> (check: CheckStatement, because: [DecisionCause]?) {
    var check = CheckStatement(
      answer, about: facts, factsDigest: SHA256.hash(facts.json.canonicalBytes), policy: policy,
      profile: profile?.reference, asOf: asOf, time: time, trigger: .check, because: [])
    check.result = SHA256.hash(json().canonicalBytes)
    guard isDecision else {
      check.depth = depth == .quick ? .quick : .question
      check.policy = nil
      check.profile = nil
      check.basis = nil
      check.validUntil = nil
      return (check, nil)
    }
    let because = try standing.causes(of: check)
    check.because = because ?? []
    return (check, because)
  }

  /// Whether it stands in the log. A question leaves a trace only of what a person stated in it
  /// with a name.
  var isRecorded: Bool { isDecision || depth == .quick || !facts.stated.isEmpty }

  /// Records it: appends the statement and says where it stands. Nil for what is no decision.
  public func record(in log: StateLog) throws(Problem) -> RecordedCheck? {
    guard isRecorded else { return nil }
    try keep(in: log.blobs)
    let sources = try DecisionSources(
      state: log.state, database: log.database, today: CalendarDay(time),
      catalogue: Licensing.catalogueDigest)
    var because: [DecisionCause]?
    let receipts = try log.record { (reader) throws(Problem) in
      let made = try statement(
        after: Standing(reader: reader, sources: sources, blobs: log.blobs))
      because = made.because
      try Places.note(
        model, at: place.path, fingerprint: fingerprint.json(withTensors: false), now: time,
        in: log.database)
      return [made.check.statement()]
    }
    guard let receipt = receipts.first, isDecision else { return nil }
    return RecordedCheck(
      entry: receipt.index, decisionID: Register.decisionID(leafHash: receipt.leafHash.bytes),
      because: because)
  }
}
