// Appending: entries, their hashes and the signed checkpoint in one durable transaction.
//
// Order within the transaction: read the newest checkpoint, insert entries and hashes, compute
// the root, sign, insert the checkpoint. Nothing that was signed is seen by anybody before the
// commit returned; a transaction that is rolled back leaves no signature behind.
// One transaction costs one fsync whatever the number of entries: append in batches.

import Base
import Crypto
import Store

/// What an append will have done once its transaction is committed.
public struct StagedAppend: Sendable {
  /// Position of the first new entry.
  public let firstIndex: Int
  /// Number of new entries.
  public let count: Int
  /// The checkpoint that covers them. Not to be shown to anybody before the commit.
  public let checkpoint: Checkpoint
  let proofs: [InclusionProof]
  /// Hashes of the new entries, in their order.
  public let leafHashes: [Digest]
}

/// Proof that an entry is in the log, for whoever wants to check it later without the log.
public struct Receipt: Equatable, Sendable {
  /// Position of the entry.
  public let index: Int
  /// The signed checkpoint that covers it.
  public let checkpoint: Checkpoint
  /// The way from the entry to the checkpoint's root.
  public let proof: InclusionProof
  /// Hash of the entry.
  public let leafHash: Digest

  /// Number of entries at the checkpoint.
  public var size: Int { checkpoint.size }
  /// Root at the checkpoint.
  public var root: Digest { checkpoint.root }
  /// The receipt as a file: c2sp.org/tlog-proof.
  public var tlogProof: TlogProof {
    TlogProof(index: index, path: proof.path, checkpoint: checkpoint.note)
  }
  /// `index size leaf_hash root path checkpoint`.
  public var json: JSON {
    var object = inclusionJSON(proof, leafHash: leafHash, root: root)
    object["checkpoint"] = .string(String(decoding: checkpoint.bytes, as: UTF8.self))
    return .object(object)
  }
}

extension Ledger {
  /// Appends entries durably and publishes them. Receipts come in the order of the entries.
  ///
  /// If only the publishing fails, the entries stay in the log: the problem has
  /// `committed: true` among its details, and the next append or opening publishes them.
  public func append(_ entries: [[UInt8]]) throws(Problem) -> [Receipt] {
    let staged = try database.transaction { () throws(Problem) in try stage(entries) }
    return try publish(staged)
  }

  /// Appends one signed statement.
  public func append(_ envelope: Envelope) throws(Problem) -> Receipt {
    let receipts = try append([envelope.bytes])
    return receipts[0]
  }

  /// Appends within a transaction that the caller has opened on `database`, so that a job and
  /// its entry become durable together. Call `publish(_:)` after the commit; if that is missed,
  /// the next append or opening does it.
  public func stage(_ entries: [[UInt8]]) throws(Problem) -> StagedAppend {
    precondition(database.isInTransaction, "staging needs the caller's transaction")
    for entry in entries { try Self.checkLength(of: entry) }
    let last = try latest()
    guard !entries.isEmpty else {
      let checkpoint = try checkpoint()
      return StagedAppend(
        firstIndex: last.size, count: 0, checkpoint: checkpoint, proofs: [], leafHashes: [])
    }
    let leafHashes = entries.map { MerkleTree.leafHash($0) }
    try insert(entries, leafHashes, at: last.size)
    let size = last.size + entries.count
    let reader = reader(size: size)
    let body = CheckpointBody(origin: origin, size: size, root: try reader.root(size: size))
    let checkpoint = try Checkpoint(signing: body, by: try signer())
    try Self.insert(checkpoint, in: database)
    // Few entries: hand out proofs at once. A bulk import asks for those it needs later.
    let proven = entries.count <= Self.receiptCountMax ? last.size..<size : 0..<0
    let proofs = try proven.map { (index) throws(Problem) in
      try reader.inclusionProof(index: index, size: size)
    }
    return StagedAppend(
      firstIndex: last.size, count: entries.count, checkpoint: checkpoint, proofs: proofs,
      leafHashes: leafHashes)
  }

  /// Throws a problem of exit code 2 if an entry is too long for the format.
  static func checkLength(of entry: [UInt8]) throws(Problem) {
    guard entry.count > Tile.entryByteCountMax else { return }
    throw Problem(
      .usage, "entry_too_long",
      reason: "an entry of \(entry.count) bytes exceeds \(Tile.entryByteCountMax)",
      remedy: "put the body into a blob and log its digest")
  }

  /// Publishes what was staged and committed, and hands out the receipts.
  public func publish(_ staged: StagedAppend) throws(Problem) -> [Receipt] {
    do {
      try publish()
    } catch {
      var problem = error
      problem.details["committed"] = true
      problem.details["size"] = JSON(staged.checkpoint.size)
      throw problem
    }
    return zip(staged.proofs, staged.leafHashes).map { proof, leafHash in
      Receipt(
        index: proof.index, checkpoint: staged.checkpoint, proof: proof, leafHash: leafHash)
    }
  }

  /// An append of more entries than this returns no receipts; `inclusionProof` makes them.
  static let receiptCountMax = 1024

  private func insert(
    _ entries: [[UInt8]], _ leafHashes: [Digest], at first: Int
  ) throws(Problem) {
    for (offset, entry) in entries.enumerated() {
      let position = first + offset
      try database.execute(
        "INSERT INTO ledger_entries(position, entry, leaf_hash) VALUES (?, ?, ?)",
        [.int(position), .blob(entry), .blob(leafHashes[offset].bytes)])
      guard let mention = StatementMention(entry) else { continue }
      for digest in mention.digests {
        try database.execute(
          "INSERT OR IGNORE INTO ledger_subjects(digest, position, kind) VALUES (?, ?, ?)",
          [.blob(digest.bytes), .int(position), .text(mention.kind)])
      }
    }
    try insertTileHashes(from: first, to: first + entries.count)
  }

  /// One hash for each tile that became full, level by level.
  private func insertTileHashes(from old: Int, to size: Int) throws(Problem) {
    var level = 0
    while level < 7 {
      let full =
        Tile.hashCount(level: level + 1, size: old)..<Tile.hashCount(level: level + 1, size: size)
      if full.isEmpty { return }
      for index in full {
        let tile = index * Tile.widthMax..<(index + 1) * Tile.widthMax
        let hash = MerkleTree.root(of: try hashes(level: level, range: tile))
        try database.execute(
          "INSERT INTO ledger_tile_hashes(level, position, hash) VALUES (?, ?, ?)",
          [.int(level + 1), .int(index), .blob(hash.bytes)])
      }
      level += 1
    }
  }

  /// Records a signed checkpoint. The key of the table keeps a size from being signed twice.
  static func insert(_ checkpoint: Checkpoint, in database: Database) throws(Problem) {
    try database.execute(
      "INSERT INTO ledger_checkpoints(size, root, note) VALUES (?, ?, ?)",
      [.int(checkpoint.size), .blob(checkpoint.root.bytes), .blob(checkpoint.bytes)])
  }
}
