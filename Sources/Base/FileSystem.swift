// Reading and making files and folders. Writing that must survive a crash is in DurableFile.swift.
//
// Names that are not UTF-8 are an error, since no report could name them; `listing` alone tells
// them apart from the rest. Links are told apart and never followed by `entries` and `walk`.

import Glibc

/// What the rest of the program may ask of the file system.
public enum FileSystem {
  public enum Kind: Sendable { case file, directory, link, other }

  /// One name in a directory.
  public struct Entry: Sendable {
    public let name: String
    public let kind: Kind
  }

  /// The whole file, at most `limitBytes`.
  public static func read(_ path: String, limitBytes: Int) throws(Problem) -> [UInt8] {
    let file = try MappedFile(path: path)
    guard file.byteCount <= limitBytes else {
      throw Problem(
        .malformed, "too_large", place: path,
        reason: "\(file.byteCount) bytes exceed the limit of \(limitBytes)",
        remedy: "give a smaller file")
    }
    return file.bytes(at: 0, count: file.byteCount) ?? []
  }

  /// Standard input to its end, at most `limitBytes`.
  public static func readStandardInput(limitBytes: Int) throws(Problem) -> [UInt8] {
    try readToEnd(0, place: "standard input", limitBytes: limitBytes)
  }

  /// What can still be read of an open file or pipe, at most `limitBytes`.
  static func readToEnd(
    _ descriptor: Int32, place: String, limitBytes: Int
  ) throws(Problem) -> [UInt8] {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return result }
      if count < 0 {
        if errno == EINTR { continue }
        throw openProblem(place, errno)
      }
      result += chunk[..<count]
      guard result.count <= limitBytes else {
        throw Problem(
          .malformed, "too_large", place: place, reason: "more than \(limitBytes) bytes",
          remedy: "give less at a time")
      }
    }
  }

  /// What `path` itself is (a link is a link), or nil if there is nothing.
  public static func kind(of path: String) -> Kind? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return kind(status)
  }

  public static func exists(_ path: String) -> Bool { kind(of: path) != nil }

  /// The stamp of a regular file that is not a link, or nil.
  public static func stamp(of path: String) -> FileStamp? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, kind(status) == .file else { return nil }
    return FileStamp(status)
  }

  /// The stamp of whatever is there, a directory too; nil if there is nothing. That of a directory
  /// changes with its names, not with what is written into a file of it.
  public static func anyStamp(of path: String) -> FileStamp? {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? FileStamp(status) : nil
  }

  /// The names in a directory, without "." and "..", sorted by their bytes.
  public static func entries(of directory: String) throws(Problem) -> [Entry] {
    let (names, strange) = try listing(of: directory)
    if let bytes = strange.first {
      throw Problem(
        .malformed, "name_not_utf8", place: directory,
        reason: "the file name with bytes \(Hex.encode(bytes)) is not UTF-8",
        remedy: "rename the file")
    }
    var found: [Entry] = []
    for name in names {
      var status = stat()
      let path = join(directory, name)
      if unsafe lstat(path, &status) == 0 {
        found.append(Entry(name: name, kind: kind(status)))
      } else if errno != ENOENT {
        // Only a file that has gone meanwhile may be left out.
        throw openProblem(path, errno)
      }
    }
    return found
  }

  /// The same names, and beside them those that are not UTF-8. What they are is not asked.
  public static func listing(
    of directory: String
  ) throws(Problem) -> (names: [String], strange: [[UInt8]]) {
    guard let handle = unsafe opendir(directory) else { throw openProblem(directory, errno) }
    defer { unsafe closedir(handle) }
    var names: [String] = []
    var strange: [[UInt8]] = []
    errno = 0
    while let item = unsafe readdir(handle) {
      let bytes = unsafe withUnsafeBytes(of: &item.pointee.d_name) {
        unsafe Array($0.prefix { $0 != 0 })
      }
      if let name = String(validating: bytes, as: UTF8.self) {
        if name != ".", name != ".." { names.append(name) }
      } else {
        strange.append(bytes)
      }
      errno = 0
    }
    guard errno == 0 else { throw openProblem(directory, errno) }
    names.sort { ByteName($0) < ByteName($1) }
    return (names, strange.sorted { ByteName(bytes: $0) < ByteName(bytes: $1) })
  }

  /// Throws if a file, or what a link leads to, cannot be read now: its first byte is asked for.
  public static func probe(_ path: String) throws(Problem) {
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw openProblem(path, errno) }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    guard unsafe pread(descriptor, &byte, 1, 0) >= 0 || errno == EISDIR || errno == ESPIPE else {
      throw openProblem(path, errno)
    }
  }

  /// What a link leads to: its stamp if that is a regular file, and what it is at all. Throws if
  /// there is nothing or it cannot be looked at.
  public static func target(
    of link: String
  ) throws(Problem) -> (kind: Kind, stamp: FileStamp) {
    var status = stat()
    guard unsafe stat(link, &status) == 0 else { throw openProblem(link, errno) }
    return (kind(status), FileStamp(status))
  }

  /// The text of a link; nil if there is no link of this name.
  public static func linkTarget(of link: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(link, &buffer, buffer.count)
    guard count > 0, count < buffer.count else { return nil }
    return String(
      validating: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Every file, link and other thing below `directory` as a path relative to it, in byte order
  /// of the whole path. Directories are walked and not listed.
  public static func walk(
    _ directory: String, depthMax: Int = 64
  ) throws(Problem) -> [(path: String, kind: Kind)] {
    var found: [(path: String, kind: Kind)] = []
    var pending: [(relative: String, depth: Int)] = [("", 0)]
    while let (relative, depth) = pending.popLast() {
      guard depth <= depthMax else {
        throw Problem(
          .malformed, "too_deep", place: join(directory, relative),
          reason: "directories nested deeper than \(depthMax) levels")
      }
      for entry in try entries(of: relative.isEmpty ? directory : join(directory, relative)) {
        let path = relative.isEmpty ? entry.name : relative + "/" + entry.name
        if entry.kind == .directory {
          pending.append((path, depth + 1))
        } else {
          found.append((path, entry.kind))
        }
      }
    }
    return found.sorted { ByteName($0.path) < ByteName($1.path) }
  }

  /// Makes one directory (its parent must be there). It is no error if it is there already.
  public static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(Problem) {
    if unsafe mkdir(path, mode_t(mode)) != 0, errno != EEXIST { throw openProblem(path, errno) }
  }

  /// Makes a directory and the parents it lacks.
  public static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(Problem) {
    if kind(of: path) == .directory { return }
    let parent = directoryName(path)
    if parent != path, parent != "." { try makeDirectories(parent, mode: mode) }
    try makeDirectory(path, mode: mode)
  }

  /// Removes a file or a directory with all that is in it; links are removed, not followed.
  public static func remove(_ path: String) throws(Problem) {
    guard let kind = kind(of: path) else { return }
    if kind == .directory {
      for entry in try entries(of: path) { try remove(join(path, entry.name)) }
      if unsafe rmdir(path) != 0 { throw openProblem(path, errno) }
    } else if unsafe unlink(path) != 0, errno != ENOENT {
      throw openProblem(path, errno)
    }
  }

  /// A new empty directory of mode 0700 under $TMPDIR or /tmp.
  public static func temporaryDirectory(prefix: String) throws(Problem) -> String {
    let parent = environment("TMPDIR") ?? "/tmp"
    var template = Array(join(parent, prefix + "-XXXXXX").utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw openProblem(parent, errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The absolute path with every link resolved.
  public static func realPath(_ path: String) throws(Problem) -> String {
    guard let resolved = unsafe realpath(path, nil) else { throw openProblem(path, errno) }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  public static func currentDirectory() -> String {
    guard let buffer = unsafe getcwd(nil, 0) else { return "." }
    defer { unsafe free(buffer) }
    return unsafe String(cString: buffer)
  }

  /// The value of an environment variable that is set and not empty.
  public static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
    return unsafe String(cString: value)
  }
}

// MARK: Paths

extension FileSystem {
  /// `directory/name`, with one slash.
  public static func join(_ directory: String, _ name: String) -> String {
    directory.isEmpty ? name : directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// The last part of a path: "b" of "a/b" and of "a/b/".
  public static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// What stands before the last part: "a" of "a/b", "." of "b", "/" of "/b".
  public static func directoryName(_ path: String) -> String {
    let parts = path.split(separator: "/")
    let head = parts.dropLast().joined(separator: "/")
    if path.hasPrefix("/") { return "/" + head }
    return head.isEmpty ? "." : head
  }

  private static func kind(_ status: stat) -> Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .directory
    case S_IFLNK: .link
    default: .other
    }
  }
}
