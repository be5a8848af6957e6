// From statements to entries: the one place that signs and stages them, for the command line, the
// daemon and whoever else holds the state's keys.
//
// An entry has room for 65,535 bytes. A statement that is longer keeps its subjects and its kind;
// its predicate becomes a blob, durable before the entry is signed, and the entry names it by its
// digest (`{"body": "sha256:…"}`). Readers get the whole statement back with `Statement.expanded`.
//
// Does not: commit, or tell anybody; that is the owner of the transaction.

import Base
import Crypto

/// Signs statements and appends them.
public struct Recorder: Sendable {
  private let key: ECDSA.PrivateKey
  private let blobs: BlobStore
  private let state: StateDirectory?

  /// - Parameter key: signs the statements.
  public init(key: ECDSA.PrivateKey, blobs: BlobStore) {
    self.key = key
    self.blobs = blobs
    state = nil
  }

  /// With the keys and the blobs of a state.
  public init(state: StateDirectory) throws(Problem) {
    key = try state.statementKey(passphrase: try StateDirectory.passphrase())
    blobs = state.blobs
    self.state = state
  }

  /// Signed entries, in the order of the statements.
  public func entries(_ statements: [Statement]) throws(Problem) -> [[UInt8]] {
    try statements.map { (statement) throws(Problem) in try entry(statement) }
  }

  /// Signs and appends within the transaction that is open on the log's database.
  public func stage(
    _ statements: [Statement], in ledger: Ledger
  ) throws(Problem) -> StagedAppend {
    try ledger.stage(try entries(statements))
  }

  /// Signs statements and appends them to the log of the state, in one transaction.
  @discardableResult
  public func record(_ statements: [Statement]) throws(Problem) -> [Receipt] {
    try append(try entries(statements))
  }

  /// Appends entries that were signed before, in one transaction.
  public func append(_ entries: [[UInt8]]) throws(Problem) -> [Receipt] {
    guard !entries.isEmpty else { return [] }
    guard let state else { preconditionFailure("a recorder without a state only stages") }
    return try state.openLedger(passphrase: try StateDirectory.passphrase()).append(entries)
  }

  private func entry(_ statement: Statement) throws(Problem) -> [UInt8] {
    let bytes = try statement.signed(by: key).bytes
    guard bytes.count > Tile.entryByteCountMax else { return bytes }
    _ = try blobs.put(statement.predicate.canonicalBytes)
    return try statement.spilled.signed(by: key).bytes
  }
}

extension Statement {
  /// The member of a predicate that names the blob which holds the whole of it.
  static let spilledMember = "body"

  /// The statement as an entry names it that has no room for its predicate.
  public var spilled: Statement {
    var short = self
    let digest = SHA256.hash(predicate.canonicalBytes)
    short.predicate = [Self.spilledMember: .string(digest.tagged)]
    return short
  }

  /// The body that a statement names which had no room for its predicate; nil of one that is whole.
  public var spilledBody: Digest? {
    predicate[Self.spilledMember]?.string.flatMap(Digest.init(tagged:))
  }

  /// The statement with the predicate that its entry had no room for; the statement itself if it
  /// was whole. Throws if the blob is not here any more, or is no JSON.
  public func expanded(from blobs: BlobStore) throws(Problem) -> Statement {
    guard let digest = spilledBody else { return self }
    guard let bytes = try blobs.get(digest) else {
      throw Problem(
        .malformed, "blob_missing", place: digest.tagged,
        reason: "the body of the statement is not here any more",
        remedy: "restore the blob from a backup")
    }
    return try expanded(with: bytes, place: digest.tagged)
  }

  /// The statement with these bytes as its predicate, which must be those that it names.
  /// - Parameter place: where the bytes were found.
  public func expanded(with body: [UInt8], place: String) throws(Problem) -> Statement {
    guard spilledBody == SHA256.hash(body) else {
      throw Problem(
        .malformed, "other_body", place: place,
        reason: "these are not the bytes that the statement names")
    }
    var whole = self
    do throws(JSONError) { whole.predicate = try JSON.parse(body) } catch {
      throw error.problem(file: place)
    }
    return whole
  }
}
