import Base
import Formats
import Synchronization
import TestSupport
import Testing

/// Goal: reading the head of a model ends soon after nobody wants it any more, whatever the
/// container. Method: heads of tens of thousands of parts, and runs that are cancelled at the
/// question of a given number.
@Suite("Reading a model that nobody wants any more")
struct CancelledReadingTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let count = 30_000

  static let safetensors: [UInt8] = {
    let members = (0..<count).map {
      "\"t\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}"
    }
    return TinyModels.safetensors(header: "{\(members.joined(separator: ","))}", data: [])
  }()
  static let metadata: [UInt8] = {
    let members = (0..<count).map { "\"m\($0)\":\"some text that says nothing\"" }
    return TinyModels.safetensors(
      header: "{\"__metadata__\":{\(members.joined(separator: ","))}}", data: [])
  }()
  static let gguf = TinyModels.gguf((0..<count).map { TinyTensor("t\($0)", "F32", [0], []) })
  static let onnx: [UInt8] = {
    var tensors: [UInt8] = []
    for index in 0..<count {
      // dims 0, data_type U8, name
      let fields: [UInt8] = [0x08, 0, 0x10, 2]
      tensors += ONNXTests.field(5, fields + ONNXTests.field(8, Array("t\(index)".utf8)))
    }
    let graph: [UInt8] = [7 << 3 | 2]
    return graph + varint(tensors.count) + tensors
  }()
  static let torch: [UInt8] = {
    // A list of so many Nones, each appended by itself.
    var pickle: [UInt8] = [0x80, 2, UInt8(ascii: "]")]
    for _ in 0..<8 * count { pickle += "Na".utf8 }
    return pickle + [UInt8(ascii: ".")]
  }()

  private static func varint(_ number: Int) -> [UInt8] {
    number < 128 ? [UInt8(number)] : [UInt8(number & 0x7F) | 0x80] + varint(number >> 7)
  }

  static let heads: [(name: String, bytes: [UInt8], isModel: Bool)] = [
    ("a.safetensors", safetensors, true), ("b.safetensors", metadata, true),
    ("c.gguf", gguf, true), ("d.onnx", onnx, true), ("e.pt", torch, false),
  ]

  @Test("ends with the reason that it was stopped", arguments: heads.indices)
  func stops(index: Int) throws {
    let head = Self.heads[index]
    let path = try folder.write(head.name, head.bytes)
    if head.isModel { #expect(try ModelContents.read(path).model != nil) }
    // Some questions are asked whatever the length; most of them while the head is read.
    try expectStops(head.name, questions: 4) { run throws(Problem) in
      _ = try ModelContents.read(path, run: run)
    }
  }

  @Test("ends within the index of its shards too")
  func index() throws {
    let map = (0..<Self.count).map { "\"t\($0)\":\"m-1.safetensors\"" }.joined(separator: ",")
    try folder.write("m-1.safetensors", Self.safetensors)
    let unindexed = asks { run throws(Problem) in
      _ = try OpenModel.open(folder.path, run: run)
    }
    try folder.write("m.safetensors.index.json", Array("{\"weight_map\":{\(map)}}".utf8))
    #expect(try OpenModel.open(folder.path).tensors.count == Self.count)
    // The document alone is worth so many.
    try expectStops("index", questions: unindexed + (map.utf8.count >> 16) - 1) {
      run throws(Problem) in
      _ = try OpenModel.open(folder.path, run: run)
    }
  }
}

/// Holds a job to its run: cancelled at any of its questions, of which it asks more than
/// `questions`, it says that it was stopped, and goes on with nothing.
private func expectStops(
  _ name: String, questions: Int, _ body: (Run) throws(Problem) -> Void
) throws {
  let whole = asks(body)
  #expect(whole > questions, "\(name): \(whole)")
  for last in 0..<whole {
    let asked = Atomic<Int>(0)
    let problem = try #require(throws: Problem.self, "\(name) after \(last)") {
      try body(Run(isCancelled: { asked.add(1, ordering: .relaxed).oldValue >= last }))
    }
    #expect(problem.kind == .interrupted)
    // At most the question of whoever hands the reason on.
    #expect(asked.load(ordering: .relaxed) <= last + 3)
  }
}

/// How often a job asks its run when it may go on.
private func asks(_ body: (Run) throws(Problem) -> Void) -> Int {
  let asked = Atomic<Int>(0)
  try? body(
    Run(isCancelled: {
      asked.add(1, ordering: .relaxed)
      return false
    }))
  return asked.load(ordering: .relaxed)
}
