import Base
import Formats
import TestSupport
import Testing

/// Goal: a name is read as what the family's own files mean by it, and nothing else is read.
/// Method: the whole table there and back through both containers, names written out by hand, and
/// names that no convention would write.
@Suite("The names of tensors")
struct TensorNameTests {
  /// Places of a part in one container: several layers and experts, weight and bias.
  static func places(of role: TensorRole, in names: TensorNames) -> [TensorPlace] {
    let layers = role.isInLayer ? [0, 7, 123].map(Optional.some) : [nil]
    let experts = names.parts[role]?.contains("#") == true ? [0, 11].map(Optional.some) : [nil]
    return layers.flatMap { layer in
      experts.flatMap { expert in
        TensorPlace.Parameter.allCases.map {
          TensorPlace(role, layer: layer, expert: expert, $0)
        }
      }
    }
  }

  @Test("lead to a place and back in both containers", arguments: TensorFamily.all.map(\.name))
  func roundTrip(family: String) throws {
    let family = try #require(TensorFamily.all.first { $0.name == family })
    let gguf = TensorNameIndex(family.gguf.names)
    for role in family.huggingFace.names.parts.keys {
      for place in Self.places(of: role, in: family.huggingFace.names) {
        for name in family.huggingFace.names.allNames(of: place) {
          #expect(family.huggingFace.names.place(of: name) == place, "\(name)")
        }
        var merged = place
        if family.gguf.order.experts == .stacked { merged.expert = nil }
        let roles =
          family.gguf.names.parts[role] == nil ? role.fused : [role]
        #expect(!roles.isEmpty, "GGUF has no name for \(role)")
        for role in roles {
          merged.role = role
          let name = try #require(family.gguf.names.name(of: merged), "\(role)")
          #expect(gguf.place(of: name) == merged, "\(name)")
        }
      }
    }
  }

  @Test("mean one part each", arguments: TensorFamily.all.map(\.name))
  func unambiguous(family: String) throws {
    let family = try #require(TensorFamily.all.first { $0.name == family })
    for names in [family.huggingFace.names, family.gguf.names] {
      var seen: [ByteName: TensorPlace] = [:]
      for role in names.parts.keys {
        for place in Self.places(of: role, in: names) {
          let name = try #require(names.name(of: place))
          #expect(seen.updateValue(place, forKey: name) == nil, "\(name) means two parts")
        }
      }
    }
  }

  @Test(
    "are those that the library and llama.cpp write",
    arguments: [
      ("Llama", "model.layers.3.self_attn.q_proj.weight", "blk.3.attn_q.weight"),
      ("Llama", "model.layers.3.post_attention_layernorm.weight", "blk.3.ffn_norm.weight"),
      ("Llama", "lm_head.weight", "output.weight"),
      ("Mixtral", "model.layers.0.block_sparse_moe.gate.weight", "blk.0.ffn_gate_inp.weight"),
      ("Qwen2", "model.layers.11.self_attn.k_proj.bias", "blk.11.attn_k.bias"),
      ("Qwen3", "model.layers.0.self_attn.q_norm.weight", "blk.0.attn_q_norm.weight"),
      (
        "Gemma 2", "model.layers.5.post_attention_layernorm.weight",
        "blk.5.post_attention_norm.weight"
      ),
      ("Gemma 2", "model.layers.5.pre_feedforward_layernorm.weight", "blk.5.ffn_norm.weight"),
      (
        "Gemma 3", "model.layers.5.post_feedforward_layernorm.weight",
        "blk.5.post_ffw_norm.weight"
      ),
      (
        "OLMo 2", "model.layers.1.post_attention_layernorm.weight",
        "blk.1.post_attention_norm.weight"
      ),
      ("Phi-3", "model.layers.2.mlp.gate_up_proj.weight", "blk.2.ffn_up.weight"),
      ("Phi-3", "model.layers.2.self_attn.qkv_proj.weight", "blk.2.attn_qkv.weight"),
      ("GPT-2", "transformer.h.9.attn.c_attn.bias", "blk.9.attn_qkv.bias"),
      ("GPT-2", "transformer.wpe.weight", "position_embd.weight"),
      ("GPT-NeoX", "gpt_neox.layers.0.attention.query_key_value.weight", "blk.0.attn_qkv.weight"),
      ("GPT-NeoX", "embed_out.weight", "output.weight"),
      (
        "DeepSeek", "model.layers.3.self_attn.kv_a_proj_with_mqa.weight",
        "blk.3.attn_kv_a_mqa.weight"
      ),
      ("DeepSeek", "model.layers.3.mlp.gate.e_score_correction_bias", "blk.3.exp_probs_b.bias"),
      (
        "DeepSeek", "model.layers.3.mlp.shared_experts.up_proj.weight",
        "blk.3.ffn_up_shexp.weight"
      ),
      (
        "Qwen2-MoE", "model.layers.0.mlp.shared_expert_gate.weight",
        "blk.0.ffn_gate_inp_shexp.weight"
      ),
      ("gpt-oss", "model.layers.0.self_attn.sinks", "blk.0.attn_sinks.weight"),
      ("gpt-oss", "model.layers.0.mlp.experts.down_proj_bias", "blk.0.ffn_down_exps.bias"),
      (
        "gpt-oss", "model.layers.0.post_attention_layernorm.weight",
        "blk.0.post_attention_norm.weight"
      ),
      ("InternLM2", "model.layers.1.feed_forward.w3.weight", "blk.1.ffn_up.weight"),
      ("Meta", "layers.1.feed_forward.w1.weight", "blk.1.ffn_gate.weight"),
      (
        "Granite-MoE", "model.layers.1.block_sparse_moe.output_linear.weight",
        "blk.1.ffn_down_exps.weight"
      ),
      ("Falcon", "transformer.h.0.mlp.dense_h_to_4h.weight", "blk.0.ffn_up.weight"),
      ("BLOOM", "word_embeddings_layernorm.bias", "token_embd_norm.bias"),
      ("MPT", "transformer.blocks.4.attn.Wqkv.weight", "blk.4.attn_qkv.weight"),
      (
        "DBRX", "transformer.blocks.4.norm_attn_norm.norm_2.weight",
        "blk.4.attn_output_norm.weight"
      ),
      ("Phi", "model.layers.0.mlp.fc2.bias", "blk.0.ffn_down.bias"),
      ("Qwen", "transformer.h.0.mlp.w2.weight", "blk.0.ffn_gate.weight"),
      ("LLaDA", "model.transformer.blocks.2.ff_out.weight", "blk.2.ffn_down.weight"),
    ])
  func written(family: String, huggingFace: String, gguf: String) throws {
    let family = try #require(TensorFamily.all.first { $0.name == family })
    let place = try #require(family.huggingFace.names.place(of: ByteName(huggingFace)))
    #expect(family.gguf.names.name(of: place) == ByteName(gguf))
    #expect(family.gguf.names.place(of: ByteName(gguf)) == place)
  }

