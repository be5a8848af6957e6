// Making a directory with its files so that it is there whole or not at all.
//
//     mkdir(temp)  each file: write, fsync, rename, fsync(its directory)  rename(temp, path)
//     fsync(parent)
//
// A crash before the last rename leaves a hidden directory beside `path` and nothing at `path`;
// an error removes that too.

import Glibc

public enum DurableDirectory {
  /// A file of the new directory: its path below it, its bytes, its mode.
  public struct File: Sendable {
    public let path: String
    public let bytes: [UInt8]
    public let mode: UInt32

    public init(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) {
      self.path = path
      self.bytes = bytes
      self.mode = mode
    }
  }

  /// Makes `path`, which must not be there yet, with these files. Directories have `mode`.
  public static func create(
    _ path: String, files: [File], mode: UInt32 = 0o755
  ) throws(Problem) {
    try checkAbsent(path)
    let parent = FileSystem.directoryName(path)
    let temporary = FileSystem.join(
      parent, ".\(FileSystem.lastComponent(path)).\(Hex.encode(SystemRandom.bytes(6))).tmp")
    try FileSystem.makeDirectories(temporary, mode: mode)
    do throws(Problem) {
      for file in files {
        let place = FileSystem.join(temporary, file.path)
        try FileSystem.makeDirectories(FileSystem.directoryName(place), mode: mode)
        try DurableFile.replace(place, with: file.bytes, mode: file.mode)
      }
      try DurableFile.syncDirectory(temporary)
      try checkAbsent(path)
      guard rename(temporary, path) == 0 else { throw openProblem(path, errno) }
    } catch {
      try? FileSystem.remove(temporary)
      throw error
    }
    try DurableFile.syncDirectory(parent)
  }

  /// Throws if something is at `path`, or no folder to put it in: to be asked before long work
  /// whose result goes there.
  public static func checkAbsent(_ path: String) throws(Problem) {
    let parent = FileSystem.directoryName(path)
    guard (try? FileSystem.realPath(parent)) != nil else {
      throw Problem(
        .usage, "no_folder", place: parent, reason: "there is no such folder to put it in",
        remedy: "make it first")
    }
    guard !FileSystem.exists(path) else {
      throw Problem(
        .usage, "exists", place: path, reason: "there is something here already",
        remedy: "give a path that does not exist yet")
    }
  }
}
