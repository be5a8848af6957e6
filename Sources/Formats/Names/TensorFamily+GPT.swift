// Families of GPT's descent: q, k and v in one tensor, biases, a feed-forward part without gate.
//
// Sources: `modeling_gpt2.py`, `_gpt_neox.py`, `_gptj.py`, `_falcon.py`, `_bloom.py`, `_mpt.py`,
// `_dbrx.py`, `_opt.py`, `_phi.py`, `_phi3.py`, `_starcoder2.py` of transformers 5 and Qwen's own
// `modeling_qwen.py`; `conversion/gpt2.py`, `gpt_neox.py`, `falcon.py`, `bloom.py`, `mpt.py`,
// `dbrx.py`, `phi.py`, `qwen.py` of llama.cpp, which regroup the rows of q, k and v to all of q,
// all of k, all of v. GPT-2's matrices are of the class Conv1D, stored [in, out]. The first files
// of GPT-2 and BLOOM lack the prefix `transformer.` that the library writes; nearly all later ones
// of GPT-2 have it, those of BLOOM do not.

extension TensorFamily {
  /// GPT-2. Its output is tied: a head in the file repeats the embedding.
  public static let gpt2 = TensorFamily(
    "GPT-2", modelTypes: ["gpt2"], architectures: ["gpt2"],
    huggingFace: TensorContainer(
      TensorNames(
        prefixes: ["transformer.", ""], block: "h.#.",
        parts: [
          .embedding: "wte", .positions: "wpe", .finalNorm: "ln_f", .head: "lm_head",
          .attentionNorm: "ln_1", .feedForwardNorm: "ln_2", .queryKeyValue: "attn.c_attn",
          .attentionOutput: "attn.c_proj", .up: "mlp.c_fc", .down: "mlp.c_proj",
        ]),
      TensorOrder(isTransposed: true, queryKeyValue: .stacked),
      ignored: [".attn.bias", ".attn.masked_bias", "lm_head.weight"]), gguf: .ggufStacked)

  /// GPT-NeoX and Pythia.
  public static let gptNeoX = TensorFamily(
    "GPT-NeoX", modelTypes: ["gpt_neox"], architectures: ["gptneox"],
    huggingFace: TensorContainer(
      TensorNames(
        block: "gpt_neox.layers.#.",
        parts: [
          .embedding: "gpt_neox.embed_in", .finalNorm: "gpt_neox.final_layer_norm",
          .head: "embed_out", .attentionNorm: "input_layernorm",
          .feedForwardNorm: "post_attention_layernorm",
          .queryKeyValue: "attention.query_key_value", .attentionOutput: "attention.dense",
          .up: "mlp.dense_h_to_4h", .down: "mlp.dense_4h_to_h",
        ]),
      TensorOrder(queryKeyValue: .perHead),
      ignored: ["rotary_emb.inv_freq", ".attention.bias", ".attention.masked_bias"]),
    gguf: .ggufStacked)

  /// Phi-3 and Phi-4: gate and up are one tensor too; GGUF calls it `ffn_up`.
  public static let phi3 = TensorFamily(
    "Phi-3", modelTypes: ["phi3"], architectures: ["phi3"],
    huggingFace: TensorContainer.llama
      .without(.query, .key, .value, .queryNorm, .keyNorm, .gate, .up)
      .renaming([.queryKeyValue: "self_attn.qkv_proj", .gateUp: "mlp.gate_up_proj"])
      .with { $0.queryKeyValue = .stacked },
    gguf: TensorContainer.ggufStacked.without(.gate, .up).renaming([.gateUp: "ffn_up"]))

  /// Phi-1 and Phi-2.
  public static let phi = TensorFamily(
    "Phi", modelTypes: ["phi"], architectures: ["phi2"],
    huggingFace: TensorContainer.llama.without(.gate, .feedForwardNorm).renaming([
      .finalNorm: "model.final_layernorm", .attentionOutput: "self_attn.dense",
      .up: "mlp.fc1", .down: "mlp.fc2",
    ]), gguf: .gguf)

  /// StarCoder 2.
  public static let starCoder2 = TensorFamily(
    "StarCoder2", modelTypes: ["starcoder2"], architectures: ["starcoder2"],
    huggingFace: TensorContainer.llama.without(.gate).renaming([
      .up: "mlp.c_fc", .down: "mlp.c_proj",
    ]), gguf: .gguf)

  /// GPT-J, which llama.cpp does not convert.
  public static let gptJ = TensorFamily(
    "GPT-J", modelTypes: ["gptj"], architectures: [],
    huggingFace: TensorContainer(
      TensorNames(
        block: "transformer.h.#.",
        parts: [
          .embedding: "transformer.wte", .finalNorm: "transformer.ln_f", .head: "lm_head",
          .attentionNorm: "ln_1", .query: "attn.q_proj", .key: "attn.k_proj",
          .value: "attn.v_proj", .attentionOutput: "attn.out_proj", .up: "mlp.fc_in",
          .down: "mlp.fc_out",
        ]),
      ignored: [".attn.bias", ".attn.masked_bias"]), gguf: .gguf)

