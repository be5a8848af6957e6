// The folder of a trial: what lies where.
//
//     DIR/                       mode 0700
//       pairs.jsonl              prompts with both twins, mode 0600: the withheld ones are in here
//       key.json                 secrets, mode 0600
//       record.json              what is committed to, public          from `trial commit` on
//       entry.json               the signed ledger entry that holds it
//       receipt.tlog-proof       proof that the entry is in the log; written last: the mark of done
//       log.vkey                 the log's public key
//       beacon-entry.json, beacon-receipt.tlog-proof    when the beacon's value became known
//       customers/NAME/deliveries.jsonl                 what was handed out, from `trial serve` on
//       customers/NAME/delivered/N.{entry.json,tlog-proof}    the root over its first N lines
//       customers/NAME/{coins.jsonl,commitment.json}    in a revealed trial only
//
// A revealed trial has the same form, so the same readers serve both.

import Base
import Crypto
import Evidence
import Ledger

/// A folder with a trial, committed or not.
public struct TrialFolder: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  static let pairsName = "pairs.jsonl"
  static let keyName = "key.json"
  static let recordName = "record.json"
  static let entryName = "entry.json"
  static let receiptName = "receipt.tlog-proof"
  static let verifierName = "log.vkey"
  static let beaconEntryName = "beacon-entry.json"
  static let beaconReceiptName = "beacon-receipt.tlog-proof"

  static func deliveredName(_ customer: String, _ lineCount: Int, _ kind: String) -> String {
    "customers/\(customer)/delivered/\(lineCount).\(kind)"
  }

  func file(_ name: String) -> String { FileSystem.join(path, name) }
  func customerFile(_ customer: String, _ name: String) -> String {
    file(name.isEmpty ? "customers/\(customer)" : "customers/\(customer)/\(name)")
  }
  func has(_ name: String) -> Bool { FileSystem.kind(of: file(name)) == .file }

  /// Whether the commitment is in a ledger, as far as the folder says.
  public var isCommitted: Bool { has(Self.recordName) && has(Self.receiptName) }

  /// Pairs in the order of their indices, which run from 0 without a gap.
  public func pairs() throws(Problem) -> [TrialFiles.Pair] {
    try Self.ordered(TrialFiles.pairs(file(Self.pairsName)), file: file(Self.pairsName))
  }

  static func ordered(
    _ pairs: [TrialFiles.Pair], file: String
  ) throws(Problem) -> [TrialFiles.Pair] {
    let sorted = pairs.sorted { $0.index < $1.index }
    guard !sorted.isEmpty, sorted.last?.index == sorted.count - 1 else {
      throw Problem(
        .malformed, "bad_trial_file", place: file,
        reason: "the indices of \(pairs.count) pairs are not 0 to \(pairs.count - 1)",
        remedy: "number the pairs from 0 without a gap")
    }
    return sorted
  }

  /// The secrets.
  public func secret() throws(Problem) -> TrialSecret {
    guard has(Self.keyName) else {
      throw Problem(
        .malformed, "no_trial", place: path, reason: "there is no trial here",
        remedy: "make one with `assay trial create`")
    }
    return try TrialSecret(file: file(Self.keyName))
  }

  /// What was committed to.
  func record() throws(Problem) -> TrialRecord {
    let place = file(Self.recordName)
    let json = try TrialFiles.object(place)
    do throws(Problem) { return try TrialRecord(json: json) } catch { throw error.at(place) }
  }

  /// The beacon with its value, from the record or from the entry that followed; nil without one.
  func beacon(_ record: TrialRecord) throws(Problem) -> TrialBeacon? {
    guard let named = record.beacon, named.value == nil, has(Self.beaconEntryName) else {
      return record.beacon
    }
    let place = file(Self.beaconEntryName)
    let entry = try FileSystem.read(place, limitBytes: TrialFiles.fileBytesMax)
    let statement = try Statement(parsing: try Envelope(parsing: entry).payload)
    guard let beacon = TrialBeacon(stated: statement),
      beacon.value != nil
    else { throw TrialFiles.bad(place, "there is no value of a beacon in it") }
    return beacon
  }

  /// The numbers of lines of a customer's record whose root is in a ledger, ascending.
  func deliveredCounts(_ customer: String) throws(Problem) -> [Int] {
    let place = customerFile(customer, "delivered")
    guard FileSystem.exists(place) else { return [] }
    let suffix = ".tlog-proof"
    return try FileSystem.entries(of: place).map(\.name).filter { $0.hasSuffix(suffix) }
      .compactMap { Int($0.dropLast(suffix.count)) }.filter { $0 >= 0 }.sorted()
  }

  /// The trial as it may be served and tested: committed, and unchanged since.
  public func committed() throws(Problem) -> CommittedTrial {
    let secret = try secret()
    guard isCommitted else {
      throw Problem(
        .refused, "not_committed", place: path,
        reason: "texts and coins of this trial are not in a ledger yet",
        remedy: "run `assay trial commit \(path)` before anything is served")
    }
    let record = try record()
    let trial = CommittedTrial(
      record: record, secret: secret, pairs: try pairs(), beacon: try beacon(record))
    try trial.check(path)
    return trial
  }
}

/// A trial whose texts and coins are those that were committed to.
public struct CommittedTrial: Sendable {
  public let record: TrialRecord
  public let secret: TrialSecret
  public let pairs: [TrialFiles.Pair]
  let beacon: TrialBeacon?

  /// The coins of a customer.
  public func commitment(of customer: TrialCustomer) -> TrialCommitment {
    TrialCommitment(
      secret: customer.secret, pairCount: record.pairCount, beacon: beacon?.value ?? [])
  }

  /// All coins, a customer at a time.
  public var customers: [(name: String, commitment: TrialCommitment)] {
    secret.customers.map { ($0.name, commitment(of: $0)) }
  }

  /// Throws if a text or a secret is not the committed one, or a coin cannot be known yet.
  fileprivate func check(_ place: String) throws(Problem) {
    let root = PairLeaves.root(pairs.lazy.map(\.content), saltKey: secret.saltKey)
    let strange = secret.customers.first { customer in
      !record.customers.contains {
        ByteName($0.name) == ByteName(customer.name)
          && $0.commitment == SHA256.hash(customer.secret)
      }
    }
    guard root == record.root, pairs.count == record.pairCount, strange == nil else {
      throw Problem(
        .refused, "commitment_broken", place: place,
        reason: strange.map { "the secret of \($0.name) is not the one that was committed to" }
          ?? "the pairs are not the ones that were committed to",
        remedy: "restore the files of the trial as they were when it was committed")
    }
    if let beacon, beacon.value == nil {
      throw Problem(
        .refused, "beacon_unknown", place: place,
        reason: "the coins need the value of beacon round \(beacon.round)",
        remedy: "run `assay trial commit` again with --beacon \(beacon.round):VALUE")
    }
  }
}
