import Base
import Crypto
import Testing

@testable import Fingerprint

/// Goal: "verified" means that these very files were signed, and nothing else. Method: a small
/// model, changed in one way at a time; manifests bent in one way at a time and signed anew, so
/// that each rule is proved to exist.
@Suite("A signed model")
struct BundleTests {
  static let key: ECDSA.PrivateKey = {
    guard let key = ECDSA.PrivateKey(p256Scalar: SHA256.hash([2]).bytes) else {
      preconditionFailure("the digest is below the order of P-256")
    }
    return key
  }()

  /// A model in a folder of its own: path to bytes.
  final class Model {
    let folder: String
    var path: String { folder + "/model" }
    var signature: String { folder + "/model.sig" }

    init(_ files: [(String, [UInt8])]) throws {
      folder = try FileSystem.temporaryDirectory(prefix: "assay-bundle")
      try FileSystem.makeDirectory(path)
      for (name, bytes) in files { try write(name, bytes) }
    }

    deinit { try? FileSystem.remove(folder) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
      let target = path + "/" + name
      try FileSystem.makeDirectories(FileSystem.directoryName(target))
      try DurableFile.replace(target, with: bytes)
    }

    func sign(ignored: [String] = [], shard: Int? = nil) throws -> Bundle {
      try Bundle.sign(
        model: path, signature: signature, ignored: ignored, shardByteCount: shard,
        by: try #require(BundleSigner(key: BundleTests.key)), run: Run())
    }

    func verify(_ bundle: Bundle, ignoresUnsigned: Bool = false) -> BundleReport {
      bundle.verify(
        model: path, signature: signature, trust: .key(BundleTests.key.publicKey),
        ignoresUnsigned: ignoresUnsigned, run: Run())
    }
  }

  static let files: [(String, [UInt8])] = [
    ("config.json", [1]), ("weights.bin", [UInt8](repeating: 7, count: 5000)), ("a/b", [2]),
    ("a-b", [3]), ("a.b", [4]), ("empty", []), ("é", [5]), ("e\u{301}", [6]),
  ]

  @Test("verifies, reads back, and lists files in the order of the specification")
  func roundTrip() throws {
    let model = try Model(Self.files)
    for shard in [nil, 1000, 5000, 1] as [Int?] {
      let bundle = try Bundle(parsing: model.sign(shard: shard).bytes)
      let report = model.verify(bundle)
      #expect(report.problem == nil, "\(report.problem?.description ?? "")")
      #expect(report.files.allSatisfy { $0.status == .ok })
    }
    let manifest = try BundleManifest(payload: model.sign().envelope.payload)
    #expect(manifest.resources.map(\.path) == manifest.resources.map(\.path).sorted())
    #expect(manifest.resources.count == Self.files.count)
  }

  @Test("is found changed, missing or enlarged")
  func changes() throws {
    for shard in [nil, 1000] as [Int?] {
      let model = try Model(Self.files)
      let bundle = try model.sign(shard: shard)
      func status(_ path: String) -> BundleReport.Status? {
        let report = model.verify(bundle)
        #expect(report.problem?.exitCode == .no)
        return report.files.first { $0.path == ByteName(path) }?.status
      }
      try model.write("weights.bin", [UInt8](repeating: 7, count: 4999))
      #expect(status("weights.bin") == .changed)
      try model.write("weights.bin", [UInt8](repeating: 7, count: 5001))
      #expect(status("weights.bin") == .changed)
      try model.write("weights.bin", Self.files[1].1)
      try model.write("é", [6])
      try model.write("e\u{301}", [5])
      #expect(status("é") == .changed, "names are bytes: the two must not be one")
      try model.write("é", [5])
      try model.write("e\u{301}", [6])
      try FileSystem.remove(model.path + "/a-b")
      #expect(status("a-b") == .missing)
      try model.write("a-b", [3])
      try model.write("a/.git", [3])
      #expect(status("a/.git") == .unsigned)
      #expect(model.verify(bundle, ignoresUnsigned: true).problem == nil)
      try FileSystem.remove(model.path + "/a/.git")
      try model.write(".git/config", [3])
      let report = model.verify(bundle)
      #expect(report.problem == nil)
      #expect(report.findings.map(\.id) == ["outside-signature"])
    }
  }

  @Test("leaves out what was to be ignored, and its own signature by path alone")
  func ignored() throws {
    let model = try Model(Self.files + [("logs/x", [1]), ("logs2", [2])])
    let bundle = try model.sign(ignored: ["logs"])
    try model.write("logs/y", [9])
    #expect(model.verify(bundle).problem == nil)
    try model.write("logs2", [9])
    #expect(model.verify(bundle).problem != nil, "logs is a path, not a prefix of names")
    for bad in ["../x", "/x", "*", "a?", ".", "a/", "a//b", ""] {
      #expect(throws: Problem.self, "\(bad)") { try model.sign(ignored: [bad]) }
    }
  }

  @Test("cannot be empty")
  func nothing() throws {
    let model = try Model([])
    #expect(throws: Problem.self) { try model.sign() }
    try model.write("empty", [])
    #expect(throws: Problem.self) { try model.sign(shard: 10) }
  }

