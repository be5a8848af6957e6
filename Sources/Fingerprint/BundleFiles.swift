// The files that a signature may be about, and their digests.
//
// Promises: links are never followed and never pass as files; a name never leaves the model's
// directory; what is left out is decided by path, not by name anywhere.

import Base
import Crypto

/// A model on disk, as signing sees it.
struct BundleFiles {
  /// The model's directory, or the directory of the one file.
  let directory: String
  /// Name of the model, for people.
  let name: String
  /// Paths of regular files that are not left out, in byte order.
  private(set) var files: [ByteName] = []
  /// Paths of links and other things that are not left out.
  private(set) var others: [ByteName] = []
  /// Whether the model is one file.
  let isOneFile: Bool

  /// Lists a model. `signature` is left out if it lies within; `ignored` with all below it.
  init(_ path: String, ignored: [ByteName], signature: String?) throws(Problem) {
    switch FileSystem.kind(of: path) {
    case .file:
      isOneFile = true
      name = FileSystem.lastComponent(path)
      directory = FileSystem.directoryName(path)
      files = [Self.itself]
      return
    case .directory:
      isOneFile = false
    case .link:
      throw Problem(
        .malformed, "not_a_file", place: path, reason: "this is a symbolic link",
        remedy: "give the model itself; links are not followed")
    default:
      throw Problem(
        .malformed, "not_found", place: path, reason: "there is no such file or directory",
        remedy: "check the path")
    }
    let real = try FileSystem.realPath(path)
    directory = path
    name = FileSystem.lastComponent(real)
    let leftOut = BundleManifest.alwaysIgnored + ignored
    let own = try signature.flatMap { (path) throws(Problem) in try Self.relative(path, to: real) }
    for (relative, kind) in try FileSystem.walk(path) {
      let item = ByteName(relative)
      if item == own || leftOut.contains(where: { item.isAt(orBelow: $0) }) { continue }
      if kind == .file { files.append(item) } else { others.append(item) }
    }
  }

  /// What a model of one file is called in a manifest, so that it may be renamed.
  static let itself: ByteName = "."

  /// The path of the signature file within the model; nil when it lies elsewhere.
  private static func relative(_ path: String, to root: String) throws(Problem) -> ByteName? {
    let parent = FileSystem.directoryName(path)
    guard FileSystem.exists(parent) else { return nil }
    let real = FileSystem.join(
      try FileSystem.realPath(parent), FileSystem.lastComponent(path))
    guard real.utf8.starts(with: (root + "/").utf8) else { return nil }
    return ByteName(bytes: Array(real.utf8.dropFirst(root.utf8.count + 1)))
  }

  /// The place on disk of a path within the model.
  func location(of path: ByteName) -> String {
    isOneFile && path == Self.itself
      ? FileSystem.join(directory, name) : FileSystem.join(directory, path.text)
  }

  /// Whether a path of a manifest is a regular file, reached without a link.
  func isFile(_ path: ByteName) -> Bool {
    var place = directory
    let parts = (isOneFile && path == Self.itself ? name : path.text).split(separator: "/")
    for (index, part) in parts.enumerated() {
      place = FileSystem.join(place, String(part))
      let wanted: FileSystem.Kind = index == parts.count - 1 ? .file : .directory
      guard FileSystem.kind(of: place) == wanted else { return false }
    }
    return !parts.isEmpty
  }

  /// SHA-256 of whole files.
  func digests(of paths: [ByteName], run: Run) throws(Problem) -> [Digest] {
    let pass = HashPass(
      files: paths.map { ($0.text, location(of: $0)) }, model: nil, run: run)
    return try pass.outcome().files.map(\.digest)
  }

  /// SHA-256 of ranges of a file; nil for a range that is not in it.
  func digests(
    of shards: [Range<Int>], in path: ByteName, run: Run
  ) throws(Problem) -> (digests: [Digest?], byteCount: Int) {
    let file = try MappedFile(path: location(of: path))
    var digests: [Digest?] = []
    for shard in shards {
      try run.check()
      guard shard.upperBound <= file.byteCount else {
        digests.append(nil)
        continue
      }
      digests.append(file.withBytes { SHA256.hash($0.extracting(shard)) })
      file.adviseDontNeed(offset: shard.lowerBound, count: shard.count)
    }
    try file.checkUnchanged()
    return (digests, file.byteCount)
  }
}

extension ByteName {
  /// Whether this path is `other` or lies below it.
  fileprivate func isAt(orBelow other: ByteName) -> Bool {
    self == other || bytes.starts(with: other.bytes + [UInt8(ascii: "/")])
  }
}
