// All that a layout offers, before one model of it is chosen.

import Base

/// The files of a folder-like layout.
struct Listing {
  /// The path as it was given.
  let path: String
  /// A path that names all of it without an option.
  let place: String
  let id: String
  var revision: String?
  /// What names are relative to.
  let directory: String
  var files: [ModelFile]
  /// The files that hold the tensors, where the layout tells.
  var weights: [String]?
  /// Whether a file of it can be named by a path of its own.
  var hasPaths = true
  /// Whether it is a cache or a store, where files do not lie under their names.
  var isStore = true

  var topLevelNames: [String] { files.map(\.name).filter { !$0.contains("/") } }

  /// One model of it: the file that was asked for, else all. Throws `several_models` if only one
  /// of several GGUF models can be meant.
  func model(file wanted: String?) throws(Problem) -> ModelLocation {
    if let wanted { return try chosen(wanted) }
    try GGUFSet.checkSingle(self)
    return ModelLocation(
      path: path, place: place, id: id, revision: revision, isFolder: true, directory: directory,
      files: files, weights: weights, isStore: isStore)
  }

  /// `--file NAME`.
  private func chosen(_ name: String) throws(Problem) -> ModelLocation {
    guard let file = files.first(where: { ByteName($0.name) == ByteName(name) }) else {
      throw Problem(
        .usage, "no_such_file", place: FileSystem.join(directory, name),
        reason: "there is no such file in this model",
        remedy: "name one of its files, as they are called there")
    }
    return try BareFile(
      path: path, place: hasPaths ? FileSystem.join(place, name) : place,
      id: id, revision: revision, directory: directory, file: file, surroundings: .list(files),
      isStore: isStore
    ).model()
  }

  /// The same file named by its own path.
  func named(_ name: String, given path: String) throws(Problem) -> ModelLocation {
    try Listing(
      path: path, place: place, id: id, revision: revision, directory: directory, files: files
    ).chosen(name)
  }
}
