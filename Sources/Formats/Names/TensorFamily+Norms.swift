// Families whose norms stand elsewhere, or are stored otherwise, than Llama's.
//
// Sources: `modeling_gemma*.py`, `modeling_olmo*.py` of transformers 5; `conversion/gemma.py`,
// `conversion/olmo.py` of llama.cpp. `post_attention_layernorm` is the norm *before* the
// feed-forward part in Llama, and *after* attention in Gemma 2, Gemma 3 and OLMo 2; GGUF's
// `post_attention_norm` is after attention in all of these.

extension TensorFamily {
  /// Gemma 1: norms multiply by 1 + w, which GGUF stores.
  public static let gemma = TensorFamily(
    "Gemma", modelTypes: ["gemma"], architectures: ["gemma"],
    huggingFace: TensorContainer.llama.with { $0.gainOffset = 1 }, gguf: .gguf)

  /// Gemma 2: four norms a layer.
  public static let gemma2 = TensorFamily(
    "Gemma 2", modelTypes: ["gemma2"], architectures: ["gemma2"], huggingFace: fourNorms,
    gguf: .gguf)

  /// Gemma 3, text part.
  public static let gemma3 = TensorFamily(
    "Gemma 3", modelTypes: ["gemma3_text", "gemma3"], architectures: ["gemma3"],
    huggingFace: fourNorms, gguf: .gguf)

  /// OLMo 2: norms after each half only.
  public static let olmo2 = TensorFamily(
    "OLMo 2", modelTypes: ["olmo2"], architectures: ["olmo2"],
    huggingFace: TensorContainer.llama.without(.attentionNorm, .feedForwardNorm).renaming([
      .attentionPostNorm: "post_attention_layernorm",
      .feedForwardPostNorm: "post_feedforward_layernorm",
    ]), gguf: .gguf)

  /// OLMo 1: norms without factors. The converter permutes Q and K.
  public static let olmo = TensorFamily(
    "OLMo", modelTypes: ["olmo"], architectures: ["olmo"],
    huggingFace: TensorContainer.llama.without(.attentionNorm, .feedForwardNorm, .finalNorm),
    gguf: .ggufPermuted)

  private static let fourNorms = TensorContainer.llama.renaming([
    .attentionPostNorm: "post_attention_layernorm",
    .feedForwardNorm: "pre_feedforward_layernorm",
    .feedForwardPostNorm: "post_feedforward_layernorm",
  ]).with { $0.gainOffset = 1 }
}
