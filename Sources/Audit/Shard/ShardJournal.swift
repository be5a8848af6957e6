// What a shard has done so far, kept while it runs: a killed shard goes on where it was.
//
//     .part-<i>-of-<n>.partial   {"basis": …}, then a line {"record", "stamp"} for each model done
//
// Promises: a line is on the disk before the next model is begun; a line that was cut is left out;
// a journal of another manifest, policy, profile or program counts for nothing; it is gone once the
// part is there. Does not: say which shard is running.

import Base
import Crypto

/// The records of a shard that is not whole yet.
struct ShardJournal {
  /// A record, and the stamp that its model had.
  struct Entry {
    let record: ShardRecord
    let stamp: Digest
  }

  private let path: String
  /// By the id of the item.
  private(set) var entries: [ByteName: Entry] = [:]

  /// Opens the journal of a part, or begins it.
  /// - Parameter isFresh: what an earlier run did is thrown away.
  init(
    of shard: Shard, in directory: String, basis: ShardBasis, isFresh: Bool
  ) throws(Problem) {
    path = FileSystem.join(directory, shard.journalName)
    let head = JSON.object(["basis": basis.json]).canonicalBytes
    var lines: [[UInt8]] = [head]
    if !isFresh, FileSystem.kind(of: path) == .file {
      let bytes = try FileSystem.read(path, limitBytes: ShardPart.byteCountMax)
      let old = bytes.split(separator: 0x0A).map(Array.init)
      if old.first == head {
        for line in old.dropFirst() {
          guard let entry = Entry(line: line) else { continue }
          entries[ByteName(entry.record.id)] = entry
          lines.append(line)
        }
      }
    }
    try DurableFile.replace(path, with: lines.flatMap { $0 + [0x0A] })
  }

  /// Adds what came of a model.
  mutating func add(_ entry: Entry) throws(Problem) {
    entries[ByteName(entry.record.id)] = entry
    try DurableAppend.append(entry.line + [0x0A], to: path)
  }

  /// Takes the journal away.
  func remove() throws(Problem) { try FileSystem.remove(path) }

  /// Takes away what an earlier run of a whole part left.
  static func remove(of shard: Shard, in directory: String) throws(Problem) {
    let path = FileSystem.join(directory, shard.journalName)
    if FileSystem.exists(path) { try FileSystem.remove(path) }
  }
}
