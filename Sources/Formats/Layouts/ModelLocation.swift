// A model as it lies on a machine, whatever the layout: its files under the names that a plain
// copy would have, and where the bytes of each are.
//
//     a bare file         the file, or all pieces it is one of; what lies beside it speaks of it
//     a folder            every file in it
//     a hub snapshot      models--ORG--NAME/snapshots/REVISION, whose links lead to ../../blobs
//     an Ollama model     manifests/HOST/NAMESPACE/NAME/TAG, whose layers are blobs/sha256-…
//     an OCI image        oci-layout and index.json, whose layers are blobs/sha256/…
//
// Whoever reads a model asks here and is told the same of all. `ModelLocation+Resolve.swift` tells
// the layouts apart; each has a file of its own.
// Promises: names are relative, without "..", and unique; every location is a regular file that no
// link leads out of the layout; with a scope in the address, none lies outside of that scope.
// Does not: read weights, or hold a blob's name against its content; who hashes does.

import Base

/// Where the files of one model are.
public struct ModelLocation: Sendable {
  /// The path as it was given.
  public let path: String
  /// A path that names this model without any option.
  public let place: String
  /// ORG/NAME where the layout knows it, else the last part of the path.
  public let id: String
  /// The revision of a snapshot.
  public let revision: String?
  /// Whether the files are those of a folder; else they are one bare file, perhaps in pieces.
  public let isFolder: Bool
  /// What the names of files are relative to, for messages.
  public let directory: String
  /// The files that make up the model, sorted by the bytes of their names.
  public let files: [ModelFile]
  /// Files beside a bare file that speak of it: card, licence texts, notices. Sorted likewise.
  public let companions: [ModelFile]
  /// Whether it lies in a cache or a store, where files do not lie under their names.
  public let isStore: Bool
  /// The files that hold the tensors, where the layout tells; nil: their kinds decide.
  let weights: [String]?
  /// What lies around a bare file.
  let surroundings: Surroundings?
  private let byName: [ByteName: ModelFile]

  init(
    path: String, place: String, id: String, revision: String? = nil, isFolder: Bool,
    directory: String, files: [ModelFile], companions: [ModelFile] = [], weights: [String]? = nil,
    surroundings: Surroundings? = nil, isStore: Bool = false
  ) {
    self.path = path
    self.place = place
    self.id = id
    self.revision = revision
    self.isFolder = isFolder
    self.directory = directory
    self.files = files.sorted { ByteName($0.name) < ByteName($1.name) }
    self.companions = companions.sorted { ByteName($0.name) < ByteName($1.name) }
    self.weights = weights
    self.surroundings = surroundings
    self.isStore = isStore
    byName = Dictionary(
      (files + companions).map { (ByteName($0.name), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// A file of the model, or a companion.
  public func file(_ name: String) -> ModelFile? { byName[ByteName(name)] }

  /// Where the file of this name lies that belongs to the model or lies beside a bare file:
  /// configuration, tokenizer. Nil if there is none.
  public func location(beside name: String) -> String? {
    file(name)?.location ?? surroundings?.file(name)?.location
  }

  /// Where a file lies that a file of the model refers to; nil if the layout does not list it.
  func location(referredTo name: String) -> String? {
    if let file = file(name) { return file.location }
    guard case .list? = surroundings else { return nil }
    return surroundings?.file(name)?.location
  }

  /// The GGUF file whose header speaks for the model: itself, the first piece, or the only one at
  /// the top of a folder whose tensors it has. Nil if its weights are of another kind.
  public var headerName: String? {
    if let first = weights?.first ?? (isFolder ? nil : files.first?.name) {
      return GGUFSet.isNamed(first) || isGGUF(first) ? first : nil
    }
    let names = files.map(\.name).filter { !$0.contains("/") }
    guard !names.contains(where: { WeightKind.promised(by: $0) == .safetensors }) else {
      return nil
    }
    return names.first(where: GGUFSet.isNamed)
  }

  private func isGGUF(_ name: String) -> Bool {
    guard let file = file(name), let mapped = try? MappedFile(path: file.location) else {
      return false
    }
    return GGUF.isLikely(mapped)
  }

  /// Where a file would lie, for messages.
  public func place(of name: String) -> String { FileSystem.join(directory, name) }
}

/// What lies around a bare file.
enum Surroundings: Sendable {
  /// A folder of the disk.
  case folder(String)
  /// The other files of a layout.
  case list([ModelFile])

  /// Names of what lies there, at the top.
  func names() throws(Problem) -> [String] {
    switch self {
    case .folder(let path): try FileSystem.listing(of: path).names
    case .list(let files): files.map(\.name).filter { !$0.contains("/") }
    }
  }

  /// The regular file of this name.
  func file(_ name: String) -> ModelFile? {
    switch self {
    case .folder(let path):
      let location = FileSystem.join(path, name)
      return FileSystem.kind(of: location) == .file
        ? ModelFile(name: name, location: location) : nil
    case .list(let files): return files.first { ByteName($0.name) == ByteName(name) }
    }
  }
}
