// gpt-oss: biases everywhere, sinks, alternating windows, experts with a clamped activation.
//
// Source: `modeling_gpt_oss.py` of transformers 5. The reference does not round YaRN's limits
// (`truncate` false); GGUF has no key for it, so the same holds there. Experts are [in, out] with
// gate and up alternating in plain files, MXFP4 in packed ones; GGUF separates and transposes.

import Base
import Formats

extension Family {
  static let gptOSS = Family(
    tensors: .gptOSS,
    fromConfig: { (config, vocabulary) throws(Problem) in
      if let limit = try config.number("swiglu_limit"), limit != 7 {
        throw Problem(
          .malformed, "unsupported_architecture", place: "\(config.place): swiglu_limit",
          reason: "an activation clamped at \(limit) cannot be computed")
      }
      let settings = try BaseSettings(config, .init(epsilon: 1e-5, theta: 150000, headSize: 64))
      var architecture = settings.llama(
        vocabulary: vocabulary, attentionBias: .required, outputBias: .required)
      let kinds = try config.layerKinds(architecture.blocks.count)
      let chosen = try either(
        config.integer("num_experts_per_tok"), config.integer("experts_per_token"))
      let experts = oss(
        count: try config.integer("num_local_experts") ?? 128, chosen: chosen ?? 4,
        size: settings.feedForwardSize)
      try architecture.useExperts(experts, config.place)
      architecture.makeOSS(window: try config.integer("sliding_window") ?? 128, kinds)
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      let base = try BaseSettings(settings, model)
      var architecture = base.llama(
        vocabulary: vocabulary, attentionBias: .required, outputBias: .required)
      architecture.isTied = model.tensor("output.weight") == nil
      let plan = try settings.experts(renormalises: false)
      try architecture.useExperts(
        oss(count: plan.count, chosen: plan.chosen, size: plan.size), settings.place)
      architecture.makeOSS(
        window: try settings.integer("attention.sliding_window") ?? 128, nil)
      return architecture
    })

  private static func oss(count: Int, chosen: Int, size: Int) -> Experts {
    Experts(
      count: count, chosen: chosen, size: size, routing: .softmaxOfChosen, renormalises: false,
      activation: .clampedSwish, hasBias: true)
  }
}

extension Architecture {
  fileprivate mutating func makeOSS(window: Int, _ kinds: [Bool]?) {
    for layer in blocks.indices {
      blocks[layer].attention.hasSinks = true
      if kinds?[layer] ?? (layer % 2 == 0) { blocks[layer].attention.window = window }
      if case .yarn(var yarn)? = blocks[layer].attention.rope?.scaling {
        yarn.truncates = false
        blocks[layer].attention.rope?.scaling = .yarn(yarn)
      }
    }
  }
}
