import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: what a writer put into a file is what comes out, for any tensors; and a number in the file
/// that is one too large or too small makes it no other valid file.
/// Method: generated tensors written by the writers of the tests; every number of the head moved.
@Suite("A generated model")
struct GeneratedModelTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static let types: [(name: String, bytes: Int)] = [
    ("F32", 4), ("F64", 8), ("F16", 2), ("BF16", 2), ("U8", 1), ("I8", 1), ("I64", 8), ("U16", 2),
  ]

  /// Up to eight tensors of up to four dimensions, some of them empty.
  static func tensors(_ random: inout CounterRandom, types: [(name: String, bytes: Int)])
    -> [TinyTensor]
  {
    (0..<1 + random.below(8)).map { index in
      let type = types[random.below(types.count)]
      let shape = (0..<1 + random.below(4)).map { _ in random.below(5) }
      let count = shape.reduce(1, *) * type.bytes
      let letters = "ab.é_-0 \u{1F600}\""
      let name = String(
        (0..<random.below(12)).compactMap { _ in letters.randomElement(using: &random) })
      return TinyTensor(
        "\(index)\(name)", type.name, shape, (0..<count).map { _ in UInt8(random.below(256)) })
    }
  }

  func check(_ path: String, _ tensors: [TinyTensor], seed: UInt64) throws {
    let model = try OpenModel.open(path)
    #expect(model.tensors.count == tensors.count, "seed \(seed)")
    for tensor in tensors {
      let entry = try #require(model.tensor(ByteName(tensor.name)), "seed \(seed)")
      #expect(entry.shape == tensor.shape, "seed \(seed)")
      #expect(entry.type.name == tensor.type, "seed \(seed)")
      let bytes = model.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } }
      #expect(bytes == tensor.bytes, "seed \(seed)")
    }
  }

  @Test("in safetensors is read as it was written")
  func safetensors() throws {
    for seed: UInt64 in 0..<60 {
      var random = CounterRandom(seed: seed, stream: 1)
      let tensors = Self.tensors(&random, types: Self.types)
      let path = try folder.write("m.safetensors", TinyModels.safetensors(tensors))
      try check(path, tensors, seed: seed)
    }
  }

  @Test("in GGUF is read as it was written")
  func gguf() throws {
    for seed: UInt64 in 0..<60 {
      var random = CounterRandom(seed: seed, stream: 2)
      let tensors = Self.tensors(&random, types: [("F32", 4), ("F16", 2), ("BF16", 2)])
      let keys = (0..<random.below(5)).map { ("k\($0)", TinyModels.ggufNumber(UInt32($0))) }
      let path = try folder.write("m.gguf", TinyModels.gguf(tensors, metadata: keys))
      try check(path, tensors, seed: seed)
    }
  }

  @Test("in safetensors is refused when an offset or a dimension moves by one")
  func movedOffsets() throws {
    let seed: UInt64 = 33
    var random = CounterRandom(seed: seed)
    for _ in 0..<80 {
      let tensors = Self.tensors(&random, types: Self.types).filter { !$0.bytes.isEmpty }
      guard let victim = tensors.indices.randomElement(using: &random) else { continue }
      var header = JSONObject()
      var offset = 0
      let bendsShape = random.below(2) == 0
      let change = random.below(2) == 0 ? 1 : -1
      for (index, tensor) in tensors.enumerated() {
        var (begin, end, shape) = (offset, offset + tensor.bytes.count, tensor.shape)
        offset = end
        if index == victim {
          if bendsShape {
            shape[0] += change
          } else if random.below(2) == 0 {
            begin += change
          } else {
            end += change
          }
        }
        header[tensor.name] = [
          "dtype": .string(tensor.type), "shape": .array(shape.map { JSON($0) }),
          "data_offsets": [JSON(begin), JSON(end)],
        ]
      }
      let bytes = TinyModels.safetensors(
        header: JSON.object(header).canonicalText, data: tensors.flatMap(\.bytes))
      let path = try folder.write("m.safetensors", bytes)
      let problem = try #require(throws: Problem.self, "seed \(seed)") {
        _ = try OpenModel.open(path)
      }
      #expect(problem.kind == .malformed)
      #expect(problem.place?.hasPrefix(path) == true, "\(problem)")
    }
  }

  /// A GGUF file with one tensor, every part of it to be bent.
  struct Head {
    var tensorCount: UInt64 = 1
    var pairCount: UInt64 = 1
    var keyCount: UInt64 = 1
    var kind: UInt32 = 9
    var element: UInt32 = 4
    var arrayCount: UInt64 = 2
    var nameCount: UInt64 = 1
    var dimensions: [UInt64] = [2, 3]
    var dimensionCount: UInt32?
    var type: UInt32 = 0
    var offset: UInt64 = 0
    var dataBytes = 32

    var bytes: [UInt8] {
      var head = Array("GGUF".utf8) + littleEndian(UInt32(3))
      head += littleEndian(tensorCount) + littleEndian(pairCount)
      head += littleEndian(keyCount) + Array("k".utf8) + littleEndian(kind)
      head += littleEndian(element) + littleEndian(arrayCount) + [1, 0, 0, 0, 2, 0, 0, 0]
      head += littleEndian(nameCount) + Array("w".utf8)
      head += littleEndian(dimensionCount ?? UInt32(dimensions.count))
      head += dimensions.flatMap { littleEndian($0) }
      head += littleEndian(type) + littleEndian(offset)
      head += [UInt8](repeating: 0, count: (32 - head.count % 32) % 32)
      return head + [UInt8](repeating: 0, count: dataBytes)
    }
  }

  /// What is bent, how, and a word of the reason that must be given.
  static let heads: [(what: String, reason: String, bend: @Sendable (inout Head) -> Void)] = [
    ("no tensor", "belong to no tensor", { $0.tensorCount = 0 }),
    ("a tensor more", "", { $0.tensorCount = 2 }),
    ("endless tensors", "entries do not fit", { $0.tensorCount = .max }),
    ("2^63 tensors", "entries do not fit", { $0.tensorCount = 1 << 63 }),
    ("a pair more", "", { $0.pairCount = 2 }),
    ("endless pairs", "entries do not fit", { $0.pairCount = .max }),
    ("an empty key", "", { $0.keyCount = 0 }),
    ("a long key", "a string of 1099511627776 bytes", { $0.keyCount = 1 << 40 }),
    ("an endless key", "a string of", { $0.keyCount = .max }),
    ("an unknown kind", "value type 13", { $0.kind = 13 }),
    ("an array of arrays", "array of arrays", { $0.element = 9 }),
    ("an unknown element", "value type 99", { $0.element = 99 }),
    ("an element more", "", { $0.arrayCount = 3 }),
    ("endless elements", "does not fit", { $0.arrayCount = .max }),
    ("2^61 elements", "does not fit", { $0.arrayCount = 1 << 61 }),
    ("an endless name", "a string of", { $0.nameCount = .max }),
    ("an empty name", "a name must be", { $0.nameCount = 0 }),
    ("no dimensions", "0 dimensions", { $0.dimensionCount = 0 }),
    ("five dimensions", "5 dimensions", { $0.dimensions = [1, 1, 1, 1, 6] }),
    ("endless dimensions", "4294967295 dimensions", { $0.dimensionCount = .max }),
    ("a dimension of 2^63", "2^63 or more", { $0.dimensions = [1 << 63, 1] }),
    ("a product of 2^64", "overflows", { $0.dimensions = [1 << 32, 1 << 32] }),
    ("bytes beyond 2^63", "overflows", { $0.dimensions = [1 << 61, 2] }),
    (
      "a row more", "do not lie in",
      {
        $0.dimensions = [2, 4]
        $0.dataBytes = 24
      }
    ),
    (
      "half a block in each row", "a row is not a multiple",
      {
        $0.dimensions = [16, 2]
        $0.type = 8
      }
    ),
    ("an unknown type", "type 1000", { $0.type = 1000 }),
    ("an offset of one", "multiple of the alignment", { $0.offset = 1 }),
    ("an offset of 32", "do not lie in", { $0.offset = 32 }),
    (
      "a gap of zeros", "leaves a gap",
      {
        $0.offset = 32
        $0.dataBytes = 64
      }
    ),
    ("an endless offset", "", { $0.offset = .max }),
    ("an offset of 2^63 - 32", "do not lie in", { $0.offset = 1 << 63 - 32 }),
    ("missing data", "do not lie in", { $0.dataBytes = 23 }),
    ("a byte behind", "belong to no tensor", { $0.dataBytes = 33 }),
    ("a page behind", "belong to no tensor", { $0.dataBytes = 64 }),
  ]

  @Test("in GGUF is refused with a place and a reason", arguments: heads)
  func bentHeads(
    _ example: (what: String, reason: String, bend: @Sendable (inout Head) -> Void)
  ) throws {
    var head = Head()
    _ = try OpenModel.open(try folder.write("good.gguf", head.bytes))
    example.bend(&head)
    let path = try folder.write("m.gguf", head.bytes)
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.kind == .malformed && problem.code.hasPrefix("gguf"))
    #expect(problem.place?.hasPrefix(path) == true && !problem.reason.isEmpty)
    #expect(problem.reason.contains(example.reason) || example.reason.isEmpty, "\(problem)")
  }

  @Test("in GGUF holds no byte for two tensors")
  func overlap() throws {
    var bytes = TinyModels.gguf([
      TinyTensor("a", [8], f32: [0, 0, 0, 0, 0, 0, 0, 0]), TinyTensor("b", [1], f32: [0]),
    ])
    // The second offset, 32, made 0; what is then behind the data goes.
    let offset = try #require(bytes.firstRange(of: littleEndian(UInt64(32)) + []))
    bytes.replaceSubrange(offset, with: littleEndian(UInt64(0)))
    let path = try folder.write("m.gguf", Array(bytes.dropLast(32)))
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.reason.contains("overlaps"), "\(problem)")
  }

  @Test("in safetensors holds no byte for two tensors, though all bytes are accounted for")
  func overlapOfEqualLength() throws {
    for (first, second) in [("[0,4]", "[0,4]"), ("[0,4]", "[2,6]"), ("[1,5]", "[4,8]")] {
      let header =
        #"{"x":{"dtype":"U8","shape":[4],"data_offsets":\#(first)},"#
        + #""y":{"dtype":"U8","shape":[4],"data_offsets":\#(second)}}"#
      let bytes = TinyModels.safetensors(header: header, data: [UInt8](repeating: 0, count: 8))
      let path = try folder.write("m.safetensors", bytes)
      let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
      #expect(problem.code == "safetensors_tiling")
    }
  }

  @Test("in GGUF has plain names of at most 63 bytes, each once")
  func names() throws {
    let bad = [
      String(repeating: "n", count: 64), String(repeating: "é", count: 32), "a\u{0}", "a\u{7F}",
      "a\n", "",
    ]
    for name in bad {
      let path = try folder.write("m.gguf", TinyModels.gguf([TinyTensor(name, [1], f32: [1])]))
      let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
      #expect(problem.code == "gguf_tensor", "\(name.debugDescription)")
    }
    let longest = String(repeating: "n", count: 63)
    let one = TinyTensor(longest, [1], f32: [1])
    let path = try folder.write("m.gguf", TinyModels.gguf([one]))
    #expect(try OpenModel.open(path).tensors.count == 1)
    try folder.write("m.gguf", TinyModels.gguf([one, one]))
    #expect(throws: Problem.self) { _ = try OpenModel.open(path) }
    let pair = ("k", TinyModels.ggufNumber(1))
    try folder.write("m.gguf", TinyModels.gguf([one], metadata: [pair, pair]))
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.code == "gguf_key")
  }

  @Test("in GGUF keeps to its alignment", arguments: [UInt32(0), 1, 4, 7, 24, 33, 1 << 31])
  func alignment(value: UInt32) throws {
    let file = TinyModels.gguf(
      [TinyTensor("w", [1], f32: [1])],
      metadata: [("general.alignment", TinyModels.ggufNumber(value))])
    #expect(throws: Problem.self) { _ = try OpenModel.open(try folder.write("m.gguf", file)) }
  }
}
