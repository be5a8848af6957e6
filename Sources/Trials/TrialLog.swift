// Putting statements of a trial into the ledger, each once, and keeping entry, key of the log and
// receipt in the trial's folder. The receipt comes last and is the mark of done: whoever finds
// none runs the step again, and the entry that is in the ledger already is found and used.

import Base
import Crypto
import Ledger

/// The ledger of a state, for the statements of trials.
struct TrialLog {
  let ledger: Ledger
  private let key: ECDSA.PrivateKey
  private let trusted: [ECDSA.PublicKey]

  /// Where entry and receipt of a statement are kept.
  enum Place {
    case committed
    case beacon
    /// By the number of lines of the customer's record that the statement is about.
    case delivered(customer: String, lineCount: Int)

    var names: (entry: String, receipt: String) {
      switch self {
      case .committed: (TrialFolder.entryName, TrialFolder.receiptName)
      case .beacon: (TrialFolder.beaconEntryName, TrialFolder.beaconReceiptName)
      case .delivered(let customer, let count):
        (
          TrialFolder.deliveredName(customer, count, "entry.json"),
          TrialFolder.deliveredName(customer, count, "tlog-proof")
        )
      }
    }
  }

  init(_ state: StateDirectory) throws(Problem) {
    let passphrase = try StateDirectory.passphrase()
    ledger = try state.openLedger(passphrase: passphrase)
    key = try state.statementKey(passphrase: passphrase)
    trusted = try state.trustedKeys()
  }

  /// Appends the statement unless the ledger holds it; its position.
  func enter(
    _ statement: Statement, about root: Digest, _ folder: TrialFolder, as place: Place
  ) throws(Problem) -> Int {
    let made = try append(statement, about: root)
    let bytes = try ledger.entries(made.index..<made.index + 1)[0].bytes
    let (entry, receipt) = place.names
    try FileSystem.makeDirectories(FileSystem.directoryName(folder.file(entry)), mode: 0o700)
    try DurableFile.replace(folder.file(entry), with: bytes)
    try DurableFile.replace(
      folder.file(TrialFolder.verifierName), with: Array((ledger.verifier.vkey + "\n").utf8))
    try DurableFile.replace(folder.file(receipt), with: made.tlogProof.bytes)
    return made.index
  }

  /// Appends the statement unless the ledger holds it.
  func append(_ statement: Statement, about root: Digest) throws(Problem) -> Receipt {
    let wanted = statement.predicate.canonicalBytes
    let known = try statements(about: root)
      .first { $0.statement.predicate.canonicalBytes == wanted }
    if let known { return try ledger.receipt(index: known.index) }
    return try ledger.append(try statement.signed(by: key))
  }

  /// Statements about a trial by trusted keys, in the order of the ledger.
  func statements(about root: Digest) throws(Problem) -> [RecordedStatement] {
    try ledger.statements(.trial, about: root, trusted: trusted).verified
  }
}
