// The log of a state together with the register that is made from it: whoever appends to the one
// brings the other up to date in the same transaction.
//
// Promises: an entry that is durable is in the register, whatever happened in between; what was
// validated inside `record` is still so when its statements are appended; a reader never sees a
// register that lags behind its log.
// Does not: travel between threads; it belongs to one owner at a time.

import Base
import Crypto
import Ledger
import State
import Store

/// A state that is open for recording and for asking.
public final class StateLog {
  public let database: Database
  public let ledger: Ledger
  public let blobs: BlobStore
  public let trustedKeys: [ECDSA.PublicKey]
  /// The key that this state signs with.
  public let ownKey: ECDSA.PublicKey
  private let recorder: Recorder
  public let state: StateDirectory

  /// Opens a state: its database, its log, its keys.
  public init(_ state: StateDirectory) throws(Problem) {
    let passphrase = try StateDirectory.passphrase()
    self.state = state
    database = try state.openDatabase()
    ledger = try state.openLedger(on: database, passphrase: passphrase)
    try StateTables.migrate(database)
    try RegisterTables.migrate(database)
    let key = try state.statementKey(passphrase: passphrase)
    ownKey = key.publicKey
    recorder = Recorder(key: key, blobs: state.blobs)
    trustedKeys = try state.trustedKeys()
    blobs = state.blobs
  }

  // MARK: Recording

  /// Signs statements and appends them in one transaction; receipts in their order.
  @discardableResult
  public func append(_ statements: [Statement]) throws(Problem) -> [Receipt] {
    guard !statements.isEmpty else { return [] }
    return try record { (_) throws(Problem) in statements }
  }

  /// Appends what `make` gives, which sees the register as it is at that moment. What `make`
  /// throws leaves nothing behind.
  @discardableResult
  public func record(
    _ make: (RegisterReader) throws(Problem) -> [Statement]
  ) throws(Problem) -> [Receipt] {
    let staged = try database.transaction { () throws(Problem) in
      try Register.advance(database, trusted: trustedKeys, blobs: blobs)
      return try stage(try make(RegisterReader(database)))
    }
    return try ledger.publish(staged)
  }

  /// Appends within the transaction that the caller has opened; `ledger.publish` follows its
  /// commit.
  public func stage(_ statements: [Statement]) throws(Problem) -> StagedAppend {
    let staged = try recorder.stage(statements, in: ledger)
    try Register.advance(database, trusted: trustedKeys, blobs: blobs)
    return staged
  }

  // MARK: Asking

  /// Runs `body` on one view of the register, which is brought up to date before.
  public func read<T>(_ body: (RegisterReader) throws(Problem) -> T) throws(Problem) -> T {
    try catchUp()
    return try database.snapshot { () throws(Problem) in try body(RegisterReader(database)) }
  }

  /// Runs `body` on one view of the register, with the packs, profiles and day of `now`.
  public func standing<T>(
    at now: Instant, on day: CalendarDay? = nil, catalogue: Digest,
    _ body: (Standing) throws(Problem) -> T
  ) throws(Problem) -> T {
    let sources = try DecisionSources(
      state: state, database: database, today: day ?? CalendarDay(now), catalogue: catalogue)
    return try read { (reader) throws(Problem) in
      try body(Standing(reader: reader, sources: sources, blobs: blobs))
    }
  }

  /// Takes in what other programs appended.
  public func catchUp() throws(Problem) {
    guard try !Register.isUpToDate(database, trusted: trustedKeys) else { return }
    try database.transaction { () throws(Problem) in
      try Register.advance(database, trusted: trustedKeys, blobs: blobs)
    }
  }

  /// Makes the register anew from the log; true if it is as it was.
  public func rebuild() throws(Problem) -> Bool {
    try catchUp()
    let before = try Register.dump(database)
    try database.transaction { () throws(Problem) in
      try Register.empty(database)
      try Register.advance(database, trusted: trustedKeys, blobs: blobs)
    }
    return try Register.dump(database) == before
  }
}
