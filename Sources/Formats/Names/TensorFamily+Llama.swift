// Llama and the families that share its names: dense layers with a gate, norms before each half.
//
// Sources: `modeling_*.py` of transformers 5. For the GGUF side `conversion/llama.py`,
// `qwen.py`, `deci.py`, `minicpm.py`, `xverse.py`, `granite.py`, `smollm.py`, `arcee.py`,
// `mistral3.py`, `llada.py`, `nemotron.py` of llama.cpp. `LlamaModel.undo_permute` is true and
// inherited: every class below that does not turn it off permutes Q and K.

extension TensorFamily {
  /// Llama 1 to 3, and InternLM 3 in GGUF.
  public static let llama = TensorFamily(
    "Llama", modelTypes: ["llama"], architectures: ["llama"], huggingFace: .llama,
    gguf: .ggufPermuted)

  /// Mistral; its GGUF files call themselves `llama`.
  public static let mistral = TensorFamily(
    "Mistral", modelTypes: ["mistral"], architectures: [], huggingFace: .llama,
    gguf: .ggufPermuted)

  /// Qwen2 and Qwen2.5.
  public static let qwen2 = TensorFamily(
    "Qwen2", modelTypes: ["qwen2"], architectures: ["qwen2"], huggingFace: .llama, gguf: .gguf)

  /// Qwen3.
  public static let qwen3 = TensorFamily(
    "Qwen3", modelTypes: ["qwen3"], architectures: ["qwen3"], huggingFace: .llama, gguf: .gguf)

  /// DeciLM and Llama-Nemotron, whose layers differ in their number of key heads.
  public static let deci = TensorFamily(
    "Deci", modelTypes: ["deci", "nemotron-nas"], architectures: ["deci"], huggingFace: .llama,
    gguf: .ggufPermuted)

  /// MiniCPM 1 and 2.
  public static let miniCPM = TensorFamily(
    "MiniCPM", modelTypes: ["minicpm"], architectures: ["minicpm"], huggingFace: .llama,
    gguf: .ggufPermuted)

  /// XVERSE.
  public static let xverse = TensorFamily(
    "XVERSE", modelTypes: ["xverse"], architectures: ["xverse"], huggingFace: .llama,
    gguf: .ggufPermuted)

  /// Granite 3.
  public static let granite = TensorFamily(
    "Granite", modelTypes: ["granite"], architectures: ["granite"], huggingFace: .llama,
    gguf: .ggufPermuted)

  /// SmolLM 3.
  public static let smolLM3 = TensorFamily(
    "SmolLM3", modelTypes: ["smollm3"], architectures: ["smollm3"], huggingFace: .llama,
    gguf: .ggufPermuted)

  /// AFM; its feed-forward part has no gate.
  public static let arcee = TensorFamily(
    "Arcee", modelTypes: ["arcee"], architectures: ["arcee"],
    huggingFace: TensorContainer.llama.without(.gate), gguf: .ggufPermuted)

  /// Ministral 3.
  public static let mistral3 = TensorFamily(
    "Mistral3", modelTypes: ["ministral3", "mistral3"], architectures: ["mistral3"],
    huggingFace: .llama, gguf: .ggufPermuted)

  /// Nemotron; its norms multiply by 1 + w, which GGUF stores.
  public static let nemotron = TensorFamily(
    "Nemotron", modelTypes: ["nemotron"], architectures: ["nemotron"],
    huggingFace: TensorContainer.llama.without(.gate).with { $0.gainOffset = 1 }, gguf: .gguf)

  /// Baichuan: q, k and v are one tensor, which the converter takes apart and permutes.
  public static let baichuan = TensorFamily(
    "Baichuan", modelTypes: ["baichuan"], architectures: ["baichuan"],
    huggingFace: TensorContainer.llama.without(.query, .key, .value)
      .renaming([.queryKeyValue: "self_attn.W_pack"]).with { $0.queryKeyValue = .stacked },
    gguf: .ggufPermuted)

  /// InternLM 2: Meta's names; q, k and v by groups, which the converter takes apart and permutes.
  public static let internLM2 = TensorFamily(
    "InternLM2", modelTypes: ["internlm2"], architectures: ["internlm2"],
    huggingFace: TensorContainer.llama.without(.query, .key, .value, .queryNorm, .keyNorm)
      .renaming([
        .embedding: "model.tok_embeddings", .head: "output", .attentionNorm: "attention_norm",
        .feedForwardNorm: "ffn_norm", .queryKeyValue: "attention.wqkv",
        .attentionOutput: "attention.wo", .gate: "feed_forward.w1", .up: "feed_forward.w3",
        .down: "feed_forward.w2",
      ]).with { $0.queryKeyValue = .perGroup },
    gguf: .ggufPermuted)

  /// Meta's own files, and Mistral's `consolidated` ones. Their heads are as GGUF has them: it is
  /// `convert_llama_weights_to_hf.py` of transformers that moved the rows.
  public static let metaLlama = TensorFamily(
    "Meta", modelTypes: [], architectures: [],
    huggingFace: TensorContainer(
      TensorNames(
        block: "layers.#.",
        parts: [
          .embedding: "tok_embeddings", .finalNorm: "norm", .head: "output",
          .attentionNorm: "attention_norm", .feedForwardNorm: "ffn_norm",
          .query: "attention.wq", .key: "attention.wk", .value: "attention.wv",
          .attentionOutput: "attention.wo", .gate: "feed_forward.w1", .up: "feed_forward.w3",
          .down: "feed_forward.w2",
        ]),
      TensorOrder(permutesHeads: true), ignored: ["rope.freqs"]),
    gguf: .ggufPermuted)
}
