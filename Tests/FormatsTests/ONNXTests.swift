import Base
import Formats
import TestSupport
import Testing

/// Goal: initializers are found in the file and in plain files beside it, and nowhere else.
@Suite("An ONNX model")
struct ONNXTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(bytes.count)] + bytes
  }
  static func entry(_ key: String, _ value: String) -> [UInt8] {
    field(13, field(1, Array(key.utf8)) + field(2, Array(value.utf8)))
  }
  /// A U8 tensor `w` of two elements with the given further fields.
  static func model(_ more: [UInt8]) -> [UInt8] {
    let tensor: [UInt8] = [0x08, 2, 0x10, 2] + field(8, [UInt8(ascii: "w")]) + more
    return field(7, field(5, tensor))
  }
  static func external(_ location: String, _ offset: String = "0") -> [UInt8] {
    model(entry("location", location) + entry("offset", offset) + entry("length", "2") + [0x70, 1])
  }

  func bytes(_ file: [UInt8]) throws -> [UInt8] {
    let model = try OpenModel.open(try folder.write("m.onnx", file))
    let entry = try #require(model.tensor("w"))
    return model.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } }
  }

  @Test("gives raw and external data")
  func reads() throws {
    try folder.write("d/w.bin", [9, 8, 7, 6])
    #expect(try bytes(Self.model(Self.field(9, [4, 5]))) == [4, 5])
    #expect(try bytes(Self.external("d/w.bin", "1")) == [8, 7])
  }

  @Test(
    "is refused when external data leaves the directory or the file",
    arguments: [
      external("../w.bin"), external("/etc/passwd"), external(""), external("d/../w.bin"),
      external("w.bin", "3"), external("w.bin", "-1"), external("w.bin", "+1"),
      external("w.bin", "18446744073709551615"), external("missing"),
      external("w.bin") + field(7, []), model([]), model(field(9, [1])),
      [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x3A, 0x05, 0],
    ])
  func refuses(file: [UInt8]) throws {
    try folder.write("w.bin", [9, 8, 7, 6])
    let problem = try #require(throws: Problem.self) { _ = try bytes(file) }
    #expect(problem.kind == .malformed)
  }

  @Test("is read or refused, and nothing else, whichever byte changes")
  func bent() throws {
    try folder.write("w.bin", [9, 8, 7, 6])
    for whole in [Self.model(Self.field(9, [4, 5])), Self.external("w.bin", "1")] {
      for position in whole.indices {
        for value in UInt8.min...UInt8.max {
          var file = whole
          file[position] = value
          do { _ = try OpenModel.open(try folder.write("m.onnx", file)) } catch let problem
            as Problem
          {
            #expect(problem.kind == .malformed, "\(position): \(problem)")
          }
        }
      }
    }
  }

  @Test("names every initializer once, however many there are")
  func initializers() throws {
    func tensor(_ name: String) -> [UInt8] {
      Self.field(
        5, [0x08, 0, 0x10, 2] + Self.field(8, Array(name.utf8)) + Self.field(9, []))
    }
    func file(_ names: [String]) -> [UInt8] {
      let graph = names.flatMap(tensor)
      var size: [UInt8] = []
      var rest = graph.count
      repeat {
        size.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
        rest >>= 7
      } while rest > 0
      return [0x3A] + size + graph
    }
    let many = (0..<50_000).map { "t\($0)" }
    let path = try folder.write("m.onnx", file(many))
    #expect(try OpenModel.open(path).tensors.count == many.count)
    try folder.write("m.onnx", file(many + ["t7"]))
    let problem = try #require(throws: Problem.self) { _ = try OpenModel.open(path) }
    #expect(problem.reason.contains("two initializers"))
  }

  // MARK: Everything that holds weights

  /// A message of any length.
  static func message(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var size: [UInt8] = []
    var rest = bytes.count
    repeat {
      size.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    let tag = UInt16(number) << 3 | 2
    return (tag > 0x7F ? [UInt8(tag & 0x7F) | 0x80, UInt8(tag >> 7)] : [UInt8(tag)]) + size + bytes
  }
  static func words(_ number: UInt8, _ text: String) -> [UInt8] {
    message(number, Array(text.utf8))
  }
  /// A U8 tensor of two elements.
  static func tensor(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    [0x08, 2, 0x10, 2] + words(8, name) + message(9, bytes)
  }
  static func node(
    _ operation: String, output: String, _ attributes: [[UInt8]], domain: String = ""
  ) -> [UInt8] {
    message(
      1,
      words(2, output) + words(4, operation) + attributes.flatMap { message(5, $0) }
        + (domain.isEmpty ? [] : words(7, domain)))
  }

  func read(_ graph: [UInt8], beside: [UInt8] = []) throws -> [String: [UInt8]] {
    let path = try folder.write("m.onnx", Self.message(7, graph) + beside)
    let model = try OpenModel.open(path)
    var found: [String: [UInt8]] = [:]
    for entry in model.tensors {
      found[entry.name.text] = model.withBytes(of: entry) { $0.withUnsafeBytes { Array($0) } }
    }
    return found
  }

  static let one: [UInt8] = [0, 0, 0x80, 0x3F]

  @Test("has the constants of its nodes, under the names of their outputs")
  func constants() throws {
    let value = Self.words(1, "value") + Self.message(5, Self.tensor("", [1, 2]))
    let float = Self.words(1, "value_float") + [0x15] + Self.one
    let floats = Self.words(1, "value_floats") + Self.message(7, Self.one + Self.one)
    let int = Self.words(1, "value_int") + [0x18, 5]
    let ints = Self.words(1, "value_ints") + [0x40, 1, 0x40, 0x80, 1]
    let cases: [([UInt8], [UInt8])] = [
      (value, [1, 2]), (float, Self.one), (floats, Self.one + Self.one),
      (int, [5] + [UInt8](repeating: 0, count: 7)),
      (ints, littleEndian(Int64(1)) + littleEndian(Int64(128))),
    ]
    for (attribute, bytes) in cases {
      #expect(try read(Self.node("Constant", output: "c", [attribute])) == ["c": bytes])
    }
  }

  @Test("has what lies in graphs of nodes, in functions and in training")
  func graphs() throws {
    let body: (UInt8) -> [UInt8] = { Self.message(5, Self.tensor("w", [$0, $0])) }
    let node = Self.node(
      "If", output: "y",
      [
        Self.words(1, "then_branch") + Self.message(6, body(1)),
        Self.words(1, "else_branch") + Self.message(6, body(2)),
      ])
    let constant = Self.node(
      "Constant", output: "c", [Self.words(1, "value") + Self.message(5, Self.tensor("", [3, 3]))])
    let function = Self.message(
      25, Self.words(1, "f") + Self.words(10, "d") + Self.message(7, constant.dropFirst(2) + []))
    let training = Self.message(20, Self.message(1, body(4)))
    let found = try read(node + body(5), beside: function + training)
    #expect(
      found == [
        "w": [5, 5], "y.then_branch.w": [1, 1], "y.else_branch.w": [2, 2], "d.f.c": [3, 3],
        "training_info.0.initialization.w": [4, 4],
      ])
  }

  @Test("has the values and the indices of sparse tensors, and the numbers of learned operators")
  func others() throws {
    let sparse = Self.message(
      15, Self.message(1, Self.tensor("s", [1, 2])) + Self.message(2, Self.tensor("", [3, 4])))
    let learned = Self.node(
      "LinearRegressor", output: "y",
      [Self.words(1, "coefficients") + Self.message(7, Self.one)], domain: "ai.onnx.ml")
    let plain = Self.node("Conv", output: "z", [Self.words(1, "pads") + [0x40, 1]])
    let filling = Self.node(
      "ConstantOfShape", output: "f",
      [Self.words(1, "value") + Self.message(5, Self.tensor("", [9, 9]))])
    #expect(
      try read(sparse + learned + plain + filling)
        == ["s": [1, 2], "s.indices": [3, 4], "y.coefficients": Self.one])
  }

  @Test("gives the same bytes for raw data and for numbers one by one")
  func numbers() throws {
    func bytes(_ type: UInt8, _ count: UInt8, _ data: [UInt8]) throws -> [UInt8]? {
      try read(
        Self.message(5, [0x08, count, 0x10, type] + Self.words(8, "w") + data))["w"]
    }
    // I8 -1 takes ten bytes; F16 and packed halves stand in int32_data.
    let minusOne = [UInt8](repeating: 0xFF, count: 9) + [1]
    #expect(try bytes(3, 2, Self.message(5, minusOne + [2])) == [0xFF, 2])
    #expect(try bytes(10, 1, Self.message(5, [0x80, 0x78])) == [0, 0x3C])
    #expect(try bytes(22, 3, Self.message(5, [0x21, 3])) == [0x21, 3])
    #expect(try bytes(26, 5, Self.message(9, [0x1B, 2])) == [0x1B, 2])
    #expect(try bytes(12, 1, [0x58, 0x80, 1]) == [128, 0, 0, 0])
    #expect(try bytes(1, 2, [0x25] + Self.one + [0x25] + Self.one) == Self.one + Self.one)
    for bad: (UInt8, UInt8, [UInt8]) in [
      (2, 1, Self.message(5, [0x80, 2])), (2, 2, Self.message(5, [1])),
      (2, 1, Self.message(7, [1])), (2, 1, Self.message(5, [1]) + Self.message(9, [1])),
    ] {
      #expect(throws: Problem.self) { _ = try bytes(bad.0, bad.1, bad.2) }
    }
  }

  @Test("names the tensor whose dimension is negative")
  func negative() throws {
    let minusOne = [UInt8](repeating: 0xFF, count: 9) + [1]
    let tensor = [0x08] + minusOne + [0x10, 2] + Self.words(8, "late")
    let problem = try #require(throws: Problem.self) { _ = try read(Self.message(5, tensor)) }
    #expect(problem.place?.contains("\"late\"") == true)
    #expect(problem.reason.contains("negative"))
  }

  @Test("without tensors has no digests")
  func nothing() throws {
    let problem = try #require(throws: Problem.self) {
      _ = try read(Self.node("Relu", output: "y", []))
    }
    #expect(problem.code == "no_weights")
  }

  @Test("that calls Python is a finding with the node's name")
  func python() throws {
    let graph =
      Self.message(5, Self.tensor("w", [1, 2])) + Self.node("PyCustomOp", output: "evil", [])
    let path = try folder.write("m.onnx", Self.message(7, graph))
    let finding = try #require(try ModelContents.read(path).findings.first)
    #expect(finding.id == "onnx.pyop" && finding.severity == .error)
    #expect(finding.message.contains("\"evil\"") && finding.message.contains("PyCustomOp"))
  }

  @Test("is refused where graphs are nested without end")
  func nested() throws {
    var graph = Self.message(5, Self.tensor("w", [1, 2]))
    for level in 0..<80 {
      graph = Self.node(
        "If", output: "\(level)", [Self.words(1, "b") + Self.message(6, graph)])
    }
    let problem = try #require(throws: Problem.self) { _ = try read(graph) }
    #expect(problem.code == "onnx_graph")
  }
}
