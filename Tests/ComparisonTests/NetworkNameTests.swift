import Base
import Formats
import TestSupport
import Testing

@testable import Comparison

/// Goal: the tensors of a model stand where its family says, in the order of rows it says,
/// whichever container they come from. Method: tensors that number their own values.
@Suite("A network read from names")
struct NetworkNameTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A tensor whose row r, column c holds 100·r + c.
  static func numbered(_ name: String, _ rows: Int, _ columns: Int = 2) -> TinyTensor {
    TinyTensor(
      name, [rows, columns],
      f32: (0..<rows * columns).map { Float(100 * ($0 / columns) + $0 % columns) })
  }

  /// The numbers of the rows that a tensor is read as.
  static func rows(_ tensor: PlacedTensor?) throws -> [Int] {
    let tensor = try #require(tensor)
    let values = try #require(tensor.values())
    return (0..<tensor.rows).map { Int(values[$0 * tensor.columns]) / 100 }
  }

  func gguf(
    _ architecture: String, _ tensors: [TinyTensor],
    _ metadata: [(String, (kind: UInt32, bytes: [UInt8]))] = []
  ) throws -> NetworkView {
    let named = metadata.map { ("\(architecture).\($0.0)", $0.1) }
    let file = TinyModels.gguf(
      tensors, metadata: [("general.architecture", TinyModels.ggufText(architecture))] + named)
    return NetworkView(try OpenModel.open(try folder.write("model.gguf", file)))
  }

  func huggingFace(_ config: JSONObject?, _ tensors: [TinyTensor]) throws -> NetworkView {
    try folder.write("model/model.safetensors", TinyModels.safetensors(tensors))
    if let config {
      try folder.write("model/config.json", Array(JSON.object(config).canonicalText.utf8))
    }
    return NetworkView(try OpenModel.open(FileSystem.join(folder.path, "model")))
  }

  @Test(
    "has queries and keys in the library's order",
    arguments: [
      "llama", "deci", "minicpm", "granite", "granitemoe", "granitehybrid", "xverse", "baichuan",
      "internlm2", "arctic", "olmo", "smollm3", "arcee", "mistral3", "llada",
    ])
  func permuted(architecture: String) throws {
    let view = try gguf(
      architecture,
      [Self.numbered("blk.0.attn_q.weight", 8), Self.numbered("blk.0.attn_k.weight", 4)],
      [
        ("attention.head_count", TinyModels.ggufNumber(2)),
        ("attention.head_count_kv", TinyModels.ggufNumber(1)),
      ])
    #expect(try Self.rows(view[.query, 0]) == [0, 2, 1, 3, 4, 6, 5, 7])
    #expect(try Self.rows(view[.key, 0]) == [0, 2, 1, 3])
  }

  @Test("leaves rows alone that no converter moved", arguments: ["qwen2", "gemma2", "other"])
  func plain(architecture: String) throws {
    let view = try gguf(
      architecture, [Self.numbered("blk.0.attn_q.weight", 8)],
      [("attention.head_count", TinyModels.ggufNumber(2))])
    #expect(try Self.rows(view[.query, 0]) == Array(0..<8))
  }

  @Test("counts the heads of each layer where they differ")
  func headsByLayer() throws {
    let counts: (kind: UInt32, bytes: [UInt8]) = (
      9,
      littleEndian(UInt32(4)) + littleEndian(UInt64(2)) + littleEndian(UInt32(2))
        + littleEndian(UInt32(1))
    )
    let view = try gguf(
      "deci",
      [Self.numbered("blk.0.attn_k.weight", 8), Self.numbered("blk.1.attn_k.weight", 8)],
      [
        ("attention.head_count", TinyModels.ggufNumber(2)), ("attention.head_count_kv", counts),
      ])
    #expect(try Self.rows(view[.key, 0]) == [0, 2, 1, 3, 4, 6, 5, 7])
    #expect(try Self.rows(view[.key, 1]) == [0, 2, 4, 6, 1, 3, 5, 7])
  }

  @Test("takes gate and up of Phi-3 apart in both containers")
  func phi3() throws {
    let one = try gguf("phi3", [Self.numbered("blk.0.ffn_up.weight", 4)])
    #expect(try Self.rows(one[.gate, 0]) == [0, 1])
    #expect(try Self.rows(one[.up, 0]) == [2, 3])
    let two = try huggingFace(
      ["model_type": "phi3"], [Self.numbered("model.layers.0.mlp.gate_up_proj.weight", 4)])
    #expect(try Self.rows(two[.up, 0]) == [2, 3])
  }

  @Test("takes q, k and v apart only where they lie in that order")
  func queryKeyValue() throws {
    let heads: JSONObject = ["model_type": "gpt_neox", "num_attention_heads": 2]
    let name = "gpt_neox.layers.0.attention.query_key_value.weight"
    let mixed = try huggingFace(heads, [Self.numbered(name, 12)])
    #expect(mixed[.query, 0] == nil)
    #expect(mixed[.queryKeyValue, 0] != nil)
    let sorted = try gguf(
      "gptneox", [Self.numbered("blk.0.attn_qkv.weight", 12)],
      [("attention.head_count", TinyModels.ggufNumber(2))])
    #expect(try Self.rows(sorted[.query, 0]) == [0, 1, 2, 3])
    #expect(try Self.rows(sorted[.value, 0]) == [8, 9, 10, 11])
  }

  @Test("keeps the four norms of Gemma 2 apart")
  func gemma2() throws {
    let names = [
      "input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
      "post_feedforward_layernorm",
    ]
    let tensors = names.enumerated().map {
      TinyTensor("model.layers.0.\($1).weight", [1], f32: [Float($0)])
    }
    for config: JSONObject in [["model_type": "gemma2"], [:]] {
      let view = try huggingFace(config, tensors)
      let roles: [TensorRole] = [
        .attentionNorm, .attentionPostNorm, .feedForwardNorm, .feedForwardPostNorm,
      ]
      #expect(roles.map { view[$0, 0]?.values()?.first } == [0, 1, 2, 3])
      #expect(view.gainOffset == (config["model_type"] == nil ? 0 : 1))
    }
  }

  @Test("puts shared experts in one place in both containers")
  func sharedExperts() throws {
    let one = try gguf("qwen2moe", [Self.numbered("blk.0.ffn_up_shexp.weight", 4)])
    let two = try huggingFace(
      ["model_type": "qwen2_moe"],
      [Self.numbered("model.layers.0.mlp.shared_expert.up_proj.weight", 4)])
    #expect(Set(one.tensors.keys) == Set(two.tensors.keys))
    #expect(one[.sharedUp, 0] != nil)
  }

  @Test("loses no tensor to another of the same meaning")
  func collisions() throws {
    let view = try huggingFace(
      nil,
      [
        Self.numbered("model.layers.0.mlp.up_proj.weight", 2),
        Self.numbered("layers.0.mlp.up_proj.weight", 2), Self.numbered("a.weight", 2),
        Self.numbered("model.a.weight", 2), Self.numbered("x.\u{E9}", 2),
        Self.numbered("x.e\u{301}", 2),
      ])
    #expect(view.tensors.count == 6)
    #expect(Set(view.tensors.values.map(\.entry.name)).count == 6)
  }
}
