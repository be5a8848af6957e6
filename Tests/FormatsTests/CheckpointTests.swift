import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: whatever torch would load from a checkpoint is seen, or the file is refused.
@Suite("A checkpoint of torch")
struct CheckpointTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  typealias Pickle = PickleTests

  /// The files of an archive of torch; storage 0 holds 1 and 2.
  static func archive(
    _ pickle: [UInt8], crc: (([UInt8]) -> UInt32)? = nil, storage: [UInt8]? = nil
  ) -> [UInt8] {
    TinyModels.zip([
      ("a/data.pkl", pickle), ("a/data/0", storage ?? [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]),
    ]) { bytes in crc.map { $0(bytes) } ?? CRC32.checksum(bytes.span.bytes) }
  }

  func contents(_ pickle: [UInt8]) throws -> ModelContents {
    try ModelContents.read(try folder.write("m.pt", Self.archive(pickle)))
  }

  func values(_ name: ByteName, _ contents: ModelContents) throws -> [UInt8] {
    let model = try #require(contents.model)
    return model.withBytes(of: try #require(model.tensor(name))) { bytes in
      bytes.withUnsafeBytes { Array($0) }
    }
  }

  @Test("names tensors below keys that are no text, and loses none below a key without a name")
  func keys() throws {
    func below(_ key: [UInt8]) -> [UInt8] {
      [0x80, 2, UInt8(ascii: "}")] + key + Pickle.tensor() + [UInt8(ascii: "s"), 0x2E]
    }
    for (key, name) in [([UInt8(ascii: "N")], "None"), ([0x88], "True"), ([0x4B, 7], "7")] {
      #expect(try contents(below(key)).model?.tensors.map(\.name) == [ByteName(name)])
    }
    let nameless = try contents(below([UInt8(ascii: ")")]))
    #expect(nameless.model == nil)
    #expect(nameless.findings.map(\.id) == ["weights.unread"])
  }

  @Test("counts as not read where two tensors have one name")
  func twins() throws {
    let twice = try contents(
      Pickle.dictionary([("w", Pickle.tensor()), ("w", Pickle.tensor())]))
    #expect(twice.model == nil)
    #expect(twice.findings.map(\.severity) == [.warning])
  }

  static func call(_ module: String, _ name: String, _ arguments: [UInt8]) -> [UInt8] {
    Pickle.global(module, name) + [0x28] + arguments + [0x74, 0x52]
  }

  /// Values that torch's careful loader allows and that hold no tensor of ours.
  static let allowed: [[UInt8]] = [
    call("collections", "Counter", [UInt8(ascii: "}")]),
    call("collections", "defaultdict", Pickle.global("builtins", "int")),
    call("__builtin__", "set", [UInt8(ascii: "]")]),
    call("_codecs", "encode", Pickle.text("x") + Pickle.text("latin1")),
    call("__builtin__", "bytearray", Pickle.text("x")),
    call("torch", "device", Pickle.text("cpu")),
    call("torch.serialization", "_get_layout", Pickle.text("torch.strided")),
    Pickle.global("torch", "float8_e4m3fn"),
  ]

  @Test("may hold what the careful loader allows beside tensors", arguments: allowed)
  func beside(value: [UInt8]) throws {
    let found = try contents(Pickle.dictionary([("w", Pickle.tensor()), ("x", value)]))
    #expect(found.findings.isEmpty)
    #expect(found.model?.tensors.map(\.name) == ["w"])
  }

  @Test(
    "is refused where a plain type is used otherwise",
    arguments: [
      Pickle.global("builtins", "int"), call("builtins", "int", Pickle.text("1")),
      call("collections", "defaultdict", Pickle.global("os", "system")),
      call("builtins", "eval", Pickle.text("1")), call("torch", "load", Pickle.text("x")),
    ])
  func refused(value: [UInt8]) throws {
    let found = try contents(Pickle.dictionary([("x", value)]))
    #expect(found.model == nil)
    #expect(found.findings.contains { $0.severity == .error })
  }

  /// `_rebuild_tensor_v3` of untyped bytes, as FP8 and unsigned numbers are saved.
  static func untyped(_ type: String, count: UInt8, bytes: UInt8) -> [UInt8] {
    let storage =
      [0x28] + Pickle.text("storage") + Pickle.global("torch.storage", "UntypedStorage")
      + Pickle.text("0") + Pickle.text("cpu") + [0x4B, bytes, 0x74, 0x51]
    let view: [UInt8] = [0x4B, 0, 0x4B, count, 0x85, 0x4B, 1, 0x85, 0x89]
    return call(
      "torch._utils", "_rebuild_tensor_v3",
      storage + view + Pickle.global("collections", "OrderedDict") + [0x29, 0x52]
        + Pickle.global("torch", type))
  }

  @Test(
    "holds tensors of types that have no storage class of their own",
    arguments: [("uint16", "U16", 4), ("float8_e5m2", "F8_E5M2", 8), ("uint64", "U64", 1)])
  func newTypes(torch: String, name: String, count: Int) throws {
    let found = try contents(
      Pickle.dictionary([("w", Self.untyped(torch, count: UInt8(count), bytes: 8))]))
    let entry = try #require(found.model?.tensor("w"))
    #expect(entry.type.name == name && entry.shape == [count])
    #expect(try values("w", found) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
  }

  @Test("may view one number many times")
  func expanded() throws {
    let found = try contents(
      Pickle.dictionary([("w", Pickle.tensor(offset: 1, shape: [3, 2], strides: [0, 0]))]))
    #expect(try values("w", found) == (0..<6).flatMap { _ in [0, 0, 0, 0x40] as [UInt8] })
  }

  @Test("counts as not read where a tensor is of a kind that is not decoded")
  func unreadKinds() throws {
    let sparse = Self.call("torch._utils", "_rebuild_sparse_tensor", [UInt8(ascii: "N")])
    for value in [sparse, Self.untyped("quint4x2", count: 8, bytes: 8)] {
      let found = try contents(Pickle.dictionary([("w", Pickle.tensor()), ("s", value)]))
      #expect(found.model == nil)
      #expect(found.findings.map(\.id) == ["weights.unread"])
      #expect(found.findings.first?.message.contains("\"s\"") == true)
    }
  }

  @Test("without any CRC is read; one that left a storage out is not")
  func unchecked() throws {
    let pickle = Pickle.dictionary([("w", Pickle.tensor())])
    let all = try ModelContents.read(
      try folder.write("m.pt", Self.archive(pickle, crc: { _ in 0 })))
    #expect(all.model?.tensors.map(\.name) == ["w"])
    #expect(try Fingerprinted(all).isWhole)
    let skipped = try ModelContents.read(
      try folder.write(
        "s.pt",
        Self.archive(
          pickle,
          crc: { $0.count == 8 ? 0 : CRC32.checksum($0.span.bytes) },
          storage: [UInt8](repeating: 0, count: 8))))
    #expect(skipped.model == nil)
    #expect(skipped.findings.map(\.id) == ["weights.unread"])
  }

  /// Whether the members hold to what the archive says of them.
  struct Fingerprinted {
    let isWhole: Bool
    init(_ contents: ModelContents) throws {
      try contents.model?.checkArchives(run: Run())
      isWhole = true
    }
  }

  // MARK: Before version 1.6

  /// Five pickles and the storage 0 behind them.
  static func legacy(_ value: [UInt8], isBig: Bool = false, count: UInt64 = 2) -> [UInt8] {
    let magic: [UInt8] = [0x80, 2, 0x8A, 10] + PickleScan.legacyMagic + [0x2E]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]
    let system = Pickle.dictionary([("little_endian", [isBig ? 0x89 : 0x88])])
    let keys: [UInt8] = [0x80, 2, 0x5D] + Pickle.text("0") + [0x61, 0x2E]
    let number = littleEndian(count)
    let values: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]
    let storage = isBig ? number.reversed() + [0x3F, 0x80, 0, 0, 0x40, 0, 0, 0] : number + values
    return magic + version + system + value + keys + storage
  }

  @Test("of before version 1.6 is read from its storages, in either byte order")
  func old() throws {
    let pickle = Pickle.dictionary([("w", Pickle.tensor())])
    for isBig in [false, true] {
      let path = try folder.write("old.pth", Self.legacy(pickle, isBig: isBig))
      let found = try ModelContents.read(path)
      #expect(found.findings.isEmpty)
      #expect(try values("w", found) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    }
    let evil = Pickle.dictionary([("w", Pickle.global("os", "system"))])
    let found = try ModelContents.read(try folder.write("old.pth", Self.legacy(evil)))
    #expect(found.model == nil)
    #expect(found.findings.contains { $0.message.contains("os.system") })
  }

  @Test("of before version 1.6 is refused where a storage reaches beyond the file")
  func cut() throws {
    let pickle = Pickle.dictionary([("w", Pickle.tensor())])
    for count: UInt64 in [3, 1 << 62, UInt64.max] {
      let path = try folder.write("old.pth", Self.legacy(pickle, count: count))
      let problem = try #require(throws: Problem.self) { _ = try ModelContents.read(path) }
      #expect(problem.code == "torch_storage")
    }
  }
}
