// DeepSeek-V2, V3 and R1: latent attention and grouped experts.
//
// Sources: arXiv 2405.04434 and 2412.19437, `modeling_deepseek_v2.py` and `_v3.py` of
// transformers 5. The first layers are dense. With YaRN the scores are also multiplied by
// m(factor, mscale_all_dim)^2. Layers past `num_hidden_layers` predict further tokens and are left
// out, as the reference does. GGUF (`deepseek2`) keeps only the product 0.1 mscale_all_dim, so
// models with mscale other than mscale_all_dim differ from their original there.

import Base
import Formats

extension Family {
  static let deepSeek = Family(
    tensors: .deepSeek, skipsFurtherLayers: true,
    fromConfig: { (config, vocabulary) throws(Problem) in
      try config.expectActivation("hidden_act", ["silu"])
      let isV3 = ByteName(config.modelType) == "deepseek_v3"
      let latent = Attention.Latent(
        queryRank: try config.integer("q_lora_rank"),
        keyValueRank: try config.need("kv_lora_rank"),
        plainSize: try config.need("qk_nope_head_dim"),
        rotatedSize: try config.need("qk_rope_head_dim"))
      // The rotary rule of these files goes by the rotated part alone.
      var settings = config.settings
      settings["head_dim"] = JSON(latent.rotatedSize)
      let base = try BaseSettings(ModelConfig(settings, place: config.place))
      var architecture = base.llama(vocabulary: vocabulary)
      try architecture.makeLatent(
        latent, valueSize: config.need("v_head_dim"), scale: config.yarnScale(), config.place)
      let first = try config.integer("first_k_dense_replace") ?? 0
      let step = max(1, try config.integer("moe_layer_freq") ?? 1)
      try architecture.useExperts(config.deepSeekExperts(isV3), config.place) {
        $0 >= first && $0 % step == 0
      }
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      try gguf(settings, model, vocabulary)
    })

  private static func gguf(
    _ settings: GGUFSettings, _ model: OpenModel, _ vocabulary: Int
  ) throws(Problem) -> Architecture {
    let rotated = try settings.needInteger("rope.dimension_count")
    var base = try BaseSettings(settings, model)
    let whole = try either(
      settings.integer("attention.key_length_mla"), settings.integer("attention.key_length"))
    let value = try either(
      settings.integer("attention.value_length_mla"), settings.integer("attention.value_length"))
    let latent = Attention.Latent(
      queryRank: try settings.integer("attention.q_lora_rank"),
      keyValueRank: try settings.needInteger("attention.kv_lora_rank"),
      plainSize: (whole ?? 0) - rotated, rotatedSize: rotated)
    var scale = 1.0
    if case .yarn(var yarn) = base.rope.scaling {
      // 0.1 mscale_all_dim; mscale is taken to be the same, so cosines are not multiplied.
      let multiplier = try settings.number("rope.scaling.yarn_log_multiplier") ?? 0
      let factor = Rope.yarnScale(yarn.factor, multiplier * 10)
      scale = factor * factor
      yarn.attentionFactor = multiplier == 0 ? Rope.yarnScale(yarn.factor) : 1
      base.rope.scaling = .yarn(yarn)
    }
    var architecture = base.llama(vocabulary: vocabulary)
    architecture.isTied = model.tensor("output.weight") == nil
    try architecture.makeLatent(latent, valueSize: value ?? 0, scale: scale, settings.place)
    let isSigmoid = try settings.integer("expert_gating_func") == 2
    var experts = try settings.experts(
      renormalises: settings.flag("expert_weights_norm") ?? false)
    experts.routing = isSigmoid ? .correctedSigmoid : .groupedSoftmax
    experts.weightScale = Float(try settings.number("expert_weights_scale") ?? 1)
    experts.sharedSize = try settings.integer("expert_shared_count").map { $0 * experts.size }
    experts.groups = try settings.integer("expert_group_count") ?? 1
    experts.chosenGroups = try settings.integer("expert_group_used_count") ?? 1
    let first = try settings.integer("leading_dense_block_count") ?? 0
    try architecture.useExperts(experts, settings.place) { $0 >= first }
    return architecture
  }
}

extension ModelConfig {
  /// What YaRN multiplies the scores with: m(factor, mscale_all_dim)^2.
  fileprivate func yarnScale() throws(Problem) -> Double {
    guard let object = try either(object("rope_parameters"), object("rope_scaling")) else {
      return 1
    }
    let rule = nested(object, "rope_scaling")
    guard let all = try rule.number("mscale_all_dim"), all != 0,
      let factor = try rule.number("factor")
    else { return 1 }
    let scale = Rope.yarnScale(factor, all)
    return scale * scale
  }

  fileprivate func deepSeekExperts(_ isV3: Bool) throws(Problem) -> Experts {
    let method = try text("topk_method") ?? (isV3 ? "noaux_tc" : "greedy")
    let routing: Experts.Routing
    switch method {
    case "greedy", "group_limited_greedy": routing = .groupedSoftmax
    case "noaux_tc": routing = .correctedSigmoid
    default:
      throw Problem(
        .malformed, "unsupported_architecture", place: "\(place): topk_method",
        reason: "choosing experts by \(method) is not known")
    }
    let size = try need("moe_intermediate_size")
    let normalises = try flag("norm_topk_prob") ?? true
    var experts = Experts(
      count: try need("n_routed_experts"), chosen: try need("num_experts_per_tok"), size: size,
      routing: routing,
      weightScale: Float(try number("routed_scaling_factor") ?? (isV3 ? 2.5 : 1)),
      renormalises: routing == .correctedSigmoid && normalises)
    let shared = try integer("n_shared_experts") ?? 0
    experts.sharedSize = shared > 0 && shared <= 1024 ? shared * size : nil
    if method != "greedy" {
      experts.groups = try integer("n_group") ?? 1
      experts.chosenGroups = try integer("topk_group") ?? 1
    }
    return experts
  }
}

extension Architecture {
  /// Latent attention in every layer.
  fileprivate mutating func makeLatent(
    _ latent: Attention.Latent, valueSize: Int, scale: Double, _ place: String
  ) throws(Problem) {
    let sizes = [
      latent.queryRank ?? 1, latent.keyValueRank, latent.plainSize, latent.rotatedSize, valueSize,
    ]
    guard sizes.allSatisfy({ (1...BaseSettings.sizeMax).contains($0) }) else {
      throw Problem(
        .malformed, "malformed_config", place: place,
        reason: "latent attention of sizes \(sizes) makes no sense",
        remedy: "use the configuration that belongs to the model")
    }
    let whole = latent.plainSize + latent.rotatedSize
    for layer in blocks.indices {
      var attention = blocks[layer].attention
      attention.keyValueHeads = attention.heads
      attention.headSize = whole
      attention.valueSize = valueSize
      attention.projection = .latent(latent)
      attention.scale = Float(scale / Double(whole).squareRoot())
      attention.rope?.size = latent.rotatedSize
      attention.rope?.isInterleaved = true
      blocks[layer].attention = attention
    }
  }
}
