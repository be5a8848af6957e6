// Publishing: from the database to files that anybody can fetch and check.
//
// Order: tiles and bundles durable, then high-water mark and checkpoint. A reader never sees a
// checkpoint whose tiles are missing, whenever the process dies. Everything here can be made
// again from the database, so publishing is repeated from the last published checkpoint until it
// succeeds; one process at a time publishes.
//
// Before anything is written the published checkpoint and the high-water mark are compared with
// the database. If one of them is newer, or has another root at its size, the database was set
// back or exchanged: nothing is published or signed, and the problem tells which.

import Base
import Crypto
import Store

/// How a ledger writes files. Tests put one here that fails.
struct FileWriter: Sendable {
  /// Makes all files durable, each whole or not at all.
  var replaceAll: @Sendable ([(path: String, bytes: [UInt8])]) throws(Problem) -> Void

  static let durable = FileWriter { (files) throws(Problem) in try DurableFile.replaceAll(files) }
}

extension Ledger {
  /// Bundles of entries are written in groups of about this many bytes.
  private static let groupByteCountMax = 32 << 20

  /// Brings the files up to the newest durable checkpoint.
  public func publish() throws(Problem) {
    try lock.withLock { () throws(Problem) in
      // Files first, database second: the database can only be ahead.
      let published = try consistent(at: directory + "/checkpoint")
      let highWater = try consistent(at: location.highWater)
      let target = try latest()
      guard published?.bytes != target.note || highWater?.bytes != target.note else { return }
      let from = published?.size ?? 0
      try writeTiles(Tile.changed(from: from, to: target.size), below: directory)
      try files.replaceAll([
        (path: location.highWater, bytes: target.note),
        (path: directory + "/checkpoint", bytes: target.note),
      ])
      checkedNotes = [target.note: target.size]
      try removePartialTiles(from: from, to: target.size)
    }
  }

  /// Writes tiles and bundles below a directory, durably.
  func writeTiles(_ tiles: [Tile], below root: String) throws(Problem) {
    var group: [(path: String, bytes: [UInt8])] = []
    var byteCount = 0
    for tile in tiles {
      let path = "\(root)/\(tile.path)"
      try makeDirectory(FileSystem.directoryName(path), below: root)
      let bytes = try self.bytes(of: tile)
      group.append((path, bytes))
      byteCount += bytes.count
      if byteCount >= Self.groupByteCountMax {
        try files.replaceAll(group)
        (group, byteCount) = ([], 0)
      }
    }
    if !group.isEmpty { try files.replaceAll(group) }
  }

  private func bytes(of tile: Tile) throws(Problem) -> [UInt8] {
    let first = tile.index * Tile.widthMax
    switch tile.kind {
    case .entries:
      return Tile.bundle(try entryBytes(first..<first + tile.width))
    case .hashes(let level):
      return try hashes(level: level, range: first..<first + tile.width).flatMap(\.bytes)
    }
  }

  /// Makes a directory and its parents below `root`, each durable in its own parent.
  private func makeDirectory(_ path: String, below root: String) throws(Problem) {
    guard path != root, !knownDirectories.contains(path) else { return }
    let parent = FileSystem.directoryName(path)
    try makeDirectory(parent, below: root)
    try FileSystem.makeDirectory(path)
    try DurableFile.syncDirectory(parent)
    knownDirectories.insert(path)
  }

  /// Takes away the partial widths of tiles that are full now, as the specification allows.
  private func removePartialTiles(from old: Int, to size: Int) throws(Problem) {
    for tile in Tile.changed(from: old, to: size) where tile.isFull {
      let path = "\(directory)/\(tile.partialDirectory)"
      guard FileSystem.exists(path) else { continue }
      try FileSystem.remove(path)
      knownDirectories.remove(path)
    }
  }
}

// MARK: Against rollback

extension Ledger {
  /// The checkpoint in a file, after comparing it with the database; nil if there is no file.
  private func consistent(at path: String) throws(Problem) -> (size: Int, bytes: [UInt8])? {
    guard FileSystem.exists(path) else { return nil }
    let bytes = try FileSystem.read(path, limitBytes: SignedNote.byteCountMax)
    if let size = checkedNotes[bytes] { return (size, bytes) }
    let claimed: Checkpoint
    do {
      claimed = try Checkpoint(verifying: bytes, log: verifier)
    } catch {
      throw Problem(
        .refused, "checkpoint_altered", place: path,
        reason: "the published checkpoint was not signed by this log",
        remedy: "find out who wrote it; remove it to publish the log's own again")
    }
    let latest = try latest()
    guard claimed.size <= latest.size else {
      throw Problem(
        .refused, "rollback", place: path,
        reason: "the database has \(latest.size) entries, but a checkpoint of "
          + "\(claimed.size) was signed and published",
        remedy: "restore the newest database; nothing is signed until then",
        details: ["database_size": JSON(latest.size), "published_size": JSON(claimed.size)])
    }
    let root = try self.root(size: claimed.size)
    guard claimed.root == root else {
      let evidence = try forkEvidence(against: claimed)
      throw Problem(
        .refused, "fork", place: path,
        reason: "the database has another root at size \(claimed.size) than was published",
        remedy: "restore the database that belongs to the published log",
        details: ["evidence": evidence?.json ?? .null])
    }
    checkedNotes[bytes] = claimed.size
    return (claimed.size, bytes)
  }

  /// The contradiction between a checkpoint of this log and the newest one in the database.
  private func forkEvidence(against claimed: Checkpoint) throws(Problem) -> ForkEvidence? {
    ForkEvidence(
      older: claimed, newer: try checkpoint(),
      prefixRoot: try root(size: claimed.size),
      proof: try consistencyProof(old: claimed.size, size: try size()))
  }
}
