// Adding to a file that only grows, so that what was added is on the disk before the call returns.
//
//     open(O_APPEND)  write…  fsync(file)  fsync(directory, for a new file)
//
// If a write or the sync fails, the file is cut back to the length it had, as far as the system
// still does that, and the error is thrown. A process that dies in the middle leaves a part of the
// bytes: the form of the file must let a reader see that. Callers hold a lock on the file.

import Glibc

public enum DurableAppend {
  /// Appends `bytes`; a file that is not there is made with `mode`. Links are not followed.
  public static func append(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644
  ) throws(Problem) {
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    let descriptor = unsafe open(path, flags, mode_t(mode))
    guard descriptor >= 0 else { throw openProblem(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw openProblem(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(
        .malformed, "not_a_file", place: path, reason: "this is not a regular file",
        remedy: "nothing is appended to links, pipes and devices")
    }
    do throws(Problem) {
      try unsafe DurableFile.writeAll(descriptor, bytes.span.bytes, path)
      guard fsync(descriptor) == 0 else { throw syncProblem(path, errno) }
      if status.st_size == 0 {
        try DurableFile.syncDirectory(FileSystem.directoryName(path))
      }
    } catch {
      if ftruncate(descriptor, status.st_size) == 0 { fsync(descriptor) }
      throw error
    }
  }
}
