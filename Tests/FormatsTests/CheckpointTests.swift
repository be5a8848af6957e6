import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: whatever torch would load from a checkpoint is seen, or the file is refused.
@Suite("A checkpoint of torch")
struct CheckpointTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("loses no tensor below a key that gives it no name")
  func namelessKeys() throws {
    let good = PickleTests.dictionary([("w", PickleTests.tensor())])
    let inner = PickleTests.dictionary([("v", PickleTests.tensor())]).dropFirst(2).dropLast()
    // {"w": tensor} would be read; {None: {"v": tensor}} must be refused.
    let nested: [UInt8] =
      [UInt8(ascii: "}"), UInt8(ascii: "N")] + inner + [UInt8(ascii: "s"), 0x2E]
    let empty: [UInt8] =
      [UInt8(ascii: "}"), UInt8(ascii: "N"), UInt8(ascii: "]"), UInt8(ascii: "s"), 0x2E]
    #expect(try checkpoint(good).tensors.count == 1)
    #expect(try checkpoint(empty).tensors.isEmpty)
    let problem = try #require(throws: Problem.self) { _ = try checkpoint(nested) }
    #expect(problem.code == "torch_tensor")
  }

  func checkpoint(_ pickle: [UInt8]) throws -> OpenModel {
    let bytes = TinyModels.zip([
      ("a/data.pkl", pickle), ("a/data/0", [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]),
    ]) { CRC32.checksum($0.span.bytes) }
    return try OpenModel.open(try folder.write("m.pt", bytes))
  }
}
