import Base
import Crypto
import Fingerprint
import Formats
import Glibc
import TestSupport
import Testing

/// Goal: a file that is not what its store says is found by its name, whichever way the store
/// names it, and a whole one is never accused.
@Suite("Blobs held against their names")
struct BlobCheckTests {
  let stage: HubStage
  static let revision = String(repeating: "c", count: 40)
  static let weights = TinyModels.safetensors([TinyTensor("w", "U8", [2], [1, 2])])
  static let card = Array("---\nlicense: mit\n---\n".utf8)

  init() throws { stage = try HubStage() }

  private func gitName(_ bytes: [UInt8]) throws -> String {
    Hex.encode(try SHA1.gitBlob(bytes.span.bytes))
  }

  private func lay(
    weights: [UInt8] = weights, card: [UInt8] = card
  ) throws -> String {
    try stage.add(
      "acme/box", Self.revision, "model.safetensors", blob: SHA256.hash(Self.weights).hex, weights)
    try stage.add("acme/box", Self.revision, "README.md", blob: try gitName(Self.card), card)
    return stage.snapshot("acme/box", Self.revision)
  }

  private func findings(_ path: String, filesOnly: Bool = false) throws -> [Finding] {
    try Fingerprint.compute(model: path, filesOnly: filesOnly, run: Run(threads: 1)).findings
  }

  @Test("name a file as git hash-object does")
  func gitBlob() throws {
    #expect(try gitName([]) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    #expect(try gitName(Array("hello\n".utf8)) == "ce013625030ba8dba906f756967f9e9ca394464a")
  }

  @Test("are silent about a whole snapshot, whose bundle is that of a plain copy")
  func whole() throws {
    let snapshot = try lay()
    #expect(try findings(snapshot).isEmpty)
    let copy = try TemporaryFolder()
    try copy.write("model.safetensors", Self.weights)
    try copy.write("README.md", Self.card)
    let run = Run(threads: 1)
    #expect(
      try Fingerprint.compute(model: snapshot, run: run).filesRoot
        == Fingerprint.compute(model: copy.path, run: run).filesRoot)
  }

  @Test("find one changed byte of weights and of the card", arguments: [false, true])
  func changed(filesOnly: Bool) throws {
    var weights = Self.weights
    weights[weights.count - 1] ^= 1
    for place in ["model.safetensors", "README.md"] {
      let path =
        place == "README.md" ? try lay(card: Self.card + [0x20]) : try lay(weights: weights)
      let findings = try findings(path, filesOnly: filesOnly)
      #expect(findings.map(\.id) == ["blob_mismatch"])
      #expect(findings.map(\.place) == [place] && findings.map(\.severity) == [.error])
    }
  }

  @Test("look at what lies beside a bare file too")
  func companions() throws {
    let id = "acme/gguf"
    try stage.add(
      id, Self.revision, "a.gguf", blob: "w", TinyModels.gguf([TinyTensor("w", [1], f32: [1])]))
    try stage.add(id, Self.revision, "README.md", blob: try gitName(Self.card), [0x20])
    let file = stage.snapshot(id, Self.revision) + "/a.gguf"
    #expect(try findings(file).map(\.place) == ["README.md"])
  }

  @Test("hold a blob of Ollama that is given by itself to its name")
  func bareBlob() throws {
    let folder = try TemporaryFolder()
    let bytes = TinyModels.gguf([TinyTensor("w", [1], f32: [1])])
    let good = try folder.write("sha256-" + SHA256.hash(bytes).hex, bytes)
    #expect(try findings(good).isEmpty)
    let bad = try folder.write("sha256-" + String(repeating: "0", count: 64), bytes)
    #expect(try findings(bad).map(\.id) == ["blob_mismatch"])
  }

  @Test("hold only the files that are wanted, whatever was hashed, and only as long as they are")
  func wanted() throws {
    var weights = Self.weights
    weights[weights.count - 1] ^= 1
    let place = try ModelLocation(
      ModelAddress(path: try lay(weights: weights, card: Self.card + [0x20])))
    let check = BlobCheck(place: place, run: Run(threads: 1))
    #expect(try check.findings { $0.name == "README.md" }.map(\.place) == ["README.md"])
    #expect(try check.findings { _ in true }.count == 2)
    #expect(try check.findings { _ in false }.isEmpty)
    let stopped = BlobCheck(place: place, run: Run(isCancelled: { true }))
    let problem = try #require(throws: Problem.self) { try stopped.findings { _ in true } }
    #expect(problem.kind == .interrupted)
  }

  @Test("hold a length of a manifest")
  func length() throws {
    let folder = try TemporaryFolder()
    let bytes = TinyModels.gguf([TinyTensor("w", [1], f32: [1])])
    let hex = SHA256.hash(bytes).hex
    try folder.write("blobs/sha256-" + hex, bytes)
    for (size, ids) in [(bytes.count, []), (bytes.count + 1, ["blob_mismatch"])] {
      let manifest: JSON = [
        "layers": [
          [
            "mediaType": "application/vnd.ollama.image.model", "size": JSON(size),
            "digest": .string("sha256:" + hex),
          ]
        ]
      ]
      let path = try folder.write("manifests/host/library/x/latest", manifest.canonicalBytes)
      #expect(try findings(path).map(\.id) == ids)
    }
  }

  @Test("are signed as a plain copy is, and not signed if one is not whole")
  func signing() throws {
    let key = try ECDSA.PrivateKey.generate()
    let signer = try #require(BundleSigner(key: key))
    let run = Run(threads: 1)
    let snapshot = try lay()
    let bundle = try Bundle.sign(model: snapshot, signature: "/none", by: signer, run: run)
    let copy = try TemporaryFolder()
    try copy.write("model.safetensors", Self.weights)
    try copy.write("README.md", Self.card)
    for path in [copy.path, snapshot] {
      let report = bundle.verify(
        model: path, signature: "/none", trust: .key(key.publicKey), run: run)
      #expect(report.problem == nil)
    }
    let altered = try lay(card: Self.card + [0x20])
    #expect(throws: Problem.self) {
      try Bundle.sign(model: altered, signature: "/none", by: signer, run: run)
    }
  }
}
