// An independent check of a whole log from its files and its public key alone.
//
// It shares no code with the writer but the formats: it reads checkpoint, bundles and tiles as a
// stranger would fetch them, hashes every entry, compares every tile, and computes the root.
//
// Promises: O(entries) time, memory of a few tiles; every file that the checkpoint needs is read
// and compared, and any change of one of its bits is found. A file that is missing or of another
// length is a finding, not a crash.
// Does not: know whether another copy of the log says something else. `since` compares with a
// checkpoint that was kept elsewhere; witnesses do that for everybody.

import Base
import Crypto

/// What a check found.
public struct LogReport: Sendable {
  /// The checkpoint, once its signature was found good.
  public var checkpoint: Checkpoint?
  /// Why the log is not sound; nil when it is.
  public var problem: Problem?

  /// `ok origin size root error?`.
  public var json: JSON {
    var object: JSONObject = ["ok": .bool(problem == nil)]
    if let checkpoint {
      object["origin"] = .string(checkpoint.body.origin.text)
      object["size"] = JSON(checkpoint.size)
      object["root"] = .string(checkpoint.root.tagged)
    }
    if let problem { object["error"] = problem.json }
    return .object(object)
  }
}

/// Checks logs that lie as files in a directory.
public struct LogVerifier: Sendable {
  /// The key that must have signed.
  public let log: NoteVerifier
  private let root: String

  /// A check of the log below `directory`.
  public init(directory: String, log: NoteVerifier) {
    root = directory
    self.log = log
  }

  /// Checks everything. `since`: a checkpoint of the same log that was kept elsewhere.
  public func check(since: [UInt8]? = nil, run: Run) -> LogReport {
    var report = LogReport()
    do throws(Problem) {
      let checkpoint = try publishedCheckpoint()
      report.checkpoint = checkpoint
      let older = try since.map { (bytes) throws(Problem) in try read(bytes, at: "--since") }
      if let older, older.size > checkpoint.size {
        throw Problem(
          .refused, "rolled_back", place: "checkpoint",
          reason: "the log has \(checkpoint.size) entries now and had \(older.size) before",
          remedy: "ask its operator for the newer state; keep both checkpoints",
          details: ["older": .string(String(decoding: older.bytes, as: UTF8.self))])
      }
      let prefixRoot = try checkTiles(checkpoint, prefix: older?.size, run)
      if let older, let prefixRoot, prefixRoot != older.root {
        throw try fork(older, checkpoint, prefixRoot)
      }
    } catch {
      report.problem = error
    }
    return report
  }

  private func publishedCheckpoint() throws(Problem) -> Checkpoint {
    let path = root + "/checkpoint"
    return try read(
      try FileSystem.read(path, limitBytes: SignedNote.byteCountMax), at: "checkpoint")
  }

  private func read(_ bytes: [UInt8], at place: String) throws(Problem) -> Checkpoint {
    do {
      return try Checkpoint(verifying: bytes, log: log)
    } catch {
      throw error.problem("bad_checkpoint", at: place)
    }
  }

  private func fork(
    _ older: Checkpoint, _ newer: Checkpoint, _ prefixRoot: Digest
  ) throws(Problem) -> Problem {
    let reader = TreeReader(size: newer.size) { (level, range) throws(Problem) in
      let width = range.count
      let tile = Tile(.hashes(level: level), index: range.lowerBound / Tile.widthMax, width: width)
      guard let hashes = Tile.hashes(inTile: try bytes(of: tile), count: width) else {
        throw damaged(tile, "tile_length", "the tile has another length than \(width) hashes")
      }
      return hashes
    }
    let evidence = ForkEvidence(
      older: older, newer: newer, prefixRoot: prefixRoot,
      proof: try reader.consistencyProof(old: older.size, size: newer.size))
    return Problem(
      .refused, "fork", place: "checkpoint",
      reason: "the log signed another history: its first \(older.size) entries are not those of "
        + "the older checkpoint",
      remedy: "keep the evidence and show it to whoever relies on this log",
      details: ["evidence": evidence?.json ?? .null])
  }
}

// MARK: Tiles

