// An append-only, signed log: SQLite decides the order, files publish it, anybody can check it.
//
// Formats: https://c2sp.org/tlog-tiles and https://c2sp.org/tlog-checkpoint; Ledger/README.md
// of the repository has them byte by byte. The parts, each in a file of its own:
//
//     Append       entries and the signed checkpoint become durable in one transaction
//     Publish      tiles, then the checkpoint, become files; what a crash left out is made up
//     Proof        inclusion and consistency, at any past size; receipts as tlog-proofs
//     LogVerifier  an independent check from files and a public key alone
//     Lineage      edges between models, from verified statements
//     Witness      the other side: cosigns what other logs publish, if it only grew
//
// Promises: an append that returned is durable; no checkpoint is ever signed below the last one
// or beside it; a database or a directory that was set back is noticed when the ledger is opened
// and nothing is signed. Several processes may append at once.
// Does not: run on network file systems; hide entries from whoever can read the files.

import Base
import Crypto
import Store

/// Where the parts of a log lie.
struct LedgerLocation: Sendable {
  /// The SQLite file that decides the order.
  var database: String
  /// What is published: checkpoint and tiles.
  var directory: String
  /// The log's private key, PKCS#8.
  var key: String
  /// The newest checkpoint ever published, apart from the directory.
  var highWater: String

  /// A log that lives in a directory of its own.
  static func standalone(_ directory: String) -> LedgerLocation {
    LedgerLocation(
      database: directory + "/ledger.db", directory: directory, key: directory + "/log.key",
      highWater: directory + "/high-water")
  }
}

/// An open log. It belongs to one owner at a time, as its database connection does.
public final class Ledger {
  /// The connection that holds the entries; tables of other modules may live beside them.
  public let database: Database
  /// The directory with `checkpoint` and `tile/`.
  public let directory: String
  /// The log's name and public key.
  public let verifier: NoteVerifier

  let location: LedgerLocation
  let lock: FileLock
  /// How files are written; tests put failures here.
  var files = FileWriter.durable
  /// Directories known to be there and durable.
  var knownDirectories: Set<String> = []
  /// Sizes of published notes that were already found consistent with the database.
  var checkedNotes: [[UInt8]: Int] = [:]
  private let passphrase: [UInt8]?
  private var loadedSigner: NoteSigner?

  /// The log's name.
  public var origin: ByteName { verifier.name }

  init(
    database: Database, location: LedgerLocation, passphrase: [UInt8]?
  ) throws(Problem) {
    try database.migrate(module: "ledger", ledgerMigrations)
    guard let vkey = try database.first("SELECT vkey FROM ledger_log", [], { $0.text(0) }) else {
      throw Problem(
        .usage, "no_ledger", place: location.directory, reason: "there is no ledger here yet",
        remedy: "make one with `assay ledger init` or `assay init`")
    }
    guard let verifier = NoteVerifier(vkey: vkey), verifier.kind == .ed25519 else {
      throw Problem(
        .malformed, "database_damaged", place: location.database,
        reason: "the log's public key cannot be read", remedy: "restore the state from a backup")
    }
    self.database = database
    self.location = location
    self.verifier = verifier
    self.passphrase = passphrase
    directory = location.directory
    lock = try FileLock(path: location.directory + "/.lock")
  }

  /// The key that signs checkpoints, read when it is first needed.
  func signer() throws(Problem) -> NoteSigner {
    if let loadedSigner { return loadedSigner }
    let key = try KeyFile.readEd25519(path: location.key, passphrase: passphrase)
    guard let signer = NoteSigner(name: origin, kind: .ed25519, key: key),
      signer.verifier == verifier
    else {
      throw Problem(
        .refused, "wrong_key", place: location.key,
        reason: "this is not the key that the log began with", remedy: "restore the log's key")
    }
    loadedSigner = signer
    return signer
  }
}

// MARK: Making and opening

extension Ledger {
  /// Makes a log in a new or empty directory and publishes its empty checkpoint.
  public static func create(
    at directory: String, signer: NoteSigner, passphrase: [UInt8]? = nil
  ) throws(Problem) -> Ledger {
    let location = LedgerLocation.standalone(directory)
    if FileSystem.exists(directory) {
      guard try FileSystem.entries(of: directory).isEmpty else {
        throw Problem(
          .usage, "exists", place: directory, reason: "the directory is not empty",
          remedy: "give a path that does not exist yet")
      }
    } else {
      try FileSystem.makeDirectories(directory)
      try DurableFile.syncDirectory(FileSystem.directoryName(directory))
    }
    let database = try Database(path: location.database, create: true)
    return try create(
      in: database, location: location, signer: signer, passphrase: passphrase)
  }

  /// Makes a log in an open database; the directory must be there.
  static func create(
    in database: Database, location: LedgerLocation, signer: NoteSigner, passphrase: [UInt8]?
  ) throws(Problem) -> Ledger {
    precondition(signer.verifier.kind == .ed25519, "a log signs with an Ed25519 note key")
    try database.migrate(module: "ledger", ledgerMigrations)
    let body = CheckpointBody(
      origin: signer.verifier.name, size: 0, root: MerkleTree.emptyRoot)
    let checkpoint = try Checkpoint(signing: body, by: signer)
    try KeyFile.write(.ed25519(signer.key), path: location.key, passphrase: passphrase)
    try database.transaction { () throws(Problem) in
      guard try database.first("SELECT 1 FROM ledger_log", [], { $0.int(0) }) == nil else {
        throw Problem(
          .usage, "exists", place: location.directory, reason: "there is a ledger already")
      }
      try database.execute(
        "INSERT INTO ledger_log(id, origin, vkey) VALUES (1, ?, ?)",
        [.text(signer.verifier.name.text), .text(signer.verifier.vkey)])
      try insert(checkpoint, in: database)
    }
    let ledger = try Ledger(database: database, location: location, passphrase: passphrase)
    ledger.loadedSigner = signer
    try ledger.publish()
    return ledger
  }

  /// Opens a log: a directory made by `create`, a state directory, or the `ledger` directory of
  /// a state. What a crash kept from being published is published now.
  public static func open(
    _ path: String, passphrase: [UInt8]? = nil
  ) throws(Problem) -> Ledger {
    let standalone = LedgerLocation.standalone(path)
    if FileSystem.kind(of: standalone.database) == .file {
      let database = try Database(path: standalone.database)
      return try open(database, at: standalone, passphrase: passphrase)
    }
    guard let state = StateDirectory(containing: path) else {
      throw Problem(
        .usage, "no_ledger", place: path, reason: "neither a ledger nor a state is here",
        remedy: "make one with `assay ledger init` or `assay init`")
    }
    return try state.openLedger(passphrase: passphrase)
  }

  static func open(
    _ database: Database, at location: LedgerLocation, passphrase: [UInt8]?
  ) throws(Problem) -> Ledger {
    let ledger = try Ledger(database: database, location: location, passphrase: passphrase)
    try ledger.checkDatabase()
    try ledger.publish()
    return ledger
  }
}
