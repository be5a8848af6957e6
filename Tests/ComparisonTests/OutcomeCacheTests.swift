// Kept scores are a file like any other: what does not hold is as if it were not there.

import Base
import Crypto
import TestSupport
import Testing

@testable import Comparison

@Suite("Kept scores")
struct OutcomeCacheTests {
  @Test(
    "with a head of an absurd length are not there",
    arguments: [UInt64.max, 1 << 63, 1 << 62, 65, 1, 0])
  func headLength(_ stated: UInt64) throws {
    let folder = try TemporaryFolder()
    let key = OutcomeCache.key(
      model: AnswerSamples.digest("m"), probes: AnswerSamples.digest("p"), arithmetic: "exact")
    var bytes = Array("assay/outcomes/v1\n".utf8)
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: stated >> (56 - 8 * $0)) }
    bytes += [UInt8](repeating: 0x7B, count: 64)
    bytes += SHA256.hash(bytes).bytes
    try DurableFile.replace("\(folder.path)/\(key.hex).outcomes", with: bytes)
    let cache = OutcomeCache(folder: folder.path)
    #expect(cache.holds(key))
    #expect(cache.load(key, id: "m") == nil)
  }
}
