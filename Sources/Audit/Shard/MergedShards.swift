// Putting the parts of a fleet together: all of them, of one manifest, whole.
//
// The result is the records in the byte order of their ids and a last line that counts them. It
// does not say how many shards there were, so any number of them gives the same bytes.

import Base
import Crypto

/// What parts must have in common to be put together.
struct ShardBasis: Equatable, Sendable {
  let manifest: Digest
  let policy: Digest
  /// Nil: nobody said who asks.
  let profile: Digest?
  let engine: String
}

/// The last line of a part: which part it is, what it was made on, and what it holds.
struct ShardTrailer: Equatable, Sendable {
  let shard: Shard
  let basis: ShardBasis
  let itemCount: Int
  /// Of the lines before it.
  let records: Digest
  /// Of the stamps of the models, in their order.
  let models: Digest
}

/// One part as it was written.
struct ShardPart: Sendable {
  let records: [ShardRecord]
  let basis: ShardBasis
  /// Of the stamps that the models had.
  let models: Digest

  static let byteCountMax = 1 << 30

  /// Reads a part and checks it against its trailer; any difference is a problem.
  init(reading path: String, shard: Shard) throws(Problem) {
    let bytes = try FileSystem.read(path, limitBytes: Self.byteCountMax)
    guard bytes.last == 0x0A else { throw Self.bad(path, "it is cut short") }
    let lines = bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
    guard let last = lines.last, let trailer = ShardTrailer(line: Array(last)),
      trailer.shard == shard
    else { throw Self.bad(path, "its last line is not the trailer of this shard") }
    let body = Array(bytes[..<last.startIndex])
    guard SHA256.hash(body) == trailer.records, trailer.itemCount == lines.count - 1 else {
      throw Self.bad(path, "its records are not those its trailer names")
    }
    var parsed: [ShardRecord] = []
    for line in lines.dropLast() {
      guard let json = try? JSON.parse(Array(line)), let record = ShardRecord(json) else {
        throw Self.bad(path, "a record cannot be read")
      }
      parsed.append(record)
    }
    self.records = parsed
    basis = trailer.basis
    models = trailer.models
  }

  private static func bad(_ path: String, _ why: String) -> Problem {
    Problem(
      .malformed, "bad_part", place: path, reason: "the part cannot be used: \(why)",
      remedy: "run its shard again")
  }
}

/// The parts in a directory, put together.
public struct MergedShards: Sendable {
  /// One record a line, then `{"manifest", "policy", "profile", "engine_version", "items", …}`.
  public let bytes: [UInt8]
  public let tally: FleetTally
  /// 1 if a model is denied, whatever else; 3 if one is to be reviewed or was not read; else 0.
  public var exitCode: ExitCode {
    if tally.denied > 0 { return .no }
    return tally.reviewed + tally.unreadable > 0 ? .undecided : .yes
  }
  public let manifest: Digest
  public let items: Int

  public init(directory: String) throws(Problem) {
    let shards = try FileSystem.entries(of: directory).compactMap { entry -> Shard? in
      entry.kind == .file ? Self.shard(ofFile: entry.name) : nil
    }
    guard let count = shards.first?.count else {
      throw Self.incomplete([], "there is no part in this directory", directory)
    }
    guard shards.allSatisfy({ $0.count == count }) else {
      throw Self.incomplete([], "there are parts of different numbers of shards", directory)
    }
    var parts: [ShardPart] = []
    var missing: [Int] = []
    for index in 0..<count {
      let shard = Shard(index: index, count: count)
      let path = FileSystem.join(directory, shard.fileName)
      if FileSystem.exists(path), let part = try? ShardPart(reading: path, shard: shard) {
        parts.append(part)
      } else {
        missing.append(index)
      }
    }
    guard missing.isEmpty else {
      throw Self.incomplete(missing, "shards are missing or cut short", directory)
    }
    try self.init(parts: parts, directory: directory)
  }

  private init(parts: [ShardPart], directory: String) throws(Problem) {
    let basis = parts[0].basis
    let foreign = parts.indices.filter { parts[$0].basis != basis }
    guard foreign.isEmpty else {
      throw Self.incomplete(
        foreign, "shards are of another manifest, policy, profile or program than shard 0",
        directory)
    }
    let records = parts.flatMap(\.records).sorted { ByteName($0.id) < ByteName($1.id) }
    for (one, next) in zip(records, records.dropFirst()) where ByteName(one.id) == ByteName(next.id)
    {
      throw Self.incomplete([], "the id \(one.id) stands in two records", directory)
    }
    var trailer = basis.json.object ?? [:]
    trailer["items"] = JSON(records.count)
    trailer["complete"] = true
    bytes = ShardRecord.lines(records) + JSON.object(trailer).canonicalBytes + [0x0A]
    tally = FleetTally(records.map(\.exitCode))
    manifest = basis.manifest
    items = records.count
  }

  private static func shard(ofFile name: String) -> Shard? {
    guard name.hasPrefix("part-"), name.hasSuffix(".jsonl") else { return nil }
    let middle = name.dropFirst(5).dropLast(6)
    guard let of = middle.utf8.firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let words = middle.split(separator: "-")
    guard words.count == 3, words[1] == "of", middle[..<of] == words[0] else { return nil }
    let shard = Shard("\(words[0])/\(words[2])")
    return shard?.fileName == name ? shard : nil
  }

  private static func incomplete(_ shards: [Int], _ why: String, _ place: String) -> Problem {
    Problem(
      .malformed, "incomplete_shards", place: place, reason: "the parts cannot be merged: \(why)",
      remedy: "run the missing shards, then merge again",
      details: ["missing": .array(shards.map { JSON($0) })])
  }
}
