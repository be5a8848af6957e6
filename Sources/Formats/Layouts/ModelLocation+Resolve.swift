// From what a person points at to one model.
//
// A link on the command line is the user's choice and is followed, one step at a time: a link into
// a snapshot of a cache means that file of the snapshot, not the blob without a name behind it.

import Base

extension ModelLocation {
  private static let linkStepsMax = 40

  /// Finds the model. Throws what cannot be found (`not_found`, exit 4; `no_such_model`,
  /// `no_such_file`, exit 2), what is not one model (`several_models`, exit 2) and what is broken
  /// or leads elsewhere (exit 4).
  public init(_ address: ModelAddress) throws(Problem) {
    let found = try Self.find(address)
    if address.links != .none {
      for file in found.files + found.companions where !address.links.contains(file.location) {
        throw Problem(
          .malformed, "link_outside", place: found.place(of: file.name),
          reason: "this file lies outside of the folders that models may be read from",
          remedy: "put the whole model below one of them")
      }
    }
    self = found
  }

  /// Whether a path leads into a cache or a store, so that files do not lie under their names.
  public static func isStored(_ path: String) -> Bool {
    guard FileSystem.exists(path), let real = try? followed(path) else { return false }
    if HubRepository.around(real) != nil { return true }
    guard FileSystem.kind(of: real) == .directory else { return OllamaStore(manifest: real) != nil }
    return HubRepository(path: real) != nil || (try? HubCache(path: real)) ?? nil != nil
      || OCILayout(path: real, id: "") != nil || (try? OllamaLibrary(path: real)) ?? nil != nil
  }

  private static func find(_ address: ModelAddress) throws(Problem) -> ModelLocation {
    let path = address.path
    guard let kind = FileSystem.kind(of: path) else { throw notFound(path) }
    let real = try followed(path)
    if let wanted = address.repository {
      return try repository(wanted, at: real, path).model(file: address.file)
    }
    if let (repository, below) = HubRepository.around(real) {
      let listing = try repository.listing(of: below[0], given: path)
      let rest = below.dropFirst().joined(separator: "/")
      if rest.isEmpty { return try listing.model(file: address.file) }
      if FileSystem.kind(of: real) != .directory {
        return try listing.named(rest, given: path)
      }
    }
    switch FileSystem.kind(of: real) {
    case .directory:
      return try folder(real, kind == .link ? real : path, address).model(file: address.file)
    default: return try file(real, kind == .link ? real : path, address)
    }
  }

  /// What lies in a folder that is no snapshot.
  private static func folder(
    _ real: String, _ path: String, _ address: ModelAddress
  ) throws(Problem) -> Listing {
    if let repository = HubRepository(path: real) {
      return try repository.listing(of: try repository.revision(nil), given: path)
    }
    if let cache = try HubCache(path: real) {
      let repository = try cache.repository(nil)
      return try repository.listing(of: try repository.revision(nil), given: path)
    }
    if let library = try OllamaLibrary(path: real) {
      return try library.model(nil).listing(given: path)
    }
    let id = ModelID.of(folder: FileSystem.lastComponent(real))
    if let layout = OCILayout(path: real, id: id) { return try layout.listing(given: path) }
    return try Listing(folder: path, real: real, id: id, links: address.links)
  }

  /// One file that is in no snapshot.
  private static func file(
    _ real: String, _ path: String, _ address: ModelAddress
  ) throws(Problem) -> ModelLocation {
    if let store = OllamaStore(manifest: real) {
      return try store.listing(given: path).model(file: address.file)
    }
    let name = FileSystem.lastComponent(real)
    if let wanted = address.file, ByteName(wanted) != ByteName(name) {
      throw Problem(
        .usage, "no_such_file", place: path, reason: "--file names a file of a folder",
        remedy: "give the folder, or leave --file out")
    }
    guard FileSystem.kind(of: real) == .file else { throw notAFile(path) }
    let directory = FileSystem.directoryName(path)
    let claim =
      name.hasPrefix("sha256-")
      ? BlobClaim(hubBlob: String(name.dropFirst(7))).flatMap { $0.kind == .sha256 ? $0 : nil }
      : nil
    return try BareFile(
      path: path, place: real, id: name, directory: directory,
      file: ModelFile(name: name, location: FileSystem.join(directory, name), claim: claim),
      surroundings: .folder(directory)
    ).model()
  }

