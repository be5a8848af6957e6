// What lies in a watched directory: for each direct child directory, whether it looks whole, and a
// stamp that changes with any file in it.
//
// The stamp is a digest over path, size, times and inode of every file, so a rename, a rewrite, a
// write through a hard link and a replaced file all change it; reading or listing does not. A child
// is unfinished while a download's leftovers lie in it or an index names a shard that is not there.

import Base
import Crypto

/// One child directory at one moment.
struct ModelSurvey: Equatable, Sendable {
  let name: String
  let path: String
  /// Nil while the child is unfinished.
  let stamp: Digest?
  /// The child and every directory in it.
  let directories: [String]

  private static let unfinishedSuffixes = [
    ".incomplete", ".part", ".partial", ".lock", ".tmp", ".download", ".crdownload",
  ]
  private static let filesMax = 100_000
  private static let indexBytesMax = 64 << 20

  /// The children of `directory`, links left aside.
  static func children(of directory: String) throws(Problem) -> [ModelSurvey] {
    var found: [ModelSurvey] = []
    for entry in try FileSystem.entries(of: directory)
    where entry.kind == .directory && !entry.name.hasPrefix(".") {
      // A child that vanishes or cannot be read now is looked at the next time.
      if let survey = try? ModelSurvey(name: entry.name, in: directory) { found.append(survey) }
    }
    return found
  }

  private init(name: String, in directory: String) throws(Problem) {
    self.name = name
    path = FileSystem.join(directory, name)
    let files = try FileSystem.walk(path)
    var directories: Set<String> = [path]
    var text = ""
    var isWhole = !files.isEmpty && files.count <= Self.filesMax && !Self.isUnfinished(name)
    for (file, kind) in files {
      directories.insert(FileSystem.directoryName(FileSystem.join(path, file)))
      if Self.isUnfinished(file) { isWhole = false }
      guard kind == .file else {
        text += "\(file)\u{0}\(kind)\u{0}"
        continue
      }
      guard let stamp = FileSystem.stamp(of: FileSystem.join(path, file)) else {
        isWhole = false
        continue
      }
      text += "\(file)\u{0}\(stamp)\u{0}"
    }
    self.directories = directories.sorted()
    isWhole = isWhole && Self.hasAllShards(path, files.map(\.path))
    stamp = isWhole ? SHA256.hash(Array(text.utf8)) : nil
  }

  private static func isUnfinished(_ name: String) -> Bool {
    let last = FileSystem.lastComponent(name)
    return last.hasPrefix(".tmp") || unfinishedSuffixes.contains { last.hasSuffix($0) }
  }

  /// Whether every shard that an index file names is there.
  private static func hasAllShards(_ directory: String, _ files: [String]) -> Bool {
    let present = Set(files.map { ByteName($0) })
    for index in files where index.hasSuffix(".index.json") {
      guard
        let bytes = try? FileSystem.read(
          FileSystem.join(directory, index), limitBytes: indexBytesMax),
        let json = try? JSON.parse(bytes), let map = json["weight_map"]?.object
      else { continue }  // What is wrong with it, the check will say.
      let folder = FileSystem.directoryName(index)
      for member in map {
        guard let shard = member.value.string else { continue }
        let place = folder == "." ? shard : FileSystem.join(folder, shard)
        if !present.contains(ByteName(place)) { return false }
      }
    }
    return true
  }
}
