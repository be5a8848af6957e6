// The files that a signature may be about, and their digests.
//
// Promises: links are never followed and never pass as files; a name never leaves the model's
// directory; what is left out is decided by path, not by name anywhere.

import Base
import Crypto
import Formats

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
  /// Where the model lies in a cache or a store; nil: its files lie under their names.
  private let store: ModelLocation?

  /// Lists a model. `signature` is left out if it lies within; `ignored` with all below it.
  init(_ address: ModelAddress, ignored: [ByteName], signature: String?) throws(Problem) {
    let place = try Self.stored(address)
    if let place {
      self.init(place, ignored: ignored)
    } else {
      // A link on the command line is the user's choice.
      let path = address.path
      let isLink = FileSystem.kind(of: path) == .link
      try self.init(
        plain: isLink ? try FileSystem.realPath(path) : path, ignored: ignored,
        signature: signature)
    }
  }

  /// The place of a model that lies in a cache or a store, or that options choose.
  private static func stored(_ address: ModelAddress) throws(Problem) -> ModelLocation? {
    if address.file == nil, address.repository == nil, !ModelLocation.isStored(address.path) {
      return nil
    }
    return try ModelLocation(address)
  }

  /// The files of a store, under the names that a plain copy has.
  private init(_ place: ModelLocation, ignored: [ByteName]) {
    store = place
    isOneFile = !place.isFolder && place.files.count == 1
    name = isOneFile ? place.files[0].name : FileSystem.lastComponent(place.id)
    directory = place.directory
    let leftOut = BundleManifest.alwaysIgnored + ignored
    let names = place.files.map { ByteName($0.name) }
    files =
      isOneFile
      ? [Self.itself] : names.filter { item in !leftOut.contains { item.isAt(orBelow: $0) } }
  }

  private init(plain path: String, ignored: [ByteName], signature: String?) throws(Problem) {
    store = nil
    switch FileSystem.kind(of: path) {
    case .file:
      isOneFile = true
      name = FileSystem.lastComponent(path)
      directory = FileSystem.directoryName(path)
      files = [Self.itself]
      return
    case .directory:
      isOneFile = false
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
    if let store {
      let name = isOneFile && path == Self.itself ? store.files[0].name : path.text
      return store.file(name)?.location ?? FileSystem.join(directory, name)
    }
    return isOneFile && path == Self.itself
      ? FileSystem.join(directory, name) : FileSystem.join(directory, path.text)
  }

  /// Whether a path of a manifest is a regular file, reached without a link.
  func isFile(_ path: ByteName) -> Bool {
    if let store { return store.file(path.text) != nil || isOneFile && path == Self.itself }
    var place = directory
    let parts = (isOneFile && path == Self.itself ? name : path.text).split(separator: "/")
    for (index, part) in parts.enumerated() {
      place = FileSystem.join(place, String(part))
      let wanted: FileSystem.Kind = index == parts.count - 1 ? .file : .directory
      guard FileSystem.kind(of: place) == wanted else { return false }
    }
    return !parts.isEmpty
  }

  /// Throws `blob_mismatch` for a file that is not what its store says.
  func checkStore(run: Run) throws(Problem) {
    guard let store, let first = try BlobCheck(place: store, run: run).findings(hashed: []).first
    else { return }
    throw Problem(
      .refused, first.id, place: first.place, reason: first.message,
      remedy: "get the model again")
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
