import Base
import Fingerprint
import Formats
import TestSupport
import Testing

/// Goal: whoever has one chunk and the weights digest can check that they belong together.
@Suite("A chunk proof")
struct ChunkProofTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static let tensors = [
    FingerprintTests.big("big", seed: 4, count: 700_000, small: false),
    TinyTensor("a:b", [1], f32: [3]), TinyTensor("z", "U8", [3], [1, 2, 3]),
  ]

  @Test("holds for its chunk and for no other bytes")
  func holds() throws {
    let path = try folder.write("m.safetensors", TinyModels.safetensors(Self.tensors))
    let weights = try Fingerprint.compute(model: path, run: Run()).weights?.weightsDigest
    for tensor in Self.tensors {
      let chunks = stride(from: 0, to: tensor.bytes.count, by: 1 << 20).map {
        Array(tensor.bytes[$0..<min($0 + 1 << 20, tensor.bytes.count)])
      }
      for (index, chunk) in chunks.enumerated() {
        let proof = try Fingerprint.prove(
          model: path, tensor: ByteName(tensor.name), chunk: index, run: Run())
        #expect(proof.weightsDigest == weights)
        #expect(proof.holds(chunk: chunk))
        var bent = chunk
        bent[bent.count / 2] ^= 0x10
        #expect(!proof.holds(chunk: bent))
        #expect(!proof.holds(chunk: Array(chunk.dropLast())))
        for (other, bytes) in chunks.enumerated() where other != index {
          #expect(!proof.holds(chunk: bytes))
        }
      }
    }
  }

  @Test("is not there for what is not there")
  func missing() throws {
    let path = try folder.write("m.safetensors", TinyModels.safetensors(Self.tensors))
    for (name, chunk, code) in [("q", 0, "no_such_tensor"), ("z", 1, "no_such_chunk")] {
      let problem = try #require(throws: Problem.self) {
        _ = try Fingerprint.prove(model: path, tensor: ByteName(name), chunk: chunk, run: Run())
      }
      #expect(problem.kind == .usage)
      #expect(problem.code == code)
    }
  }
}
