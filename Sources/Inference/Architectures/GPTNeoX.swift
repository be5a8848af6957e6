// GPT-NeoX and Pythia: layer norms with bias, both halves of a layer on its input, a quarter of
// each head rotated, GELU by erf.
//
// Sources: `modeling_gpt_neox.py` and `configuration_gpt_neox.py` of transformers 5. Rows of
// `query_key_value` are head by head, each q, k, v; GGUF regroups them to all q, all k, all v, and
// omits the rotary base, so that only models with 10000 are right there.

import Base
import Formats

extension Family {
  static let gptNeoX = Family(
    tensors: .gptNeoX,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["gelu"])
      let defaults = BaseSettings.Defaults(
        epsilon: try config.number("layer_norm_eps") ?? 1e-5,
        theta: try config.number("rotary_emb_base") ?? 10000,
        rotatedShare: try config.number("rotary_pct") ?? 0.25)
      let bias: Bias = try config.flag("attention_bias") == false ? .absent : .required
      let architecture = try BaseSettings(config, defaults).neoX(
        vocabulary: vocabulary, bias: bias, projection: .perHead,
        isParallel: config.flag("use_parallel_residual") ?? true)
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      var architecture = try BaseSettings(settings, model).neoX(
        vocabulary: vocabulary, bias: .required, projection: .stacked,
        isParallel: settings.flag("use_parallel_residual") ?? true)
      architecture.isTied = model.tensor("output.weight") == nil
      return architecture
    })
}

extension BaseSettings {
  fileprivate func neoX(
    vocabulary: Int, bias: Bias, projection: Attention.Projection, isParallel: Bool
  ) -> Architecture {
    var architecture = llama(vocabulary: vocabulary, attentionBias: bias, outputBias: bias)
    architecture.norm.kind = .layer
    for layer in architecture.blocks.indices {
      architecture.blocks[layer].attention.projection = projection
      architecture.blocks[layer].arrangement = isParallel ? .parallel : .preNorm
      architecture.blocks[layer].feedForward = .plain(
        size: feedForwardSize, activation: .geluErf, bias: .required)
    }
    return architecture
  }
}
