import Base
import Formats
import TestSupport
import Testing

/// Goal: names of wrapped and half-known files are read by their endings, and never beyond them.
@Suite("Names read without a family")
struct NameReaderTests {
  @Test(
    "say the part, whatever stands in front",
    arguments: [
      ("model.layers.4.self_attn.q_proj.weight", TensorRole.query),
      ("base_model.model.model.layers.4.self_attn.q_proj.weight", .query),
      ("_orig_mod.transformer.h.4.attn.c_attn.weight", .queryKeyValue),
      ("module.decoder.layers.4.mlp.down_proj.weight", .down),
      ("language_model.model.layers.4.mlp.gate_up_proj.weight", .gateUp),
      ("blk.4.ffn_up.weight", .up), ("layers.4.feed_forward.w1.weight", .gate),
      ("transformer.blocks.4.norm_1.weight", .attentionNorm),
      ("vision.blocks.4.mlp.fc1.weight", .up), ("blk.4.exp_probs_b.bias", .routerCorrection),
    ])
  func parts(name: String, role: TensorRole) {
    let read = NameReader(nil, names: []).read(ByteName(name))
    #expect(read.role == role)
    #expect(read.layer == 4)
    #expect(read.expert == nil)
  }

  @Test(
    "say nothing where no table has the ending",
    arguments: [
      ("model.layers.4.self_attn.z_proj.weight", "self_attn.z_proj"), ("weight", "weight"),
      ("q_proj.weight", "q_proj"),
      (
        "model.layers.4.self_attn.q_proj.lora_A.weight",
        "self_attn.q_proj.lora_A"
      ),
      ("model.layers.x.self_attn.q_proj.weight", "layers.x.self_attn.q_proj"),
      ("model.layers.100000.self_attn.q_proj.weight", "layers.100000.self_attn.q_proj"),
      ("a..b", "a..b"), ("", ""), ("model", "model"),
      ("model.layers.4.mlp.experts.3.mystery.weight", "mlp.experts.mystery"),
      ("model.layers.4.self_attn.experts.3.q_proj.weight", "self_attn.experts.q_proj"),
    ])
  func unknown(name: String, ending: String) {
    let read = NameReader(nil, names: []).read(ByteName(name))
    #expect(read.role == nil)
    #expect(read.ending == ByteName(ending))
  }

  @Test("keep the number of an expert, and one tensor for all has none")
  func experts() {
    let reader = NameReader(nil, names: [])
    let one = reader.read("model.layers.1.mlp.experts.12.gate_proj.weight")
    #expect(one.role == .expertGate && one.expert == 12 && one.layer == 1)
    let all = reader.read("model.layers.1.mlp.experts.gate_proj.weight")
    #expect(all.role == .expertGate && all.expert == nil)
    #expect(reader.read("model.layers.1.block_sparse_moe.experts.0.w2.weight").role == .expertDown)
  }

  @Test("decide by each other which norm comes after attention")
  func norms() {
    let llama: [ByteName] = ["model.layers.0.post_attention_layernorm.weight"]
    let gemma = llama + ["model.layers.0.pre_feedforward_layernorm.weight"]
    let oss: [ByteName] = ["blk.0.post_attention_norm.weight"]
    let gguf = oss + ["blk.0.post_ffw_norm.weight"]
    #expect(NameReader(nil, names: llama).read(llama[0]).role == .feedForwardNorm)
    #expect(NameReader(nil, names: gemma).read(llama[0]).role == .attentionPostNorm)
    #expect(NameReader(nil, names: oss).read(oss[0]).role == .feedForwardNorm)
    #expect(NameReader(nil, names: gguf).read(oss[0]).role == .attentionPostNorm)
    // A family that is known needs no such sign.
    let known = NameReader(TensorFamily.gemma2.huggingFace, names: llama)
    #expect(known.read(llama[0]).role == .attentionPostNorm)
    let plain = NameReader(TensorFamily.llama.huggingFace, names: gemma)
    #expect(plain.read(llama[0]).role == .feedForwardNorm)
  }

  @Test("go by the family where families differ")
  func families() {
    let phi = NameReader(TensorFamily.phi3.gguf, names: [])
    #expect(phi.read("blk.0.ffn_up.weight").role == .gateUp)
    #expect(NameReader(TensorFamily.llama.gguf, names: []).read("blk.0.ffn_up.weight").role == .up)
    let qwen = NameReader(TensorFamily.qwen.huggingFace, names: [])
    #expect(qwen.read("transformer.h.0.mlp.w2.weight").role == .gate)
  }

  @Test("tell how q, k and v lie together only where it is known")
  func orders() {
    func order(_ container: TensorContainer?, _ name: ByteName) -> TensorOrder.QueryKeyValue? {
      let reader = NameReader(container, names: [])
      return reader.order(of: reader.read(name))
    }
    let shared: ByteName = "h.0.self_attention.query_key_value.weight"
    #expect(order(TensorFamily.bloom.huggingFace, shared) == .perHead)
    #expect(order(TensorFamily.falcon.huggingFace, shared) == .perGroup)
    #expect(order(nil, shared) == nil)
    #expect(order(nil, "h.0.attn.c_attn.weight") == .stacked)
    #expect(order(TensorFamily.gptNeoX.gguf, "blk.0.attn_qkv.weight") == .stacked)
    #expect(order(nil, "blk.0.attn_qkv.weight") == nil)
    #expect(order(TensorFamily.gpt2.huggingFace, "h.0.mlp.c_fc.weight") == nil)
  }

  @Test("keep names apart that only look alike")
  func lookalikes() {
    let reader = NameReader(nil, names: [])
    #expect(reader.read("x.\u{E9}").ending != reader.read("x.e\u{301}").ending)
    #expect(reader.read("a.b").ending != reader.read("a..b").ending)
  }
}
