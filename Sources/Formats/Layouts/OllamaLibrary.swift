// An Ollama store as a whole: the folder with the manifests of all its models.
//
// Layout: OllamaStore.swift. The store lies at ~/.ollama/models; the folder around it is taken too.

import Base

/// The models of a store.
struct OllamaLibrary {
  /// By their ids.
  let models: [(id: String, store: OllamaStore)]
  private let path: String

  /// NAMESPACE, NAME and TAG below the host.
  private static let manifestDepth = 4

  /// Nil if no store lies at a folder of this real path or in its folder `models`.
  init?(path: String) throws(Problem) {
    guard
      let root = [path, FileSystem.join(path, "models")].first(where: { root in
        ["manifests", "blobs"].allSatisfy {
          FileSystem.kind(of: FileSystem.join(root, $0)) == .directory
        }
      })
    else { return nil }
    self.path = path
    let manifests = FileSystem.join(root, "manifests")
    models = try FileSystem.walk(manifests)
      .filter { name, kind in
        kind == .file && name.split(separator: "/").count == Self.manifestDepth
      }
      .compactMap { name, _ in OllamaStore(manifest: FileSystem.join(manifests, name)) }
      .map { (id: $0.id, store: $0) }
      .sorted { ByteName($0.id) < ByteName($1.id) }
    if models.isEmpty { return nil }
  }

  /// The model of a name, with or without the tag `latest`, or the only one. Throws
  /// `no_such_model`, `several_models`.
  func model(_ wanted: HubReference?) throws(Problem) -> OllamaStore {
    let ids = models.map(\.id)
    guard let wanted else {
      guard models.count == 1, let only = models.first else {
        throw several(ids, "choose one with --repo NAME:TAG, or give the path of its manifest")
      }
      return only.store
    }
    let name = wanted.id + (wanted.revision.map { "@" + $0 } ?? "")
    let found = models.filter {
      ByteName($0.id) == ByteName(name) || ByteName($0.id) == ByteName(name + ":latest")
    }
    guard found.count <= 1 else {
      throw several(found.map(\.store.manifest), "give the path of its manifest")
    }
    guard let only = found.first else {
      throw Problem(
        .usage, "no_such_model", place: name, reason: "the store \(path) has no such model",
        remedy: "these are there: \(ids.joined(separator: ", "))")
    }
    return only.store
  }

  private func several(_ models: [String], _ remedy: String) -> Problem {
    Problem(
      .usage, "several_models", place: path,
      reason: "there are \(models.count) models in this store: \(models.joined(separator: ", "))",
      remedy: remedy, details: ["models": JSON(models)])
  }
}
