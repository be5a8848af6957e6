// Qwen2-MoE and Qwen3-MoE: Qwen2 and Qwen3 with mixtures of experts.
//
// Sources: `modeling_qwen2_moe.py`, `modeling_qwen3_moe.py` of transformers 5. A layer is sparse
// if it is not in `mlp_only_layers` and its number from 1 is a multiple of `decoder_sparse_step`.
// Qwen2-MoE adds a shared expert, weighed by a sigmoid. GGUF has no key for renormalisation:
// `qwen3moe` renormalises, `qwen2moe` does not, as the released models do.

import Base
import Formats

extension Family {
  static let qwen2MoE = Family(
    tensors: .qwen2MoE,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      var architecture = try BaseSettings(config).llama(
        vocabulary: vocabulary, attentionBias: .required)
      try config.applyLayerWindow(to: &architecture, defaultWindow: 4096)
      var experts = try config.experts(count: 60, chosen: 4, size: 1408)
      experts.sharedSize = try config.integer("shared_expert_intermediate_size") ?? 5632
      experts.sharedHasGate = true
      try architecture.useExperts(experts, config.place, where: config.sparseLayers())
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      var architecture = try BaseSettings(settings, model).llama(
        vocabulary: vocabulary, attentionBias: .required)
      architecture.isTied = model.tensor("output.weight") == nil
      var experts = try settings.experts(renormalises: false)
      experts.sharedSize = try settings.needInteger("expert_shared_feed_forward_length")
      experts.sharedHasGate = true
      try architecture.useExperts(experts, settings.place)
      return architecture
    })

  static let qwen3MoE = Family(
    tensors: .qwen3MoE,
    fromConfig: { (config, vocabulary) throws(Problem) in
      var architecture = try qwen3(config, vocabulary)
      let experts = try config.experts(count: 128, chosen: 8, size: 768)
      try architecture.useExperts(experts, config.place, where: config.sparseLayers())
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      var architecture = qwen3(try BaseSettings(settings, model), model, vocabulary)
      try architecture.useExperts(settings.experts(renormalises: true), settings.place)
      return architecture
    })
}

extension ModelConfig {
  /// Experts by the keys of the Qwen families, with the class's defaults.
  fileprivate func experts(count: Int, chosen: Int, size: Int) throws(Problem) -> Experts {
    Experts(
      count: try either(integer("num_experts"), integer("num_local_experts")) ?? count,
      chosen: try integer("num_experts_per_tok") ?? chosen,
      size: try integer("moe_intermediate_size") ?? size, routing: .softmax,
      renormalises: try flag("norm_topk_prob") ?? false)
  }

  /// Which layers have experts.
  fileprivate func sparseLayers() throws(Problem) -> (Int) -> Bool {
    let dense = Set(try array("mlp_only_layers")?.compactMap(\.int) ?? [])
    let step = max(1, try integer("decoder_sparse_step") ?? 1)
    return { !dense.contains($0) && ($0 + 1) % step == 0 }
  }
}

extension GGUFSettings {
  /// Experts by the standard keys.
  func experts(renormalises: Bool) throws(Problem) -> Experts {
    let size = try either(
      uniformInteger("expert_feed_forward_length"), uniformInteger("feed_forward_length"))
    return Experts(
      count: try needInteger("expert_count"), chosen: try needInteger("expert_used_count"),
      size: size ?? 0, routing: .softmax, renormalises: renormalises)
  }
}
