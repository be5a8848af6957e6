import Base
import GateSupport
import Register
import TestSupport
import Testing

@Suite("The beginning of a digest")
struct ShortDigestTests {
  @Test("names the checked models that have it, and no other")
  func beginnings() throws {
    let stage = try GateStage()
    for seed in 1...3 {
      try stage.add("m\(seed)", TinyFolder(seed: UInt64(seed)))
      _ = try stage.check("m\(seed)")
    }
    let digests = try (1...3).map { try stage.digest("m\($0)") }
    func found(_ digits: String) throws -> [Digest] {
      try stage.log.read { (reader) throws(Problem) in try reader.models(digestBeginning: digits) }
    }
    for digest in digests {
      #expect(try found(digest.hex) == [digest])
      #expect(try found(String(digest.hex.prefix(12))) == [digest])
    }
    #expect(try found("") == digests.sorted { $0.hex < $1.hex })
    #expect(try found("%") == [])
  }
}
