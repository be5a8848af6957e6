// Receipts as files: an entry's inclusion in a checkpoint, checked without the log.
//
// Spec: https://c2sp.org/tlog-proof
//
//     c2sp.org/tlog-proof@v1\n
//     extra <base64>\n            optional, not authenticated
//     index <decimal>\n
//     <base64 of 32 bytes>\n      0 to 63 of them, the leaf's sibling first
//     \n
//     <checkpoint, a signed note>
//
// Promises: one proof has one spelling. `verify` needs the policy that names log and witnesses.

import Base
import Crypto

/// A proof that nobody has checked yet.
public struct TlogProof: Equatable, Sendable {
  /// Position of the entry.
  public let index: Int
  /// Siblings from the leaf upwards.
  public let path: [Digest]
  /// The checkpoint as a note.
  public let checkpoint: SignedNote
  /// Opaque bytes beside the proof; anybody may have put them there.
  public let extra: [UInt8]?

  /// A tree of 2^63 leaves is 63 levels deep.
  static let pathCountMax = 63
  private static let header = Array("c2sp.org/tlog-proof@v1".utf8)

  init(index: Int, path: [Digest], checkpoint: SignedNote) {
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
    extra = nil
  }

  /// Reads a proof.
  public init(reading bytes: [UInt8]) throws(Refusal) {
    guard bytes.count <= SignedNote.byteCountMax else { throw .malformed("the proof is too long") }
    // Lines up to the first empty one are ours; what follows is the note.
    guard
      let blank = bytes.indices.dropFirst().first(where: {
        bytes[$0] == newline && bytes[$0 - 1] == newline
      })
    else { throw .malformed("no empty line parts proof and checkpoint") }
    var lines = bytes[..<(blank - 1)].split(
      separator: newline, omittingEmptySubsequences: false)[...]
    guard let first = lines.popFirst(), first.elementsEqual(Self.header) else {
      throw .malformed("the first line is not c2sp.org/tlog-proof@v1")
    }
    var extra: [UInt8]?
    if let line = lines.first, let text = value(of: "extra ", in: line) {
      guard let bytes = Base64.decode(String(decoding: text, as: UTF8.self)) else {
        throw .malformed("extra is not base64")
      }
      extra = bytes
      lines.removeFirst()
    }
    guard let line = lines.popFirst(), let text = value(of: "index ", in: line),
      let index = canonicalDecimal(text)
    else { throw .malformed("index is missing or not a plain decimal number") }
    guard lines.count <= Self.pathCountMax else { throw .malformed("too many hashes") }
    let path = lines.compactMap { line in
      Base64.decode(String(decoding: line, as: UTF8.self)).flatMap { Digest(bytes: $0) }
    }
    guard path.count == lines.count else { throw .malformed("a hash is not base64 of 32 bytes") }
    self.index = index
    self.path = path
    self.extra = extra
    checkpoint = try SignedNote(reading: Array(bytes[(blank + 1)...]))
  }

  /// The text of the proof.
  public var bytes: [UInt8] {
    var lines = ["index \(index)"] + path.map { Base64.encode($0.bytes) }
    if let extra { lines.insert("extra \(Base64.encode(extra))", at: 0) }
    return Self.header + [newline] + lines.flatMap { Array($0.utf8) + [newline] } + [newline]
      + checkpoint.bytes
  }

  /// Checks that `entry` is in a log of the policy, and that enough witnesses saw the checkpoint.
  /// Returns the checkpoint.
  public func verify(entry: [UInt8], policy: WitnessPolicy) throws(Refusal) -> Checkpoint {
    let body = try CheckpointBody(reading: checkpoint.text)
    let logs = policy.logs.filter { $0.name == body.origin }
    guard !logs.isEmpty else {
      throw .rejected("the policy knows no log \"\(body.origin.text)\"")
    }
    let checked = try Checkpoint(
      verifying: checkpoint, origin: body.origin, logs: logs, witnesses: policy.witnesses)
    guard policy.isSatisfied(by: checked.signers) else {
      throw .rejected("too few witnesses have cosigned")
    }
    let proof = InclusionProof(index: index, size: checked.size, path: path)
    guard proof.holds(leafHash: MerkleTree.leafHash(entry), root: checked.root) else {
      throw .rejected("the entry is not at index \(index) of this checkpoint")
    }
    return checked
  }
}

private func value(of key: String, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
  line.starts(with: key.utf8) ? line.dropFirst(key.utf8.count) : nil
}
