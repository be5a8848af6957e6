// GPT-2: learned positions, layer norms with bias, plain feed-forward part, tied output.
//
// Sources: `modeling_gpt2.py` and `configuration_gpt2.py` of transformers 5. Matrices are of the
// class Conv1D, stored [in, out]; GGUF stores them [out, in]. Hub files lack the prefix
// `transformer.` that files saved by the library have.

import Base
import Formats

extension Family {
  static let gpt2 = Family(
    tensors: .gpt2,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("activation_function", ["gelu_new", "gelu_pytorch_tanh"])
      let hidden = try config.need("n_embd")
      let variants = ["scale_attn_by_inverse_layer_idx", "add_cross_attention"]
      for key in variants where try config.flag(key) == true {
        throw Problem(
          .malformed, "unsupported_architecture", place: "\(config.place): \(key)",
          reason: "this variant of GPT-2 cannot be computed")
      }
      let architecture = try gpt2(
        hidden: hidden, layers: config.need("n_layer"), heads: config.need("n_head"),
        inner: config.integer("n_inner") ?? 4 * hidden,
        positions: config.integer("n_positions") ?? 1024,
        epsilon: config.number("layer_norm_epsilon") ?? 1e-5, vocabulary: vocabulary,
        isTied: config.flag("tie_word_embeddings") ?? true, config.place)
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      let hidden = try settings.needInteger("embedding_length")
      let architecture = try gpt2(
        hidden: hidden, layers: settings.needInteger("block_count"),
        heads: settings.needInteger("attention.head_count"),
        inner: settings.integer("feed_forward_length") ?? 4 * hidden,
        positions: settings.needInteger("context_length"),
        epsilon: settings.number("attention.layer_norm_epsilon") ?? 1e-5,
        vocabulary: vocabulary, isTied: model.tensor("output.weight") == nil, settings.place)
      return architecture
    })

  private static func gpt2(
    hidden: Int, layers: Int, heads: Int, inner: Int, positions: Int, epsilon: Double,
    vocabulary: Int, isTied: Bool, _ place: String
  ) throws(Problem) -> Architecture {
    let sizes = [hidden, heads, inner, positions]
    guard sizes.allSatisfy({ (1...BaseSettings.sizeMax).contains($0) }), hidden % heads == 0,
      (1...BaseSettings.layersMax).contains(layers), epsilon >= 0, isTied
    else {
      throw Problem(
        .malformed, "malformed_config", place: place,
        reason: "\(layers) layers of \(hidden) values in \(heads) heads, \(positions) positions: "
          + "these do not fit together, or the output is not tied",
        remedy: "use the configuration that belongs to the model")
    }
    let size = hidden / heads
    let attention = Attention(
      heads: heads, keyValueHeads: heads, headSize: size, valueSize: size,
      scale: scoreScale(size), rope: nil, projection: .stacked, queryKeyValueBias: .required,
      outputBias: .required)
    let block = Block(
      arrangement: .preNorm, attention: attention,
      feedForward: .plain(size: inner, activation: .geluTanh, bias: .required))
    return Architecture(
      family: "gpt2", vocabularySize: vocabulary, hiddenSize: hidden, learnedPositions: positions,
      norm: Norm(kind: .layer, epsilon: Float(epsilon)),
      blocks: Array(repeating: block, count: layers), isTied: true)
  }
}
