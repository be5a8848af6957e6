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
    let directory = FileSystem.directoryName(path)
    let suffix = Hex.encode(SystemRandom.bytes(6))
    let temporary = FileSystem.join(
      directory, ".\(FileSystem.lastComponent(path)).\(suffix).tmp")
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
    guard descriptor >= 0 else { throw openProblem(path, errno) }
    do throws(Problem) {
      try writeAll(descriptor, bytes, path)
      guard fsync(descriptor) == 0 else { throw openProblem(path, errno) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0, rename(temporary, path) == 0 else {
      let code = errno
      unlink(temporary)
      throw openProblem(path, code)
    }
    try syncDirectory(directory)
  }

  /// Makes the names in a directory durable: after a rename or a new file.
  public static func syncDirectory(_ directory: String) throws(Problem) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw openProblem(directory, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw openProblem(directory, errno) }
  }

  private static func writeAll(
    _ descriptor: Int32, _ bytes: [UInt8], _ path: String
  ) throws(Problem) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        write(descriptor, buffer.baseAddress.map { $0 + offset }, bytes.count - offset)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw openProblem(path, errno)
      }
      offset += count
    }
  }
}
