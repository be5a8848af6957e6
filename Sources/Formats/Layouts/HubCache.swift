// The cache that huggingface_hub keeps, in which most machines have their models.
//
//     ROOT/models--ORG--NAME/refs/main              the hash of a revision, as text
//                            refs/refs/pr/1         a ref with slashes
//                            snapshots/REVISION/…   links to ../../blobs/NAME
//                            blobs/NAME             SHA-256 of a large file, Git's name of a small
//     ROOT/datasets--…, spaces--…, .locks, version.txt, and .no_exist in a repository: passed over
//
// Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
// Promises: a link is followed within its repository alone, step by step and judged as text before
// anything is looked at, so that no answer tells whether a file elsewhere is there.

import Base

/// One model's folder of a cache.
struct HubRepository {
  /// With every link resolved.
  let path: String
  /// ORG/NAME, or NAME.
  let id: String

  static let start = "models--"
  private static let snapshotsName = "snapshots"

  /// Nil if a folder of this real path is no repository of models.
  init?(path: String) {
    let name = FileSystem.lastComponent(path)
    guard name.hasPrefix(Self.start),
      FileSystem.kind(of: FileSystem.join(path, Self.snapshotsName)) == .directory
    else { return nil }
    self.init(path: path, name: name)
  }

  private init(path: String, name: String) {
    self.path = path
    id = name.dropFirst(Self.start.count).split(separator: "--", omittingEmptySubsequences: false)
      .joined(separator: "/")
  }

  /// The repository that a real path lies in, with the parts of the path below its snapshots: the
  /// revision first.
  static func around(_ path: String) -> (repository: HubRepository, below: [String])? {
    let parts = path.split(separator: "/").map(String.init)
    for index in parts.indices.reversed() where parts[index] == snapshotsName && index > 0 {
      let folder = "/" + parts[..<index].joined(separator: "/")
      guard parts[index - 1].hasPrefix(start), index + 1 < parts.count,
        let repository = HubRepository(path: folder)
      else { continue }
      return (repository, Array(parts[(index + 1)...]))
    }
    return nil
  }

  // MARK: Revisions

  private func snapshots() throws(Problem) -> [String] {
    try FileSystem.entries(of: FileSystem.join(path, Self.snapshotsName))
      .filter { $0.kind == .directory }.map(\.name)
  }

  /// The revision that is meant: a ref, a whole hash or 7 or more of its digits; without a word
  /// what `refs/main` says, or the only one. Throws `no_such_model`, `several_models`.
  func revision(_ wanted: String?) throws(Problem) -> String {
    let known = try snapshots()
    if let wanted {
      if let hash = ref(wanted) { return try present(hash, among: known, as: wanted) }
      if known.contains(where: { ByteName($0) == ByteName(wanted) }) { return wanted }
      guard wanted.utf8.count >= 7, Self.isHex(wanted) else { throw missing(wanted, known) }
      let matching = known.filter { $0.hasPrefix(wanted) }
      guard matching.count <= 1 else { throw several(matching) }
      guard let only = matching.first else { throw missing(wanted, known) }
      return only
    }
    if let hash = ref("main") { return try present(hash, among: known, as: "main") }
    guard known.count <= 1 else { throw several(known) }
    guard let only = known.first else {
      throw Problem(
        .malformed, "unfinished_download", place: path,
        reason: "the repository has no snapshot: its download has not finished",
        remedy: "download the model again")
    }
    return only
  }

  private func ref(_ name: String) -> String? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let refs = FileSystem.join(path, "refs")
    guard parts.allSatisfy(isPlainName),
      BeneathRoot(refs).stamp(of: FileSystem.join(refs, name)) != nil,
      let bytes = try? FileSystem.read(FileSystem.join(refs, name), limitBytes: 1024)
    else { return nil }
    let hash = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    return isPlainName(hash) ? hash : nil
  }

  private func present(
    _ hash: String, among known: [String], as name: String
  ) throws(Problem) -> String {
    guard known.contains(where: { ByteName($0) == ByteName(hash) }) else {
      throw Problem(
        .usage, "no_such_model", place: "\(id)@\(name)",
        reason: "\(name) is \(hash), and that snapshot is not in the cache",
        remedy: "download this revision")
    }
    return hash
  }

  private func missing(_ wanted: String, _ known: [String]) -> Problem {
    Problem(
      .usage, "no_such_model", place: "\(id)@\(wanted)",
      reason: "the cache has no such revision of \(id)",
      remedy: known.isEmpty ? nil : "these are there: \(known.joined(separator: ", "))")
  }

  private func several(_ revisions: [String]) -> Problem {
    let models = revisions.sorted().map { "\(id)@\($0)" }
    return Problem(
      .usage, "several_models", place: path,
      reason: "there are \(models.count) revisions of \(id): \(models.joined(separator: ", "))",
      remedy: "choose one with --repo ORG/NAME@REVISION, or give the path of its snapshot",
      details: ["models": JSON(models)])
  }

  private static func isHex(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  // MARK: Files

  /// The files of a snapshot.
  /// - Parameter path: as it was given.
  func listing(of revision: String, given path: String) throws(Problem) -> Listing {
    let folder = FileSystem.join(
      FileSystem.join(self.path, Self.snapshotsName), revision)
    var files: [ModelFile] = []
    for (name, kind) in try FileSystem.walk(folder) {
      switch kind {
      case .file: files.append(ModelFile(name: name, location: FileSystem.join(folder, name)))
      case .link:
        let blob = try InnerLink(root: self.path).file(of: FileSystem.join(folder, name))
        let isBlob = FileSystem.directoryName(blob) == FileSystem.join(self.path, "blobs")
        files.append(
          ModelFile(
            name: name, location: blob,
            claim: isBlob ? BlobClaim(hubBlob: FileSystem.lastComponent(blob)) : nil))
      case .directory, .other: throw notAFile(FileSystem.join(folder, name))
      }
    }
    return Listing(
      path: path, place: folder, id: id, revision: revision, directory: folder, files: files)
  }
}

/// A cache: the folder that holds repositories.
struct HubCache {
  let repositories: [HubRepository]
  private let path: String

  /// Nil if no repository of models lies in a folder of this real path.
  init?(path: String) throws(Problem) {
    self.path = path
    repositories = try FileSystem.listing(of: path).names.compactMap { name in
      guard name.hasPrefix(HubRepository.start) else { return nil }
      let folder = FileSystem.join(path, name)
      return FileSystem.kind(of: folder) == .directory ? HubRepository(path: folder) : nil
    }
    if repositories.isEmpty { return nil }
  }

  /// The repository of an id, or the only one. Throws `no_such_model`, `several_models`.
  func repository(_ wanted: HubReference?) throws(Problem) -> HubRepository {
    let ids = repositories.map(\.id).sorted { ByteName($0) < ByteName($1) }
    if let wanted {
      guard let found = repositories.first(where: { ByteName($0.id) == ByteName(wanted.id) }) else {
        throw Problem(
          .usage, "no_such_model", place: wanted.id, reason: "the cache \(path) has no such model",
          remedy: "these are there: \(ids.joined(separator: ", "))")
      }
      return found
    }
    guard repositories.count == 1, let only = repositories.first else {
      throw Problem(
        .usage, "several_models", place: path,
        reason: "there are \(ids.count) models in this cache: \(ids.joined(separator: ", "))",
        remedy: "choose one with --repo ORG/NAME", details: ["models": JSON(ids)])
    }
    return only
  }
}
