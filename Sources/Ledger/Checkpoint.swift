// Checkpoints: what a log commits to at one size.
//
// Spec: https://c2sp.org/tlog-checkpoint, inside https://c2sp.org/signed-note
//
//     <origin>\n            not empty
//     <tree size>\n         decimal, no leading zero, at most 2^63 - 1
//     <root hash>\n         base64 of 32 bytes
//     <extension>\n …       not empty; read and kept, never written
//
// Promises: one value has one spelling. `Checkpoint` exists only after its signature, its origin
// and the root of an empty tree were checked.
// Does not: compare with an older checkpoint; see `LogVerifier` and `ForkEvidence`.

import Base
import Crypto

/// The text of a checkpoint. Unverified.
public struct CheckpointBody: Equatable, Sendable {
  /// The log's name, as bytes.
  public let origin: ByteName
  /// Number of entries.
  public let size: Int
  /// Root of the tree over them.
  public let root: Digest
  /// Further lines, kept as they are.
  public let extensions: [[UInt8]]

  /// A body without extensions. The origin must be usable as the name of a key.
  public init(origin: ByteName, size: Int, root: Digest) {
    precondition(size >= 0 && isNoteKeyName(origin.bytes), "a log has a name and a size")
    self.origin = origin
    self.size = size
    self.root = root
    extensions = []
  }

  /// Reads the text of a note, whose bytes are known to be UTF-8 without control characters.
  public init(reading text: [UInt8]) throws(Refusal) {
    guard text.last == newline else { throw .malformed("the checkpoint ends within a line") }
    let lines = text.dropLast().split(separator: newline, omittingEmptySubsequences: false)
    guard lines.count >= 3 else {
      throw .malformed("a checkpoint has at least three lines: origin, size, root")
    }
    guard !lines[0].isEmpty else { throw .malformed("the origin is empty") }
    guard let size = canonicalDecimal(lines[1]) else {
      throw .malformed("line 2: the size is not a plain decimal number")
    }
    guard let bytes = Base64.decode(String(decoding: lines[2], as: UTF8.self)),
      let root = Digest(bytes: bytes)
    else { throw .malformed("line 3: the root is not the base64 of 32 bytes") }
    guard lines.dropFirst(3).allSatisfy({ !$0.isEmpty }) else {
      throw .malformed("an extension line is empty")
    }
    origin = ByteName(bytes: Array(lines[0]))
    self.size = size
    self.root = root
    extensions = lines.dropFirst(3).map(Array.init)
  }

  /// The bytes that are signed.
  public var text: [UInt8] {
    let lines = [
      origin.bytes, Array(String(size).utf8), Array(Base64.encode(root.bytes).utf8),
    ]
    return (lines + extensions).flatMap { $0 + [newline] }
  }
}

/// Digits only, no sign, no leading zero: one number has one spelling.
func canonicalDecimal(_ text: some Collection<UInt8>) -> Int? {
  guard let value = Int(String(decoding: text, as: UTF8.self)), value >= 0,
    String(value).utf8.elementsEqual(text)
  else { return nil }
  return value
}

/// A checkpoint that its log has signed.
public struct Checkpoint: Equatable, Sendable {
  /// What was signed.
  public let body: CheckpointBody
  /// The whole note, cosignatures included.
  public let note: SignedNote
  /// The known keys that signed; the log's own is among them.
  public let signers: [NoteVerifier]

  /// Number of entries.
  public var size: Int { body.size }
  /// Root of the tree over them.
  public var root: Digest { body.root }
  /// The note as it is published.
  public var bytes: [UInt8] { note.bytes }

  /// Checks a note: signed by `log`, for the log's own name. Cosignatures of `witnesses` are
  /// counted among the signers.
  public init(
    verifying bytes: [UInt8], log: NoteVerifier, witnesses: [NoteVerifier] = []
  ) throws(Refusal) {
    let note = try SignedNote(reading: bytes)
    try self.init(verifying: note, origin: log.name, logs: [log], witnesses: witnesses)
  }

  /// The same for a log that may use one of several keys under a given origin.
  public init(
    verifying note: SignedNote, origin: ByteName, logs: [NoteVerifier],
    witnesses: [NoteVerifier] = []
  ) throws(Refusal) {
    let body = try CheckpointBody(reading: note.text)
    let signers = try note.verified(by: logs + witnesses)
    guard signers.contains(where: logs.contains) else {
      throw .rejected("the log itself has not signed")
    }
    guard body.origin == origin else {
      throw .rejected(
        "the checkpoint is of \"\(body.origin.text)\", not of \"\(origin.text)\"")
    }
    guard body.size > 0 || body.root == MerkleTree.emptyRoot else {
      throw .rejected("the root of an empty log is not SHA-256 of nothing")
    }
    self.body = body
    self.note = note
    self.signers = signers
  }

  /// Signs a checkpoint as the log.
  init(signing body: CheckpointBody, by signer: NoteSigner) throws(Problem) {
    precondition(signer.verifier.name == body.origin, "a log signs under its own name")
    self.body = body
    note = try SignedNote(signing: body.text, by: signer)
    signers = [signer.verifier]
  }
}