  /// `--repo`.
  private static func repository(
    _ wanted: HubReference, at real: String, _ path: String
  ) throws(Problem) -> Listing {
    if let repository = HubRepository(path: real), ByteName(repository.id) == ByteName(wanted.id) {
      return try repository.listing(of: try repository.revision(wanted.revision), given: path)
    }
    let isFolder = FileSystem.kind(of: real) == .directory
    if isFolder, let library = try OllamaLibrary(path: real) {
      return try library.model(wanted).listing(given: path)
    }
    guard isFolder, let cache = try HubCache(path: real) else {
      throw Problem(
        .usage, "no_such_model", place: path,
        reason: "--repo names a model of a Hugging Face cache or an Ollama store, and this is none",
        remedy: "give the folder that holds models--ORG--NAME, or that with manifests and blobs")
    }
    let repository = try cache.repository(wanted)
    return try repository.listing(of: try repository.revision(wanted.revision), given: path)
  }

  /// The real path of what is meant: links are followed until one leads into a snapshot.
  private static func followed(_ path: String) throws(Problem) -> String {
    var current = path
    for _ in 0..<linkStepsMax {
      let last = FileSystem.lastComponent(current)
      guard last != ".", last != "..", last != "/", !last.isEmpty else {
        return try FileSystem.realPath(current)
      }
      let folder = try FileSystem.realPath(FileSystem.directoryName(current))
      let whole = FileSystem.join(folder, last)
      guard FileSystem.kind(of: whole) == .link, HubRepository.around(whole) == nil,
        let target = FileSystem.linkTarget(of: whole)
      else { return whole }
      current = target.hasPrefix("/") ? target : FileSystem.join(folder, target)
    }
    throw Problem(
      .malformed, "not_a_file", place: path, reason: "links lead on and on from here",
      remedy: "give the model itself")
  }

  private static func notFound(_ path: String) -> Problem {
    // The system hands over words whose bytes are not UTF-8 with this mark in their place.
    guard !path.unicodeScalars.contains("\u{FFFD}") else {
      return Problem(
        .malformed, "name_not_utf8", place: path, reason: "the name is not UTF-8",
        remedy: "rename the file")
    }
    return Problem(
      .malformed, "not_found", place: path, reason: "there is no such file or directory",
      remedy: "check the path")
  }
}

extension Listing {
  /// A folder of the disk. Pipes and sockets anywhere in it are refused, and links but those that
  /// a scope lets pass.
  init(folder path: String, real: String, id: String, links: LinkScope) throws(Problem) {
    var files: [ModelFile] = []
    for (name, kind) in try FileSystem.walk(path) {
      let place = FileSystem.join(path, name)
      if kind == .link, let target = links.file(of: place) {
        files.append(ModelFile(name: name, location: target))
      } else if kind == .file {
        files.append(ModelFile(name: name, location: place))
      } else {
        throw Problem(
          .malformed, "not_a_file", place: place,
          reason: kind == .link ? "this is a symbolic link" : "this is neither a file nor a folder",
          remedy: "copy the model with its links resolved (`cp -rL`) and without pipes or sockets")
      }
    }
    self.init(
      path: path, place: real, id: id, directory: path, files: files, isStore: false)
  }
}

/// What a model is called by where it lies.
enum ModelID {
  /// `ORG/NAME` for a folder `ORG--NAME`: two dashes once, and something on both sides.
  static func of(folder name: String) -> String {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    let cuts = parts.indices.filter { $0 > 0 && $0 < parts.count - 1 && parts[$0].isEmpty }
    guard cuts.count == 1, let cut = cuts.first, parts.first?.isEmpty == false,
      parts.last?.isEmpty == false
    else { return name }
    return parts[..<cut].joined(separator: "-") + "/" + parts[(cut + 1)...].joined(separator: "-")
  }
}
