// A model of an Ollama store, named by its manifest.
//
//     ROOT/manifests/HOST/NAMESPACE/NAME/TAG    an OCI manifest of layers
//     ROOT/blobs/sha256-<64 digits>             their bytes
//
// Layout: https://github.com/ollama/ollama/blob/main/docs, and `manifest/` of its sources.
// The media type of a layer says what it is; `from` names a path of the machine that made it and
// is ignored. Layers get the names that a folder would give them.

import Base

/// One manifest of a store.
struct OllamaStore {
  /// Of the manifest, with every link resolved.
  let manifest: String
  private let root: String
  let id: String

  private static let mediaTypeStart = "application/vnd.ollama.image."
  /// What layers are called in a folder.
  private static let names: [String: (stem: String, ending: String)] = [
    "model": ("model", ".gguf"), "license": ("LICENSE", ""), "template": ("template", ".txt"),
    "params": ("params", ".json"), "system": ("system", ".txt"), "adapter": ("adapter", ".gguf"),
    "projector": ("projector", ".gguf"), "messages": ("messages", ".json"),
  ]

  /// Nil if a real path is no manifest of a store by where it lies.
  init?(manifest path: String) {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count > 5, parts[parts.count - 5] == "manifests" else { return nil }
    let root = "/" + parts.dropLast(5).joined(separator: "/")
    guard FileSystem.kind(of: FileSystem.join(root, "blobs")) == .directory else { return nil }
    manifest = path
    self.root = root
    let (space, name, tag) = (
      parts[parts.count - 3], parts[parts.count - 2], parts[parts.count - 1]
    )
    id = (space == "library" ? "" : space + "/") + name + ":" + tag
  }

  func listing(given path: String) throws(Problem) -> Listing {
    let json = try ContentStore.document(manifest)
    guard let layers = json["layers"]?.array else {
      throw badManifest("\(manifest): /layers", "a list of layers is needed")
    }
    let store = ContentStore(root: root, start: "blobs/sha256-")
    var files: [ModelFile] = []
    var weights: [String] = []
    var counts: [String: Int] = [:]
    for (index, layer) in layers.enumerated() {
      let place = "\(manifest): /layers/\(index)"
      let descriptor = try ContentDescriptor(layer, place: place)
      let kind = descriptor.mediaType.dropFirst(Self.mediaTypeStart.count)
      guard descriptor.mediaType.hasPrefix(Self.mediaTypeStart),
        let (stem, ending) = Self.names[String(kind)]
      else {
        throw badManifest(
          place + "/mediaType", "a layer of type \(descriptor.mediaType) is not known")
      }
      let count = counts[stem, default: 0] + 1
      counts[stem] = count
      let name = stem + (count == 1 ? "" : "-\(count)") + ending
      if stem == "model" { weights.append(name) }
      files.append(try store.file(descriptor, named: name))
    }
    guard weights.count == 1 else {
      throw badManifest(
        "\(manifest): /layers", "there are \(weights.count) layers with a model; one is needed")
    }
    return Listing(
      path: path, place: manifest, id: id, directory: manifest, files: files, weights: weights,
      hasPaths: false)
  }
}
