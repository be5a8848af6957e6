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

/// Signs statements and stages them for a log.
public struct Recorder: Sendable {
  private let key: ECDSA.PrivateKey
  private let blobs: BlobStore

  /// - Parameter key: signs the statements.
  public init(key: ECDSA.PrivateKey, blobs: BlobStore) {
    self.key = key
    self.blobs = blobs
  }

  /// With the keys and the blobs of a state.
  public init(state: StateDirectory, passphrase: [UInt8]?) throws(Problem) {
    self.init(key: try state.statementKey(passphrase: passphrase), blobs: state.blobs)
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

  private func entry(_ statement: Statement) throws(Problem) -> [UInt8] {
    let bytes = try statement.signed(by: key).bytes
    guard bytes.count > Tile.entryByteCountMax else { return bytes }
    var short = statement
    let digest = try blobs.put(statement.predicate.canonicalBytes)
    short.predicate = [Statement.spilledBody: .string(digest.tagged)]
    return try short.signed(by: key).bytes
  }
}

extension Statement {
  /// The member of a predicate that names the blob which holds the whole of it.
  static let spilledBody = "body"

  /// The statement with the predicate that its entry had no room for; the statement itself if it
  /// was whole. Throws if the blob is not here any more, or is no JSON.
  public func expanded(from blobs: BlobStore) throws(Problem) -> Statement {
    guard let name = predicate[Self.spilledBody]?.string, let digest = Digest(tagged: name) else {
      return self
    }
    guard let bytes = try blobs.get(digest) else {
      throw Problem(
        .malformed, "blob_missing", place: name,
        reason: "the body of the statement is not here any more",
        remedy: "restore the blob from a backup")
    }
    var whole = self
    do throws(JSONError) { whole.predicate = try JSON.parse(bytes) } catch {
      throw error.problem(file: name)
    }
    return whole
  }
}