  @Test("may be one file, under its name or the tool's dot")
  func oneFile() throws {
    let model = try Model([("single.bin", [1, 2])])
    let path = model.path + "/single.bin"
    let bundle = try Bundle.sign(
      model: path, signature: model.signature, by: try #require(BundleSigner(key: Self.key)),
      run: Run())
    let trust = BundleTrust.key(Self.key.publicKey)
    #expect(
      bundle.verify(model: path, signature: model.signature, trust: trust, run: Run()).problem
        == nil)
    let manifest = try BundleManifest(payload: bundle.envelope.payload)
    #expect(manifest.resources.map(\.path) == ["."])
    let named = try Self.bundle { manifest in
      manifest.resources = [.init(path: "single.bin", shard: nil, digest: SHA256.hash([1, 2]))]
    }
    #expect(
      named.verify(model: path, signature: model.signature, trust: trust, run: Run()).problem
        == nil)
    // Under a dot the file may be called otherwise, under its name it may not.
    let other = model.path + "/other.bin"
    try DurableFile.replace(other, with: [1, 2])
    #expect(
      bundle.verify(model: other, signature: model.signature, trust: trust, run: Run()).problem
        == nil)
    #expect(
      named.verify(model: other, signature: model.signature, trust: trust, run: Run()).problem
        != nil)
    try DurableFile.replace(path, with: [1, 3])
    for bundle in [bundle, named] {
      #expect(
        bundle.verify(model: path, signature: model.signature, trust: trust, run: Run()).problem?
          .exitCode
          == .no)
    }
  }

  @Test("may state the size of its shards as a float, and shard one file under its dot")
  func floatShards() throws {
    let model = try Model([("single.bin", [1, 2, 3])])
    let path = model.path + "/single.bin"
    let bundle = try Bundle.sign(
      model: path, signature: model.signature, shardByteCount: 2,
      by: try #require(BundleSigner(key: Self.key)), run: Run())
    #expect(
      bundle.verify(
        model: path, signature: model.signature, trust: .key(Self.key.publicKey), run: Run()
      ).problem == nil)
    let text = String(decoding: bundle.envelope.payload, as: UTF8.self)
    let float = text.replacing("\"shard_size\":2", with: "\"shard_size\":2.0")
    #expect(float != text)
    #expect(try BundleManifest(payload: Array(float.utf8)).shardByteCount == 2)
    let named = text.replacing("\"sha256\",\"digest\"", with: "\"sha256-sharded-2\",\"digest\"")
    #expect(named != text)
    #expect(try BundleManifest(payload: Array(named.utf8)).resources.count == 2)
    let other = text.replacing("\"sha256\",\"digest\"", with: "\"sha256-sharded-3\",\"digest\"")
    #expect(throws: Problem.self) { _ = try BundleManifest(payload: Array(other.utf8)) }
    let half = text.replacing("\"shard_size\":2", with: "\"shard_size\":2.5")
    #expect(throws: Problem.self) { _ = try BundleManifest(payload: Array(half.utf8)) }
  }

  /// A bundle over a manifest of the files "a" and "b", after `bend`.
  static func bundle(_ bend: (inout BundleManifest) -> Void) throws -> Bundle {
    var manifest = BundleManifest(
      name: "m",
      resources: [
        .init(path: "a", shard: nil, digest: SHA256.hash([65])),
        .init(path: "b", shard: nil, digest: SHA256.hash([66])),
      ], shardByteCount: nil, ignored: [])
    bend(&manifest)
    return Bundle(
      material: .publicKey(hint: key.publicKey.identifier.hex),
      envelope: try manifest.statement().signed(by: key))
  }

  @Test("with a manifest that could mean two things, or leaves the model, is refused")
  func bentManifests() throws {
    let model = try Model([("a", [65]), ("b", [66])])
    #expect(model.verify(try Self.bundle { _ in }).problem == nil)
    let bends: [(String, (inout BundleManifest) -> Void)] = [
      ("a name twice", { $0.resources.append($0.resources[0]) }),
      ("no resources", { $0.resources = [] }),
      ("an ignored pattern", { $0.ignored = ["*"] }),
      ("the whole model ignored", { $0.ignored = ["."] }),
      ("shards of size 0", { $0.shardByteCount = 0 }),
      ("files where shards are said", { $0.shardByteCount = 10 }),
      ("a dot among several", { $0.resources[0].path = "." }),
    ]
    for (name, bend) in bends {
      #expect(model.verify(try Self.bundle(bend)).problem != nil, "\(name)")
    }
    for path in ["./a", ".//a", "a/", "/a", "../m/a", "x/../a", "a\0", "C:\\a", "", "a\n"] {
      let bundle = try Self.bundle { $0.resources[0].path = ByteName(path) }
      #expect(model.verify(bundle).problem != nil, "\(path)")
      #expect(model.verify(bundle, ignoresUnsigned: true).problem != nil, "\(path)")
    }
  }

  @Test("by another key, or with another key's hint, is refused")
  func otherKeys() throws {
    let model = try Model(Self.files)
    let bundle = try model.sign()
    let other = try ECDSA.PrivateKey.generate()
    let trust = BundleTrust.key(other.publicKey)
    #expect(
      bundle.verify(model: model.path, signature: model.signature, trust: trust, run: Run())
        .problem?.code
        == "other_key")
    let renamed = Bundle(
      material: .publicKey(hint: other.publicKey.identifier.hex), envelope: bundle.envelope)
    #expect(
      renamed.verify(model: model.path, signature: model.signature, trust: trust, run: Run())
        .problem?.code
        == "bad_signature")
  }

  @Test("with one byte of its bundle changed verifies no more, or says the same")
  func oneByte() throws {
    let model = try Model([("a", [65]), ("b", [66])])
    let bytes = try model.sign().bytes
    let root = model.verify(try Bundle(parsing: bytes)).root
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 0x01
      guard let bundle = try? Bundle(parsing: changed) else { continue }
      let report = model.verify(bundle)
      #expect(report.problem != nil || report.root == root, "byte \(position)")
    }
  }
}
