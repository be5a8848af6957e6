// Gemma 3 (text): Gemma 2 without soft caps, with head norms, and two kinds of rotation.
//
// Source: `modeling_gemma3.py` of transformers 5. Every sixth layer attends to everything and is
// rotated by `rope_theta` with its scaling; the others slide and use `rope_local_base_freq`
// without scaling. Newer files hold one rotary rule for each kind of layer.

import Base
import Formats

extension Family {
  static let gemma3 = Family(
    tensors: .gemma3,
    fromConfig: { (config, vocabulary) throws(Problem) in
      let (full, local) = try rules(config)
      var architecture = try gemmaBase(full, vocabulary)
      architecture.logitSoftCap = try config.softCap("final_logit_softcapping", absent: nil)
      let cap = try config.softCap("attn_logit_softcapping", absent: nil)
      let queries = try config.number("query_pre_attn_scalar") ?? 256
      let pattern = max(1, try config.integer("sliding_window_pattern") ?? 6)
      let kinds = try config.layerKinds(architecture.blocks.count)
      let window = try config.integer("sliding_window") ?? 4096
      for layer in architecture.blocks.indices {
        let slides = kinds?[layer] ?? ((layer + 1) % pattern != 0)
        architecture.blocks[layer].attention.softCap = cap
        architecture.blocks[layer].attention.scale = Float(1 / queries.squareRoot())
        architecture.blocks[layer].arrangement = .bothNorms
        guard slides else { continue }
        architecture.blocks[layer].attention.window = window
        architecture.blocks[layer].attention.rope = local
      }
      architecture.normHeads(.perHead)
      return architecture
    },
    fromGGUF: { (settings, model, vocabulary) throws(Problem) in
      let base = try BaseSettings(settings, model)
      var architecture = base.llama(vocabulary: vocabulary)
      architecture.makeGemma()
      architecture.isTied = model.tensor("output.weight") == nil
      architecture.logitSoftCap = try settings.number("final_logit_softcapping").map { Float($0) }
      var local = base.rope
      local.scaling = .none
      local.theta = try settings.number("rope.freq_base_swa") ?? 10000
      // The converter keeps no query scale: the head size, or hidden / heads for the 27B model.
      let divisor = base.layerCount == 62 ? base.hiddenSize / base.heads : base.headSize
      let window = try settings.integer("attention.sliding_window") ?? 4096
      for layer in architecture.blocks.indices {
        architecture.blocks[layer].attention.scale = scoreScale(divisor)
        architecture.blocks[layer].arrangement = .bothNorms
        guard (layer + 1) % 6 != 0 else { continue }
        architecture.blocks[layer].attention.window = window
        architecture.blocks[layer].attention.rope = local
      }
      architecture.normHeads(.perHead)
      return architecture
    })

  /// The configuration as full layers see it, and the rotation of sliding layers.
  private static func rules(_ config: ModelConfig) throws(Problem) -> (ModelConfig, Rope) {
    var (full, sliding) = (config.settings, config.settings)
    for key in ["rope_scaling", "rope_parameters"] { sliding[key] = nil }
    if let both = try config.object("rope_parameters"), let rule = both["full_attention"] {
      full["rope_parameters"] = rule
      sliding["rope_parameters"] = both["sliding_attention"]
    } else {
      sliding["rope_theta"] = JSON(try config.number("rope_local_base_freq") ?? 10000)
    }
    if full["rope_theta"] == nil { full["rope_theta"] = 1_000_000 }
    let local = ModelConfig(sliding, place: config.place)
    let settings = try BaseSettings(local, .init(headSize: 256, isTied: true))
    return (ModelConfig(full, place: config.place), settings.rope)
  }
}
