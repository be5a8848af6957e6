import Base
import Crypto
import Foundation
import Testing

/// Goal: a stranger can check a pack, and nobody can change one unseen.
/// Method: packs of the repository's own models; bytes flipped, files added and taken away, and
/// forgeries with a manifest that fits them.
@Suite("An evidence pack", .serialized)
struct PackTests {
  /// A folder with lists of models whose paths are whole.
  struct Ground {
    let folder: String
    let models = FileSystem.join(Program.repository, "Tests/Models")

    init() throws {
      folder = try FileSystem.temporaryDirectory(prefix: "assay-pack")
      for list in ["panel.jsonl", "references.jsonl"] {
        var lines: [UInt8] = []
        let bytes = try FileSystem.read(FileSystem.join(models, list), limitBytes: 1 << 20)
        for line in bytes.split(separator: 0x0A) {
          var object = try JSON.parse(Array(line)).object ?? [:]
          object["path"] = .string(FileSystem.join(models, object["path"]?.string ?? ""))
          lines += JSON.object(object).canonicalBytes + [0x0A]
        }
        try DurableFile.replace(FileSystem.join(folder, list), with: lines)
      }
    }

    func path(_ name: String) -> String { FileSystem.join(folder, name) }

    func compare(
      _ suspect: String, pack: String, cache: String = SharedScores.folder, _ more: [String] = []
    ) throws -> Program.Run {
      try Program.run(
        [
          "compare", FileSystem.join(models, suspect), "--references", path("references.jsonl"),
          "--panel", path("panel.jsonl"), "--pack", pack, "--cache", cache, "--json",
        ] + more)
    }

    func verify(_ pack: String, _ more: [String] = []) throws -> Program.Run {
      try Program.run(["verify", "--pack", pack, "--json"] + more)
    }

    func remove() { try? FileSystem.remove(folder) }
  }

  /// The manifest that fits a folder, written as the format says.
  static func seal(_ pack: String) throws {
    let files = try FileSystem.walk(pack).map(\.path).filter { $0 != "manifest.json" }
    let list = try files.map { path -> JSON in
      let bytes = try FileSystem.read(FileSystem.join(pack, path), limitBytes: 1 << 28)
      return [
        "path": .string(path), "sha256": .string(SHA256.hash(bytes).tagged),
        "bytes": JSON(bytes.count),
      ]
    }
    try DurableFile.replace(
      FileSystem.join(pack, "manifest.json"),
      with: JSON.object(["schema": "assay.evidence-pack/1", "files": .array(list)]).canonicalBytes
        + [0x0A])
  }

  static func script(_ pack: String) throws -> Int32? {
    guard
      let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first(where: {
        FileManager.default.isExecutableFile(atPath: $0)
      })
    else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = [FileSystem.join(Program.repository, "Tests/Interop/pack.py"), pack]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test("is verified, also by a script that shares no code, and is the same when made again")
  func whole() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let (first, second) = (ground.path("a"), ground.path("b"))
    let made = try ground.compare("student-soft", pack: first, cache: ground.path("cache"))
    #expect(made.code == 1, "\(made.notes)")
    let verified = try ground.verify(first)
    #expect(verified.code == 0, "\(verified.output)")
    #expect(verified.json?["ok"]?.bool == true)
    if let code = try Self.script(first) { #expect(code == 0) }
    // The second run takes its outcomes from the cache.
    let again = try ground.compare("student-soft", pack: second, cache: ground.path("cache"))
    #expect(again.code == 1)
    for (path, _) in try FileSystem.walk(first) {
      let bytes = try [first, second].map {
        try FileSystem.read(FileSystem.join($0, path), limitBytes: 1 << 28)
      }
      #expect(bytes[0] == bytes[1], "\(path)")
    }
    #expect(try FileSystem.walk(first).count == FileSystem.walk(second).count)
    let taken = try ground.compare("student-soft", pack: first)
    #expect(taken.code == 2 && taken.notes.contains("--pack"))
  }

  @Test("one flipped bit in any file, the manifest too, is exit 1")
  func flipped() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let pack = ground.path("a")
    _ = try ground.compare("student-soft", pack: pack)
    var random = CounterRandom(seed: 5)
    for (path, _) in try FileSystem.walk(pack) {
      let file = FileSystem.join(pack, path)
      let bytes = try FileSystem.read(file, limitBytes: 1 << 28)
      let places = [0, bytes.count - 1] + (0..<3).map { _ in random.below(bytes.count) }
      for place in places {
        var changed = bytes
        changed[place] ^= 1 << UInt8(random.below(8))
        try DurableFile.replace(file, with: changed)
        #expect(try ground.verify(pack).code == 1, "\(path), byte \(place)")
      }
      try DurableFile.replace(file, with: bytes)
    }
    #expect(try ground.verify(pack).code == 0)
  }

