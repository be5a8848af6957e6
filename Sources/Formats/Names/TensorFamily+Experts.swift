// Families with mixtures of experts.
//
// Sources: `modeling_*.py` of transformers 5; `conversion/llama.py`, `qwen.py`, `deepseek.py`,
// `gpt_oss.py`, `granite.py`, `arctic.py`, `dbrx.py` of llama.cpp, which stack the experts of a
// layer in one tensor and split what the library keeps as gate and up together.

extension TensorFamily {
  /// Mixtral; its GGUF files call themselves `llama`.
  public static let mixtral = TensorFamily(
    "Mixtral", modelTypes: ["mixtral"], architectures: [],
    huggingFace: TensorContainer.llama.without(.gate, .up, .down).renaming(mixtralExperts),
    gguf: .ggufPermuted)

  /// Qwen2-MoE.
  public static let qwen2MoE = TensorFamily(
    "Qwen2-MoE", modelTypes: ["qwen2_moe"], architectures: ["qwen2moe"],
    huggingFace: TensorContainer.llama.renaming(qwenExperts).renaming([
      .sharedGate: "mlp.shared_expert.gate_proj", .sharedUp: "mlp.shared_expert.up_proj",
      .sharedDown: "mlp.shared_expert.down_proj", .sharedRouter: "mlp.shared_expert_gate",
    ]), gguf: .gguf)

  /// Qwen3-MoE.
  public static let qwen3MoE = TensorFamily(
    "Qwen3-MoE", modelTypes: ["qwen3_moe"], architectures: ["qwen3moe"],
    huggingFace: TensorContainer.llama.renaming(qwenExperts), gguf: .gguf)

  /// DeepSeek V2, V3 and R1: latent attention.
  public static let deepSeek = TensorFamily(
    "DeepSeek", modelTypes: ["deepseek_v2", "deepseek_v3"], architectures: ["deepseek2"],
    huggingFace: TensorContainer.llama.without(.key, .value, .queryNorm, .keyNorm)
      .renaming(qwenExperts).renaming(
        [
          .queryDown: "self_attn.q_a_proj", .queryDownNorm: "self_attn.q_a_layernorm",
          .queryUp: "self_attn.q_b_proj", .keyValueDown: "self_attn.kv_a_proj_with_mqa",
          .keyValueDownNorm: "self_attn.kv_a_layernorm", .keyValueUp: "self_attn.kv_b_proj",
          .routerCorrection: "mlp.gate.e_score_correction_bias",
          .sharedGate: "mlp.shared_experts.gate_proj", .sharedUp: "mlp.shared_experts.up_proj",
          .sharedDown: "mlp.shared_experts.down_proj",
        ], endings: [.routerCorrection: bare]), gguf: .gguf)

  /// gpt-oss: experts without `.weight`; the norm before the feed-forward part is GGUF's
  /// `post_attention_norm`.
  public static let gptOSS = TensorFamily(
    "gpt-oss", modelTypes: ["gpt_oss"], architectures: ["gpt-oss"],
    huggingFace: TensorContainer.llama.without(.gate, .up, .down, .queryNorm, .keyNorm).renaming(
      [
        .attentionSinks: "self_attn.sinks", .router: "mlp.router",
        .expertGateUp: "mlp.experts.gate_up_proj", .expertDown: "mlp.experts.down_proj",
      ], endings: [.attentionSinks: bare, .expertGateUp: bare, .expertDown: bare]
    ).with { $0.experts = .stackedTransposed },
    gguf: TensorContainer.gguf.without(.attentionPostNorm)
      .renaming([.feedForwardNorm: "post_attention_norm"]))

  /// Granite with experts, gate and up of all of them in one tensor.
  public static let graniteMoE = TensorFamily(
    "Granite-MoE", modelTypes: ["granitemoe", "granitemoeshared"],
    architectures: ["granitemoe"], huggingFace: graniteExperts, gguf: .ggufPermuted)

  /// Granite 4: layers of attention among layers of Mamba 2, whose tensors have no roles here.
  public static let graniteHybrid = TensorFamily(
    "Granite-Hybrid", modelTypes: ["granitemoehybrid"], architectures: ["granitehybrid"],
    huggingFace: graniteExperts, gguf: .ggufPermuted)

  /// Arctic; the tensors of its residual part have no roles here.
  public static let arctic = TensorFamily(
    "Arctic", modelTypes: ["arctic"], architectures: ["arctic"],
    huggingFace: TensorContainer.llama.without(.gate, .up, .down).renaming(mixtralExperts),
    gguf: .ggufPermuted)

  /// LLaDA, a diffusion model of Llama's block, under OLMo's first names.
  public static let llada = TensorFamily(
    "LLaDA", modelTypes: ["llada"], architectures: ["llada"],
    huggingFace: TensorContainer(
      TensorNames(
        block: "model.transformer.blocks.#.",
        parts: [
          .embedding: "model.transformer.wte", .finalNorm: "model.transformer.ln_f",
          .head: "model.transformer.ff_out", .attentionNorm: "attn_norm",
          .feedForwardNorm: "ff_norm", .query: "q_proj", .key: "k_proj", .value: "v_proj",
          .attentionOutput: "attn_out", .gate: "ff_proj", .up: "up_proj", .down: "ff_out",
        ])), gguf: .ggufPermuted)

  private static let bare = TensorNames.Endings(weight: "", bias: "_bias")

  private static let mixtralExperts: [TensorRole: String] = [
    .router: "block_sparse_moe.gate", .expertGate: "block_sparse_moe.experts.#.w1",
    .expertUp: "block_sparse_moe.experts.#.w3", .expertDown: "block_sparse_moe.experts.#.w2",
  ]

  private static let qwenExperts: [TensorRole: String] = [
    .router: "mlp.gate", .expertGate: "mlp.experts.#.gate_proj",
    .expertUp: "mlp.experts.#.up_proj", .expertDown: "mlp.experts.#.down_proj",
  ]

  private static let graniteExperts = TensorContainer.llama.renaming([
    .router: "block_sparse_moe.router.layer", .expertGateUp: "block_sparse_moe.input_linear",
    .expertDown: "block_sparse_moe.output_linear",
  ]).with { $0.experts = .stacked }
}
