// One shard of a fleet's work, and the merging of all. A batch engine (Kubernetes Indexed Jobs,
// Slurm arrays, anything that numbers its tasks) runs shard i of n; no task speaks with another.
//
//     manifest   JSON lines {"id", "path", "task": "check"}; item k is in shard k mod n
//     part       part-<i>-of-<n>.jsonl: a record per item in order, then a trailer
//                {"shard", "of", "manifest", "policy", "profile", "engine_version", "items", …}
//
// Promises: a part appears whole or not at all, and a whole one is not made again while its models
// are as they were; a shard that was killed goes on where it was (`ShardJournal`); merging gives
// the same bytes for every n. A part that is missing, cut, altered or of another manifest, policy,
// profile or program is named, and nothing is written. Does not: put times or hosts into records.

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

  public var fileName: String { "part-\(index)-of-\(count).jsonl" }
  var journalName: String { ".part-\(index)-of-\(count).partial" }

  private static func number(_ text: Substring) -> Int? {
    guard (1...7).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(text)
  }
}

// MARK: Running

/// What a shard did.
public struct ShardRun: Equatable, Sendable {
  public let tally: FleetTally
  /// 4 if a model cannot be read, else 1 if one is denied, else 3 if one is to be reviewed, else 0.
  public let exitCode: ExitCode
  /// How many models were looked at in this run; the others were taken from an earlier one.
  public let madeCount: Int

  init(_ records: [ShardRecord], madeCount: Int) {
    tally = FleetTally(records.map(\.exitCode))
    exitCode = ExitCode.combined(records.map(\.exitCode))
    self.madeCount = madeCount
  }
}

extension Shard {
  /// Runs the items of this shard and writes its part. A model that an earlier run of the same
  /// question answered about is not read again, as long as its files have the sizes and times that
  /// they had and the answer still holds.
  /// - Parameter isRereading: nothing of an earlier run is taken over.
  public func run(
    _ manifest: Manifest, _ question: ShardQuestion, into directory: String,
    runner: any JobRunner, isRereading: Bool = false, run: Run
  ) throws(Problem) -> ShardRun {
    try FileSystem.makeDirectories(directory)
    let path = FileSystem.join(directory, fileName)
    let basis = question.basis(manifest)
    let mine = stride(from: index, to: manifest.items.count, by: count).map { manifest.items[$0] }
    if !isRereading, let part = wholePart(path, basis, mine, question) {
      try ShardJournal.remove(of: self, in: directory)
      return ShardRun(part.records, madeCount: 0)
    }
    var journal = try ShardJournal(of: self, in: directory, basis: basis, isFresh: isRereading)
    var done: [ShardJournal.Entry] = []
    var madeCount = 0
    for item in mine {
      run.tell(done.count, of: mine.count, "models", fileName)
      try run.check()
      let stamp = Self.stamp(item, question)
      if let old = journal.entries[ByteName(item.id)], old.stamp == stamp,
        question.holds(old.record)
      {
        done.append(old)
        continue
      }
      let entry = ShardJournal.Entry(
        record: try ShardRecord(running: item, question, runner: runner, run: run.silent),
        stamp: stamp)
      try journal.add(entry)
      done.append(entry)
      madeCount += 1
    }
    let lines = ShardRecord.lines(done.map(\.record))
    let trailer = ShardTrailer(
      shard: self, basis: basis, itemCount: done.count, records: SHA256.hash(lines),
      models: Self.digest(done.map(\.stamp)))
    try DurableFile.replace(path, with: lines + trailer.json.canonicalBytes + [0x0A])
    try journal.remove()
    return ShardRun(done.map(\.record), madeCount: madeCount)
  }

  /// The part that is there, if it is whole, of this question, and about the models as they are.
  private func wholePart(
    _ path: String, _ basis: ShardBasis, _ items: [ManifestItem], _ question: ShardQuestion
  ) -> ShardPart? {
    guard FileSystem.exists(path), let part = try? ShardPart(reading: path, shard: self),
      part.basis == basis, part.records.allSatisfy(question.holds),
      part.models == Self.digest(items.map { Self.stamp($0, question) })
    else { return nil }
    return part
  }

  /// What cannot be looked at has a stamp too: what is wrong with it.
  private static func stamp(_ item: ManifestItem, _ question: ShardQuestion) -> Digest {
    do throws(Problem) {
      return try ModelStamp(of: item.path, context: question.context).digest
    } catch {
      return SHA256.hash(Array("\(question.context.tagged) \(error)".utf8))
    }
  }

  private static func digest(_ stamps: [Digest]) -> Digest {
    SHA256.hash(stamps.flatMap(\.bytes))
  }
}
