// Handing out what a customer gets: the prompt and the served twin, and never the other one.
//
// A server of files: lines of JSON, for whoever delivers them. Refused until the commitment is in
// a ledger, and if any text or secret has changed since. Every line is in the customer's record of
// deliveries, durably, before it is handed out; the same pair again is the same line and another
// entry. With a state, one statement for each run puts the root over the record into the ledger.
//
// Memory: all pairs, and the customer's record.

import Base
import Crypto
import Evidence
import Ledger

/// What a run handed out.
public struct TrialServed: Sendable {
  public let customer: String
  /// Lines of this run.
  public let count: Int
  /// Lines of the customer's record after it, and the root over them.
  public let recorded: Int
  public let root: Digest
  /// Bytes at the end of the record that an earlier run left when it was cut off.
  public let tornByteCount: Int
  /// The entry of the ledger that names the root, if a state was given.
  public let ledgerIndex: Int?
}

/// Serves a committed trial.
public struct TrialServing: Sendable {
  let folder: TrialFolder
  let trial: CommittedTrial
  let clock: WallClock

  public init(_ folder: TrialFolder, clock: WallClock = .system) throws(Problem) {
    self.folder = folder
    trial = try folder.committed()
    self.clock = clock
  }

  /// The lines for a customer (the only one, if none is named): of one pair, or of all. Each call
  /// of `handOut` gets whole lines with their ends, which are recorded already.
  /// - Parameter state: whose ledger gets a statement of what was delivered so far.
  public func serve(
    customer name: String?, index: Int?, state: StateDirectory? = nil, run: Run,
    handOut: ([UInt8]) throws(Problem) -> Void
  ) throws(Problem) -> TrialServed {
    let customer = try trial.secret.customer(name)
    if let index, !trial.pairs.indices.contains(index) {
      throw Problem(
        .usage, "no_such_index", reason: "there is no pair \(index)",
        remedy: "indices run from 0 to \(trial.pairs.count - 1)")
    }
    // What cannot be stated later is not served now.
    let log = try state.map { state throws(Problem) in try TrialLog(state) }
    let place = folder.customerFile(customer.name, "")
    try FileSystem.makeDirectories(place, mode: 0o700)
    return try FileLock(path: FileSystem.join(place, ".lock")).withLock {
      () throws(Problem) in
      try serve(customer, index.map { [trial.pairs[$0]] } ?? trial.pairs, log, run, handOut)
    }
  }

  private func serve(
    _ customer: TrialCustomer, _ pairs: [TrialFiles.Pair], _ log: TrialLog?, _ run: Run,
    _ handOut: ([UInt8]) throws(Problem) -> Void
  ) throws(Problem) -> TrialServed {
    let commitment = trial.commitment(of: customer)
    let file = folder.customerFile(customer.name, TrialDeliveries.fileName)
    var record = try TrialDeliveries.read(file) ?? TrialDeliveries()
    let torn = record.tail.count
    for start in stride(from: 0, to: pairs.count, by: TrialDeliveries.batchCount) {
      try run.check()
      let batch = pairs[start..<min(start + TrialDeliveries.batchCount, pairs.count)].map { pair in
        (index: pair.index, line: pair.servedLine(isB: commitment.servesB(pair.index)))
      }
      try record.append(batch, customer: customer.name, to: file, clock: clock)
      try handOut(batch.flatMap { $0.line + [0x0A] })
    }
    let root = record.root(count: record.lines.count) ?? MerkleTree.emptyRoot
    let statement = trial.record.deliveredStatement(
      customer: customer.name, lineCount: record.lines.count, root: root, time: clock.now())
    let index = try log.map { log throws(Problem) in
      try log.enter(
        statement, about: trial.record.root, folder,
        as: .delivered(customer: customer.name, lineCount: record.lines.count))
    }
    return TrialServed(
      customer: customer.name, count: pairs.count, recorded: record.lines.count, root: root,
      tornByteCount: torn, ledgerIndex: index)
  }
}
