import Base
import Formats
import Glibc
import TestSupport
import Testing

/// Goal: a model in a cache is found under its name and revision, with the files of a plain copy,
/// and no link leads out of its repository.
@Suite("A Hugging Face cache")
struct HubCacheTests {
  let stage: HubStage
  static let one = String(repeating: "0123456789", count: 4)
  static let two = String(repeating: "b", count: 40)

  init() throws {
    stage = try HubStage()
    for (revision, seed) in [(Self.one, 1), (Self.two, 2)] {
      try stage.add("acme/box", revision, "model.safetensors", blob: "w\(seed)", weights(seed))
      try stage.add("acme/box", revision, "docs/a/notes.txt", blob: "n\(seed)", [UInt8(seed)])
    }
    try stage.folder.write("version.txt", [])
    try stage.folder.write("datasets--a--b/blobs/x", [])
    try stage.folder.write(".locks/models--acme--box/x.lock", [])
  }

  private func weights(_ seed: Int) -> [UInt8] {
    TinyModels.safetensors([TinyTensor("w", "U8", [1], [UInt8(seed)])])
  }

  private func find(_ path: String, _ reference: String? = nil) throws -> ModelLocation {
    try ModelLocation(
      ModelAddress(path: path, repository: reference.flatMap { HubReference($0) }))
  }

  private func problem(_ path: String, _ reference: String? = nil) throws -> Problem {
    try #require(throws: Problem.self) { _ = try find(path, reference) }
  }

  @Test("gives a snapshot the names of a plain copy, and what it is")
  func snapshot() throws {
    let model = try find(stage.snapshot("acme/box", Self.one))
    #expect(model.id == "acme/box")
    #expect(model.revision == Self.one)
    #expect(model.files.map(\.name) == ["docs/a/notes.txt", "model.safetensors"])
    #expect(model.file("model.safetensors")?.location == stage.repository("acme/box") + "/blobs/w1")
    #expect(try OpenModel.open(model.place).tensors.count == 1)
  }

  @Test("finds a revision by ref, whole hash, or seven of its digits")
  func revisions() throws {
    try stage.ref("acme/box", "main", Self.two + "\n")
    try stage.ref("acme/box", "v1.0", Self.one)
    try stage.ref("acme/box", "refs/pr/1", Self.one)
    let repository = stage.repository("acme/box")
    #expect(try find(repository).revision == Self.two)
    #expect(try find(stage.root).revision == Self.two)
    for (reference, revision) in [
      ("acme/box", Self.two), ("acme/box@main", Self.two), ("acme/box@v1.0", Self.one),
      ("acme/box@refs/pr/1", Self.one), ("acme/box@\(Self.one)", Self.one),
      ("acme/box@0123456", Self.one),
    ] {
      #expect(try find(stage.root, reference).revision == revision, "\(reference)")
    }
    for reference in [
      "acme/box@012345", "acme/box@fedcba9", "acme/box@../x", "acme/box@v2", "nobody/box",
    ] {
      let problem = try problem(stage.root, reference)
      #expect(problem.code == "no_such_model" && problem.kind == .usage, "\(reference)")
    }
  }

  @Test("without refs/main takes the only snapshot, and asks for one of several")
  func withoutMain() throws {
    let several = try problem(stage.repository("acme/box"))
    #expect(several.code == "several_models" && several.kind == .usage)
    #expect(
      several.details["models"] == ["acme/box@\(Self.one)", "acme/box@\(Self.two)"])
    try FileSystem.remove(stage.snapshot("acme/box", Self.two))
    #expect(try find(stage.repository("acme/box")).revision == Self.one)
  }

  @Test("with several models asks which one, with their names")
  func severalModels() throws {
    try stage.add("gpt2", Self.one, "model.safetensors", blob: "g", weights(3))
    let problem = try problem(stage.root)
    #expect(problem.code == "several_models")
    #expect(problem.details["models"] == ["acme/box", "gpt2"])
    #expect(try find(stage.root, "gpt2").id == "gpt2")
  }

  @Test("takes a link of a snapshot, and a link to it, for that file and not for the blob")
  func oneFile() throws {
    let path = stage.snapshot("acme/box", Self.one) + "/model.safetensors"
    let outer = stage.root + "/elsewhere"
    #expect(symlink(path, outer) == 0)
    for given in [path, outer] {
      let model = try find(given)
      #expect(model.files.map(\.name) == ["model.safetensors"])
      #expect(model.id == "acme/box" && !model.isFolder)
      #expect(try ModelContents.read(given).model?.tensors.count == 1)
    }
  }

  @Test(
    "refuses a link that leads out, by the name of the file",
    arguments: [
      "/etc/passwd", "/no/such/file", "../../../../../../../../../etc/hostname",
      "../../../models--acme--box-evil/blobs/x", "../../../models--other--box/snapshots/x/w",
      "../../blobs/out", "../../blobs/loop", "../../through/passwd", "../../through/none",
    ])
  func outside(target: String) throws {
    let repository = stage.repository("acme/box")
    try stage.add("acme/box-evil", Self.one, "x", blob: "x", [1])
    try stage.add("other/box", "x", "w", blob: "x", [1])
    #expect(symlink("/etc/passwd", repository + "/blobs/out") == 0)
    #expect(symlink("loop", repository + "/blobs/loop") == 0)
    #expect(symlink("/etc", repository + "/through") == 0)
    try stage.link("acme/box", Self.one, "LICENSE", to: target)
    let problem = try problem(stage.snapshot("acme/box", Self.one))
    #expect(problem.code == "link_outside" && problem.kind == .malformed)
    #expect(problem.place?.hasSuffix("/LICENSE") == true)
  }

  @Test("tells of a download that has not finished, by the name of the file")
  func unfinished() throws {
    try FileSystem.remove(stage.repository("acme/box") + "/blobs/w1")
    let problem = try problem(stage.snapshot("acme/box", Self.one))
    #expect(problem.code == "unfinished_download" && problem.kind == .malformed)
    #expect(problem.place?.hasSuffix("/model.safetensors") == true)
  }

  @Test("within a scope reads nothing that lies outside of it")
  func scope() throws {
    let snapshot = stage.snapshot("acme/box", Self.one)
    func read(_ scope: String) throws {
      _ = try ModelLocation(
        ModelAddress(path: snapshot, links: LinkScope(realPaths: [scope])))
    }
    try read(stage.root)
    try read(stage.repository("acme/box"))
    #expect(throws: Problem.self) { try read(snapshot) }
  }

  @Test("names a blob's promise by the length of its name")
  func claims() throws {
    let small = String(repeating: "a1", count: 20)
    let large = String(repeating: "a1", count: 32)
    try stage.add("acme/box", Self.one, "small", blob: small, [1])
    try stage.add("acme/box", Self.one, "large", blob: large, [1])
    let model = try find(stage.snapshot("acme/box", Self.one))
    #expect(model.file("small")?.claim?.kind == .gitBlob)
    #expect(model.file("large")?.claim?.kind == .sha256)
    #expect(model.file("large")?.claim?.hex == large)
    #expect(model.file("model.safetensors")?.claim == nil)
  }
}
