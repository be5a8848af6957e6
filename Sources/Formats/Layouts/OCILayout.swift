// A model in an OCI image layout.
//
//     oci-layout            says that it is one
//     index.json            names one manifest, perhaps through further indexes
//     blobs/sha256/<hex>    manifests, configuration, layers
//
// Format: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
// A layer is a file under the name that an annotation gives it (ORAS and others:
// org.opencontainers.image.title, ModelPack: org.cncf.model.filepath). Docker's model runner gives
// no names; there the media type says what a layer is.

import Base

/// An image layout.
struct OCILayout {
  /// With every link resolved.
  let path: String
  private let id: String

  static let markerName = "oci-layout"
  private static let indexDepthMax = 4
  private static let nameKeys = ["org.opencontainers.image.title", "org.cncf.model.filepath"]
  /// What layers without a name are called, by media type.
  private static let names: [String: (stem: String, ending: String)] = [
    "application/vnd.docker.ai.gguf.v3": ("model", ".gguf"),
    "application/vnd.docker.ai.license": ("LICENSE", ""),
    "application/vnd.docker.ai.mmproj": ("projector", ".gguf"),
    "application/vnd.docker.ai.chat.template.jinja": ("chat_template", ".jinja"),
  ]

  /// Nil if a folder of this real path is no layout.
  init?(path: String, id: String) {
    guard FileSystem.kind(of: FileSystem.join(path, Self.markerName)) == .file,
      FileSystem.exists(FileSystem.join(path, "index.json"))
    else { return nil }
    self.path = path
    self.id = id
  }

  private var store: ContentStore { ContentStore(root: path, start: "blobs/sha256/") }

  func listing(given: String) throws(Problem) -> Listing {
    let manifest = try manifest(FileSystem.join(path, "index.json"), depth: 0)
    guard let layers = try document(manifest)["layers"]?.array else {
      throw badManifest("\(manifest): /layers", "a list of layers is needed")
    }
    var files: [ModelFile] = []
    var known: Set<ByteName> = []
    var counts: [String: Int] = [:]
    for (index, layer) in layers.enumerated() {
      let descriptor = try ContentDescriptor(layer, place: "\(manifest): /layers/\(index)")
      let name = try name(of: descriptor, index, &counts)
      guard known.insert(ByteName(name)).inserted else {
        throw badManifest(descriptor.place, "two layers are called \(ByteName(name).quoted)")
      }
      files.append(try store.file(descriptor, named: name))
    }
    return Listing(
      path: given, place: path, id: id, directory: path, files: files, hasPaths: false)
  }

  /// The one manifest that an index leads to.
  private func manifest(_ index: String, depth: Int) throws(Problem) -> String {
    let list = try document(index)["manifests"]?.array ?? []
    guard list.count == 1, let entry = list.first else {
      throw severalManifests(list, index)
    }
    let descriptor = try ContentDescriptor(entry, place: "\(index): /manifests/0")
    let location = try store.location(of: descriptor)
    guard descriptor.mediaType.contains("image.index") else { return location }
    guard depth < Self.indexDepthMax else {
      throw badManifest(descriptor.place, "indexes are nested too deeply")
    }
    return try manifest(location, depth: depth + 1)
  }

  private func severalManifests(_ list: [JSON], _ index: String) -> Problem {
    if list.isEmpty { return badManifest("\(index): /manifests", "one manifest is needed") }
    let names = list.map {
      $0["annotations"]?["org.opencontainers.image.ref.name"]?.string ?? $0["digest"]?.string ?? ""
    }.sorted { ByteName($0) < ByteName($1) }
    return Problem(
      .usage, "several_models", place: index,
      reason: "there are \(list.count) images in this layout: \(names.joined(separator: ", "))",
      remedy: "copy one of them to a layout of its own", details: ["models": JSON(names)])
  }

  private func document(_ path: String) throws(Problem) -> JSON {
    let file = try InnerLink(root: self.path).file(at: path, place: path)
    return try ContentStore.document(file)
  }

  /// What a layer is called. Throws for a name that leaves the folder.
  private func name(
    of descriptor: ContentDescriptor, _ index: Int, _ counts: inout [String: Int]
  ) throws(Problem) -> String {
    let key = Self.nameKeys.first { descriptor.annotations[$0] != nil }
    if let key {
      guard let name = descriptor.annotations[key]?.string,
        name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
          .allSatisfy(isPlainName)
      else {
        throw badManifest(
          "\(descriptor.place)/annotations/\(key)",
          "the name \(descriptor.annotations[key]?.canonicalText ?? "") leaves the model's folder")
      }
      return name
    }
    guard let (stem, ending) = Self.names[descriptor.mediaType] else { return "layer-\(index)" }
    let count = counts[stem, default: 0] + 1
    counts[stem] = count
    return stem + (count == 1 ? "" : "-\(count)") + ending
  }
}
