// Checking a revealed trial, or one's own before it is revealed: texts, coins and plan against
// what was committed to, and the commitment against the log.
//
// A check that was not made is never counted as passed: without the log's key the receipt stays
// unchecked, and the answer says so. What was committed to is checked to be in the log; that it
// was there before anything was served is told by the time of the checkpoint's cosignatures, which
// the reader compares with what the customer received and when.

import Base
import Crypto
import Evidence
import Ledger

/// One thing that was checked.
public struct TrialCheck: Equatable, Sendable {
  public enum Outcome: String, Sendable {
    case passed, failed
    case notChecked = "not-checked"
  }

  public let name: String
  public let outcome: Outcome
  public let detail: String
}

/// What the checks of a trial's folder found.
public struct TrialVerification: Sendable {
  public private(set) var checks: [TrialCheck] = []
  public let pairCount: Int

  /// Whether nothing failed.
  public var holds: Bool { checks.allSatisfy { $0.outcome != .failed } }

  /// Reads the folder and checks all of it. Throws only if it cannot be read as a trial.
  /// - Parameters:
  ///   - log: the key of the log that the receipt must come from.
  ///   - signer: the key that the statement must be signed with.
  public init(
    _ folder: TrialFolder, log: NoteVerifier?, signer: ECDSA.PublicKey?
  ) throws(Problem) {
    let (secret, record, pairs) = (
      try folder.secret(), try folder.record(),
      try TrialFiles.pairs(
        folder.file(TrialFolder.pairsName))
    )
    pairCount = pairs.count
    checkTexts(pairs, secret, record)
    checkSecrets(secret, record)
    checkPlan(record)
    let place = folder.file(TrialFolder.entryName)
    let entry = try FileSystem.read(place, limitBytes: TrialFiles.fileBytesMax)
    let first = try checkEntry(
      "statement", entry, predicate: record.statement.predicate, signer: signer, at: place)
    let index = try checkReceipt(
      "receipt", folder, TrialFolder.receiptName, entry: entry, log: log)
    if let beacon = record.beacon, beacon.value == nil {
      try checkBeacon(folder, record, after: first ? index : nil, log: log, signer: signer)
    }
    let known = try folder.beacon(record)
    let trial = CommittedTrial(record: record, secret: secret, pairs: pairs, beacon: known)
    try checkCoins(folder, trial, known)
    try checkDeliveries(folder, trial, committed: first ? index : nil, log: log, signer: signer)
  }

  mutating func add(_ name: String, _ passes: Bool, _ detail: String) {
    checks.append(TrialCheck(name: name, outcome: passes ? .passed : .failed, detail: detail))
  }

  mutating func leave(_ name: String, _ detail: String) {
    checks.append(TrialCheck(name: name, outcome: .notChecked, detail: detail))
  }

  private mutating func checkTexts(
    _ pairs: [TrialFiles.Pair], _ secret: TrialSecret, _ record: TrialRecord
  ) {
    let sorted = pairs.sorted { $0.index < $1.index }
    let isWhole =
      sorted.count == record.pairCount && sorted.last?.index == sorted.count - 1
    let root = PairLeaves.root(sorted.lazy.map(\.content), saltKey: secret.saltKey)
    add(
      "texts", isWhole && root == record.root,
      "the root over \(pairs.count) pairs is \(root.tagged), committed: \(record.root.tagged)")
  }

  private mutating func checkSecrets(_ secret: TrialSecret, _ record: TrialRecord) {
    let strange = secret.customers.filter { customer in
      !record.customers.contains {
        ByteName($0.name) == ByteName(customer.name)
          && $0.commitment == SHA256.hash(customer.secret)
      }
    }
    add(
      "secrets", strange.isEmpty,
      strange.isEmpty
        ? "\(secret.customers.count) of \(record.customers.count) customers are revealed, each "
          + "with the secret that was committed to"
        : "not the committed secret: " + strange.map(\.name).joined(separator: ", "))
  }

  /// That the plan is the committed one is a matter of the statement; this is whether a test by
  /// this program would follow it.
  private mutating func checkPlan(_ record: TrialRecord) {
    checks.append(
      TrialCheck(
        name: "plan", outcome: record.isOurPlan ? .passed : .notChecked,
        detail: record.isOurPlan
          ? "this program tests as the plan says"
          : "this program tests by another plan; a test by it is not the committed one"))
  }

