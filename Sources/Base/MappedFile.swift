// A file as bytes in memory, without reading it whole.
//
// Opened without following links and without blocking on a pipe, mapped to the size that `fstat`
// gave for the open descriptor. The mapping lives as long as the object. Where another process
// shortens the file meanwhile, readers see zeros (MappedFile+Guard.swift); `checkUnchanged` tells.

import Glibc

/// What tells one state of a file from another.
public struct FileStamp: Hashable, Sendable {
  public let sizeBytes: Int
  public let mtimeNs: Int64
  public let ctimeNs: Int64
  public let inode: UInt64
  public let device: UInt64

  init(_ status: stat) {
    sizeBytes = Int(status.st_size)
    mtimeNs = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    ctimeNs = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    inode = UInt64(status.st_ino)
    device = UInt64(status.st_dev)
  }
}

/// A regular file, mapped read-only.
@safe public final class MappedFile: Sendable {
  public let path: String
  public let stamp: FileStamp
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
  private let descriptor: Int32
  private let guardSlot: Int?

  public var byteCount: Int { stamp.sizeBytes }

  /// Throws `unreadable` if the file cannot be opened, `not_a_file` for links, pipes and the like.
  public init(path: String) throws(Problem) {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw openProblem(path, errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw openProblem(path, code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw Problem(
        .malformed, "not_a_file", place: path, reason: "this is not a regular file",
        remedy: "give a regular file; links, pipes and devices are refused")
    }
    let stamp = FileStamp(status)
    var base: UnsafeMutableRawPointer?
    if stamp.sizeBytes > 0 {
      unsafe base = mmap(nil, stamp.sizeBytes, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard unsafe base != MAP_FAILED else {
        let code = errno
        close(descriptor)
        throw openProblem(path, code)
      }
    }
    self.path = path
    self.stamp = stamp
    unsafe self.base = base
    self.descriptor = descriptor
    guardSlot = unsafe base.flatMap { unsafe MappingGuard.protect($0, stamp.sizeBytes) }
  }

  deinit {
    if let guardSlot { MappingGuard.release(guardSlot) }
    if let base = unsafe base { unsafe munmap(base, byteCount) }
    close(descriptor)
  }

  /// The whole file, for the time of the call.
  public func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    let buffer = unsafe UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : byteCount)
    return try unsafe body(buffer.bytes)
  }

  /// A copy of `count` bytes from `offset`, or nil if they do not lie in the file.
  public func bytes(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= byteCount, byteCount - offset >= count else {
      return nil
    }
    return withBytes {
      unsafe $0.extracting(offset..<offset + count).withUnsafeBytes { unsafe Array($0) }
    }
  }

  /// Throws `changed` if the file is no longer what was mapped.
  public func checkUnchanged() throws(Problem) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw openProblem(path, errno) }
    guard FileStamp(status) == stamp else { throw Self.changed(path) }
  }

  /// Throws `changed` if the file is not the one that bore this stamp.
  public func check(is expected: FileStamp?) throws(Problem) {
    guard stamp == expected else { throw Self.changed(path) }
  }

  /// What is thrown for a file that is not the one that was read before.
  public static func changed(_ path: String) -> Problem {
    Problem(
      .malformed, "changed", place: path, reason: "the file changed while it was read",
      remedy: "run again when nothing writes to it")
  }

  /// Asks the system to read these bytes ahead.
  public func adviseWillNeed(offset: Int, count: Int) {
    advise(offset: offset, count: count, MADV_WILLNEED)
  }

  /// Tells the system that these bytes are not needed again soon, so that a large model does not
  /// push everything else out of memory.
  public func adviseDontNeed(offset: Int, count: Int) {
    advise(offset: offset, count: count, MADV_DONTNEED)
  }

  private func advise(offset: Int, count: Int, _ advice: Int32) {
    guard let base = unsafe base, offset >= 0, count > 0, offset < byteCount else { return }
    let page = 4096
    let start = offset / page * page
    let end = min(byteCount, offset + min(count, byteCount - offset))
    unsafe madvise(base + start, end - start, advice)
  }
}

/// The problem of a path that could not be synced. Nobody knows what the disk holds then, unless
/// the system only says that there is nothing to sync here.
func syncProblem(_ path: String, _ code: Int32) -> Problem {
  guard ![EINVAL, EROFS, EBADF, EINTR].contains(code) else { return openProblem(path, code) }
  return Problem(
    .failure, "sync_failed", place: path,
    reason: unsafe "what was written may be lost: \(String(cString: strerror(code)))",
    remedy: "look at the disk; then start again")
}

/// The problem of a path that could not be opened; `code` is errno.
func openProblem(_ path: String, _ code: Int32) -> Problem {
  let reason = unsafe String(cString: strerror(code))
  return switch code {
  case ENOENT, ENOTDIR:
    Problem(
      .malformed, "not_found", place: path, reason: "there is no such file or directory",
      remedy: "check the path")
  case ELOOP:
    Problem(
      .malformed, "not_a_file", place: path, reason: "this is a symbolic link",
      remedy: "give the file itself; links are not followed")
  case EACCES, EPERM:
    Problem(
      .malformed, "unreadable", place: path, reason: "permission denied",
      remedy: "give this user the right to read it")
  case ENOSPC, EDQUOT:
    Problem(
      .failure, "disk_full", place: path, reason: reason, remedy: "make room and run again")
  default: Problem(.failure, "io", place: path, reason: reason)
  }
}
