import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: a model in a store is found and read as a plain copy of it would be. Method: stores as
/// their programs lay them out, of which more than one part is asked for.
@Suite("A model in a store")
struct StoreLayoutTests {
  // MARK: External data in a cache

  private static let id = "acme/tiny"
  private static let revision = String(repeating: "a", count: 40)

  private static func onnx(_ location: String) -> [UInt8] {
    ONNXTests.external(location, "1")
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    let model = try OpenModel.open(path)
    let entry = try #require(model.tensor("w"))
    return model.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } }
  }

  @Test("finds the external data of ONNX behind the link of a snapshot", arguments: ["", "onnx/"])
  func external(folder: String) throws {
    let stage = try HubStage()
    let blobs = ["d0", "d1"].map { String(repeating: $0, count: 32) }
    try stage.add(Self.id, Self.revision, folder + "m.onnx", blob: blobs[0], Self.onnx("w.data"))
    try stage.add(Self.id, Self.revision, folder + "w.data", blob: blobs[1], [9, 8, 7, 6])
    let snapshot = stage.snapshot(Self.id, Self.revision)
    // Data that was read is no file that nobody read.
    let whole = try ModelContents.read(snapshot)
    #expect(try bytes(snapshot) == [8, 7])
    // The link itself says what the file is, and its blob does not.
    #expect(try bytes(snapshot + "/" + folder + "m.onnx") == [8, 7])
    let findings = try FileSafety.findings(of: whole)
    #expect(!findings.contains { $0.place == folder + "w.data" }, "\(findings)")
  }

  @Test("does not follow a link of the snapshot out of its repository")
  func outside() throws {
    let stage = try HubStage()
    let blob = String(repeating: "d0", count: 32)
    try stage.add(Self.id, Self.revision, "m.onnx", blob: blob, Self.onnx("w.data"))
    let secret = try stage.folder.write("secret", [9, 8, 7, 6])
    try stage.link(Self.id, Self.revision, "w.data", to: secret)
    let problem = try #require(throws: Problem.self) {
      try OpenModel.open(stage.snapshot(Self.id, Self.revision))
    }
    #expect(problem.code == "link_outside")
  }

  @Test("is read as what its link is called, when its content does not tell")
  func linkName() throws {
    let stage = try HubStage()
    let blob = String(repeating: "d0", count: 32)
    // A stray text is no pickle: under the name of one it is damaged weights, else no model.
    for name in ["m.pt", "m.BIN", "m"] {
      try stage.add(Self.id, Self.revision, name, blob: blob, Array("plain text".utf8))
      let problem = try #require(throws: Problem.self) {
        try OpenModel.open(stage.snapshot(Self.id, Self.revision) + "/" + name)
      }
      let folder = try TemporaryFolder()
      let plain = try folder.write(name, Array("plain text".utf8))
      let wanted = try #require(throws: Problem.self) { try OpenModel.open(plain) }
      #expect(problem.code == wanted.code, "\(name)")
      #expect((problem.code == "unknown_format") == (name != "m.pt"), "\(name)")
    }
  }

  // MARK: ONNX in folders below

  private func inline(_ folder: TemporaryFolder, _ names: [String]) throws {
    for name in names { try folder.write(name, ONNXTests.model(ONNXTests.field(9, [4, 5]))) }
  }

  @Test(
    "is the only ONNX model below, if no other weights are there",
    arguments: ["onnx/model.onnx", "a/b/model_fp16.onnx"])
  func onnxBelow(name: String) throws {
    let folder = try TemporaryFolder()
    try inline(folder, [name])
    try folder.write("config.json", Array("{}".utf8))
    try folder.write("checkpoint/optimizer.pt", [0x80, 2, 0x7D, 0x2E])
    let contents = try ModelContents.read(folder.path)
    #expect(contents.format == .onnx)
    #expect(contents.model?.fileNames == [name])
    #expect(contents.otherWeights == ["checkpoint/optimizer.pt"])
  }

  @Test("must be chosen among several ONNX models below")
  func severalBelow() throws {
    let folder = try TemporaryFolder()
    let names = ["onnx/model.onnx", "onnx/model_fp16.onnx", "onnx/model_quantized.onnx"]
    try inline(folder, names.reversed())
    let problem = try #require(throws: Problem.self) { try ModelContents.read(folder.path) }
    #expect(problem.code == "several_models")
    #expect(problem.kind == .usage)
    #expect(problem.details["models"] == JSON(names))
    for name in names {
      let chosen = try ModelContents.read(ModelAddress(path: folder.path, file: name))
      #expect(chosen.model?.fileNames == [name])
    }
  }

  @Test("is not ONNX below where other weights lie", arguments: ["", "unet/"])
  func othersBeside(place: String) throws {
    let folder = try TemporaryFolder()
    try inline(folder, ["onnx/a.onnx", "onnx/b.onnx"])
    try folder.write(
      place + "m.safetensors", TinyModels.safetensors([TinyTensor("w", [1], f32: [1])]))
    let contents = try ModelContents.read(folder.path)
    #expect(contents.format == (place.isEmpty ? .safetensors : nil))
    #expect(
      contents.otherWeights.filter { $0.hasSuffix(".onnx") } == ["onnx/a.onnx", "onnx/b.onnx"])
  }

  // MARK: A store of Ollama

  private static let weights = TinyModels.gguf([TinyTensor("w", [1], f32: [1])])

  @discardableResult
  private func put(_ folder: TemporaryFolder, _ place: String) throws -> String {
    let hex = String(repeating: "0", count: 64)
    try folder.write("models/blobs/sha256-" + hex, Self.weights)
    let layer: JSON = [
      "mediaType": "application/vnd.ollama.image.model", "digest": .string("sha256:" + hex),
      "size": JSON(Self.weights.count),
    ]
    let manifest: JSON = ["layers": [layer]]
    return try folder.write("models/manifests/" + place, manifest.canonicalBytes)
  }

  private func location(_ path: String, _ name: String? = nil) throws -> ModelLocation {
    try ModelLocation(
      ModelAddress(path: path, repository: name.flatMap { HubReference($0) }))
  }

  @Test("of Ollama is its only one, or the one that is named", arguments: ["", "/models"])
  func library(below: String) throws {
    let folder = try TemporaryFolder()
    let manifest = try put(folder, "registry.ollama.ai/library/tiny/latest")
    let path = folder.path + below
    #expect(ModelLocation.isStored(path))
    #expect(try location(path).id == "tiny:latest")
    #expect(try OpenModel.open(path).tensors.count == 1)
    try put(folder, "registry.ollama.ai/acme/tiny/q4")
    let problem = try #require(throws: Problem.self) { try location(path) }
    #expect(problem.code == "several_models" && problem.kind == .usage)
    #expect(problem.details["models"] == ["acme/tiny:q4", "tiny:latest"])
    #expect(problem.remedy?.contains("--repo") == true)
    #expect(try location(path, "tiny").id == "tiny:latest")
    #expect(try location(path, "tiny:latest").files == (try location(manifest)).files)
    #expect(try location(path, "acme/tiny:q4").id == "acme/tiny:q4")
    for name in ["acme/tiny", "tiny:q4", "tiny@latest"] {
      let missing = try #require(throws: Problem.self) { try location(path, name) }
      #expect(missing.code == "no_such_model" && missing.remedy?.contains("tiny:latest") == true)
    }
  }

  @Test("of Ollama is not guessed where two hosts have one of the name")
  func hosts() throws {
    let folder = try TemporaryFolder()
    let one = try put(folder, "registry.ollama.ai/acme/tiny/q4")
    let two = try put(folder, "hf.co/acme/tiny/q4")
    let problem = try #require(throws: Problem.self) {
      try location(folder.path, "acme/tiny:q4")
    }
    #expect(problem.code == "several_models")
    let models = (problem.details["models"]?.array ?? []).compactMap(\.string)
    #expect(try Set(models) == [FileSystem.realPath(one), FileSystem.realPath(two)])
  }

  @Test("is none where the folder only looks like a store")
  func none() throws {
    let folder = try TemporaryFolder()
    try folder.write("manifests/a.json", Array("{}".utf8))
    try folder.write("blobs/model.safetensors", TinyModels.safetensors([]))
    #expect(!ModelLocation.isStored(folder.path))
    #expect(try location(folder.path).isFolder)
  }
}
