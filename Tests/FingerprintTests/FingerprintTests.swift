import Base
import Crypto
import Fingerprint
import Formats
import TestSupport
import Testing

/// Goal: digests are those of the rules, for whatever way the same tensors are stored.
/// Method: the worked example and a vector file made by another implementation, a twin of the
/// rules written as they stand, and models that are cast, renamed, resharded and converted.
@Suite("A fingerprint")
struct FingerprintTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func compute(_ path: String, threads: Int = 1) throws -> Fingerprint {
    try Fingerprint.compute(model: path, run: Run(threads: threads))
  }

  @Test("of the worked example has the digests that were worked out")
  func workedExample() throws {
    let path = try folder.write(
      "m.safetensors",
      TinyModels.safetensors([
        TinyTensor("a", [2], f32: [1, -2.5]),
        TinyTensor("b", "BF16", [2], [0x80, 0x3F, 0x20, 0xC0]),
        TinyTensor("c", "U8", [3], [1, 2, 3]),
      ]))
    let fingerprint = try compute(path)
    let weights = try #require(fingerprint.weights)
    let (a, b) = (fingerprint.tensors[0], fingerprint.tensors[1])
    #expect(a.contentRoot.hex == "e282746e4f4d442dff718cad5ad469b7455bba3a7b9b82319c00a653e76f624d")
    #expect(a.digest.hex == "ec1f62f856af2be09cfc1cf5046c7ee0d803d10cbe45fb9dd028968f946efef3")
    #expect(a.valueForm == .bf16)
    #expect(a.valueDigest.hex == "bdb00710b2f395d91aeb28c17412ac1adec70e76ff4ab3ce652943ef09f455ea")
    #expect(b.valueDigest == a.valueDigest)
    #expect(
      weights.weightsDigest.hex
        == "8a0971d9d6e6d6da3ff4d1901365fa47b2fd0e5dc861c2b1a7f2775d8fc24883")
    #expect(
      weights.valuesDigest.hex
        == "595abdd4b1637f84386928a8aa72aca2362ea4a667f04c4f1cae636acf520835")
    #expect(
      weights.tensorSetDigest.hex
        == "e0d876e583d4a807a58bbfbefdad8b17f36a0441c0519142a5d2e6a988b4c0f9")
  }

  @Test("of the edge cases has the digests of another implementation")
  func edges() throws {
    let directory = FileSystem.directoryName(#filePath)
    let expected = try vectors("edge.json")
    let json = try compute("\(directory)/Vectors/edge.safetensors").json(withTensors: true)
    for (key, value) in try #require(expected.object) where key != "tensors" {
      #expect(json[key] == value, "\(key)")
    }
    let wanted = try #require(expected["tensors"]?.array)
    for (index, tensor) in wanted.enumerated() {
      for (key, value) in try #require(tensor.object) {
        #expect(json["tensors"]?[index]?[key] == value, "\(index) \(key)")
      }
    }
  }

  // MARK: The twin

  /// A tensor that fills two and a bit chunks, F32, from a seed; BF16 values if `small`.
  static func big(_ name: String, seed: UInt64, count: Int = 600_000, small: Bool) -> TinyTensor {
    var random = CounterRandom(seed: seed, stream: 1)
    let values = (0..<count).map { _ in
      small ? Float(Int(random.next() % 255) - 127) / 64 : Float(random.uniform() - 0.5)
    }
    return TinyTensor(name, [count], f32: values)
  }

  /// The rules, read off the page: no streaming, no sharing of hashes.
  static func twin(_ tensor: TinyTensor, form: String, valueBytes: [UInt8]) -> (Digest, Digest) {
    func root(_ bytes: [UInt8]) -> Digest {
      MerkleTree.root(
        of: stride(from: 0, to: bytes.count, by: 1 << 20).map {
          MerkleTree.leafHash(bytes[$0..<min($0 + 1 << 20, bytes.count)])
        })
    }
    func digest(_ label: String, _ type: String, _ bytes: [UInt8]) -> Digest {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      return SHA256.hash(
        Array("assay/\(label)/v1\n\(type)\n\(shape)\n\(bytes.count)\n".utf8), root(bytes).bytes)
    }
    return (digest("tensor", tensor.type, tensor.bytes), digest("value", form, valueBytes))
  }

  @Test(
    "is that of the rules, over several chunks, at any number of threads", arguments: [1, 2, 3])
  func chunks(threads: Int) throws {
    let cast = Self.big("cast", seed: 1, small: true)
    let kept = Self.big("kept", seed: 2, small: false)
    let halves = stride(from: 0, to: cast.bytes.count, by: 4).flatMap {
      cast.bytes[$0 + 2..<$0 + 4]
    }
    let path = try folder.write("m.safetensors", TinyModels.safetensors([kept, cast]))
    let fingerprint = try compute(path, threads: threads)
    let (castDigest, castValue) = Self.twin(cast, form: "BF16", valueBytes: halves)
    let (keptDigest, keptValue) = Self.twin(kept, form: "F32", valueBytes: kept.bytes)
    #expect(fingerprint.tensors.map(\.digest) == [castDigest, keptDigest])
    #expect(fingerprint.tensors.map(\.valueDigest) == [castValue, keptValue])
    #expect(
      fingerprint.files.map(\.digest) == [
        SHA256.hash(try FileSystem.read(path, limitBytes: 1 << 30))
      ])
  }

  @Test("of files alone has the same digests of files")
  func filesOnly() throws {
    try folder.write("a/m.safetensors", TinyModels.safetensors([TinyTensor("w", [1], f32: [1])]))
    try folder.write("z", [])
    let whole = try compute(folder.path + "/a")
    let files = try Fingerprint.compute(
      model: folder.path, filesOnly: true, run: Run())
    #expect(files.weights == nil)
    #expect(files.files.map(\.path) == ["a/m.safetensors", "z"])
    #expect(files.files[0].digest == whole.files[0].digest)
    #expect(files.json(withTensors: true)["weights_digest"] == nil)
  }

  @Test("survives strides, byte order and compression of other containers")
  func containers() throws {
    // [[1, 2, 3], [4, 5, 6]] as F32, and as the same array in Fortran order and big-endian.
    let rows: [Float] = [1, 2, 3, 4, 5, 6]
    let columns: [Float] = [1, 4, 2, 5, 3, 6]
    let plain = try folder.write(
      "m.safetensors", TinyModels.safetensors([TinyTensor("w", [2, 3], f32: rows)]))
    let header = "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3), }"
    let text = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    let array = try folder.write(
      "w.npy",
      [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(text.utf8.count))
        + Array(text.utf8) + columns.flatMap { littleEndian($0.bitPattern.byteSwapped) })
    #expect(try compute(array).weights == compute(plain).weights)
  }

  @Test("notices a file that is shortened, replaced or written to under it", arguments: [0, 1, 2])
  func changing(way: Int) throws {
    let bytes = TinyModels.safetensors([Self.big("w", seed: 3, small: false)])
    let path = try folder.write("m.safetensors", bytes)
    let contents = try ModelContents.read(path)
    switch way {
    case 0: try folder.write("m.safetensors", Array(bytes.prefix(5000)))
    case 1: try DurableFile.replace(path, with: bytes)
    default: try folder.write("m.safetensors", bytes.dropLast() + [1])
    }
    let problem = try #require(throws: Problem.self) {
      _ = try Fingerprint.compute(contents: contents, run: Run())
    }
    #expect(problem.code == "changed")
  }

  @Test("tells of a chat template that is unsafe, beside the digests")
  func template() throws {
    try folder.write("m.safetensors", TinyModels.safetensors([TinyTensor("w", [1], f32: [1])]))
    try folder.write("chat_template.jinja", Array("{{ x.__class__ }}".utf8))
    let fingerprint = try compute(folder.path)
    #expect(fingerprint.isUnsafe)
    #expect(fingerprint.findings.map(\.id) == ["template-unsafe"])
    #expect(fingerprint.weights != nil)
  }

  @Test("does not depend on the path, and its JSON is stable")
  func place() throws {
    let bytes = TinyModels.safetensors([TinyTensor("w", [2], f32: [1, .nan])])
    let one = try compute(try folder.write("x/m.safetensors", bytes))
    let two = try compute(try folder.write("y/m.safetensors", bytes), threads: 2)
    #expect(
      one.json(withTensors: true).canonicalBytes == two.json(withTensors: true).canonicalBytes)
  }
}
