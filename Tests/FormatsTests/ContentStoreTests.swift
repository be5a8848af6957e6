import Base
import Formats
import Glibc
import TestSupport
import Testing

/// Goal: the layers of a manifest are the files of a folder, and no manifest is a way out of its
/// store.
@Suite("Stores of blobs")
struct ContentStoreTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static let weights = TinyModels.gguf([TinyTensor("w", [1], f32: [1])])

  /// A descriptor of a blob that is put into the store; its name is made up.
  private func blob(
    _ number: Int, _ bytes: [UInt8], _ start: String, type: String, _ more: JSONObject = [:]
  ) throws -> JSONObject {
    let hex = String(repeating: "0", count: 63) + String(number, radix: 16)
    try folder.write(start + hex, bytes)
    var layer: JSONObject = [
      "mediaType": .string(type), "digest": .string("sha256:" + hex), "size": JSON(bytes.count),
    ]
    for (key, value) in more { layer[key] = value }
    return layer
  }

  // MARK: Ollama

  private func ollama(
    _ place: String = "registry.ollama.ai/library/tiny/latest",
    change: (inout [JSONObject]) -> Void = { _ in }
  ) throws -> String {
    var layers: [JSONObject] = []
    for (number, (kind, bytes)) in [
      ("model", Self.weights), ("template", [1]), ("license", [2]), ("license", [3]),
    ].enumerated() {
      layers.append(
        try blob(
          number, bytes, "blobs/sha256-", type: "application/vnd.ollama.image.\(kind)",
          ["from": "/etc/passwd"]))
    }
    change(&layers)
    let manifest: JSON = ["layers": .array(layers.map(JSON.object))]
    return try folder.write("manifests/" + place, manifest.canonicalBytes)
  }

  @Test("of Ollama give a model by its manifest")
  func ollamaModel() throws {
    let path = try ollama()
    let model = try ModelLocation(ModelAddress(path: path))
    #expect(model.id == "tiny:latest")
    #expect(model.files.map(\.name) == ["LICENSE", "LICENSE-2", "model.gguf", "template.txt"])
    #expect(model.files.allSatisfy { $0.claim?.kind == .sha256 })
    #expect(try OpenModel.open(path).tensors.count == 1)
    let other = try ollama("hf.co/acme/tiny/q4")
    #expect(try ModelLocation(ModelAddress(path: other)).id == "acme/tiny:q4")
  }

  @Test(
    "of Ollama refuse what is not a digest, and a blob that is not there",
    arguments: [
      ("sha256:../../outside", "bad_manifest"), ("sha256:/../x", "bad_manifest"),
      ("sha256:00", "bad_manifest"),
      ("sha256:" + String(repeating: "A", count: 64), "bad_manifest"),
      ("sha512:" + String(repeating: "0", count: 64), "bad_manifest"),
      ("sha256:" + String(repeating: "f", count: 64), "missing_blob"),
    ])
  func badDigest(digest: String, code: String) throws {
    let path = try ollama { $0[2]["digest"] = .string(digest) }
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.code == code && problem.kind == .malformed)
  }

  @Test("of Ollama refuse a blob that is a link out, and follow one within")
  func links() throws {
    let path = try ollama()
    let start = folder.path + "/blobs/sha256-" + String(repeating: "0", count: 63)
    unlink(start + "2")
    #expect(symlink("sha256-" + String(repeating: "0", count: 63) + "3", start + "2") == 0)
    #expect(throws: Never.self) { try OpenModel.open(path) }
    unlink(start + "2")
    #expect(symlink("/etc/hostname", start + "2") == 0)
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.code == "link_outside")
  }

  @Test("of Ollama refuse layers of an unknown type, and two models")
  func layers() throws {
    for type in ["tensor", "model"] {
      let path = try ollama { $0[1]["mediaType"] = .string("application/vnd.ollama.image.\(type)") }
      let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
      #expect(problem.code == "bad_manifest")
    }
  }

  // MARK: OCI

  private func image(_ layers: [(type: String, name: String?, bytes: [UInt8])]) throws {
    var list: [JSON] = []
    for (number, layer) in layers.enumerated() {
      let names: JSONObject =
        layer.name.map { name in
          ["annotations": ["org.opencontainers.image.title": .string(name)]]
        } ?? [:]
      list.append(
        .object(try blob(number + 1, layer.bytes, "blobs/sha256/", type: layer.type, names)))
    }
    let manifest: JSON = ["layers": .array(list)]
    let entry = try blob(
      0, manifest.canonicalBytes, "blobs/sha256/",
      type: "application/vnd.oci.image.manifest.v1+json")
    let index: JSON = ["manifests": [.object(entry)]]
    try folder.write("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    try folder.write("index.json", index.canonicalBytes)
  }

  @Test("as OCI layouts give files by their annotations, or by their types")
  func oci() throws {
    try image([("text/plain", "docs/LICENSE", [1]), ("x/y", "a.gguf", Self.weights)])
    #expect(
      try ModelLocation(ModelAddress(path: folder.path)).files.map(\.name)
        == ["a.gguf", "docs/LICENSE"])
    try image([
      ("application/vnd.docker.ai.gguf.v3", nil, Self.weights),
      ("application/vnd.docker.ai.license", nil, [1]), ("x/y", nil, [2]),
    ])
    #expect(
      try ModelLocation(ModelAddress(path: folder.path)).files.map(\.name)
        == ["LICENSE", "layer-2", "model.gguf"])
    #expect(try OpenModel.open(folder.path).tensors.count == 1)
  }

  @Test("as OCI layouts take one of several quantisations by --file")
  func ociFile() throws {
    try image([("x/y", "a-Q4_0.gguf", Self.weights), ("x/y", "a-Q8_0.gguf", Self.weights)])
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(folder.path) }
    #expect(problem.code == "several_models")
    let model = try ModelLocation(ModelAddress(path: folder.path, file: "a-Q8_0.gguf"))
    #expect(model.files.map(\.name) == ["a-Q8_0.gguf"])
  }

  @Test(
    "as OCI layouts refuse names that leave the folder, and one name twice",
    arguments: ["../x", "/x", "a/../x", "", "a//b", "a\\b", ".", "b.gguf"])
  func ociNames(name: String) throws {
    try image([("x/y", "b.gguf", Self.weights), ("x/y", name, [1])])
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(folder.path) }
    #expect(problem.code == "bad_manifest" && problem.kind == .malformed)
  }
}
