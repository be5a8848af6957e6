// Mistral and Mixtral: the base block with a sliding window, and a mixture of experts for Mixtral.
//
// Sources: `modeling_mistral.py`, `modeling_mixtral.py` of transformers 5. An absent window means
// 4096 for Mistral and none for Mixtral, null means none. GGUF files of both call themselves
// `llama` and have lost the window.

import Base
import Formats

extension Family {
  static let mistral = Family(
    tensors: .mistral,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      var architecture = try BaseSettings(config).llama(vocabulary: vocabulary)
      try config.applyWindow(to: &architecture, absent: 4096)
      return architecture
    }, fromGGUF: Family.llama.fromGGUF)

  static let mixtral = Family(
    tensors: .mixtral,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      let settings = try BaseSettings(config, .init(epsilon: 1e-5))
      var architecture = settings.llama(vocabulary: vocabulary)
      try config.applyWindow(to: &architecture, absent: nil)
      let experts = Experts(
        count: try config.integer("num_local_experts") ?? 8,
        chosen: try config.integer("num_experts_per_tok") ?? 2, size: settings.feedForwardSize,
        routing: .softmax, renormalises: true)
      try architecture.useExperts(experts, config.place)
      return architecture
    }, fromGGUF: Family.llama.fromGGUF)
}

extension ModelConfig {
  /// The same window in every layer. A null is "none", an absent key `absent`.
  func applyWindow(to architecture: inout Architecture, absent: Int?) throws(Problem) {
    let window = try integer("sliding_window") ?? (isNull("sliding_window") ? nil : absent)
    guard let window else { return }
    guard window > 0 else {
      throw Problem(
        .malformed, "malformed_config", place: "\(place): sliding_window",
        reason: "a window of \(window) tokens makes no sense")
    }
    for layer in architecture.blocks.indices {
      architecture.blocks[layer].attention.window = window
    }
  }
}

extension Architecture {
  /// Puts experts into every layer, or into those that `isSparse` names.
  mutating func useExperts(
    _ experts: Experts, _ place: String, where isSparse: (Int) -> Bool = { _ in true }
  ) throws(Problem) {
    let sizes = [experts.count, experts.chosen, experts.size, experts.sharedSize ?? 1]
    let grouped =
      experts.groups > 0 && experts.count % experts.groups == 0
      && (1...experts.groups).contains(experts.chosenGroups)
    guard sizes.allSatisfy({ (1...BaseSettings.sizeMax).contains($0) }), grouped,
      experts.count <= 1 << 16, experts.chosen <= experts.count
    else {
      throw Problem(
        .malformed, "malformed_config", place: place,
        reason: "\(experts.chosen) of \(experts.count) experts in \(experts.groups) groups: "
          + "these do not fit together",
        remedy: "use the configuration that belongs to the model")
    }
    for layer in blocks.indices where isSparse(layer) {
      blocks[layer].feedForward = .experts(experts)
    }
  }
}
