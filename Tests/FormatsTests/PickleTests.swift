import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: no stream of opcodes gets an import or a call past the reader, and honest checkpoints
/// are read. Method: streams assembled by hand for each way to import or call, each way to hide a
/// name, and noise.
@Suite("A pickle")
struct PickleTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static func text(_ value: String) -> [UInt8] {
    [0x8C, UInt8(value.utf8.count)] + Array(value.utf8)
  }
  static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  /// `_rebuild_tensor_v2(storage KEY of COUNT floats, OFFSET, SHAPE, STRIDES, …)`.
  static func tensor(
    key: String = "0", count: UInt8 = 2, offset: UInt8 = 0, shape: [UInt8] = [2],
    strides: [UInt8] = [1]
  ) -> [UInt8] {
    let tuple: ([UInt8]) -> [UInt8] = { [0x28] + $0.flatMap { [UInt8(ascii: "K"), $0] } + [0x74] }
    var bytes = global("torch._utils", "_rebuild_tensor_v2") + [0x28, 0x28]
    bytes += text("storage") + global("torch", "FloatStorage") + text(key) + text("cpu")
    bytes += [UInt8(ascii: "K"), count, 0x74, UInt8(ascii: "Q"), UInt8(ascii: "K"), offset]
    bytes += tuple(shape) + tuple(strides) + [0x89] + global("collections", "OrderedDict")
    return bytes + [UInt8(ascii: ")"), UInt8(ascii: "R"), 0x74, UInt8(ascii: "R")]
  }

  static func dictionary(_ members: [(String, [UInt8])]) -> [UInt8] {
    [0x80, 2, UInt8(ascii: "}"), 0x28] + members.flatMap { text($0.0) + $0.1 }
      + [UInt8(ascii: "u"), UInt8(ascii: ".")]
  }

  func checkpoint(_ pickle: [UInt8], more: [(String, [UInt8])] = []) throws -> ModelContents {
    let values = littleEndian(Float(1).bitPattern) + littleEndian(Float(2).bitPattern)
    let members =
      [("a/data.pkl", pickle), ("a/data/0", values), ("a/version", Array("3\n".utf8))] + more
    let bytes = TinyModels.zip(members.map { (name: $0.0, bytes: $0.1) }) {
      CRC32.checksum($0.span.bytes)
    }
    return try ModelContents.read(try folder.write("m.pt", bytes))
  }

  @Test("of nested dictionaries and lists gives names joined with dots")
  func names() throws {
    let list = [UInt8(ascii: "]"), 0x28] + Self.tensor() + Self.tensor() + [UInt8(ascii: "e")]
    let inner = Array(Self.dictionary([("w", Self.tensor())]).dropFirst(2).dropLast())
    let contents = try checkpoint(
      Self.dictionary([("list", list), ("model", inner), ("step", [UInt8(ascii: "K"), 3])]))
    #expect(contents.findings.isEmpty)
    #expect(contents.model?.tensors.map(\.name.text) == ["list.0", "list.1", "model.w"])
  }

  @Test(
    "with a view that its storage does not hold is refused",
    arguments: [
      tensor(key: "7"), tensor(key: "../0"), tensor(count: 3), tensor(offset: 1),
      tensor(shape: [3]),
      tensor(shape: [2], strides: [2]), tensor(shape: [2], strides: [1, 1]),
      tensor(shape: [255, 255, 255, 2], strides: [0, 0, 0, 0]),
    ])
  func views(bytes: [UInt8]) throws {
    let problem = try #require(throws: Problem.self) {
      _ = try checkpoint(Self.dictionary([("w", bytes)]))
    }
    #expect(problem.kind == .malformed)
    #expect(problem.place?.contains("\"w\"") == true)
  }

  static let memo: [UInt8] =
    [0x80, 4, UInt8(ascii: "U"), 2] + Array("os".utf8) + [UInt8(ascii: "q"), 0, UInt8(ascii: "0")]
    + [UInt8(ascii: "U"), 6] + Array("system".utf8) + [UInt8(ascii: "q"), 1, UInt8(ascii: "0")]
    + text("torch._utils") + [0x94, UInt8(ascii: "0")] + text("_rebuild_tensor_v2")
    + [0x94, UInt8(ascii: "0"), UInt8(ascii: "h"), 0, UInt8(ascii: "h"), 1, 0x93]
    + [UInt8(ascii: ".")]

  /// Every way to name `os.system`, and the finding it must give.
  static let imports: [(name: String, bytes: [UInt8])] = [
    ("GLOBAL", global("os", "system") + [UInt8(ascii: ".")]),
    ("STACK_GLOBAL", text("os") + text("system") + [0x93, UInt8(ascii: ".")]),
    ("INST", [0x28] + Array("ios\nsystem\n.".utf8)),
    ("OBJ", [0x28] + global("os", "system") + [UInt8(ascii: "o"), UInt8(ascii: ".")]),
    ("NEWOBJ", global("os", "system") + [UInt8(ascii: ")"), 0x81, UInt8(ascii: ".")]),
    (
      "NEWOBJ_EX",
      global("os", "system") + [UInt8(ascii: ")"), UInt8(ascii: "}"), 0x92, UInt8(ascii: ".")]
    ),
    ("memo of mixed opcodes", memo),
    ("escapes in a string", Array("S'o\\x73'\nS'sys\\164em'\n".utf8) + [0x93, UInt8(ascii: ".")]),
    ("raw unicode", Array("V\\u006fs\nVsystem\n".utf8) + [0x93, UInt8(ascii: ".")]),
    (
      "memo numbers with underscores",
      Array("S'os'\np1_0\n0S'system'\np+0011\n0g 10\ng11\n".utf8) + [0x93, UInt8(ascii: ".")]
    ),
    (
      "import alone, popped", global("os", "system") + [UInt8(ascii: "0"), UInt8(ascii: "N"), 0x2E]
    ),
    ("then broken", global("os", "system") + [0xFE]),
    ("then cut off", global("os", "system")),
    ("after a fresh mark is popped", [0x28, UInt8(ascii: "0")] + global("os", "system") + [0x2E]),
  ]

  @Test("cannot hide an import", arguments: imports)
  func hidden(_ example: (name: String, bytes: [UInt8])) {
    let scan = PickleScan(example.bytes, place: "p")
    #expect(scan.findings.contains { $0.message.contains("os.system") }, "\(scan.findings)")
    #expect(scan.findings.allSatisfy { $0.severity == .error && $0.place?.hasPrefix("p") == true })
  }

  @Test(
    "is not believed a name that only looks allowed",
    arguments: [
      ("torch", "serialization.os.system"), ("t\u{43E}rch._utils", "_rebuild_tensor_v2"),
      ("torch.storage", "_load_from_bytes"), ("torch", "load"), ("torch._utils", "_rebuild"),
      ("torch", "FloatStorage.__class__"), ("builtins", "getattr"), ("collections", "OrderedDict "),
    ])
  func lookalikes(_ name: (module: String, attribute: String)) {
    let scan = PickleScan(
      Self.text(name.module) + Self.text(name.attribute) + [0x93, 0x2E], place: "p")
    #expect(scan.findings.first?.id == "pickle-global")
  }

  @Test("may set _metadata on an ordered dictionary, and nothing else on anything")
  func build() {
    let dictionary = Self.global("collections", "OrderedDict") + [UInt8(ascii: ")"), 0x52]
    let state: (String) -> [UInt8] = { key in
      [UInt8(ascii: "}")] + Self.text(key) + [UInt8(ascii: "N"), UInt8(ascii: "s")]
    }
    let end: [UInt8] = [UInt8(ascii: "b"), 0x2E]
    #expect(PickleScan(dictionary + state("_metadata") + end, place: "p").findings.isEmpty)
    #expect(PickleScan(dictionary + state("__class__") + end, place: "p").findings.count == 1)
    #expect(PickleScan(dictionary + [UInt8(ascii: "N")] + end, place: "p").findings.count == 1)
  }

  @Test("with opcodes that only running could answer is a finding")
  func opcodes() {
    let streams: [[UInt8]] = [
      [0x82, 1, 0x2E], [0x83, 1, 0, 0x2E], [0x84, 1, 0, 0, 0, 0x2E], [0x97, 0x2E],
      Array("Pid\n.".utf8), [UInt8(ascii: "N"), UInt8(ascii: "Q"), 0x2E],
      [UInt8(ascii: "N"), UInt8(ascii: "N"), 0x93, 0x2E], [UInt8(ascii: "N"), 0x29, 0x52, 0x2E],
    ]
    for stream in streams { #expect(PickleScan(stream, place: "p").findings.count == 1) }
  }

  @Test("names the value that a persistent id must not have")
  func persistentIDs() throws {
    let stream: [UInt8] = [0x28] + Self.text("module") + Self.text("evil") + [0x74, 0x51, 0x2E]
    let finding = try #require(PickleScan(stream, place: "p").findings.first)
    #expect(finding.message.contains("\"module\", \"evil\""))
  }

  @Test("is refused where a frame is longer than what is left of it")
  func frames() {
    let body = Self.text("x") + [0x2E]
    let framed: (Int) -> [UInt8] = { [0x80, 4, 0x95] + littleEndian(UInt64($0)) + body }
    #expect(PickleScan(framed(body.count), place: "p").problem == nil)
    #expect(
      PickleScan(framed(body.count + 1), place: "p").problem?.reason.contains("FRAME") == true)
  }

  @Test("with anything behind STOP is a finding, and what follows is scanned")
  func trailing() {
    let scan = PickleScan(
      [UInt8(ascii: "N"), 0x2E] + Self.global("os", "system") + [0x2E], place: "p")
    #expect(scan.findings.contains { $0.id == "pickle-trailing" })
    #expect(scan.findings.contains { $0.message.contains("os.system") })
  }

  @Test("in a member that torch does not write is a finding")
  func members() throws {
    let good = Self.dictionary([("w", Self.tensor())])
    let evil = Self.global("os", "system") + [0x2E]
    let contents = try checkpoint(good, more: [("a/extra.pkl", evil), ("a/note.txt", [0x41])])
    #expect(contents.model == nil)
    #expect(contents.findings.contains { $0.message.contains("os.system") })
    #expect(contents.findings.contains { $0.id == "zip-member" && $0.severity == .warning })
  }

  @Test("is a value, a finding or an error for any bytes, and quickly")
  func noise() {
    var random = CounterRandom(seed: 5, stream: 0)
    let opcodes = Array("().012FIJKLMNPQRSTUVXabcd}eghijl]opqrst)uG".utf8) + (0x80...0x98)
    for _ in 0..<20_000 {
      let bytes = (0..<24).map { _ in
        random.next() % 4 == 0
          ? UInt8(truncatingIfNeeded: random.next()) % 8
          : opcodes[Int(random.next() % UInt64(opcodes.count))]
      }
      let scan = PickleScan(bytes, place: "p")
      #expect(scan.first != nil || scan.problem != nil)
    }
  }

  @Test("that shares its values endlessly is not walked, and its weights count as not read")
  func laughs() throws {
    // Each level refers to the one below twice: 2^60 paths in a few hundred bytes.
    var bytes: [UInt8] = [0x80, 2] + Self.tensor()
    for _ in 0..<60 { bytes += [UInt8(ascii: "2"), 0x86] }
    let contents = try checkpoint(bytes + [0x2E])
    #expect(contents.model == nil)
    #expect(contents.findings.map(\.id) == ["weights.unread"])
  }
}
