import Base
import Fingerprint
import Formats
import TestSupport
import Testing

/// Goal: the canonical digest of a model is the same in both containers, for every family, and is
/// not the same where anything differs.
/// Method: small models that are converted by the converters' own reshapes (`ConvertedModel`), in
/// every type that holds the values; then the same with one thing bent.
@Suite("The canonical digest in both containers")
struct ContainerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func fingerprint(_ name: String, _ bytes: [UInt8]) throws -> Fingerprint {
    try Fingerprint.compute(model: try folder.write(name, bytes), run: Run(threads: 2))
  }

  func weights(_ name: String, _ bytes: [UInt8]) throws -> WeightsIdentity {
    try #require(try fingerprint(name, bytes).weights)
  }

  @Test("is the same for every family and type", arguments: ConvertedModel.all)
  func same(model: ConvertedModel) throws {
    for type in ["F32", "BF16", "F16"] {
      let hub = try fingerprint("a/model.safetensors", model.safetensors(type))
      let gguf = try fingerprint("b/model.gguf", model.gguf(type))
      let (a, b) = (try #require(hub.weights), try #require(gguf.weights))
      #expect(b.unmapped == [])
      #expect(b.unrestored == [])
      #expect(b.canonical.map(\.name) == a.canonical.map(\.name))
      #expect(a.canonicalValuesDigest == b.canonicalValuesDigest, "\(type)")
      #expect(a.canonicalCount == b.canonicalCount)
      let verdict = Kinship(suspect: gguf, reference: hub).verdict
      guard case .sameTensors(let differences) = verdict else {
        Issue.record("\(type): \(verdict)")
        continue
      }
      #expect(differences.contains(.gguf))
    }
  }

  /// A value that is bent wherever it lies changes the digest: nothing is dropped on the way.
  @Test("differs with every single value", arguments: ConvertedModel.all)
  func everyTensor(model: ConvertedModel) throws {
    let wanted = try weights("a/model.safetensors", model.safetensors("F32"))
    for index in model.ggufValues().indices {
      var values = model.ggufValues()
      guard !values[index].name.hasPrefix("rope_") else { continue }
      values[index].values[values[index].values.count / 2] += 0.25
      let bytes = TinyModels.gguf(
        values.map { ConvertedModel.tensor($0, "F32") },
        metadata: [("general.architecture", TinyModels.ggufText(model.architecture))]
          + model.metadata.map {
            ("\(model.architecture).\($0.0)", TinyModels.ggufNumber($0.1))
          })
      let bent = try weights("b/model.gguf", bytes)
      #expect(bent.canonicalValuesDigest != wanted.canonicalValuesDigest, "\(values[index].name)")
    }
  }

  /// What a restoration is worth: without it the values as they are stored are others.
  @Test("needs the restorations that it makes")
  func needed() throws {
    let moved: [(ConvertedModel, [String])] = [
      (.llama, ["blk.0.attn_q.weight", "blk.0.attn_k.weight"]),
      (.gemma3, ["output_norm.weight", "blk.0.post_ffw_norm.weight", "blk.0.attn_q_norm.weight"]),
      (.gpt2, ["blk.0.attn_qkv.weight", "blk.0.attn_output.weight"]),
      (.gptNeoX, ["blk.0.attn_qkv.weight", "blk.0.attn_qkv.bias"]),
      (.falcon, ["blk.0.attn_qkv.weight"]),
    ]
    for (model, names) in moved {
      let gguf = try fingerprint("m.gguf", model.gguf("F32"))
      for name in names {
        let tensor = try #require(gguf.tensors.first { $0.name.text == name })
        #expect(tensor.canonical.count == 1)
        #expect(tensor.canonical[0].valueDigest != tensor.valueDigest, "\(model.name) \(name)")
      }
    }
  }

  @Test("is told by the architecture that the file names, and by no other")
  func architecture() throws {
    let gguf = try weights(
      "m.gguf", ConvertedModel.gemma3.gguf("F32", architecture: "strange"))
    #expect(gguf.unmapped.count == ConvertedModel.gemma3.hub.count)
    // Llama has no names for what Gemma has after attention and after the feed-forward part.
    let other = try weights("m.gguf", ConvertedModel.gemma3.gguf("F32", architecture: "llama"))
    #expect(
      other.unmapped.map(\.text) == [
        "blk.0.post_attention_norm.weight", "blk.0.post_ffw_norm.weight",
      ])
  }

  // MARK: What cannot be brought back

  static func q8(_ name: String, _ shape: [Int]) -> TinyTensor {
    let blocks = shape.reduce(1, *) / 32
    return TinyTensor(
      name, "Q8_0", shape,
      (0..<blocks).flatMap { block in
        [0, 0x3C] + (0..<32).map { UInt8(truncatingIfNeeded: $0 * 7 + block) }
      })
  }

  static func gguf(
    _ tensors: [TinyTensor], _ architecture: String, _ counts: [(String, UInt32)] = []
  ) -> [UInt8] {
    TinyModels.gguf(
      tensors,
      metadata: [("general.architecture", TinyModels.ggufText(architecture))]
        + counts.map { ("\(architecture).\($0.0)", TinyModels.ggufNumber($0.1)) })
  }

  @Test("does not pretend for values that stay as the converter left them")
  func unrestored() throws {
    let norm = TinyTensor("output_norm.weight", [2], f32: [1.5, 0.1])
    let many = Self.q8("blk.0.ffn_up_exps.weight", [5000, 1, 32])
    let cases: [([TinyTensor], String, [(String, UInt32)], [String])] = [
      // Blocks along rows that the original has as columns.
      ([Self.q8("blk.0.ffn_up.weight", [64, 32])], "gpt2", [], ["packed"]),
      ([Self.q8("output_norm.weight", [32])], "gemma", [], ["packed"]),
      // 0.1 is none of the values that a sum with one can have.
      ([norm], "gemma", [], ["rounded"]),
      ([Self.q8("blk.0.attn_q.weight", [8, 32])], "llama", [], ["unstated"]),
      (
        [Self.q8("blk.0.attn_q.weight", [7, 32])], "llama", [("attention.head_count", 2)],
        ["shape"]
      ),
      (
        [Self.q8("blk.0.attn_qkv.weight", [25, 32])], "gptneox", [("attention.head_count", 2)],
        ["shape"]
      ),
      ([Self.q8("blk.0.attn_qkv.weight", [24, 32])], "gptneox", [], ["unstated"]),
      ([Self.q8("blk.0.attn_k_b.weight", [2, 4, 32])], "deepseek2", [], ["incomplete"]),
      (
        [
          Self.q8("blk.0.attn_k_b.weight", [2, 4, 32]),
          Self.q8("blk.0.attn_v_b.weight", [2, 2, 32]),
        ],
        "deepseek2", [], ["packed", "packed"]
      ),
      (
        [
          TinyTensor("blk.0.attn_k_b.weight", [1, 2, 2], f32: [1, 2, 3, 4]),
          TinyTensor("blk.0.attn_v_b.weight", [1, 2, 3], f32: [1, 2, 3, 4, 5, 6]),
        ], "deepseek2", [], ["shape", "shape"]
      ),
      ([Self.q8("blk.0.ffn_up_exps.weight", [2, 32])], "qwen3moe", [], ["shape"]),
      ([many], "qwen3moe", [], ["experts"]),
    ]
    for (tensors, architecture, counts, obstacles) in cases {
      let found = try weights("m.gguf", Self.gguf(tensors, architecture, counts))
      #expect(found.unrestored.map(\.obstacle.rawValue) == obstacles, "\(architecture)")
      #expect(found.unmapped == [])
      #expect(found.unrestored.map(\.name.text) == tensors.map(\.name))
      #expect(found.canonical.map(\.name.text) == tensors.map { "gguf:" + $0.name })
      let entry = try #require(found.json["unrestored"]?[0])
      #expect(entry["obstacle"]?.string == obstacles[0])
      #expect(entry["canonical_name"]?.string == found.unrestored[0].canonicalName.text)
      #expect(entry["name"]?.string == tensors[0].name)
    }
  }

  @Test("moves whole rows and whole experts of packed blocks")
  func packed() throws {
    let experts = Self.q8("blk.0.ffn_up_exps.weight", [3, 2, 32])
    let found = try fingerprint(
      "m.gguf",
      Self.gguf(
        [experts, Self.q8("blk.0.attn_q.weight", [8, 32])], "qwen3moe"))
    #expect(found.weights?.unrestored == [])
    let slices = try #require(found.tensors.first { $0.name == "blk.0.ffn_up_exps.weight" })
    #expect(slices.canonical.count == 3)
    for expert in 0..<3 {
      let alone = TinyTensor(
        "x", "Q8_0", [2, 32], Array(experts.bytes[expert * 68..<(expert + 1) * 68]))
      let single = try fingerprint("one.gguf", TinyModels.gguf([alone]))
      #expect(slices.canonical[expert].valueDigest == single.tensors[0].valueDigest)
      #expect(
        slices.canonical[expert].name.text == "model.layers.0.mlp.experts.\(expert).up_proj.weight")
    }
  }

  @Test("does not count a tensor twice that a file holds whole and in parts")
  func repeated() throws {
    let found = try weights(
      "m.gguf",
      Self.gguf(
        [
          TinyTensor("blk.0.attn_k_b.weight", [1, 2, 2], f32: [1, 2, 3, 4]),
          TinyTensor("blk.0.attn_v_b.weight", [1, 1, 2], f32: [5, 6]),
          TinyTensor("blk.0.attn_kv_b.weight", [3, 2], f32: [1, 2, 3, 4, 5, 6]),
        ], "deepseek2"))
    #expect(found.canonicalCount == 3)
    #expect(found.unmapped.map(\.text) == ["blk.0.attn_k_b.weight", "blk.0.attn_v_b.weight"])
  }

  @Test("sees through the masks and tied heads that old files hold")
  func buffers() throws {
    let model = ConvertedModel.gpt2
    let plain = model.hubValues().map { ConvertedModel.tensor($0, "F32") }
    let wanted = try weights("a.gguf", model.gguf("F32")).canonicalValuesDigest
    let mask = TinyTensor("transformer.h.0.attn.bias", [1, 1, 2, 2], f32: [1, 0, 1, 1])
    let scalar = TinyTensor("transformer.h.0.attn.masked_bias", [], f32: [-1e4])
    let old = try weights("a.safetensors", TinyModels.safetensors(plain + [mask, scalar]))
    #expect(old.canonicalValuesDigest == wanted)
    // A bias of that name is a bias.
    let bias = TinyTensor("transformer.h.0.attn.bias", [4], f32: [1, 0, 1, 1])
    let other = try weights("a.safetensors", TinyModels.safetensors(plain + [bias]))
    #expect(other.canonicalValuesDigest != wanted)
    #expect(other.canonicalCount == old.canonicalCount + 1)
    // Older converters wrote the head that repeats the embedding.
    var values = model.ggufValues().map { ConvertedModel.tensor($0, "F32") }
    var head = try #require(values.first { $0.name == "token_embd.weight" })
    head.name = "output.weight"
    values.append(head)
    #expect(
      try weights("a.gguf", Self.gguf(values, "gpt2")).canonicalValuesDigest == wanted)
    values[values.count - 1].bytes[0] ^= 1
    #expect(
      try weights("a.gguf", Self.gguf(values, "gpt2")).canonicalValuesDigest != wanted)
  }

  @Test("takes one off the factors of a norm only where nothing is lost")
  func gain() throws {
    let wanted: [Float] = [-1, -0.5, 0, 0x1p-16, 0.75, 1, 3.5, 60, -0x1p-9]
    let hub = TinyTensor("model.norm.weight", [9], f32: wanted)
    let gguf = TinyTensor("output_norm.weight", [9], f32: wanted.map { $0 + 1 })
    let a = try weights("a.safetensors", TinyModels.safetensors([hub]))
    let b = try weights("a.gguf", Self.gguf([gguf], "gemma2"))
    #expect(a.canonicalValuesDigest == b.canonicalValuesDigest)
    // A factor of a finer grain is gone in the sum: the file has another, and its digest says so.
    let fine = TinyTensor("model.norm.weight", [1], f32: [0x1.8p-24])
    let lost = TinyTensor("output_norm.weight", [1], f32: [0x1.8p-24 + 1])
    #expect(
      try weights("a.safetensors", TinyModels.safetensors([fine])).canonicalValuesDigest
        != (try weights("a.gguf", Self.gguf([lost], "gemma2")).canonicalValuesDigest))
  }
}