  @Test("gather the experts of a layer in GGUF")
  func experts() {
    let family = TensorFamily.mixtral
    let place = family.huggingFace.names.place(
      of: "model.layers.2.block_sparse_moe.experts.7.w1.weight")
    #expect(place == TensorPlace(.expertGate, layer: 2, expert: 7))
    #expect(
      family.gguf.names.place(of: "blk.2.ffn_gate_exps.weight")
        == TensorPlace(.expertGate, layer: 2))
    #expect(family.gguf.names.name(of: TensorPlace(.expertGate, layer: 2, expert: 7)) == nil)
    #expect(family.huggingFace.names.name(of: TensorPlace(.expertGate, layer: 2)) == nil)
  }

  static let strangers: [ByteName] = [
    "", ".", "...", "blk", "blk.", "blk.0", "blk.0.", "blk.0.attn_q", "blk..attn_q.weight",
    "blk.0.attn_q.weight.", ".blk.0.attn_q.weight", "blk.0.attn_q.weights", "BLK.0.attn_q.weight",
    "blk.0.attn_q.Weight", "blk.00.attn_q.weight", "blk.01.attn_q.weight", "blk.-1.attn_q.weight",
    "blk.+1.attn_q.weight", "blk. 1.attn_q.weight", "blk.1 .attn_q.weight",
    "blk.1e1.attn_q.weight", "blk.0x1.attn_q.weight", "blk.#.attn_q.weight",
    "blk.9223372036854775808.attn_q.weight", "blk.99999999999999999999999.attn_q.weight",
    "blk.١.attn_q.weight", "blk.0.attn_q.weight\u{0}", "blk.0.attn_q\u{301}.weight",
    "blk.0.0.attn_q.weight", "blk.0.attn_q.0.weight", "blk.0.ffn_gate_exps.3.weight",
    "blk.0.token_embd.weight", "token_embd", "token_embd.weight.weight", "output_norm.0.weight",
    "model.layers.0.self_attn.q_proj", "model.layers.self_attn.q_proj.weight",
    "model.layers.0.mlp.gate_projx.weight", "xmodel.layers.0.mlp.gate_proj.weight",
    "model.model.layers.0.mlp.gate_proj.weight", "model.layers.0.mlp.experts.#.up_proj.weight",
    "model.layers.0.mlp.experts.up_proj.weight", "model.layers.0.mlp.experts.01.up_proj.weight",
  ]

  @Test("that no convention would write have no place", arguments: strangers)
  func unknown(name: ByteName) {
    for family in TensorFamily.all {
      #expect(family.huggingFace.names.place(of: name) == nil, "\(family.name)")
      #expect(family.gguf.names.place(of: name) == nil, "\(family.name)")
    }
  }

  @Test("that are bytes and no text are harmless")
  func bytes() {
    var random = CounterRandom(seed: 71)
    let index = TensorNameIndex(TensorFamily.llama.gguf.names)
    let reader = NameReader(nil, names: [])
    let valid = Array("blk.12.attn_q.weight".utf8)
    for _ in 0..<2000 {
      var name = valid
      name[random.below(name.count)] = UInt8(random.below(256))
      let place = index.place(of: ByteName(bytes: name))
      if let place { #expect(TensorFamily.llama.gguf.names.name(of: place)?.bytes == name) }
      _ = reader.read(ByteName(bytes: name))
    }
    for size in [1, 1000, 1_000_000] {
      for byte in [UInt8(ascii: "."), UInt8(ascii: "9"), UInt8(ascii: "#"), 0xFF, 0] {
        let name = [UInt8](repeating: byte, count: size)
        for text in [name, Array("blk.".utf8) + name, valid + name, name + valid] {
          #expect(index.place(of: ByteName(bytes: text)) == nil)
          #expect(reader.read(ByteName(bytes: text)).role == nil || byte == UInt8(ascii: "."))
        }
      }
    }
  }

  @Test("of layers count as far as numbers go")
  func numbers() {
    let index = TensorNameIndex(TensorFamily.llama.gguf.names)
    #expect(index.place(of: "blk.9223372036854775807.attn_q.weight")?.layer == Int.max)
    #expect(index.layer(of: "blk.3.something.else") == 3)
    #expect(index.layer(of: "blk.3") == nil)
    #expect(index.layer(of: "blk.03.x") == nil)
    #expect(index.layer(of: "token_embd.weight") == nil)
  }
}
