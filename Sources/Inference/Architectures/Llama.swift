// Llama 1 to 3 and what shares its files: the base block with rotary positions.
//
// Sources: `modeling_llama.py` and `configuration_llama.py` of transformers 5; GGUF architecture
// `llama`, whose converter stores the two halves of each head of Q and K alternately. GGUF has no
// key for biases: they are there if their tensors are.

import Base
import Formats

extension Family {
  static let llama = Family(
    tensors: .llama,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      let settings = try BaseSettings(config)
      let attention: Bias = try config.flag("attention_bias") == true ? .required : .absent
      let feedForward: Bias = try config.flag("mlp_bias") == true ? .required : .absent
      let architecture = settings.llama(
        vocabulary: vocabulary, feedForwardBias: feedForward, attentionBias: attention,
        outputBias: attention)
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      let base = try BaseSettings(settings, model)
      var architecture = base.llama(
        vocabulary: vocabulary, feedForwardBias: .ifStored, attentionBias: .ifStored,
        outputBias: .ifStored)
      architecture.isTied = model.tensor("output.weight") == nil
      if let count = try settings.integer("expert_count"), count > 0 {
        try architecture.useExperts(settings.experts(renormalises: true), settings.place)
      }
      return architecture
    })
}