  @Test("a file too many or too few is exit 1, a folder without a manifest exit 4")
  func files() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let pack = ground.path("a")
    _ = try ground.compare("tuned", pack: pack)
    #expect(try ground.verify(pack).code == 0)
    try DurableFile.replace(FileSystem.join(pack, "more"), with: [1])
    #expect(try ground.verify(pack).code == 1)
    try FileSystem.remove(FileSystem.join(pack, "more"))
    try FileSystem.makeDirectory(FileSystem.join(pack, "empty"))
    #expect(try ground.verify(pack).code == 1)
    try FileSystem.remove(FileSystem.join(pack, "empty"))
    #expect(try ground.verify(pack).code == 0)
    try FileSystem.remove(FileSystem.join(pack, "README.txt"))
    #expect(try ground.verify(pack).code == 1)
    try FileSystem.remove(FileSystem.join(pack, "manifest.json"))
    #expect(try ground.verify(pack).code == 4)
  }

  static let forgeries = [
    ("verdict.json", "\"verdict\":\"no-evidence\"", "\"verdict\":\"related\""),
    ("verdict.json", "\"verdict\":\"inherits\"", "\"verdict\":\"no-evidence\""),
    ("verdict.json", "\"p_floor\":0.1", "\"p_floor\":0.2"),
    ("verdict.json", "\"verdict\":\"inherits\"", "\"verdict\":\"shared-output-space\""),
    ("verdict.json", "\"residual\":0.1", "\"residual\":0.001"),
    ("outputs.json", "\"sums\":[[", "\"sums\":[[1"),
    ("outputs.json", "\"relatives\":[]", "\"relatives\":[3]"),
    ("weights.json", "\"coincidences\":0", "\"coincidences\":5"),
    ("models.json", "\"sha256\":\"sha256:", "\"sha256\":\"sha256:0"),
    ("weights.json", "\"equal\":", "\"equal\":-"), ("weights.json", "\"bits\":[{", "\"bits\":[1,{"),
    ("verdict.json", "\"n\":16,\"z80\":", "\"n\":16,\"z80\":1"),
    ("power.json", "\"power\":[0", "\"power\":[1"),
    ("probes.jsonl", "the ", "The "),
    ("figures/0-contrast.svg", "<circle", "<ellipse"),
    ("statements/0.json", "student-soft", "student-text"),
  ]

  @Test("a forgery whose manifest fits is exit 1: the verdict does not follow from the numbers")
  func forged() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let pack = ground.path("a")
    _ = try ground.compare("student-soft", pack: pack)
    for (file, from, to) in Self.forgeries {
      let path = FileSystem.join(pack, file)
      let bytes = try FileSystem.read(path, limitBytes: 1 << 28)
      let text = String(decoding: bytes, as: UTF8.self)
      let place = try #require(text.range(of: from), "\(file) holds no \(from)")
      let changed = text.replacingCharacters(in: place, with: to)
      try DurableFile.replace(path, with: Array(changed.utf8))
      try Self.seal(pack)
      let verified = try ground.verify(pack)
      #expect(verified.code == 1, "\(file), \(from): \(verified.output)")
      if ["outputs.json", "probes.jsonl", "verdict.json"].contains(file),
        let code = try Self.script(pack)
      {
        #expect(code == 1, "\(file), \(from)")
      }
      try DurableFile.replace(path, with: bytes)
    }
    try Self.seal(pack)
    #expect(try ground.verify(pack).code == 0)
  }

  @Test("scored again, the models give the outcomes that it names, and others do not")
  func rescored() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let pack = ground.path("a")
    _ = try ground.compare("student-soft", pack: pack)
    let suspect = FileSystem.join(ground.models, "student-soft")
    let one = try ground.verify(pack, ["--rescore", "--suspect", suspect])
    #expect(one.code == 0, "\(one.output)")
    let all = try ground.verify(
      pack,
      [
        "--rescore", "--suspect", suspect, "--reference",
        FileSystem.join(ground.models, "teacher"), "--reference",
        FileSystem.join(ground.models, "teacher-twin"), "--panel", ground.path("panel.jsonl"),
      ])
    #expect(all.code == 0, "\(all.output)")
    #expect(all.output.contains("outputs.json is made again"))
    let stranger = FileSystem.join(ground.models, "student-text")
    #expect(try ground.verify(pack, ["--rescore", "--suspect", stranger]).code == 1)
  }

  @Test("with exact byte distributions it is verified and made again like any other")
  func confirmed() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let pack = ground.path("a")
    let made = try ground.compare("student-soft", pack: pack, ["--confirm"])
    #expect(made.code == 1, "\(made.notes)")
    let exact = made.json?["comparisons"]?[0]?["output_descent"]?["confirmation"]
    #expect(exact?["holds"] == true && exact?["positions"] == 128, "\(made.output)")
    #expect(try #require(exact?["statistic"]?.double) > 2)
    #expect(try #require(exact?["left_out"]?.double) < 0.05)
    #expect(try ground.verify(pack).code == 0)
    if let code = try Self.script(pack) { #expect(code == 0) }
    let again = try ground.verify(
      pack,
      [
        "--rescore", "--suspect", FileSystem.join(ground.models, "student-soft"), "--reference",
        FileSystem.join(ground.models, "teacher"), "--reference",
        FileSystem.join(ground.models, "teacher-twin"), "--panel", ground.path("panel.jsonl"),
      ])
    #expect(again.code == 0, "\(again.output)")
    let path = FileSystem.join(pack, "verdict.json")
    let text = String(decoding: try FileSystem.read(path, limitBytes: 1 << 28), as: UTF8.self)
    try DurableFile.replace(
      path, with: Array(text.replacing("\"holds\":true", with: "\"holds\":false").utf8))
    try Self.seal(pack)
    #expect(try ground.verify(pack).code == 1)
    if let code = try Self.script(pack) { #expect(code == 1) }
  }

  @Test("with views on activations its verdict follows from their shares")
  func activations() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let pack = ground.path("a")
    let child = "../ComparisonTests/Models/retrained-child"
    let made = try ground.compare(child, pack: pack, ["--only", "weights"])
    #expect(made.code == 1, "\(made.notes)")
    #expect(try ground.verify(pack).code == 0)
    if let code = try Self.script(pack) { #expect(code == 0) }
    let path = FileSystem.join(pack, "weights.json")
    let text = String(decoding: try FileSystem.read(path, limitBytes: 1 << 28), as: UTF8.self)
    let forged = text.replacing("\"share\":0.5", with: "\"share\":0.1")
    #expect(forged != text)
    try DurableFile.replace(path, with: Array(forged.utf8))
    try Self.seal(pack)
    #expect(try ground.verify(pack).code == 1)
    if let code = try Self.script(pack) { #expect(code == 1) }
  }

  @Test("made of weights alone, or without controls, is made again from its models too")
  func rescoredWeights() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let models = ["tuned", "teacher"].map { FileSystem.join(ground.models, $0) }
    for (name, more) in [("a", ["--only", "weights"]), ("b", [])] {
      let pack = ground.path(name)
      let made = try Program.run(
        ["compare", models[0], "--reference", models[1], "--pack", pack] + more)
      #expect(made.code == 1, "\(made.notes)")
      let verified = try ground.verify(
        pack, ["--rescore", "--suspect", models[0], "--reference", models[1]])
      #expect(verified.code == 0, "\(verified.output)")
      #expect(verified.output.contains("verdict.json is made again"))
    }
  }

  @Test("with a state it is signed and has receipts, and other keys do not vouch for it")
  func signed() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let states = [ground.path("state"), ground.path("other")]
    let vkeys = try states.map { state in
      try Program.run(["init", "--state", state, "--json"]).json?["vkey"]?.string ?? ""
    }
    let pack = ground.path("a")
    let made = try ground.compare("student-soft", pack: pack, ["--state", states[0]])
    #expect(made.code == 1, "\(made.notes)")
    #expect(FileSystem.kind(of: FileSystem.join(pack, "receipts/0.tlog-proof")) == .file)
    #expect(try ground.verify(pack).code == 0)
    for (index, code) in [(0, Int32(0)), (1, Int32(1))] {
      let key = states[index] + "/keys/statement.pub.pem"
      #expect(try ground.verify(pack, ["--key", key]).code == code)
      #expect(try ground.verify(pack, ["--vkey", vkeys[index]]).code == code)
    }
  }

  @Test("that cannot be written leaves no entry in the ledger, and says so before the work")
  func unwritable() throws {
    let ground = try Ground()
    defer { ground.remove() }
    let state = ground.path("state")
    #expect(try Program.run(["init", "--state", state]).code == 0)
    func entries() throws -> JSON? {
      try Program.run(["ledger", "checkpoint", state, "--json"]).json?["size"]
    }
    let before = try entries()
    #expect(before?.int != nil)
    try DurableFile.replace(ground.path("taken"), with: [1])
    for path in [ground.path("taken"), ground.path("none/pack"), "/proc/assay-pack"] {
      let run = try ground.compare("student-soft", pack: path, ["--state", state])
      #expect(run.code != 0 && run.json?["error"] != nil, "\(path): \(run.output)")
      #expect(run.json?["comparisons"] == nil)
      #expect(try entries() == before, "\(path)")
    }
    #expect(
      try FileSystem.entries(of: ground.folder).allSatisfy { !$0.name.hasSuffix(".tmp") })
  }
}
