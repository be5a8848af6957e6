// A witness: remembers the largest checkpoint of each log that it saw, and cosigns only growth.
//
// Spec: https://c2sp.org/tlog-witness (add-checkpoint) and https://c2sp.org/tlog-cosignature.
//
//     request   old <size>\n  <base64 hash>\n …(0 to 63)  \n  <checkpoint>
//     answer    200 cosignature lines | 400 malformed | 403 unsigned | 404 unknown log
//               409 another size is the last one, which is the body | 422 proof does not hold
//
// Promises: check of the old state and storing of the new one are one durable transaction, so no
// two cosignatures of one witness contradict each other, whatever dies when.
// Does not: speak HTTP; whoever serves it hands requests in.

import Base
import Crypto
import Store

/// A witness with its memory.
public final class Witness {
  /// What a request is answered with.
  public struct Answer: Equatable, Sendable {
    /// HTTP status.
    public var status: Int
    /// Media type of the body.
    public var contentType: String
    /// Cosignature lines, a size, or a reason.
    public var body: String

    /// `status content_type body`.
    public var json: JSON {
      [
        "status": JSON(status), "content_type": .string(contentType), "body": .string(body),
      ]
    }
  }

  private let database: Database
  private let signer: NoteSigner
  private let logs: [NoteVerifier]

  /// Opens the memory of a witness, or makes it. The key must be a cosignature key.
  public init(state: String, signer: NoteSigner, logs: [NoteVerifier]) throws(Problem) {
    precondition(signer.verifier.kind == .cosignature, "a witness signs with a cosignature key")
    if !FileSystem.exists(state) {
      try FileSystem.makeDirectories(state, mode: 0o700)
      try DurableFile.syncDirectory(FileSystem.directoryName(state))
    }
    database = try Database(path: state + "/witness.db", create: true)
    try database.migrate(
      module: "witness",
      [
        Migration(
          "seen checkpoints",
          [
            """
            CREATE TABLE witness_seen(
              origin BLOB PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
              note BLOB NOT NULL) STRICT, WITHOUT ROWID
            """
          ])
      ])
    self.signer = signer
    self.logs = logs
  }

  /// Answers one add-checkpoint request at a time in Unix seconds, which must not be 0.
  public func add(_ request: [UInt8], time: UInt64) throws(Problem) -> Answer {
    guard let request = WitnessRequest(reading: request) else {
      return refusal(400, "the request cannot be read")
    }
    let known = logs.filter { $0.name == request.body.origin }
    guard !known.isEmpty else { return refusal(404, "the log is not known here") }
    guard (try? request.checkpoint.verified(by: known)) != nil else {
      return refusal(403, "no trusted key has signed the checkpoint")
    }
    guard request.old <= request.body.size else {
      return refusal(400, "the old size is larger than the checkpoint's")
    }
    return try database.transaction { () throws(Problem) in
      let seen = try lastSeen(request.body.origin)
      guard seen.size == request.old else {
        return Answer(status: 409, contentType: "text/x.tlog.size", body: "\(seen.size)\n")
      }
      let proof = ConsistencyProof(old: request.old, size: request.body.size, path: request.path)
      let isWhole = request.body.size > 0 || request.body.root == MerkleTree.emptyRoot
      guard isWhole, proof.holds(oldRoot: seen.root, newRoot: request.body.root) else {
        return refusal(422, "the log did not only grow")
      }
      return try cosign(request, time: time)
    }
  }

  /// The newest checkpoint that was cosigned, with all its signature lines; nil if there is none.
  public func checkpoint(of origin: ByteName) throws(Problem) -> [UInt8]? {
    try database.first(
      "SELECT note FROM witness_seen WHERE origin = ?", [.blob(origin.bytes)]
    ) { $0.blob(0) }
  }

  private func lastSeen(_ origin: ByteName) throws(Problem) -> (size: Int, root: Digest) {
    let seen = try database.first(
      "SELECT size, root FROM witness_seen WHERE origin = ?", [.blob(origin.bytes)]
    ) { row in (size: row.int(0), root: Digest(bytes: row.blob(1))) }
    guard let seen else { return (0, MerkleTree.emptyRoot) }
    guard let root = seen.root else {
      throw Problem(.failure, "ledger_damaged", place: database.path, reason: "a root is damaged")
    }
    return (seen.size, root)
  }

  private func cosign(_ request: WitnessRequest, time: UInt64) throws(Problem) -> Answer {
    var note = request.checkpoint
    try note.add(signer, time: time)
    try database.execute(
      """
      INSERT INTO witness_seen(origin, size, root, note) VALUES (?, ?, ?, ?)
      ON CONFLICT(origin) DO UPDATE SET size = excluded.size, root = excluded.root,
        note = excluded.note
      """,
      [
        .blob(request.body.origin.bytes), .int(request.body.size),
        .blob(request.body.root.bytes), .blob(note.bytes),
      ])
    let line = note.lines.last?.bytes ?? []
    return Answer(
      status: 200, contentType: "text/plain; charset=utf-8",
      body: String(decoding: line, as: UTF8.self))
  }

  private func refusal(_ status: Int, _ reason: String) -> Answer {
    Answer(status: status, contentType: "text/plain; charset=utf-8", body: reason + "\n")
  }
}

/// A request that was read; nothing is checked.
struct WitnessRequest {
  var old: Int
  var path: [Digest]
  var checkpoint: SignedNote
  var body: CheckpointBody

  init?(reading bytes: [UInt8]) {
    guard bytes.count <= SignedNote.byteCountMax,
      let blank = bytes.indices.dropFirst().first(where: {
        bytes[$0] == newline && bytes[$0 - 1] == newline
      })
    else { return nil }
    let lines = bytes[..<(blank - 1)].split(separator: newline, omittingEmptySubsequences: false)
    let word = "old "
    guard let first = lines.first, first.starts(with: word.utf8),
      let old = canonicalDecimal(first.dropFirst(word.utf8.count)),
      lines.count - 1 <= TlogProof.pathCountMax
    else { return nil }
    let path = lines.dropFirst().compactMap { line in
      Base64.decode(String(decoding: line, as: UTF8.self)).flatMap { Digest(bytes: $0) }
    }
    guard path.count == lines.count - 1,
      let note = try? SignedNote(reading: Array(bytes[(blank + 1)...])),
      let body = try? CheckpointBody(reading: note.text)
    else { return nil }
    self.old = old
    self.path = path
    checkpoint = note
    self.body = body
  }
}
