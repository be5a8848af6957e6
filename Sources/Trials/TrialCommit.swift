// Putting a trial's commitment into the ledger: once, and before anything is served.
//
// Order: the record becomes a file, its signed statement an entry of the ledger, the entry a file,
// and the receipt, last, says that it is done. A crash in between leaves nothing ambiguous: the
// next run takes the record that is there, looks for its entry in the ledger and goes on.
//
// A beacon that was named by its round alone gets its value in a second entry, which the first
// one's checkpoint precedes: the coins then hang on a value that was not known when the secrets
// were committed to. Whether the round was in the future then is for whoever reads the entry's
// time, and its cosignatures, to judge.

import Base
import Crypto
import Ledger

/// What a commitment left in the ledger.
public struct TrialReceipt: Sendable {
  public let record: TrialRecord
  /// Position of the entry that was made now.
  public let index: Int
  /// Whether the entry holds the value of a beacon that was named before.
  public let isBeaconValue: Bool
}

/// Commits to trials in the ledger of a state.
public struct TrialCommit: Sendable {
  let state: StateDirectory
  let clock: WallClock

  public init(state: StateDirectory, clock: WallClock = .system) {
    self.state = state
    self.clock = clock
  }

  /// - Parameter references: models that will stand beside every suspect as control variates.
  public func commit(
    _ folder: TrialFolder, beacon: TrialBeacon?, references: [TrialRecord.Reference]
  ) throws(Problem) -> TrialReceipt {
    let secret = try folder.secret()
    return try FileLock(path: folder.file(".lock")).withLock { () throws(Problem) in
      if folder.isCommitted { return try addBeacon(folder, beacon) }
      let fresh = try TrialRecord(
        pairs: try folder.pairs(), secret: secret, beacon: beacon, references: references,
        time: clock.now())
      let record = try begun(folder, fresh) ?? fresh
      try DurableFile.replace(
        folder.file(TrialFolder.recordName), with: record.json.canonicalBytes + [0x0A])
      let index = try TrialLog(state).enter(
        record.statement, about: record.root, folder, as: .committed)
      return TrialReceipt(record: record, index: index, isBeaconValue: false)
    }
  }

  /// The record of a run that did not come to its end.
  private func begun(
    _ folder: TrialFolder, _ fresh: TrialRecord
  ) throws(Problem) -> TrialRecord? {
    guard folder.has(TrialFolder.recordName) else { return nil }
    let record = try folder.record()
    guard record.isSame(as: fresh) else {
      throw Problem(
        .refused, "other_commitment", place: folder.file(TrialFolder.recordName),
        reason: "an earlier run began to commit to something else",
        remedy: "run it again with the options and files of then; or, if nothing of it is in a "
          + "ledger, remove this file")
    }
    return record
  }

  private func addBeacon(
    _ folder: TrialFolder, _ beacon: TrialBeacon?
  ) throws(Problem) -> TrialReceipt {
    let record = try folder.record()
    guard let named = record.beacon, named.value == nil, let beacon, beacon.value != nil,
      ByteName(named.round) == ByteName(beacon.round),
      !folder.has(TrialFolder.beaconReceiptName)
    else {
      throw Problem(
        .refused, "already_committed", place: folder.path,
        reason: "this trial is in a ledger already; its texts, coins and plan are fixed",
        remedy: "make another trial with `assay trial create`")
    }
    let index = try TrialLog(state).enter(
      record.beaconStatement(beacon), about: record.root, folder, as: .beacon)
    return TrialReceipt(record: record, index: index, isBeaconValue: true)
  }
}
