// Phi-3 and Phi-4: q, k, v in one matrix, gate and up in another, perhaps a window, long-rope,
// and only a part of each head rotated.
//
// Sources: `modeling_phi3.py` and `configuration_phi3.py` of transformers 5. GGUF carries the
// window, which llama.cpp ignores; the original does not, so it counts here.

import Base
import Formats

extension Family {
  static let phi3 = Family(
    tensors: .phi3,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      let settings = try BaseSettings(config, .init(epsilon: 1e-5, originalPositions: 4096))
      var architecture = settings.llama(vocabulary: vocabulary)
      architecture.stackProjections()
      try config.applyWindow(to: &architecture, absent: nil)
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      var architecture = try BaseSettings(settings, model).llama(vocabulary: vocabulary)
      architecture.isTied = model.tensor("output.weight") == nil
      architecture.stackProjections()
      if let window = try settings.integer("attention.sliding_window"), window > 0 {
        for layer in architecture.blocks.indices {
          architecture.blocks[layer].attention.window = window
        }
      }
      return architecture
    })
}

extension Architecture {
  /// One matrix for q, k, v and one for gate and up.
  fileprivate mutating func stackProjections() {
    for layer in blocks.indices {
      blocks[layer].attention.projection = .stacked
      if case .gated(let size, let activation, let bias, _) = blocks[layer].feedForward {
        blocks[layer].feedForward = .gated(
          size: size, activation: activation, bias: bias, isStacked: true)
      }
    }
  }
}
