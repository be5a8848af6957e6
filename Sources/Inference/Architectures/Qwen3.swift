// Qwen3: the base block with a norm on every head of q and k, and no biases unless told so.
//
// Sources: `modeling_qwen3.py` and `configuration_qwen3.py` of transformers 5.

import Base
import Formats

extension Family {
  static let qwen3 = Family(
    tensors: .qwen3,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try qwen3(config, vocabulary)
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      try qwen3(BaseSettings(settings, model), model, vocabulary)
    })

  static func qwen3(_ config: ModelConfig, _ vocabulary: Int) throws(Problem) -> Architecture {
    try config.expectActivation("hidden_act", ["silu"])
    let bias: Bias = try config.flag("attention_bias") == true ? .required : .absent
    var architecture = try BaseSettings(config, .init(headSize: 128)).llama(
      vocabulary: vocabulary, attentionBias: bias, outputBias: bias)
    architecture.normHeads(.perHead)
    try config.applyLayerWindow(to: &architecture, defaultWindow: 4096)
    return architecture
  }

  static func qwen3(
    _ settings: BaseSettings, _ model: OpenModel, _ vocabulary: Int
  ) -> Architecture {
    var architecture = settings.llama(
      vocabulary: vocabulary, attentionBias: .ifStored, outputBias: .ifStored)
    architecture.isTied = model.tensor("output.weight") == nil
    architecture.normHeads(.perHead)
    return architecture
  }
}

extension Architecture {
  /// The same norm of queries and keys in every layer.
  mutating func normHeads(_ norm: Attention.HeadNorm) {
    for layer in blocks.indices { blocks[layer].attention.headNorm = norm }
  }
}
