// What part of a network a tensor is, read off its name.
//
// One grammar for the names in use: prefixes that wrappers add, a layer number behind "layers",
// "h", "blocks" or "blk", an expert number, and a table of endings. Sources: the safetensors names
// of transformers' Llama, Qwen, Mistral, Mixtral, Gemma, Phi, GPT-2, GPT-NeoX and Falcon, the
// original Llama release, and gguf's tensor name map.
// A name that is not in the table has the role `other` with its cleaned name; it is compared with
// the tensor of the same cleaned name and never guessed at.

import Base

/// A place in a network.
enum TensorRole: Hashable, Sendable {
  case embedding, head, positions
  case finalNorm, attentionNorm, mlpNorm
  case query, key, value, output
  case queryKeyValue, gateUp
  case queryNorm, keyNorm
  case gate, up, down
  case router
  case other(String)
}

/// A role with its layer and expert: equal in two models means "in the same place".
struct TensorPlace: Hashable, Sendable {
  var role: TensorRole
  var layer: Int?
  var expert: Int?
  var isBias: Bool

  /// The same place in another layer.
  func moved(to layer: Int) -> TensorPlace {
    var place = self
    place.layer = layer
    return place
  }
}

extension TensorPlace {
  /// Reads a name. Total: every name has a place.
  init(_ name: ByteName) {
    var words = name.text.split(separator: ".").map(String.init)
    while words.count > 1, Self.wrappers.contains(words[0]) { words.removeFirst() }
    layer = nil
    expert = nil
    isBias = words.last == "bias"
    if ["weight", "bias"].contains(words.last) { words.removeLast() }
    if let index = words.indices.dropLast().first(where: { Self.layerWords.contains(words[$0]) }),
      let number = Self.number(words[index + 1])
    {
      layer = number
      words.removeSubrange(...(index + 1))
    }
    if let index = words.indices.dropLast().first(where: { words[$0] == "experts" }),
      let number = Self.number(words[index + 1])
    {
      expert = number
      words.remove(at: index + 1)
    }
    let ending = words.joined(separator: ".")
    role =
      (layer == nil ? Self.whole[ending] : Self.within[ending]) ?? .other(ending)
  }

  private static func number(_ text: String) -> Int? {
    guard let value = Int(text), value >= 0, value < 100_000, String(value) == text else {
      return nil
    }
    return value
  }

  private static let wrappers: Set<String> = [
    "model", "transformer", "language_model", "gpt_neox", "module", "_orig_mod", "base_model",
    "decoder", "text_model",
  ]
  private static let layerWords: Set<String> = ["layers", "h", "blocks", "block", "blk", "layer"]

  private static let whole: [String: TensorRole] = table([
    (.embedding, "embed_tokens tok_embeddings token_embd wte embed_in word_embeddings"),
    (.head, "lm_head output embed_out"),
    (.positions, "wpe position_embd embed_positions"),
    (.finalNorm, "norm final_layernorm final_layer_norm ln_f output_norm"),
  ])

  private static let within: [String: TensorRole] = table([
    (.attentionNorm, "input_layernorm attention_norm attn_norm ln_1 ln_attn"),
    (
      .mlpNorm,
      "post_attention_layernorm ffn_norm ln_2 ln_mlp pre_feedforward_layernorm"
    ),
    (.query, "self_attn.q_proj attention.wq attn_q attn.q_proj attention.q_proj"),
    (.key, "self_attn.k_proj attention.wk attn_k attn.k_proj attention.k_proj"),
    (.value, "self_attn.v_proj attention.wv attn_v attn.v_proj attention.v_proj"),
    (
      .output,
      "self_attn.o_proj attention.wo attn_output attn.c_proj attn.out_proj attention.dense "
        + "self_attn.dense self_attention.dense"
    ),
    (
      .queryKeyValue,
      "attn.c_attn self_attn.qkv_proj attn_qkv attn.Wqkv"
    ),
    (.queryNorm, "self_attn.q_norm attn_q_norm"),
    (.keyNorm, "self_attn.k_norm attn_k_norm"),
    (
      .gate,
      "mlp.gate_proj feed_forward.w1 ffn_gate mlp.w1 mlp.experts.gate_proj "
        + "block_sparse_moe.experts.w1 ffn_gate_exps"
    ),
    (
      .up,
      "mlp.up_proj feed_forward.w3 ffn_up mlp.w3 mlp.c_fc mlp.fc1 mlp.fc_in "
        + "mlp.dense_h_to_4h mlp.experts.up_proj block_sparse_moe.experts.w3 ffn_up_exps"
    ),
    (
      .down,
      "mlp.down_proj feed_forward.w2 ffn_down mlp.w2 mlp.c_proj mlp.fc2 mlp.fc_out "
        + "mlp.dense_4h_to_h mlp.experts.down_proj block_sparse_moe.experts.w2 ffn_down_exps"
    ),
    (.gateUp, "mlp.gate_up_proj"),
    (.router, "mlp.gate block_sparse_moe.gate ffn_gate_inp mlp.router"),
  ])

  private static func table(_ rows: [(TensorRole, String)]) -> [String: TensorRole] {
    var out: [String: TensorRole] = [:]
    for (role, endings) in rows {
      for ending in endings.split(separator: " ") { out[String(ending)] = role }
    }
    return out
  }
}
