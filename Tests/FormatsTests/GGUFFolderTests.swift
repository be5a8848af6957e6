import Base
import Formats
import TestSupport
import Testing

/// Goal: of several GGUF files it is never a guess which model is meant, and what lies beside a
/// bare one speaks of it alone.
@Suite("GGUF files side by side")
struct GGUFFolderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// - Parameter piece: which of two pieces it is, counted from nought.
  private func gguf(
    _ name: String?, tensor: String = "w", type: String? = nil, piece: UInt32? = nil
  ) -> [UInt8] {
    var metadata: [(String, (kind: UInt32, bytes: [UInt8]))] = []
    if let name { metadata.append(("general.name", TinyModels.ggufText(name))) }
    if let type { metadata.append(("general.type", TinyModels.ggufText(type))) }
    if let piece {
      metadata += [
        ("split.no", TinyModels.ggufNumber(piece)), ("split.count", TinyModels.ggufNumber(2)),
        ("split.tensors.count", TinyModels.ggufNumber(2)),
      ]
    }
    return TinyModels.gguf([TinyTensor(tensor, [1], f32: [1])], metadata: metadata)
  }

  private func find(file: String? = nil, at name: String = "") throws -> ModelLocation {
    try ModelLocation(ModelAddress(path: FileSystem.join(folder.path, name), file: file))
  }

  private func problem(file: String? = nil, at name: String = "") throws -> Problem {
    try #require(throws: Problem.self) { _ = try find(file: file, at: name) }
  }

  @Test(
    "are several models if they are quantisations of one, by name or by header",
    arguments: [
      ["x-Q4_K_M.gguf", "x-Q8_0.gguf"], ["x.IQ2_XXS.gguf", "x.f16.gguf"],
      ["X-UD-Q4_K_XL.gguf", "x-bf16.gguf"], ["a.gguf", "b.gguf"],
    ])
  func several(names: [String]) throws {
    let isTold = names[0] == "a.gguf"
    for name in names { try folder.write(name, gguf(isTold ? "X" : nil)) }
    let problem = try problem()
    #expect(problem.code == "several_models" && problem.kind == .usage)
    #expect(problem.details["models"] == JSON(names))
    let real = try FileSystem.realPath(folder.path)
    for name in names {
      let model = try find(file: name)
      #expect(model.files.map(\.name) == [name] && !model.isFolder)
      #expect(model.place == real + "/" + name)
    }
    for name in ["x-Q5_K_M.gguf", "../" + names[0], "/etc/passwd", ""] {
      #expect(try self.problem(file: name).code == "no_such_file")
    }
  }

  @Test("are one if a projector lies beside the model")
  func projector() throws {
    try folder.write("x.gguf", gguf("X"))
    try folder.write("mmproj-x.gguf", gguf("X", tensor: "v", type: "mmproj"))
    #expect(try ModelContents.read(folder.path).model?.tensors.count == 2)
  }

  @Test("are one in pieces, by the folder or by any piece")
  func pieces() throws {
    try folder.write("x-00001-of-00002.gguf", gguf("X", tensor: "a", piece: 0))
    try folder.write("x-00002-of-00002.gguf", gguf(nil, tensor: "b", piece: 1))
    for name in ["", "x-00001-of-00002.gguf", "x-00002-of-00002.gguf"] {
      let model = try find(at: name)
      #expect(model.files.map(\.name) == ["x-00001-of-00002.gguf", "x-00002-of-00002.gguf"])
      #expect(try ModelContents.read(model).model?.tensors.map(\.name) == ["a", "b"])
    }
    try FileSystem.remove(folder.path + "/x-00002-of-00002.gguf")
    for name in ["", "x-00001-of-00002.gguf"] {
      let problem = try problem(at: name)
      #expect(problem.code == "missing_part" && problem.kind == .malformed)
      #expect(problem.place?.hasSuffix("x-00002-of-00002.gguf") == true)
    }
  }

  @Test("of two quantisations in pieces are named by the first piece of each")
  func quantisedPieces() throws {
    for stem in ["x-Q4_0", "x-Q8_0"] {
      try folder.write("\(stem)-00001-of-00002.gguf", gguf("X", tensor: "a", piece: 0))
      try folder.write("\(stem)-00002-of-00002.gguf", gguf(nil, tensor: "b", piece: 1))
    }
    #expect(
      try problem().details["models"]
        == ["x-Q4_0-00001-of-00002.gguf", "x-Q8_0-00001-of-00002.gguf"])
    #expect(try find(file: "x-Q8_0-00002-of-00002.gguf").files.count == 2)
  }

  @Test("have what lies beside them as their own, unless another model lies there")
  func companions() throws {
    try folder.write("x-Q4_0.gguf", gguf("X"))
    for name in ["README.upstream.md", "licence.txt", "GEMMA_TERMS.html", "NOTICE", "data.json"] {
      try folder.write(name, [0x78])
    }
    let beside = ["GEMMA_TERMS.html", "NOTICE", "README.upstream.md", "licence.txt"]
    #expect(try find(at: "x-Q4_0.gguf").companions.map(\.name) == beside)
    try folder.write("x-Q8_0.gguf", gguf("Another name"))
    try folder.write("y.gguf", gguf("X"))
    #expect(try find(at: "x-Q4_0.gguf").companions.map(\.name) == beside)
    try folder.write("other.gguf", gguf("Other"))
    #expect(try find(at: "x-Q4_0.gguf").companions.isEmpty)
    try FileSystem.remove(folder.path + "/other.gguf")
    try folder.write("model.safetensors", [])
    #expect(try find(at: "x-Q4_0.gguf").companions.isEmpty)
  }

  @Test(
    "give the id of a folder ORG--NAME, and no other",
    arguments: [
      ("acme--Llama-3", "acme/Llama-3"), ("a-b--c-d", "a-b/c-d"), ("plain-name", "plain-name"),
      ("--x", "--x"), ("x--", "x--"), ("a--b--c", "a--b--c"), ("a---b", "a---b"), ("--", "--"),
    ])
  func folderID(name: String, id: String) throws {
    try folder.write("\(name)/model.safetensors", [])
    #expect(try find(at: name).id == id)
    #expect(try find(at: name + "/model.safetensors").id == "model.safetensors")
  }
}
