// Qwen2 and Qwen2.5: the base block with biases on q, k, v only, and perhaps a sliding window.
//
// Sources: `modeling_qwen2.py` and `configuration_qwen2.py` of transformers 5. The window counts
// only with `use_sliding_window` and from layer `max_window_layers` on; GGUF does not carry it.

import Base
import Formats

extension Family {
  static let qwen2 = Family(
    tensors: .qwen2,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      var architecture = try BaseSettings(config).llama(
        vocabulary: vocabulary, attentionBias: .required)
      try config.applyLayerWindow(to: &architecture, defaultWindow: 4096)
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      var architecture = try BaseSettings(settings, model).llama(
        vocabulary: vocabulary, attentionBias: .required)
      architecture.isTied = model.tensor("output.weight") == nil
      return architecture
    })
}

extension ModelConfig {
  /// The window of Qwen's families: with `use_sliding_window`, from layer `max_window_layers` on,
  /// or where `layer_types` says so.
  func applyLayerWindow(
    to architecture: inout Architecture, defaultWindow: Int
  ) throws(Problem) {
    guard try flag("use_sliding_window") == true, !isNull("sliding_window") else { return }
    let window = try integer("sliding_window") ?? defaultWindow
    let first = try integer("max_window_layers") ?? 28
    let kinds = try array("layer_types")?.map { $0.string ?? "" }
    guard window > 0, kinds.map({ $0.count == architecture.blocks.count }) ?? true else {
      throw Problem(
        .malformed, "malformed_config", place: "\(place): layer_types",
        reason: "window \(window) for \(architecture.blocks.count) layers makes no sense")
    }
    for layer in architecture.blocks.indices {
      let slides = kinds.map { $0[layer] == "sliding_attention" } ?? (layer >= first)
      if slides { architecture.blocks[layer].attention.window = window }
    }
  }
}