  /// Whether the entry states `predicate`; also who signed it, if a key is given.
  @discardableResult
  mutating func checkEntry(
    _ name: String, _ entry: [UInt8], predicate: JSON, signer: ECDSA.PublicKey?, at place: String
  ) throws(Problem) -> Bool {
    let envelope: Envelope
    let statement: Statement
    do throws(Problem) {
      envelope = try Envelope(parsing: entry)
      statement = try Statement(parsing: envelope.payload)
    } catch { throw error.at(place) }
    let isSame =
      statement.predicateType == StatementType.trial.uri
      && statement.predicate.canonicalBytes == predicate.canonicalBytes
    add(
      name, isSame,
      isSame ? "the entry holds the record" : "the entry does not hold this record")
    guard let signer else {
      leave(name + "-signature", "no --key was given")
      return isSame
    }
    let isSigned = envelope.verified(by: [signer]) != nil
    add(
      name + "-signature", isSigned,
      isSigned ? "signed with the given key" : "not signed with the given key")
    return isSame && isSigned
  }

  /// The position of the entry in the log, if the receipt holds.
  mutating func checkReceipt(
    _ name: String, _ folder: TrialFolder, _ file: String, entry: [UInt8], log: NoteVerifier?
  ) throws(Problem) -> Int? {
    let place = folder.file(file)
    let bytes = try FileSystem.read(place, limitBytes: TrialFiles.fileBytesMax)
    let proof: TlogProof
    do throws(Refusal) { proof = try TlogProof(reading: bytes) } catch {
      throw error.problem("bad_receipt", at: place)
    }
    guard let log else {
      leave(name, "no --vkey of the log was given")
      return nil
    }
    do throws(Refusal) {
      let policy = try WitnessPolicy(reading: Array("log \(log.vkey)\nquorum none\n".utf8))
      let checkpoint = try proof.verify(entry: entry, policy: policy)
      add(name, true, "entry \(proof.index) of the log, at size \(checkpoint.size)")
      return proof.index
    } catch {
      add(name, false, error.problem("bad_receipt").reason)
      return nil
    }
  }

  private mutating func checkBeacon(
    _ folder: TrialFolder, _ record: TrialRecord, after first: Int?, log: NoteVerifier?,
    signer: ECDSA.PublicKey?
  ) throws(Problem) {
    guard let beacon = try folder.beacon(record), beacon.value != nil else {
      add("beacon", false, "the value of round \(record.beacon?.round ?? "") is not there")
      return
    }
    let place = folder.file(TrialFolder.beaconEntryName)
    let entry = try FileSystem.read(place, limitBytes: TrialFiles.fileBytesMax)
    try checkEntry(
      "beacon", entry, predicate: record.beaconStatement(beacon).predicate, signer: signer,
      at: place)
    add(
      "beacon-round", ByteName(beacon.round) == ByteName(record.beacon?.round ?? ""),
      "round \(beacon.round)")
    let index = try checkReceipt(
      "beacon-receipt", folder, TrialFolder.beaconReceiptName, entry: entry, log: log)
    if let first, let index {
      add(
        "beacon-order", first < index,
        "the secrets are entry \(first), the beacon's value is entry \(index)")
    }
  }

  /// The files of coins, where there are any, against the secrets.
  private mutating func checkCoins(
    _ folder: TrialFolder, _ trial: CommittedTrial, _ beacon: TrialBeacon?
  ) throws(Problem) {
    if let beacon, beacon.value == nil { return }
    for (name, commitment) in trial.customers {
      let place = folder.customerFile(name, "")
      guard FileSystem.exists(FileSystem.join(place, "coins.jsonl")) else { continue }
      let coins = try TrialFiles.coins(FileSystem.join(place, "coins.jsonl"))
      let stated = try TrialFiles.commitment(FileSystem.join(place, "commitment.json"))
      let holds =
        commitment.matches(coins) && stated.commitment == commitment.commitment
        && stated.secret == commitment.secret && stated.beacon == commitment.beacon
        && stated.pairCount == commitment.pairCount
      add(
        "coins of \(name)", holds,
        holds ? "all \(coins.count) are those of the secret" : "not those of the secret")
    }
  }
}
