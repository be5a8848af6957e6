// The directory that holds everything Assay keeps: where it is and what lies where in it.
//
//     STATE/                       mode 0700
//       assay.db                   ledger entries, the daemon's queue
//       ledger/                    published: checkpoint, tile/…
//       blobs/                     bodies too large for an entry, named by digest
//       keys/                      mode 0700; private keys 0600
//         ledger.pem               Ed25519, signs checkpoints; its public key: ledger.vkey
//         statement.pem            P-256, signs statements; its public key: statement.pub.pem
//         trusted/*.pem            public keys whose statements are believed too
//         high-water               the newest checkpoint ever published
//       cache/  config.json
//
// Promises: `create` makes all of it or can be repeated; it never replaces a key.
// Does not: hold anything that a command without a state would need.

import Base
import Crypto
import Store

/// Paths and keys of a state.
public struct StateDirectory: Sendable {
  /// The directory itself.
  public let path: String

  /// A state at a path; nothing is looked at.
  public init(_ path: String) { self.path = path }

  /// The SQLite file.
  public var databasePath: String { path + "/assay.db" }
  /// What is published of the log.
  public var ledgerPath: String { path + "/ledger" }
  /// Large bodies by digest.
  public var blobsPath: String { path + "/blobs" }
  /// Keys.
  public var keysPath: String { path + "/keys" }
  /// What can be computed again.
  public var cachePath: String { path + "/cache" }
  /// The configuration; it may be absent.
  public var configPath: String { path + "/config.json" }

  private var statementKeyPath: String { keysPath + "/statement.pem" }
  private var statementPublicKeyPath: String { keysPath + "/statement.pub.pem" }
  private var trustedKeysPath: String { keysPath + "/trusted" }
  private var logVKeyPath: String { keysPath + "/ledger.vkey" }

  /// What can change without the log: the configuration and the public keys that are trusted.
  public var settingsPaths: [String] {
    let trusted = (try? FileSystem.entries(of: trustedKeysPath)) ?? []
    return [configPath, statementPublicKeyPath, trustedKeysPath]
      + trusted.map { trustedKeysPath + "/" + $0.name }
  }

  /// Whether a state was made here.
  public var exists: Bool { FileSystem.kind(of: databasePath) == .file }

  var ledgerLocation: LedgerLocation {
    LedgerLocation(
      database: databasePath, directory: ledgerPath, key: keysPath + "/ledger.pem",
      highWater: keysPath + "/high-water")
  }
}

// MARK: Finding it

extension StateDirectory {
  /// The state that a command means: `option`, else $ASSAY_STATE, else $XDG_STATE_HOME/assay,
  /// else ~/.local/state/assay.
  public static func located(_ option: String? = nil) throws(Problem) -> StateDirectory {
    if let given = option ?? FileSystem.environment("ASSAY_STATE") { return StateDirectory(given) }
    if let home = FileSystem.environment("XDG_STATE_HOME") {
      return StateDirectory(home + "/assay")
    }
    guard let home = FileSystem.environment("HOME") else {
      throw Problem(
        .usage, "no_state", reason: "neither --state nor $ASSAY_STATE nor $HOME is set",
        remedy: "give --state DIR")
    }
    return StateDirectory(home + "/.local/state/assay")
  }

  /// The state whose directory, or whose `ledger` directory, this is.
  public init?(containing path: String) {
    let parent = FileSystem.join(path, "..")
    for candidate in [StateDirectory(path), StateDirectory(parent)] where candidate.exists {
      if candidate.path == path || FileSystem.lastComponent(path) == "ledger" {
        self = candidate
        return
      }
    }
    return nil
  }

  /// The passphrase of encrypted keys: the first line of the file $ASSAY_PASSPHRASE_FILE.
  public static func passphrase() throws(Problem) -> [UInt8]? {
    guard let path = FileSystem.environment("ASSAY_PASSPHRASE_FILE") else { return nil }
    let bytes = try FileSystem.read(path, limitBytes: KeyFile.byteCountMax)
    return Array(bytes.prefix { $0 != newline })
  }
}

// MARK: Making it