/// MXFP4, whose nibbles the converter packs in another order.
@Suite("MXFP4 in both containers")
struct MicroscaledContainerTests {
  /// Codes and scales of rows of one block.
  static func rows(_ count: Int, seed: UInt64) -> [(codes: [UInt8], scale: UInt8)] {
    var random = CounterRandom(seed: seed, stream: 3)
    return (0..<count).map { _ in
      ((0..<32).map { _ in UInt8(random.next() % 16) }, UInt8(random.next() % 255))
    }
  }

  /// Neighbours in one byte, the first in the low half.
  static func library(_ codes: [UInt8]) -> [UInt8] {
    (0..<16).map { codes[2 * $0] | codes[2 * $0 + 1] << 4 }
  }

  /// A scale, then values j and j + 16 in one byte.
  static func block(_ row: (codes: [UInt8], scale: UInt8)) -> [UInt8] {
    [row.scale] + (0..<16).map { row.codes[$0] | row.codes[$0 + 16] << 4 }
  }

  @Test("is brought back to the library's codes and scales")
  func same() throws {
    let folder = try TemporaryFolder()
    let (fused, down) = (Self.rows(2 * 6, seed: 1), Self.rows(2 * 4, seed: 2))
    let name = "model.layers.0.mlp.experts."
    let hub = [
      TinyTensor(
        name + "gate_up_proj_blocks", "U8", [2, 6, 1, 16], fused.flatMap { Self.library($0.codes) }
      ),
      TinyTensor(name + "gate_up_proj_scales", "U8", [2, 6, 1], fused.map(\.scale)),
      TinyTensor(
        name + "down_proj_blocks", "U8", [2, 4, 1, 16], down.flatMap { Self.library($0.codes) }),
      TinyTensor(name + "down_proj_scales", "U8", [2, 4, 1], down.map(\.scale)),
    ]
    let (gate, up) = (
      stride(from: 0, to: 12, by: 2).map { fused[$0] },
      stride(from: 1, to: 12, by: 2).map { fused[$0] }
    )
    let gguf = [
      TinyTensor("blk.0.ffn_gate_exps.weight", "MXFP4", [2, 3, 32], gate.flatMap(Self.block)),
      TinyTensor("blk.0.ffn_up_exps.weight", "MXFP4", [2, 3, 32], up.flatMap(Self.block)),
      TinyTensor("blk.0.ffn_down_exps.weight", "MXFP4", [2, 4, 32], down.flatMap(Self.block)),
    ]
    func weights(_ name: String, _ bytes: [UInt8]) throws -> WeightsIdentity {
      try #require(
        try Fingerprint.compute(model: try folder.write(name, bytes), run: Run()).weights)
    }
    let wanted = try weights("a.safetensors", TinyModels.safetensors(hub))
    let found = try weights("a.gguf", ContainerTests.gguf(gguf, "gpt-oss"))
    #expect(found.canonical == wanted.canonical)
    #expect(found.canonicalCount == 4)
    for index in gguf.indices {
      var bent = gguf
      bent[index].bytes[40] ^= 0x10
      #expect(
        try weights("b.gguf", ContainerTests.gguf(bent, "gpt-oss")).canonicalValuesDigest
          != wanted.canonicalValuesDigest)
    }
    let half = try weights("c.gguf", ContainerTests.gguf(Array(gguf.dropFirst()), "gpt-oss"))
    #expect(half.unrestored.map(\.obstacle) == [.incomplete])
  }
}
