import Base
import Formats
import Glibc
import TestSupport
import Testing

/// Goal: which files are the model is never a guess, and nothing outside of it is read.
@Suite("A model directory")
struct DirectoryTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static func shard(_ names: String...) -> [UInt8] {
    TinyModels.safetensors(names.map { TinyTensor($0, "U8", [1], [7]) })
  }

  func index(_ map: JSONObject) throws {
    let document: JSON = ["weight_map": .object(map)]
    try folder.write("model.safetensors.index.json", document.canonicalBytes)
  }

  func problem() throws -> Problem {
    try #require(throws: Problem.self) { _ = try OpenModel.open(folder.path) }
  }

  @Test("with an index is read when both agree")
  func sharded() throws {
    try folder.write("a.safetensors", Self.shard("x", "y"))
    try folder.write("b.safetensors", Self.shard("z"))
    try index(["x": "a.safetensors", "y": "a.safetensors", "z": "b.safetensors"])
    let model = try OpenModel.open(folder.path)
    #expect(
      model.tensors.map { model.fileNames[$0.file] } == [
        "a.safetensors", "a.safetensors", "b.safetensors",
      ])
  }

  @Test(
    "is refused when index and shards disagree",
    arguments: [
      ["x": "a.safetensors"], ["x": "a.safetensors", "y": "a.safetensors", "q": "a.safetensors"],
      ["x": "a.safetensors", "y": "b.safetensors"],
      ["x": "a.safetensors", "y": "../a.safetensors"],
      ["x": "a.safetensors", "y": ""], ["x": "a.safetensors", "y": 1],
    ] as [JSONObject])
  func disagreeing(map: JSONObject) throws {
    try folder.write("a.safetensors", Self.shard("x", "y"))
    try index(map)
    #expect(try problem().code == "shard_index")
  }

  @Test(
    "is refused when its index names a file elsewhere, whether or not it is there",
    arguments: [
      "../x.safetensors", "/x.safetensors", "sub/a.safetensors", "a\\b.safetensors", ".", "..",
      "a\u{0}.safetensors",
    ])
  func elsewhere(name: String) throws {
    try folder.write("a.safetensors", Self.shard("x"))
    try folder.write("sub/a.safetensors", Self.shard("x"))
    try index(["x": .string(name)])
    let problem = try problem()
    #expect(problem.code == "shard_index")
    #expect(problem.reason.contains("is not the name of a file in this directory"))
  }

  @Test("is refused when a shard lies there that the index does not name")
  func unlisted() throws {
    try folder.write("a.safetensors", Self.shard("x"))
    try folder.write("b.safetensors", Self.shard("z"))
    try index(["x": "a.safetensors"])
    #expect(try problem().place?.contains("b.safetensors") == true)
  }

  @Test("is refused when two files hold one tensor")
  func twice() throws {
    try folder.write("a.gguf", TinyModels.gguf([TinyTensor("w", [1], f32: [1])]))
    try folder.write("b.gguf", TinyModels.gguf([TinyTensor("w", [1], f32: [2])]))
    let problem = try problem()
    #expect(problem.code == "ambiguous_model")
    #expect(problem.description.contains("a.gguf") && problem.description.contains("b.gguf"))
  }

  @Test("is refused when anything in it is a link or a pipe")
  func links() throws {
    try folder.write("model.safetensors", Self.shard("x"))
    #expect(symlink("/etc/passwd", folder.path + "/card") == 0)
    #expect(try problem().place?.hasSuffix("card") == true)
    unlink(folder.path + "/card")
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    #expect(try problem().code == "not_a_file")
  }

  @Test("is refused for a link unless it ends in a file below a directory of the scope")
  func linkScope() throws {
    let places = try TemporaryFolder()
    let root = try FileSystem.realPath(places.path)
    for name in ["shelf", "shelf-2", "outside"] {
      try FileSystem.makeDirectory("\(root)/\(name)")
      try places.write("\(name)/w", Self.shard("x"))
    }
    #expect(symlink("\(root)/outside/w", "\(root)/shelf/out") == 0)
    let scope = LinkScope(realPaths: ["\(root)/shelf"])
    let link = folder.path + "/model.safetensors"
    for (target, isFollowed) in [
      ("\(root)/shelf/w", true), ("\(root)/shelf/../shelf/w", true), ("\(root)/shelf/none", false),
      ("\(root)/shelf-2/w", false), ("\(root)/outside/w", false), ("\(root)/shelf/out", false),
      ("\(root)/shelf", false),
    ] {
      unlink(link)
      #expect(symlink(target, link) == 0)
      let contents = try? ModelContents.read(folder.path, links: scope)
      #expect((contents?.model != nil) == isFollowed, "\(target)")
      #expect(contents == nil || contents?.location(of: "model.safetensors") == "\(root)/shelf/w")
      #expect(throws: Problem.self) { try ModelContents.read(folder.path) }
    }
  }

  @Test("prefers safetensors, names the rest, and looks into the rest")
  func others() throws {
    try folder.write("model.safetensors", Self.shard("x"))
    try folder.write("sub/model.gguf", TinyModels.gguf([TinyTensor("w", [1], f32: [1])]))
    try folder.write("data.bin", Array("raw numbers, no pickle".utf8))
    try folder.write("optimizer.pt", [0x80, 2] + Array("}.".utf8))
    var contents = try ModelContents.read(folder.path)
    #expect(contents.format == .safetensors)
    #expect(contents.otherWeights == ["optimizer.pt", "sub/model.gguf"])

    try folder.write("notes", [0x80, 2] + Array("cos\nsystem\n.".utf8))
    try folder.write("sub/broken.gguf", Array("GGUF".utf8))
    contents = try ModelContents.read(folder.path)
    #expect(
      contents.otherWeights
        == ["notes", "optimizer.pt", "sub/broken.gguf", "sub/model.gguf"])
    #expect(contents.findings.isEmpty)
    let findings = try FileSafety.findings(of: contents)
    #expect(Set(findings.map(\.id)) == ["pickle-global", "malformed-extra"])
    #expect(contents.model != nil)
  }

  @Test("of an adapter says what it adapts")
  func adapter() throws {
    try folder.write("adapter_model.safetensors", Self.shard("base_model.x.lora_A.weight"))
    try folder.write(
      "adapter_config.json",
      Array(#"{"peft_type":"LORA","base_model_name_or_path":"org/base","r":4,"x":1}"#.utf8))
    let contents = try ModelContents.read(folder.path)
    #expect(contents.format == .peft)
    #expect(contents.adapter?.baseModel == "org/base")
    #expect(contents.adapter?.json.keys == ["peft_type", "base_model_name_or_path", "r"])
  }

  @Test("without weights has contents and no model")
  func empty() throws {
    try folder.write("README.md", [])
    #expect(try ModelContents.read(folder.path).format == nil)
    #expect(try problem().code == "no_weights")
  }
}
