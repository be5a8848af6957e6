// What lies in a watched directory: for each direct child directory, whether it looks whole, and a
// stamp that changes with any file in it.
//
// The stamp is a digest over path, size, times and inode of every file, so a rename, a rewrite, a
// write through a hard link and a replaced file all change it; reading or listing does not. A link
// counts as what it leads to.
//
// A child is not whole while a download's leftovers lie in it, an index names a shard that is not
// there, or something in it cannot be looked at. What is not whole says why: nothing is left out
// without a word but empty directories, links and hidden names. A lock says that somebody may be
// writing, for as long as it is young; what died left an old one, and the locks of the Hugging Face
// cache are left behind by every download.

import Base
import Crypto

/// One child at one moment.
struct ModelSurvey: Equatable, Sendable {
  enum State: Equatable, Sendable {
    /// No files yet.
    case empty
    case whole(stamp: Digest)
    /// Why it cannot be checked now.
    case unchecked(reason: String)
  }

  let name: String
  let path: String
  let state: State
  /// The child and every directory in it.
  let directories: [String]

  /// Whether files lie in it, and its name can be asked for.
  var isModel: Bool { state != .empty && !directories.isEmpty }

  private static let unfinishedSuffixes = [
    ".incomplete", ".part", ".partial", ".tmp", ".download", ".crdownload",
  ]
  private static let cache = ".cache/huggingface/"
  private static let filesMax = 100_000
  private static let indexBytesMax = 64 << 20

  /// The children of `directory`, links left aside.
  /// - Parameter lockSeconds: a lock younger than this at `now` holds a child back.
  static func children(
    of directory: String, at now: Instant, lockSeconds: Int64
  ) throws(Problem) -> [ModelSurvey] {
    let (names, strange) = try FileSystem.listing(of: directory)
    var found: [ModelSurvey] = []
    for name in names where !name.hasPrefix(".") {
      let path = FileSystem.join(directory, name)
      guard FileSystem.kind(of: path) == .directory else { continue }
      found.append(ModelSurvey(name: name, path: path, at: now, lockSeconds: lockSeconds))
    }
    for bytes in strange {
      found.append(ModelSurvey(strange: bytes, in: directory))
    }
    return found
  }

  private init(name: String, path: String, at now: Instant, lockSeconds: Int64) {
    self.name = name
    self.path = path
    var directories: Set<String> = [path]
    let state: State
    do throws(Problem) {
      let files = try FileSystem.walk(path)
      for file in files {
        directories.insert(FileSystem.directoryName(FileSystem.join(path, file.path)))
      }
      state = try Self.state(of: path, name, files, at: now, lockSeconds: lockSeconds)
    } catch {
      state = .unchecked(reason: "\(error)")
    }
    self.directories = directories.sorted()
    self.state = state
  }

  /// A child whose name is not UTF-8: it cannot be asked for, but it is told of.
  private init(strange bytes: [UInt8], in directory: String) {
    name = bytes.map { byte in
      (0x20..<0x7F).contains(byte)
        ? String(Unicode.Scalar(byte)) : "\\x" + Hex.encode([byte])
    }.joined()
    path = FileSystem.join(directory, name)
    directories = []
    state = .unchecked(
      reason: "the name with bytes \(Hex.encode(bytes)) is not UTF-8; rename it")
  }

  private static func state(
    of path: String, _ name: String, _ files: [(path: String, kind: FileSystem.Kind)],
    at now: Instant, lockSeconds: Int64
  ) throws(Problem) -> State {
    guard !files.isEmpty else { return .empty }
    if isUnfinished(name) { return .unchecked(reason: "by its name it is not finished") }
    guard files.count <= filesMax else {
      return .unchecked(reason: "it holds more than \(filesMax) files")
    }
    var text = ""
    for (file, kind) in files {
      if isUnfinished(file) {
        return .unchecked(reason: "\(file): a download has not finished")
      }
      let whole = FileSystem.join(path, file)
      let target = try FileSystem.target(of: whole)
      if isLock(file), isYoung(target.stamp, at: now, lockSeconds) {
        return .unchecked(reason: "\(file): the lock is young, somebody may be writing")
      }
      text += "\(file)\u{0}\(kind)\u{0}"
      if target.kind == .file { text += "\(target.stamp)\u{0}" }
    }
    if let shard = missingShard(path, files.map(\.path)) {
      return .unchecked(reason: "\(shard): an index names it and it is not there")
    }
    return .whole(stamp: SHA256.hash(Array(text.utf8)))
  }

  private static func isUnfinished(_ name: String) -> Bool {
    let last = FileSystem.lastComponent(name)
    return last.hasPrefix(".tmp") || unfinishedSuffixes.contains { last.hasSuffix($0) }
  }

  private static func isLock(_ file: String) -> Bool {
    file.hasSuffix(".lock") && !file.hasPrefix(cache) && !file.contains("/" + cache)
  }

  /// A lock of a time to come is a clock's mistake; it is no younger the further off it lies.
  private static func isYoung(_ stamp: FileStamp, at now: Instant, _ lockSeconds: Int64) -> Bool {
    (now.seconds - stamp.mtimeNs / 1_000_000_000).magnitude < lockSeconds.magnitude
  }

  /// The first shard that an index file names and that is not there.
  private static func missingShard(_ directory: String, _ files: [String]) -> String? {
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
        if !present.contains(ByteName(place)) { return place }
      }
    }
    return nil
  }

  /// Throws if a file of the child cannot be read now: a check would find the same and call it
  /// the model's fault.
  func probe() throws(Problem) {
    for (file, kind) in try FileSystem.walk(path) where kind == .file || kind == .link {
      try FileSystem.probe(FileSystem.join(path, file))
    }
  }
}
