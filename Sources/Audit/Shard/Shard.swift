// One shard of a fleet's work, and the merging of all. A batch engine (Kubernetes Indexed Jobs,
// Slurm arrays, anything that numbers its tasks) runs shard i of n; no task speaks with another.
//
//     manifest   JSON lines {"id", "path", "task": "check"}; item k is in shard k mod n
//     part       part-<i>-of-<n>.jsonl: a record per item in order, then a trailer
//                {"shard", "of", "manifest", "policy", "engine_version", "items", "records", …}
//
// Promises: a part appears whole or not at all, and a whole one is not made again; the same
// manifest, models and program give the same bytes; merging gives the same bytes for every n. A
// part that is missing, cut, altered or of another manifest, policy or program is named, and
// nothing is written. Does not: put times or hosts into results.

import Base
import Crypto

/// An item of a manifest.
public struct ManifestItem: Equatable, Sendable {
  public let id: String
  public let path: String
}

/// What a fleet is to do, item by item.
public struct Manifest: Sendable {
  public let items: [ManifestItem]
  /// Of the file's bytes.
  public let digest: Digest

  public static let byteCountMax = 256 << 20
  public static let itemsMax = 1_000_000

  /// Reads JSON lines. Ids must be unique, since results are joined by them.
  public init(reading bytes: [UInt8]) throws(Problem) {
    var items: [ManifestItem] = []
    var ids: Set<ByteName> = []
    for (number, line) in bytes.split(separator: 0x0A).enumerated() {
      let place = "line \(number + 1)"
      guard items.count < Self.itemsMax else {
        throw Self.bad(place, "more than \(Self.itemsMax) items")
      }
      let item = try ManifestItem(line: Array(line), at: place)
      guard ids.insert(ByteName(item.id)).inserted else {
        throw Self.bad(place, "the id stands twice")
      }
      items.append(item)
    }
    self.items = items
    digest = SHA256.hash(bytes)
  }

  static func bad(_ place: String, _ why: String) -> Problem {
    Problem(
      .malformed, "bad_manifest", place: place, reason: "the manifest cannot be used: \(why)",
      remedy: "write one object a line, with id, path and task")
  }
}

/// Which part of the work.
public struct Shard: Equatable, Sendable {
  public let index: Int
  public let count: Int

  /// `i/n` with 0 <= i < n.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Self.number(parts[0]), let count = Self.number(parts[1]),
      index < count, count <= 1_000_000
    else { return nil }
    self.init(index: index, count: count)
  }

  init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  var fileName: String { "part-\(index)-of-\(count).jsonl" }

  private static func number(_ text: Substring) -> Int? {
    guard (1...7).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(text)
  }
}

// MARK: Running

extension Shard {
  /// Runs the items of this shard and writes its part; does nothing if a whole part of this
  /// manifest is there already. The combined exit code of its items.
  public func run(
    _ manifest: Manifest, into directory: String, runner: any JobRunner, policy: Digest,
    run: Run
  ) throws(Problem) -> ExitCode {
    try FileSystem.makeDirectories(directory)
    let path = FileSystem.join(directory, fileName)
    if FileSystem.exists(path), let part = try? ShardPart(reading: path, shard: self),
      part.basis
        == ShardBasis(manifest: manifest.digest, policy: policy, engine: assayVersion)
    {
      return ExitCode.combined(part.records.map(\.exitCode))
    }
    let mine = stride(from: index, to: manifest.items.count, by: count).map { manifest.items[$0] }
    var records: [ShardRecord] = []
    for (done, item) in mine.enumerated() {
      run.tell(done, of: mine.count, "models", fileName)
      try run.check()
      records.append(try ShardRecord(running: item, runner: runner, run: run.silent))
    }
    let lines = ShardRecord.lines(records)
    let trailer = ShardTrailer(
      shard: self,
      basis: ShardBasis(manifest: manifest.digest, policy: policy, engine: assayVersion),
      itemCount: records.count, records: SHA256.hash(lines))
    try DurableFile.replace(path, with: lines + trailer.json.canonicalBytes + [0x0A])
    return ExitCode.combined(records.map(\.exitCode))
  }
}
