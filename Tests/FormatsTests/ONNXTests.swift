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
}
