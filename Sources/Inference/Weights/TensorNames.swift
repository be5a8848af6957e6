// What the tensors of a model are called, as data.
//
// Two big conventions: Hugging Face's Llama names, which most families share, and GGUF's, which
// all do. A family's file changes the entries that differ. Sources: `modeling_*.py` of
// transformers 5; `MODEL_TENSORS` of the gguf package.

/// A part of a model that has weights.
enum Part: Hashable, Sendable {
  case embedding, positions, outputNorm, output
  case attentionNorm, attentionPostNorm, feedForwardNorm, feedForwardPostNorm
  case query, key, value, queryKeyValue, attentionOutput, queryNorm, keyNorm, sinks
  case gate, up, gateUp, down
  case router, routerCorrection, sharedGate, sharedUp, sharedDown, sharedRouter
  case expertGate, expertUp, expertGateUp, expertDown
  case queryDown, queryDownNorm, queryUp, keyValueDown, keyValueDownNorm, keyUp, valueUp, keyValueUp
}

/// The names of one family in one container.
struct TensorNames: Sendable {
  /// What may stand before every name; the one with which the embedding is found is taken.
  var prefixes = [""]
  /// What stands before the parts of a layer; `#` is its number.
  var block: String
  /// The names without `.weight` and `.bias`.
  var parts: [Part: String]
  /// Parts of the whole model; the others belong to a layer.
  static let whole: Set<Part> = [.embedding, .positions, .outputNorm, .output]
  /// Whether the matrices of a layer are stored [in, out].
  var storesTransposed = false
  /// Whether a norm's factor is stored minus one (Gemma).
  var normPlusOne = false
  /// Whether the two halves of a head of Q and K are stored alternately (GGUF `llama`).
  var interleavesHeads = false
  /// How the experts of a layer lie in the file.
  var experts = ExpertStorage.separate
  /// Ends of names of tensors that hold no weights, such as masks.
  var ignored: [String] = []

  /// How experts are stored.
  enum ExpertStorage: Sendable {
    /// A tensor for each; `#` in the part's name is the expert's number.
    case separate
    /// One tensor [experts, out, in].
    case stacked
    /// gpt-oss: [experts, in, out], gate and up alternating.
    case stackedTransposed
  }

  /// The names of Hugging Face's Llama, which most families took over.
  static let llama = TensorNames(
    prefixes: ["", "language_model.", "model.language_model."], block: "model.layers.#.",
    parts: [
      .embedding: "model.embed_tokens", .outputNorm: "model.norm", .output: "lm_head",
      .attentionNorm: "input_layernorm", .feedForwardNorm: "post_attention_layernorm",
      .query: "self_attn.q_proj", .key: "self_attn.k_proj", .value: "self_attn.v_proj",
      .attentionOutput: "self_attn.o_proj", .queryNorm: "self_attn.q_norm",
      .keyNorm: "self_attn.k_norm", .gate: "mlp.gate_proj", .up: "mlp.up_proj",
      .down: "mlp.down_proj", .queryKeyValue: "self_attn.qkv_proj", .gateUp: "mlp.gate_up_proj",
    ],
    ignored: ["rotary_emb.inv_freq"])

  /// The names of GGUF.
  static let gguf = TensorNames(
    block: "blk.#.",
    parts: [
      .embedding: "token_embd", .positions: "position_embd", .outputNorm: "output_norm",
      .output: "output", .attentionNorm: "attn_norm", .attentionPostNorm: "post_attention_norm",
      .feedForwardNorm: "ffn_norm", .feedForwardPostNorm: "post_ffw_norm", .query: "attn_q",
      .key: "attn_k", .value: "attn_v", .queryKeyValue: "attn_qkv",
      .attentionOutput: "attn_output", .queryNorm: "attn_q_norm", .keyNorm: "attn_k_norm",
      .sinks: "attn_sinks", .gate: "ffn_gate", .up: "ffn_up", .gateUp: "ffn_up",
      .down: "ffn_down", .router: "ffn_gate_inp", .routerCorrection: "exp_probs_b",
      .expertGate: "ffn_gate_exps", .expertUp: "ffn_up_exps", .expertDown: "ffn_down_exps",
      .sharedGate: "ffn_gate_shexp", .sharedUp: "ffn_up_shexp", .sharedDown: "ffn_down_shexp",
      .sharedRouter: "ffn_gate_inp_shexp", .queryDown: "attn_q_a",
      .queryDownNorm: "attn_q_a_norm", .queryUp: "attn_q_b", .keyValueDown: "attn_kv_a_mqa",
      .keyValueDownNorm: "attn_kv_a_norm", .keyUp: "attn_k_b", .valueUp: "attn_v_b",
      .keyValueUp: "attn_kv_b",
    ],
    experts: .stacked,
    ignored: ["rope_freqs.weight", "rope_factors_short.weight", "rope_factors_long.weight"])

  /// The same names with some parts called otherwise.
  func renaming(_ changes: [Part: String]) -> TensorNames {
    var copy = self
    copy.parts.merge(changes) { _, new in new }
    return copy
  }

  /// The name of a part, of an expert if one is given, without prefix and suffix.
  func name(_ part: Part, layer: Int, expert: Int? = nil) -> String? {
    guard var name = parts[part] else { return nil }
    if let expert { name = replaceNumber(name, expert) }
    return Self.whole.contains(part) ? name : replaceNumber(block, layer) + name
  }

  private func replaceNumber(_ text: String, _ number: Int) -> String {
    text.split(separator: "#", omittingEmptySubsequences: false).joined(separator: String(number))
  }
}
