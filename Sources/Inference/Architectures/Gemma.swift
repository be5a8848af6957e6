// Gemma 1 and 2: scaled embedding, norms with 1 + w, GELU by tanh; Gemma 2 adds norms after each
// half, soft caps and a window in every other layer.
//
// Sources: `modeling_gemma.py`, `modeling_gemma2.py` of transformers 5, and Google's reference
// code, which uses the tanh form also where old configurations say "gelu". GGUF stores 1 + w, and
// has no key for the query scale: it is the head size, or hidden / heads for the 27B model.

import Base
import Formats

extension Family {
  static let gemma = Family(
    tensors: .gemma,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try gemmaBase(config, vocabulary)
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      var architecture = try BaseSettings(settings, model).llama(vocabulary: vocabulary)
      architecture.makeGemma()
      architecture.isTied = model.tensor("output.weight") == nil
      return architecture
    })

  static let gemma2 = Family(
    tensors: .gemma2,
    fromConfig: { (config, vocabulary) throws(Problem) in
      var architecture = try gemmaBase(config, vocabulary)
      architecture.logitSoftCap = try config.softCap("final_logit_softcapping", absent: 30)
      let cap = try config.softCap("attn_logit_softcapping", absent: 50)
      let queries = try config.number("query_pre_attn_scalar") ?? 256
      let window = try config.integer("sliding_window") ?? 4096
      let kinds = try config.layerKinds(architecture.blocks.count)
      for layer in architecture.blocks.indices {
        let slides = kinds?[layer] ?? (layer % 2 == 0)
        architecture.blocks[layer].attention.softCap = cap
        architecture.blocks[layer].attention.scale = Float(1 / queries.squareRoot())
        architecture.blocks[layer].attention.window = slides ? window : nil
        architecture.blocks[layer].arrangement = .bothNorms
      }
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      let base = try BaseSettings(settings, model)
      var architecture = base.llama(vocabulary: vocabulary)
      architecture.makeGemma()
      architecture.isTied = model.tensor("output.weight") == nil
      architecture.logitSoftCap = Float(try settings.number("final_logit_softcapping") ?? 30)
      let cap = Float(try settings.number("attn_logit_softcapping") ?? 50)
      let window = try settings.integer("attention.sliding_window") ?? 4096
      let divisor = base.layerCount == 46 ? base.hiddenSize / base.heads : base.headSize
      for layer in architecture.blocks.indices {
        architecture.blocks[layer].attention.softCap = cap
        architecture.blocks[layer].attention.scale = scoreScale(divisor)
        architecture.blocks[layer].attention.window = layer % 2 == 0 ? window : nil
        architecture.blocks[layer].arrangement = .bothNorms
      }
      return architecture
    })

  /// What all Gemmas share, from config.json.
  static func gemmaBase(
    _ config: ModelConfig, _ vocabulary: Int
  ) throws(Problem) -> Architecture {
    let names = ["gelu", "gelu_new", "gelu_pytorch_tanh"]
    try config.expectActivation("hidden_activation", names)
    try config.expectActivation("hidden_act", names)
    let settings = try BaseSettings(config, .init(headSize: 256, isTied: true))
    let bias: Bias = try config.flag("attention_bias") == true ? .required : .absent
    var architecture = settings.llama(
      vocabulary: vocabulary, attentionBias: bias, outputBias: bias)
    architecture.makeGemma()
    return architecture
  }
}

extension Architecture {
  /// Scaled embedding and GELU, which every Gemma has.
  mutating func makeGemma() {
    embeddingScale = Float(Double(hiddenSize).squareRoot())
    for layer in blocks.indices {
      guard case .gated(let size, _, let bias, let stacked) = blocks[layer].feedForward else {
        continue
      }
      blocks[layer].feedForward = .gated(
        size: size, activation: .geluTanh, bias: bias, isStacked: stacked)
    }
  }
}

extension ModelConfig {
  /// A soft cap: null is none, an absent key the class default.
  func softCap(_ key: String, absent: Double?) throws(Problem) -> Float? {
    if isNull(key) { return nil }
    return (try number(key) ?? absent).map { Float($0) }
  }

  /// For each layer whether its attention slides, if `layer_types` says so.
  func layerKinds(_ count: Int) throws(Problem) -> [Bool]? {
    guard let kinds = try array("layer_types") else { return nil }
    let slides = kinds.compactMap { kind -> Bool? in
      switch kind.string {
      case "sliding_attention": true
      case "full_attention": false
      default: nil
      }
    }
    guard slides.count == count, kinds.count == count else {
      throw Problem(
        .malformed, "unsupported_architecture", place: "\(place): layer_types",
        reason: "expected sliding_attention or full_attention for each of \(count) layers")
    }
    return slides
  }
}
