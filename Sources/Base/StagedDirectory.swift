// A directory in the making, hidden beside the path that it is for, until it gets its name.
//
//     mkdir(temp)  each file: write, fsync, rename, fsync(its directory)  rename(temp, path)
//     fsync(parent)
//
// For work that must not fail late: what is known is written first, room is held for what is still
// to come, then something happens that cannot be taken back, then the rest is written where the
// room was and the directory gets its name. A crash before the last rename leaves the hidden
// directory and nothing at `path`.

import Glibc

/// The hidden directory.
public struct StagedDirectory: Sendable {
  public let path: String
  /// Where it is until it has its name.
  public let temporary: String
  private let mode: UInt32

  private static let reserveName = ".room"

  /// Makes the hidden directory. Throws if something is at `path`, if there is no folder to put it
  /// in, or if that folder cannot be written.
  public init(for path: String, mode: UInt32 = 0o755) throws(Problem) {
    try DurableDirectory.checkAbsent(path)
    self.path = path
    self.mode = mode
    temporary = FileSystem.join(
      FileSystem.directoryName(path),
      ".\(FileSystem.lastComponent(path)).\(Hex.encode(SystemRandom.bytes(6))).tmp")
    try FileSystem.makeDirectories(temporary, mode: mode)
  }

  /// Writes files below it, each durable.
  public func add(_ files: [DurableDirectory.File]) throws(Problem) {
    for file in files {
      let place = FileSystem.join(temporary, file.path)
      try FileSystem.makeDirectories(FileSystem.directoryName(place), mode: mode)
      try DurableFile.replace(place, with: file.bytes, mode: file.mode)
    }
  }

  /// Takes room on the disk for what is still to come, so that a full disk shows now.
  public func reserve(bytes: Int) throws(Problem) {
    // Random bytes: a file system that packs or shares blocks would hold none for zeros.
    try DurableFile.replace(
      FileSystem.join(temporary, Self.reserveName), with: SystemRandom.bytes(bytes), mode: 0o600)
  }

  /// Gives the room back.
  public func release() throws(Problem) {
    try FileSystem.remove(FileSystem.join(temporary, Self.reserveName))
  }

  /// Gives the directory its name. Throws if something is at `path` by now; the hidden directory
  /// then stays as it is.
  public func publish() throws(Problem) {
    try DurableFile.syncDirectory(temporary)
    try DurableDirectory.checkAbsent(path)
    guard unsafe rename(temporary, path) == 0 else { throw openProblem(path, errno) }
    try DurableFile.syncDirectory(FileSystem.directoryName(path))
  }

  /// Removes the hidden directory with all that is in it.
  public func discard() { try? FileSystem.remove(temporary) }
}