extension StateDirectory {
  /// Makes a state with fresh keys and an empty log. `origin` is the log's name for ever; the
  /// default is made from the log's public key, so two logs never share it.
  public func create(
    origin: String? = nil, passphrase: [UInt8]? = nil
  ) throws(Problem) -> Ledger {
    guard !exists || (try? openLedger()) == nil else {
      throw Problem(
        .usage, "exists", place: path, reason: "there is a state here already",
        remedy: "use it, or give another --state")
    }
    try makeDirectories()
    let logKey = try ed25519Key(at: ledgerLocation.key, passphrase: passphrase)
    let name = ByteName(
      origin ?? "assay/\(Hex.encode(SHA256.hash(logKey.publicKey.bytes).bytes.prefix(8)))")
    guard let signer = NoteSigner(name: name, kind: .ed25519, key: logKey) else {
      throw Problem(
        .usage, "bad_origin", reason: "\"\(name.text)\" cannot be the name of a log",
        remedy: "use a name without spaces and '+', such as example.org/models")
    }
    let statementKey = try ecdsaKey(at: statementKeyPath, passphrase: passphrase)
    try DurableFile.replace(statementPublicKeyPath, with: statementKey.publicKey.pem)
    try DurableFile.replace(logVKeyPath, with: Array((signer.verifier.vkey + "\n").utf8))
    let database = try Database(path: databasePath, create: true)
    return try Ledger.create(
      in: database, location: ledgerLocation, signer: signer, passphrase: passphrase)
  }

  private func makeDirectories() throws(Problem) {
    if FileSystem.exists(path) {
      let known = ["keys", "ledger", "blobs", "cache", "config.json", "assay.db"]
      let foreign = try FileSystem.entries(of: path).first { entry in
        !known.contains { entry.name.hasPrefix($0) }
      }
      if let foreign {
        throw Problem(
          .usage, "not_empty", place: path,
          reason: "the directory holds \"\(foreign.name)\", which is not Assay's",
          remedy: "give a path that does not exist yet")
      }
      // An empty directory is made anew, so that its mode is ours.
      if try FileSystem.entries(of: path).isEmpty { try FileSystem.remove(path) }
    }
    try FileSystem.makeDirectories(path, mode: 0o700)
    for directory in [keysPath, ledgerPath, blobsPath, cachePath] {
      try FileSystem.makeDirectory(directory, mode: 0o700)
    }
    try DurableFile.syncDirectory(path)
    try DurableFile.syncDirectory(FileSystem.directoryName(path))
  }

  private func ed25519Key(
    at path: String, passphrase: [UInt8]?
  ) throws(Problem) -> Ed25519.PrivateKey {
    if FileSystem.exists(path) {
      return try KeyFile.readEd25519(path: path, passphrase: passphrase)
    }
    let key = try Ed25519.PrivateKey.generate()
    try KeyFile.write(.ed25519(key), path: path, passphrase: passphrase)
    return key
  }

  private func ecdsaKey(
    at path: String, passphrase: [UInt8]?
  ) throws(Problem) -> ECDSA.PrivateKey {
    if FileSystem.exists(path) { return try KeyFile.readECDSA(path: path, passphrase: passphrase) }
    let key = try ECDSA.PrivateKey.generate()
    try KeyFile.write(.ecdsa(key), path: path, passphrase: passphrase)
    return key
  }
}

// MARK: Opening it

extension StateDirectory {
  /// A connection to the state's database.
  public func openDatabase() throws(Problem) -> Database {
    guard exists else {
      throw Problem(
        .usage, "no_state", place: path, reason: "there is no state here yet",
        remedy: "make one with `assay init --state \(path)`")
    }
    return try Database(path: databasePath)
  }

  /// The log, on a connection of its own or on one that the caller shares with it.
  public func openLedger(
    on database: Database? = nil, passphrase: [UInt8]? = nil
  ) throws(Problem) -> Ledger {
    let connection: Database
    if let database { connection = database } else { connection = try openDatabase() }
    return try Ledger.open(connection, at: ledgerLocation, passphrase: passphrase)
  }

  /// The key that signs statements.
  public func statementKey(passphrase: [UInt8]? = nil) throws(Problem) -> ECDSA.PrivateKey {
    try KeyFile.readECDSA(path: statementKeyPath, passphrase: passphrase)
  }

  /// The keys whose statements are believed: the state's own first, then those in keys/trusted.
  public func trustedKeys() throws(Problem) -> [ECDSA.PublicKey] {
    var paths = [statementPublicKeyPath]
    if FileSystem.kind(of: trustedKeysPath) == .directory {
      paths += try FileSystem.entries(of: trustedKeysPath)
        .filter { $0.kind == .file && $0.name.hasSuffix(".pem") }
        .map { trustedKeysPath + "/" + $0.name }
    }
    return try paths.map { (path) throws(Problem) in
      try KeyFile.publicKey(
        pem: try FileSystem.read(path, limitBytes: KeyFile.byteCountMax), of: path)
    }
  }

  /// Large bodies by digest.
  public var blobs: BlobStore { BlobStore(directory: blobsPath) }
}
