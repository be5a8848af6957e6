import Base
import Crypto
import Fingerprint
import Formats
import TestSupport
import Testing

/// Goal: many tensors at once are each what they are alone.
/// Method: sizes on both sides of the limit up to which tensors are hashed together, stored in
/// another order than that of their names, held against the rules as they stand.
@Suite("A model of many tensors")
struct ManyTensorsTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Elements in tensor `index`: none, few, and around 16 KiB of four bytes each.
  static func count(_ index: Int) -> Int {
    switch index % 50 {
    case 7: 0
    case 11: 4095 + index % 3
    case 12: 4097
    case 13: 300_000
    default: 1 + index % 9
    }
  }

  /// Values that BF16 holds in some tensors, and in others F32 alone.
  static func values(_ index: Int) -> [Float] {
    (0..<count(index)).map { Float(index + $0 % 7) + (index % 3 == 0 ? 0 : 0.000_1) }
  }

  static func isBF16(_ values: [Float]) -> Bool {
    values.allSatisfy { $0.bitPattern & 0xFFFF == 0 }
  }

  static func root(_ bytes: [UInt8]) -> Digest {
    let size = IdentityRules.chunkByteCount
    return MerkleTree.root(
      of: stride(from: 0, to: bytes.count, by: size).map {
        MerkleTree.leafHash(Array(bytes[$0..<min($0 + size, bytes.count)]))
      })
  }

  @Test("has the digests that the rules give, in every thread count", arguments: [1, 2, 5])
  func digests(threads: Int) throws {
    let tensors = (0..<200).map { index in
      TinyTensor("t\(199 - index)", [Self.count(index)], f32: Self.values(index))
    }
    let path = try folder.write("m.safetensors", TinyModels.safetensors(tensors))
    let found = try Fingerprint.compute(model: path, run: Run(threads: threads))
    #expect(
      found.tensors.map(\.name.text)
        == tensors.map(\.name).sorted { ByteName($0) < ByteName($1) })
    var names = 0
    for tensor in found.tensors {
      let number = try #require(Int(tensor.name.text.dropFirst()))
      let values = Self.values(199 - number)
      let content = Self.root(values.flatMap { littleEndian($0.bitPattern) })
      #expect(tensor.contentRoot == content, "\(tensor.name)")
      let isShort = Self.isBF16(values)
      let form: ElementType = isShort ? .bf16 : .f32
      let root =
        isShort
        ? Self.root(values.flatMap { littleEndian(UInt16($0.bitPattern >> 16)) })
        : content
      #expect(tensor.valueForm == form, "\(tensor.name)")
      #expect(
        tensor.valueDigest
          == IdentityRules.valueDigest(
            form: form, shape: [values.count], byteCount: values.count * (isShort ? 2 : 4),
            root: root), "\(tensor.name)")
      #expect(tensor.canonical.map(\.name) == [tensor.name])
      #expect(tensor.canonical.map(\.valueDigest) == [tensor.valueDigest])
      names += 1
    }
    #expect(names == 200)
    #expect(found.weights?.canonicalValuesDigest == found.weights?.valuesDigest)
  }

  @Test("counts equal tensors once, and the head that repeats the embedding not at all")
  func repeated() throws {
    let one = TinyTensor("model.embed_tokens.weight", [2], f32: [1, 2])
    var head = one
    head.name = "lm_head.weight"
    let other = TinyTensor("x", [2], f32: [3, 4])
    let path = try folder.write("m.safetensors", TinyModels.safetensors([one, head, other]))
    let weights = try #require(try Fingerprint.compute(model: path, run: Run()).weights)
    #expect(weights.tensorCount == 3)
    #expect(weights.distinctTensors == 2)
    #expect(weights.canonicalCount == 2)
    #expect(weights.canonical.map(\.name) == ["model.embed_tokens.weight", "x"])
    let tiedAway = try folder.write("n.safetensors", TinyModels.safetensors([one, other]))
    let less = try #require(try Fingerprint.compute(model: tiedAway, run: Run()).weights)
    #expect(less.canonicalValuesDigest == weights.canonicalValuesDigest)
    #expect(less.tensorSetDigest == weights.tensorSetDigest)
    #expect(less.valuesDigest != weights.valuesDigest)
  }

  @Test("gives a proof of each chunk, small and large")
  func proofs() throws {
    let tensors = (0..<60).map { index in
      TinyTensor("t\(index)", [Self.count(index)], f32: Self.values(index))
    }
    let path = try folder.write("m.safetensors", TinyModels.safetensors(tensors))
    let digest = try Fingerprint.compute(model: path, run: Run()).weights?.weightsDigest
    for (index, chunk) in [(3, 0), (12, 0), (13, 1)] {
      let proof = try Fingerprint.prove(
        model: path, tensor: ByteName(tensors[index].name), chunk: chunk, run: Run(threads: 3))
      let start = chunk * IdentityRules.chunkByteCount
      let end = min(start + IdentityRules.chunkByteCount, tensors[index].bytes.count)
      #expect(proof.weightsDigest == digest)
      #expect(proof.holds(chunk: Array(tensors[index].bytes[start..<end])))
    }
  }
}
