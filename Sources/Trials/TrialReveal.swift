// Revealing a trial: everything that anybody needs to check it and to run its test again.
//
// The folder that is made has the form of the trial's own, with coins, commitment and record of
// deliveries of each customer as files beside it. What is revealed cannot be taken back: the
// withheld twins are in it, and a customer that has them can train on both. Customers that are not
// named keep their secrets.

import Base
import Crypto
import Evidence
import Ledger

/// Makes the public copy of a committed trial.
public enum TrialReveal {
  /// - Parameters:
  ///   - customers: whose coins are revealed; all if none is named.
  ///   - state: whose ledger gets a statement that they were.
  public static func reveal(
    _ folder: TrialFolder, customers: [String], to path: String, state: StateDirectory? = nil,
    clock: WallClock = .system
  ) throws(Problem) -> [String] {
    let log = try state.map { state throws(Problem) in try TrialLog(state) }
    let trial = try folder.committed()
    let secret = try trial.secret.limited(to: customers)
    func copy(_ name: String) throws(Problem) -> DurableDirectory.File {
      .init(name, try FileSystem.read(folder.file(name), limitBytes: TrialFiles.fileBytesMax))
    }
    var files = [DurableDirectory.File(TrialFolder.keyName, secret.json.canonicalBytes + [0x0A])]
    var shared = [
      TrialFolder.pairsName, TrialFolder.recordName, TrialFolder.entryName,
      TrialFolder.verifierName, TrialFolder.receiptName,
    ]
    if folder.has(TrialFolder.beaconReceiptName) {
      shared += [TrialFolder.beaconEntryName, TrialFolder.beaconReceiptName]
    }
    for name in shared { files.append(try copy(name)) }
    let pairsDigest = SHA256.hash(
      try FileSystem.read(
        folder.file(TrialFolder.pairsName), limitBytes: TrialFiles.fileBytesMax))
    for customer in secret.customers {
      let commitment = trial.commitment(of: customer)
      let place = "customers/\(customer.name)"
      files.append(.init("\(place)/coins.jsonl", TrialFiles.coins(commitment)))
      files.append(
        .init(
          "\(place)/commitment.json",
          commitment.naming(pairs: pairsDigest).json.canonicalBytes + [0x0A]))
      var delivered: [String] = []
      if folder.has("\(place)/\(TrialDeliveries.fileName)") {
        delivered.append("\(place)/\(TrialDeliveries.fileName)")
      }
      for count in try folder.deliveredCounts(customer.name) {
        let names = TrialLog.Place.delivered(customer: customer.name, lineCount: count).names
        delivered += [names.entry, names.receipt]
      }
      for name in delivered { files.append(try copy(name)) }
    }
    try DurableDirectory.create(path, files: files)
    let names = secret.customers.map(\.name)
    if let log {
      _ = try log.append(
        trial.record.revealedStatement(customers: names, time: clock.now()),
        about: trial.record.root)
    }
    return names
  }
}

extension TrialCommitment {
  /// The same with the digest of the file of pairs that it is published beside.
  fileprivate func naming(pairs: Digest) -> TrialCommitment {
    TrialCommitment(
      commitment: commitment, secret: secret, pairCount: pairCount, pairsDigest: pairs,
      beacon: beacon)
  }
}
