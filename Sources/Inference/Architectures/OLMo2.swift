// OLMo 2: norms after each half instead of before, and a norm over all heads of q and k together.
//
// Sources: `modeling_olmo2.py` and `configuration_olmo2.py` of transformers 5.

import Base
import Formats

extension Family {
  static let olmo2 = Family(
    tensors: .olmo2,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      let bias: Bias = try config.flag("attention_bias") == true ? .required : .absent
      var architecture = try BaseSettings(config, .init(epsilon: 1e-5)).llama(
        vocabulary: vocabulary, attentionBias: bias, outputBias: bias)
      architecture.makeOLMo2()
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      var architecture = try BaseSettings(settings, model).llama(vocabulary: vocabulary)
      architecture.isTied = model.tensor("output.weight") == nil
      architecture.makeOLMo2()
      return architecture
    })
}

extension Architecture {
  fileprivate mutating func makeOLMo2() {
    normHeads(.whole)
    for layer in blocks.indices { blocks[layer].arrangement = .postNorm }
  }
}