extension LogVerifier {
  /// Compares every tile and bundle with the entries. Returns the root at the size `prefix`.
  private func checkTiles(
    _ checkpoint: Checkpoint, prefix: Int?, _ run: Run
  ) throws(Problem) -> Digest? {
    var frontier = MerkleTree.Frontier()
    var prefixRoot = prefix == 0 ? MerkleTree.emptyRoot : nil
    // Hashes of the tiles that were completed, waiting for their own tile one level up.
    var waiting = [[Digest]](repeating: [], count: 9)
    for first in stride(from: 0, to: checkpoint.size, by: Tile.widthMax) {
      try run.check()
      let width = min(Tile.widthMax, checkpoint.size - first)
      waiting[0] = try checkedLeaves(index: first / Tile.widthMax, width: width)
      for leaf in waiting[0] {
        frontier.append(leaf)
        if frontier.size == prefix { prefixRoot = frontier.root }
      }
      var level = 0
      while waiting[level].count == Tile.widthMax {
        if level > 0 { try compare(waiting[level], level: level, end: first + width) }
        waiting[level + 1].append(MerkleTree.root(of: waiting[level]))
        waiting[level] = []
        level += 1
      }
      run.tell(first + width, of: checkpoint.size, "entries", "verifying")
    }
    for level in 1..<8 where !waiting[level].isEmpty {
      try compare(waiting[level], level: level, end: checkpoint.size)
    }
    guard frontier.root == checkpoint.root else {
      throw Problem(
        .refused, "root_mismatch", place: "checkpoint",
        reason: "the entries give another root than the one that was signed")
    }
    return prefixRoot
  }

  /// The leaf hashes of one bundle, which must be those of its tile.
  private func checkedLeaves(index: Int, width: Int) throws(Problem) -> [Digest] {
    let bundle = Tile(.entries, index: index, width: width)
    guard let entries = Tile.entries(inBundle: try bytes(of: bundle), count: width) else {
      throw damaged(bundle, "bundle_length", "the bundle does not hold exactly \(width) entries")
    }
    let leaves = entries.map { MerkleTree.leafHash($0) }
    let tile = Tile(.hashes(level: 0), index: index, width: width)
    guard try bytes(of: tile) == leaves.flatMap(\.bytes) else {
      throw damaged(tile, "tile_mismatch", "the tile does not fit the entries of \(bundle.path)")
    }
    return leaves
  }

  /// Compares the last tile at a level above the leaves; `end` entries were read so far.
  private func compare(_ hashes: [Digest], level: Int, end: Int) throws(Problem) {
    let last = Tile.hashCount(level: level, size: end) - 1
    let tile = Tile(.hashes(level: level), index: last / Tile.widthMax, width: hashes.count)
    guard try bytes(of: tile) == hashes.flatMap(\.bytes) else {
      throw damaged(tile, "tile_mismatch", "the tile does not fit the tiles below it")
    }
  }

  /// The bytes of a tile; a partial one may be read from the full one, as the specification says.
  private func bytes(of tile: Tile) throws(Problem) -> [UInt8] {
    let limit = Tile.widthMax * (Tile.entryByteCountMax + 2)
    let path = "\(root)/\(tile.path)"
    if FileSystem.exists(path) { return try FileSystem.read(path, limitBytes: limit) }
    let full = "\(root)/\(tile.fullPath)"
    guard !tile.isFull, FileSystem.exists(full) else {
      throw damaged(tile, "tile_missing", "the file is missing")
    }
    let bytes = try FileSystem.read(full, limitBytes: limit)
    switch tile.kind {
    case .hashes: return Array(bytes.prefix(tile.width * Digest.byteCount))
    case .entries:
      guard let entries = Tile.entries(inBundle: bytes, count: Tile.widthMax) else {
        throw damaged(tile, "bundle_length", "the full bundle does not hold 256 entries")
      }
      return Tile.bundle(Array(entries.prefix(tile.width)))
    }
  }

  private func damaged(_ tile: Tile, _ code: String, _ reason: String) -> Problem {
    Problem(
      .refused, code, place: tile.path, reason: reason,
      remedy: "fetch the file again; if it stays so, the log is not sound")
  }
}
