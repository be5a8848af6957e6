// Making a directory with its files so that it is there whole or not at all.
//
// The files are written to a hidden directory beside `path` (StagedDirectory.swift), which then
// gets its name. A crash before that leaves the hidden directory and nothing at `path`; an error
// removes that too.

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
    let staged = try StagedDirectory(for: path, mode: mode)
    do throws(Problem) {
      try staged.add(files)
      try staged.publish()
    } catch {
      staged.discard()
      throw error
    }
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