  /// Falcon. The order of q, k and v goes by its size (one group, groups, or heads).
  public static let falcon = TensorFamily(
    "Falcon", modelTypes: ["falcon"], architectures: ["falcon"],
    huggingFace: TensorContainer(
      TensorNames(
        block: "transformer.h.#.",
        parts: [
          .embedding: "transformer.word_embeddings", .finalNorm: "transformer.ln_f",
          .head: "lm_head", .attentionNorm: "input_layernorm",
          .feedForwardNorm: "post_attention_layernorm",
          .queryKeyValue: "self_attention.query_key_value",
          .attentionOutput: "self_attention.dense", .up: "mlp.dense_h_to_4h",
          .down: "mlp.dense_4h_to_h",
        ]),
      TensorOrder(queryKeyValue: .perGroup)), gguf: .ggufStacked)

  /// Falcon 40B and 180B, which call themselves like the smaller one but have two norms in
  /// parallel.
  public static let falconLarge = TensorFamily(
    "Falcon-40B", modelTypes: [], architectures: [],
    huggingFace: TensorFamily.falcon.huggingFace.renaming([
      .attentionNorm: "ln_attn", .feedForwardNorm: "ln_mlp",
    ]),
    // llama.cpp gives the name of the one norm to the one before the feed-forward part.
    gguf: TensorContainer.ggufStacked.renaming([
      .attentionNorm: "attn_norm_2", .feedForwardNorm: "attn_norm",
    ]))

  /// OPT, which llama.cpp does not convert.
  public static let opt = TensorFamily(
    "OPT", modelTypes: ["opt"], architectures: [],
    huggingFace: TensorContainer(
      TensorNames(
        block: "model.decoder.layers.#.",
        parts: [
          .embedding: "model.decoder.embed_tokens", .positions: "model.decoder.embed_positions",
          .finalNorm: "model.decoder.final_layer_norm", .head: "lm_head",
          .attentionNorm: "self_attn_layer_norm", .feedForwardNorm: "final_layer_norm",
          .query: "self_attn.q_proj", .key: "self_attn.k_proj", .value: "self_attn.v_proj",
          .attentionOutput: "self_attn.out_proj", .up: "fc1", .down: "fc2",
        ])), gguf: .gguf)

  /// BLOOM.
  public static let bloom = TensorFamily(
    "BLOOM", modelTypes: ["bloom"], architectures: ["bloom"],
    huggingFace: TensorContainer(
      TensorNames(
        prefixes: ["", "transformer."], block: "h.#.",
        parts: [
          .embedding: "word_embeddings", .embeddingNorm: "word_embeddings_layernorm",
          .finalNorm: "ln_f", .head: "lm_head", .attentionNorm: "input_layernorm",
          .feedForwardNorm: "post_attention_layernorm",
          .queryKeyValue: "self_attention.query_key_value",
          .attentionOutput: "self_attention.dense", .up: "mlp.dense_h_to_4h",
          .down: "mlp.dense_4h_to_h",
        ]),
      TensorOrder(queryKeyValue: .perHead)), gguf: .ggufStacked)

  /// MPT.
  public static let mpt = TensorFamily(
    "MPT", modelTypes: ["mpt"], architectures: ["mpt"],
    huggingFace: TensorContainer(
      TensorNames(
        block: "transformer.blocks.#.",
        parts: [
          .embedding: "transformer.wte", .finalNorm: "transformer.norm_f", .head: "lm_head",
          .attentionNorm: "norm_1", .feedForwardNorm: "norm_2", .queryKeyValue: "attn.Wqkv",
          .attentionOutput: "attn.out_proj", .up: "ffn.up_proj", .down: "ffn.down_proj",
        ]),
      TensorOrder(queryKeyValue: .stacked)), gguf: .ggufStacked)

  /// DBRX; its experts lie row on row in two dimensions and have no roles here.
  public static let dbrx = TensorFamily(
    "DBRX", modelTypes: ["dbrx"], architectures: ["dbrx"],
    huggingFace: TensorContainer(
      TensorNames(
        block: "transformer.blocks.#.",
        parts: [
          .embedding: "transformer.wte", .finalNorm: "transformer.norm_f", .head: "lm_head",
          .attentionNorm: "norm_attn_norm.norm_1", .feedForwardNorm: "norm_attn_norm.norm_2",
          .queryKeyValue: "norm_attn_norm.attn.Wqkv",
          .attentionOutput: "norm_attn_norm.attn.out_proj", .router: "ffn.router.layer",
        ]),
      TensorOrder(queryKeyValue: .stacked)),
    gguf: TensorContainer.ggufStacked.renaming([.feedForwardNorm: "attn_output_norm"]))

  /// Qwen 1: w2 is the gate, w1 goes beside it.
  public static let qwen = TensorFamily(
    "Qwen", modelTypes: ["qwen"], architectures: ["qwen"],
    huggingFace: TensorContainer(
      TensorNames(
        block: "transformer.h.#.",
        parts: [
          .embedding: "transformer.wte", .finalNorm: "transformer.ln_f", .head: "lm_head",
          .attentionNorm: "ln_1", .feedForwardNorm: "ln_2", .queryKeyValue: "attn.c_attn",
          .attentionOutput: "attn.c_proj", .gate: "mlp.w2", .up: "mlp.w1",
          .down: "mlp.c_proj",
        ]),
      TensorOrder(queryKeyValue: .stacked)), gguf: .ggufStacked)
}
