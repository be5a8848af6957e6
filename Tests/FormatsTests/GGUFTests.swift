import Base
import Formats
import TestSupport
import Testing

/// Goal: version 2 and 3 files are read with all kinds of metadata; what ggml would refuse, or
/// would read differently, is refused.
@Suite("A GGUF file")
struct GGUFTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func open(_ bytes: [UInt8]) throws -> OpenModel {
    try OpenModel.open(try folder.write("m.gguf", bytes))
  }

  static func array(_ kind: UInt32, _ count: Int, _ bytes: [UInt8]) -> (UInt32, [UInt8]) {
    (9, littleEndian(kind) + littleEndian(UInt64(count)) + bytes)
  }

  static let metadata: [(String, (kind: UInt32, bytes: [UInt8]))] = [
    ("general.architecture", TinyModels.ggufText("llama")),
    ("a.u8", (0, [200])), ("a.i8", (1, [0xFF])), ("a.u16", (2, [1, 2])), ("a.i16", (3, [0, 0x80])),
    ("a.u32", TinyModels.ggufNumber(7)), ("a.i32", (5, littleEndian(Int32(-5)))),
    ("a.f32", (6, littleEndian(Float(0.5).bitPattern))), ("a.bool", (7, [1])),
    ("a.u64", (10, littleEndian(UInt64(1) << 40))), ("a.i64", (11, littleEndian(Int64(-9)))),
    ("a.f64", (12, littleEndian(Double(0.25).bitPattern))),
    ("a.tokens", array(8, 2, TinyModels.ggufText("<s>").bytes + TinyModels.ggufText("").bytes)),
    (
      "a.scores",
      array(6, 2, littleEndian(Float(1).bitPattern) + littleEndian(Float(-2).bitPattern))
    ),
  ]
  static let tensors = [
    TinyTensor("w", "Q8_0", [2, 32], [UInt8](repeating: 3, count: 68)),
    TinyTensor("b", [3], f32: [1, 2, 3]),
  ]

  @Test("gives its metadata and its tensors, outermost dimension first")
  func reads() throws {
    let model = try open(TinyModels.gguf(Self.tensors, metadata: Self.metadata))
    #expect(model.format == .gguf)
    #expect(model.tensor("w")?.shape == [2, 32])
    #expect(model.tensor("w")?.type == .q8_0)
    let bytes = model.tensor("b").map { entry in
      model.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } }
    }
    #expect(bytes == Self.tensors[1].bytes)
    let values = model.ggufMetadata
    #expect(values["general.architecture"]?.text == "llama")
    #expect(values["a.u8"]?.int == 200)
    #expect(values["a.i8"]?.int == -1)
    #expect(values["a.i16"]?.int == -32_768)
    #expect(values["a.i64"]?.int == -9)
    #expect(values["a.u64"]?.int == 1 << 40)
    #expect(values["a.f32"]?.double == 0.5)
    #expect(values["a.f64"]?.double == 0.25)
    #expect(values["a.bool"]?.bool == true)
    #expect(values["a.tokens"]?.array?.strings == [Array("<s>".utf8), []])
    #expect(values["a.scores"]?.array?.floats == [1, -2])
    #expect(values["a.scores"]?.array?.strings == nil)
  }

  @Test("is read in version 2 and refused in others", arguments: [UInt32(1), 2, 4, 0x0300_0000])
  func versions(version: UInt32) throws {
    var bytes = TinyModels.gguf(Self.tensors)
    bytes.replaceSubrange(4..<8, with: littleEndian(version))
    if version == 2 {
      #expect(try open(bytes).tensors.count == 2)
    } else {
      let problem = try #require(throws: Problem.self) { _ = try open(bytes) }
      #expect(problem.code == "gguf_version")
    }
  }

  @Test("is refused when it ends inside a tensor or before, or goes on behind the last")
  func truncations() throws {
    let whole = TinyModels.gguf(Self.tensors, metadata: Self.metadata)
    // The last 20 bytes are padding, which some writers leave out.
    for count in 0..<whole.count - 20 {
      #expect(throws: Problem.self, "\(count) bytes") { _ = try open(Array(whole[..<count])) }
    }
    #expect(try open(Array(whole[..<(whole.count - 20)])).tensors.count == 2)
    #expect(throws: Problem.self) { _ = try open(whole + [0]) }
  }

  @Test("is read or refused, and nothing else, whichever byte of its head changes")
  func flips() throws {
    let whole = TinyModels.gguf(Self.tensors, metadata: Self.metadata)
    for position in 0..<whole.count {
      for value: UInt8 in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
        var bent = whole
        bent[position] = value
        do {
          let model = try open(bent)
          for value in model.ggufMetadata.values {
            _ = value.array?.strings ?? value.array.map { _ in [] }
          }
        } catch let problem as Problem {
          #expect(problem.kind == .malformed, "\(position): \(problem)")
        }
      }
    }
  }

  @Test("is refused when data could hide in its padding")
  func padding() throws {
    var bytes = TinyModels.gguf(Self.tensors)
    bytes[bytes.count - 1] = 1
    let problem = try #require(throws: Problem.self) { _ = try open(bytes) }
    #expect(problem.code == "gguf_padding")
  }

  @Test("knows the block of every ggml type")
  func types() {
    let known = ElementType.all.filter { $0.ggmlID != nil }
    #expect(known.count == 34)
    #expect(ElementType.ggml(id: 12) == .q4_K)
    for removed: UInt32 in [4, 5, 31, 32, 33, 36, 37, 38, 200] {
      #expect(ElementType.ggml(id: removed) == nil)
    }
    #expect(ElementType.q8_0.byteCount(elements: 64) == 68)
    #expect(ElementType.q8_0.byteCount(elements: 33) == nil)
    #expect(ElementType.f64.byteCount(elements: Int.max) == nil)
  }
}
