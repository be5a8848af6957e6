// Files below a directory, reached without following any link on the way.
//
// A path that was judged as text can lead elsewhere a moment later, when somebody puts a link in
// its place. Here each part of the way is opened from the one before, links refused, so what is
// found lies below the root whatever happens to names meanwhile (openat(2), O_NOFOLLOW).

import Glibc

/// A directory that nothing below it leads out of.
public struct BeneathRoot: Sendable {
  /// The directory, with links resolved.
  public let path: String

  public init(_ path: String) { self.path = path }

  /// The stamp of the regular file at `path`, which must lie below the root by its text; nil if
  /// some part of the way is a link or is not there.
  public func stamp(of file: String) -> FileStamp? {
    guard let parts = parts(of: file), let name = parts.last else { return nil }
    var directory = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return nil }
    defer { close(directory) }
    for part in parts.dropLast() {
      let next = unsafe openat(
        directory, String(part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard next >= 0 else { return nil }
      close(directory)
      directory = next
    }
    var status = stat()
    guard unsafe fstatat(directory, String(name), &status, AT_SYMLINK_NOFOLLOW) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return FileStamp(status)
  }

  /// Whether `file` lies below the root by its text.
  public func contains(_ file: String) -> Bool { parts(of: file) != nil }

  private func parts(of file: String) -> [Substring]? {
    let root = path == "/" ? "/" : path + "/"
    guard file.utf8.starts(with: root.utf8) else { return nil }
    let parts = String(decoding: file.utf8.dropFirst(root.utf8.count), as: UTF8.self)
      .split(separator: "/")
    return parts.isEmpty || parts.contains("..") || parts.contains(".") ? nil : parts
  }
}
