// Checking what was handed out: every line of a customer's record against its coin, and the roots
// that were put into the ledger against the record.
//
// The record is the publisher's word, fixed only from the moment its root is in a ledger. That a
// line was handed out and not recorded cannot be seen here; what the customer received can be held
// against the record, since each entry names the SHA-256 of the line.

import Base
import Crypto
import Evidence
import Ledger

extension TrialVerification {
  /// - Parameter first: position of the commitment in the log, if that was checked.
  mutating func checkDeliveries(
    _ folder: TrialFolder, _ trial: CommittedTrial, committed first: Int?, log: NoteVerifier?,
    signer: ECDSA.PublicKey?
  ) throws(Problem) {
    for (customer, commitment) in trial.customers {
      let name = "deliveries to \(customer)"
      let file = folder.customerFile(customer, TrialDeliveries.fileName)
      guard let record = try TrialDeliveries.read(file) else {
        leave(name, "there is no record of deliveries")
        continue
      }
      guard trial.beacon == nil || trial.beacon?.value != nil else {
        add(name, record.lines.isEmpty, "the coins could not be known when this was handed out")
        continue
      }
      let count = DeliveryCount(record, trial.pairs, commitment, customer: customer)
      add(name, count.problem == nil, count.problem ?? count.text(of: trial.pairs.count))
      if record.tornByteCount > 0 {
        leave(
          "torn deliveries to \(customer)",
          "\(record.tornByteCount) bytes are no entry: a run was cut off before it handed out what "
            + "they were to name" + (record.tail.isEmpty ? "" : "; they stand at the end"))
      }
      try checkRoots(folder, trial, customer, record, after: first, log: log, signer: signer)
    }
  }

  private mutating func checkRoots(
    _ folder: TrialFolder, _ trial: CommittedTrial, _ customer: String, _ record: TrialDeliveries,
    after first: Int?, log: NoteVerifier?, signer: ECDSA.PublicKey?
  ) throws(Problem) {
    let name = "delivered to \(customer)"
    let counts = try folder.deliveredCounts(customer)
    if counts.isEmpty, !record.lines.isEmpty {
      leave(name, "no root over the record is in a ledger")
    }
    for count in counts {
      let (entryName, receiptName) = TrialLog.Place.delivered(
        customer: customer, lineCount: count
      ).names
      let place = folder.file(entryName)
      let entry = try FileSystem.read(place, limitBytes: TrialFiles.fileBytesMax)
      let stated = try Self.statement(in: entry, at: place)
      guard let root = record.root(count: count), let time = TrialEvent.time(of: stated) else {
        add("\(name), \(count) lines", false, "the record has \(record.lines.count) lines")
        continue
      }
      let statement = trial.record.deliveredStatement(
        customer: customer, lineCount: count, root: root, time: time)
      try checkEntry(
        "\(name), \(count) lines", entry, predicate: statement.predicate, signer: signer,
        at: place)
      let index = try checkReceipt(
        "\(name), \(count) lines, receipt", folder, receiptName, entry: entry, log: log)
      if let first, let index {
        add(
          "\(name), \(count) lines, order", first < index,
          "the commitment is entry \(first), the deliveries are entry \(index)")
      }
    }
  }

  private static func statement(
    in entry: [UInt8], at place: String
  ) throws(Problem) -> Statement {
    do throws(Problem) {
      return try Statement(parsing: try Envelope(parsing: entry).payload)
    } catch { throw error.at(place) }
  }
}
