// The two big conventions: Hugging Face's Llama names, which most families took over, and GGUF's,
// which all have. A family's file changes the entries that differ.
//
// Sources: `modeling_llama.py` of transformers 5; `MODEL_TENSORS` and `TENSOR_NAMES` of
// `gguf-py/gguf/constants.py`.

extension TensorContainer {
  /// Hugging Face's Llama.
  static let llama = TensorContainer(
    TensorNames(
      prefixes: ["", "language_model."], block: "model.layers.#.",
      parts: [
        .embedding: "model.embed_tokens", .finalNorm: "model.norm", .head: "lm_head",
        .attentionNorm: "input_layernorm", .feedForwardNorm: "post_attention_layernorm",
        .query: "self_attn.q_proj", .key: "self_attn.k_proj", .value: "self_attn.v_proj",
        .attentionOutput: "self_attn.o_proj", .queryNorm: "self_attn.q_norm",
        .keyNorm: "self_attn.k_norm", .gate: "mlp.gate_proj", .up: "mlp.up_proj",
        .down: "mlp.down_proj",
      ]),
    ignored: ["rotary_emb.inv_freq"])

  /// GGUF.
  static let gguf = TensorContainer(
    TensorNames(
      block: "blk.#.",
      parts: [
        .embedding: "token_embd", .embeddingNorm: "token_embd_norm", .positions: "position_embd",
        .finalNorm: "output_norm", .head: "output", .attentionNorm: "attn_norm",
        .attentionPostNorm: "post_attention_norm", .feedForwardNorm: "ffn_norm",
        .feedForwardPostNorm: "post_ffw_norm", .query: "attn_q", .key: "attn_k",
        .value: "attn_v", .queryKeyValue: "attn_qkv", .attentionOutput: "attn_output",
        .queryNorm: "attn_q_norm", .keyNorm: "attn_k_norm", .attentionSinks: "attn_sinks",
        .gate: "ffn_gate", .up: "ffn_up", .down: "ffn_down", .router: "ffn_gate_inp",
        .routerCorrection: "exp_probs_b", .expertGate: "ffn_gate_exps",
        .expertUp: "ffn_up_exps", .expertDown: "ffn_down_exps", .sharedGate: "ffn_gate_shexp",
        .sharedUp: "ffn_up_shexp", .sharedDown: "ffn_down_shexp",
        .sharedRouter: "ffn_gate_inp_shexp", .queryDown: "attn_q_a",
        .queryDownNorm: "attn_q_a_norm", .queryUp: "attn_q_b", .keyValueDown: "attn_kv_a_mqa",
        .keyValueDownNorm: "attn_kv_a_norm", .keyUp: "attn_k_b", .valueUp: "attn_v_b",
        .keyValueUp: "attn_kv_b",
      ],
      // A correction has no weight of its own: it is the bias of the router's scores.
      endings: [.routerCorrection: .init(weight: ".bias", bias: ".bias.bias")]),
    TensorOrder(experts: .stacked),
    ignored: ["rope_freqs.weight", "rope_factors_short.weight", "rope_factors_long.weight"])

  /// GGUF with the two halves of each head of Q and K alternating, as `LlamaModel.permute` leaves
  /// them.
  static let ggufPermuted = gguf.with { $0.permutesHeads = true }

  /// GGUF where all of q, all of k and all of v are one tensor.
  static let ggufStacked = gguf.with { $0.queryKeyValue = .stacked }

  /// The same names with another order.
  func with(_ change: (inout TensorOrder) -> Void) -> TensorContainer {
    var copy = self
    change(&copy.order)
    return copy
  }

  /// The same order with some parts called otherwise.
  func renaming(
    _ changes: [TensorRole: String], endings: [TensorRole: TensorNames.Endings] = [:]
  ) -> TensorContainer {
    var copy = self
    copy.names = names.renaming(changes, endings: endings)
    return copy
  }

  /// The same order without names for some parts.
  func without(_ roles: TensorRole...) -> TensorContainer {
    var copy = self
    for role in roles { copy.names.parts[role] = nil }
    return copy
  }
}
