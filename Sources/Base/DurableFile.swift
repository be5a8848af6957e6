// Replacing a file so that a crash leaves the old one or the new one, whole.
//
//     open(temp, O_CREAT|O_EXCL)  write…  fsync(temp)  rename(temp, path)  fsync(directory)
//
// A failed fsync is final: the system may have dropped the pages (Pillai et al., OSDI 2014;
// "fsyncgate", 2018), so nothing is retried and the old file stays. Readers of `path` never see
// a part of the new bytes.

import Glibc

public enum DurableFile {
  /// Writes `bytes` to `path`, durably and at once. `mode` is that of the new file.
  public static func replace(
    _ path: String, with bytes: [UInt8], mode: UInt32 = 0o644
  ) throws(Problem) {
    let temporary = try writeTemporary(path, bytes, mode: mode)
    try put(temporary, at: path)
    try syncDirectory(FileSystem.directoryName(path))
  }

  /// The same for contents that are made piece by piece and need not be in memory at once:
  /// `body` is handed a function that appends bytes. If it throws, the old file stays.
  public static func replace(
    _ path: String, mode: UInt32 = 0o644,
    with body: ((RawSpan) throws(Problem) -> Void) throws(Problem) -> Void
  ) throws(Problem) {
    let temporary = try writeTemporary(path, mode: mode) { (descriptor) throws(Problem) in
      try body { (bytes) throws(Problem) in try writeAll(descriptor, bytes, path) }
    }
    try put(temporary, at: path)
    try syncDirectory(FileSystem.directoryName(path))
  }

  /// Writes several files, each whole or not at all, and returns when all are durable. All
  /// contents are on the disk before the first file gets its name; their order is not promised.
  /// Faster than one `replace` after another: a directory is synced once, and the waits overlap.
  public static func replaceAll(
    _ files: [(path: String, bytes: [UInt8])], mode: UInt32 = 0o644
  ) throws(Problem) {
    let outcomes = ResultSlots<Result<String, Problem>>(count: files.count)
    Parallel.forEachWaiting(files.count) { index in
      outcomes.set(
        index,
        Result { () throws(Problem) in
          try writeTemporary(files[index].path, files[index].bytes, mode: mode)
        })
    }
    let written = outcomes.values
    do throws(Problem) {
      for (file, outcome) in zip(files, written) { try put(try outcome.get(), at: file.path) }
    } catch {
      for case .success(let temporary) in written { unsafe unlink(temporary) }
      throw error
    }
    let directories = Set(files.map { FileSystem.directoryName($0.path) }).sorted()
    let synced = ResultSlots<Result<Void, Problem>>(count: directories.count)
    Parallel.forEachWaiting(directories.count) { index in
      synced.set(index, Result { () throws(Problem) in try syncDirectory(directories[index]) })
    }
    for outcome in synced.values { try outcome.get() }
  }

  /// The bytes in a new durable file beside `path`; returns its path.
  private static func writeTemporary(
    _ path: String, _ bytes: [UInt8], mode: UInt32
  ) throws(Problem) -> String {
    try writeTemporary(path, mode: mode) { (descriptor) throws(Problem) in
      try unsafe writeAll(descriptor, bytes.span.bytes, path)
    }
  }

  private static func writeTemporary(
    _ path: String, mode: UInt32, fill: (Int32) throws(Problem) -> Void
  ) throws(Problem) -> String {
    let suffix = Hex.encode(SystemRandom.bytes(6))
    let temporary = FileSystem.join(
      FileSystem.directoryName(path), ".\(FileSystem.lastComponent(path)).\(suffix).tmp")
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
    guard descriptor >= 0 else { throw openProblem(path, errno) }
    do throws(Problem) {
      try fill(descriptor)
      guard fsync(descriptor) == 0 else { throw syncProblem(path, errno) }
    } catch {
      close(descriptor)
      unsafe unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0 else {
      let code = errno
      unsafe unlink(temporary)
      throw openProblem(path, code)
    }
    return temporary
  }

  private static func put(_ temporary: String, at path: String) throws(Problem) {
    guard unsafe rename(temporary, path) == 0 else {
      let code = errno
      unsafe unlink(temporary)
      throw openProblem(path, code)
    }
  }

  /// Makes the names in a directory durable: after a rename or a new file.
  public static func syncDirectory(_ directory: String) throws(Problem) {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw openProblem(directory, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw syncProblem(directory, errno) }
  }

  static func writeAll(
    _ descriptor: Int32, _ bytes: RawSpan, _ path: String
  ) throws(Problem) {
    var offset = 0
    while offset < bytes.byteCount {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(
          descriptor, buffer.baseAddress.map { unsafe $0 + offset }, bytes.byteCount - offset)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw openProblem(path, errno)
      }
      offset += count
    }
  }
}
