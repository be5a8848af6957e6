// A fork, proven: one log signed two histories. Whoever has the log's public key can check this
// without the log, and without trusting whoever found it.
//
// Two checkpoints of one size with different roots contradict each other by themselves. For
// different sizes the newer tree's own prefix is needed: `prefixRoot` at the older size, with the
// consistency proof from it to the newer root. A tree has one root for each prefix, so a signed
// older root that differs is a contradiction.

import Base
import Crypto

/// Two signed checkpoints of one log that cannot both be true.
public struct ForkEvidence: Equatable, Sendable {
  /// The checkpoint of the smaller size.
  public let older: SignedNote
  /// The checkpoint of the larger size, or of the same.
  public let newer: SignedNote
  /// Root of the newer tree at the older size.
  public let prefixRoot: Digest
  /// Shows that `prefixRoot` belongs to the newer tree.
  public let path: [Digest]

  /// Evidence from two checked checkpoints; nil when they do not contradict each other.
  init?(older: Checkpoint, newer: Checkpoint, prefixRoot: Digest, proof: ConsistencyProof) {
    self.init(older: older.note, newer: newer.note, prefixRoot: prefixRoot, path: proof.path)
    guard let name = older.signers.first, (try? check(log: name)) != nil else { return nil }
  }

  private init(older: SignedNote, newer: SignedNote, prefixRoot: Digest, path: [Digest]) {
    self.older = older
    self.newer = newer
    self.prefixRoot = prefixRoot
    self.path = path
  }

  /// Rejects unless the log of this key is proven to have forked.
  public func check(log: NoteVerifier) throws(Refusal) {
    let first = try Checkpoint(verifying: older, origin: log.name, logs: [log])
    let second = try Checkpoint(verifying: newer, origin: log.name, logs: [log])
    let proof = ConsistencyProof(old: first.size, size: second.size, path: path)
    guard proof.holds(oldRoot: prefixRoot, newRoot: second.root) else {
      throw .rejected("the prefix does not belong to the newer checkpoint")
    }
    guard prefixRoot != first.root else {
      throw .rejected("the two checkpoints agree")
    }
  }

  /// `older newer prefix_root path`; notes as text.
  public var json: JSON {
    [
      "older": .string(String(decoding: older.bytes, as: UTF8.self)),
      "newer": .string(String(decoding: newer.bytes, as: UTF8.self)),
      "prefix_root": .string(prefixRoot.tagged), "path": JSON(path.map(\.tagged)),
    ]
  }

  /// Reads what `json` writes. Nothing is checked.
  public init(json: JSON) throws(Refusal) {
    func note(_ key: String) throws(Refusal) -> SignedNote {
      guard let text = json[key]?.string else { throw .malformed("\(key) is missing") }
      return try SignedNote(reading: Array(text.utf8))
    }
    guard let root = json["prefix_root"]?.string.flatMap({ Digest(tagged: $0) }),
      let list = json["path"]?.array, list.count <= TlogProof.pathCountMax
    else { throw .malformed("prefix_root and path are needed") }
    let path = list.compactMap { $0.string.flatMap { Digest(tagged: $0) } }
    guard path.count == list.count else {
      throw .malformed("path holds something else than hashes")
    }
    self.init(older: try note("older"), newer: try note("newer"), prefixRoot: root, path: path)
  }
}
