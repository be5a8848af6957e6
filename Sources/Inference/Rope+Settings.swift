// Rotary settings as files spell them: two dialects of config.json, and GGUF metadata.
//
// config.json: `rope_theta` and `rope_scaling {type | rope_type, …}` of hub files, or
// `rope_parameters {rope_type, rope_theta, …}` as transformers 5 saves it. GGUF:
// `rope.freq_base`, `rope.scaling.*`, and tensors of divisors. An unknown rule is an error.

import Base
import Formats

extension Rope {
  init(
    _ config: ModelConfig, headSize: Int, _ defaults: BaseSettings.Defaults
  ) throws(Problem) {
    let object = try either(config.object("rope_parameters"), config.object("rope_scaling"))
    let rule = config.nested(
      object ?? [:], config.has("rope_parameters") ? "rope_parameters" : "rope_scaling")
    theta =
      try either(rule.number("rope_theta"), config.number("rope_theta")) ?? defaults.theta
    let share =
      try either(
        rule.number("partial_rotary_factor"), config.number("partial_rotary_factor"))
      ?? defaults.rotatedShare
    guard (0...1).contains(share), (0...BaseSettings.sizeMax).contains(headSize) else {
      throw Problem(
        .malformed, "malformed_config", place: config.place,
        reason: "a share of \(share) of \(headSize) values cannot be rotated")
    }
    size = Int(Double(headSize) * share)
    maxPositions = try config.integer("max_position_embeddings") ?? 2048
    let original =
      try either(
        rule.number("original_max_position_embeddings"),
        config.number("original_max_position_embeddings"))
      ?? defaults.originalPositions.map(Double.init) ?? Double(maxPositions)
    try check(config.place, original)
    switch try either(rule.text("rope_type"), rule.text("type")) ?? "default" {
    case "default": scaling = .none
    case "linear": scaling = .linear(factor: try rule.factor("factor"))
    case "dynamic": scaling = .dynamic(factor: try rule.factor("factor"))
    case "llama3":
      scaling = .llama3(
        factor: try rule.factor("factor"), low: try rule.factor("low_freq_factor"),
        high: try rule.factor("high_freq_factor"), original: original)
    case "yarn": scaling = .yarn(try Yarn(rule, original: original))
    case "longrope", "su":
      let ratio =
        try rule.number("factor") ?? Double(maxPositions) / original
      let attention = try rule.number("attention_factor") ?? Self.longropeFactor(ratio, original)
      scaling = .longrope(
        short: try rule.divisors("short_factor", count: size / 2),
        long: try rule.divisors("long_factor", count: size / 2), original: Int(original),
        attentionFactor: attention)
    case let other:
      throw Problem(
        .malformed, "unsupported_architecture", place: rule.place,
        reason: "the rotary scaling \(other) is not known",
        remedy: "use a newer version of this program")
    }
  }

  private func check(_ place: String, _ original: Double) throws(Problem) {
    guard theta > 1, maxPositions > 0, (1...0x1p40).contains(original) else {
      throw Problem(
        .malformed, "malformed_config", place: place,
        reason: "rotary base \(theta) over \(maxPositions) positions makes no sense")
    }
  }

  /// sqrt(1 + ln(ratio) / ln(original)), 1 for ratio <= 1.
  static func longropeFactor(_ ratio: Double, _ original: Double) -> Double {
    ratio <= 1 ? 1 : (1 + naturalLog(ratio) / naturalLog(original)).squareRoot()
  }
}

extension Rope.Yarn {
  fileprivate init(_ rule: ModelConfig, original: Double) throws(Problem) {
    let factor = try rule.factor("factor")
    let scale = try rule.number("mscale") ?? 0
    let scaleAll = try rule.number("mscale_all_dim") ?? 0
    let implied =
      scale != 0 && scaleAll != 0
      ? Rope.yarnScale(factor, scale) / Rope.yarnScale(factor, scaleAll) : Rope.yarnScale(factor)
    self.init(
      factor: factor, original: original, betaFast: try rule.number("beta_fast") ?? 32,
      betaSlow: try rule.number("beta_slow") ?? 1, truncates: try rule.flag("truncate") ?? true,
      attentionFactor: try rule.number("attention_factor") ?? implied)
  }
}

extension ModelConfig {
  /// A positive number that must be there.
  fileprivate func factor(_ key: String) throws(Problem) -> Double {
    guard let number = try number(key), number > 0 else {
      throw Problem(
        .malformed, "malformed_config", place: "\(place): \(key)",
        reason: "expected a positive number",
        remedy: "use the config.json that belongs to the model")
    }
    return number
  }

  fileprivate func divisors(_ key: String, count: Int) throws(Problem) -> [Double] {
    let values = try array(key)?.compactMap(\.double).filter { $0 > 0 } ?? []
    guard values.count == count else {
      throw Problem(
        .malformed, "malformed_config", place: "\(place): \(key)",
        reason: "expected \(count) positive numbers, found \(values.count)",
        remedy: "use the config.json that belongs to the model")
    }
    return values
  }
}

// MARK: GGUF

extension Rope {
  init(_ settings: GGUFSettings, _ model: OpenModel, headSize: Int) throws(Problem) {
    theta = try settings.number("rope.freq_base") ?? 10000
    size = try settings.integer("rope.dimension_count") ?? headSize
    maxPositions = try settings.integer("context_length") ?? 2048
    let original =
      try settings.number("rope.scaling.original_context_length") ?? Double(maxPositions)
    try check(settings.place, original)
    if let divisors = try Self.divisors(model, "rope_freqs.weight", size / 2) {
      scaling = .divisors(divisors)
      return
    }
    if let short = try Self.divisors(model, "rope_factors_short.weight", size / 2),
      let long = try Self.divisors(model, "rope_factors_long.weight", size / 2)
    {
      let factor =
        try settings.number("rope.scaling.attn_factor")
        ?? Self.longropeFactor(Double(maxPositions) / original, original)
      scaling = .longrope(
        short: short, long: long, original: Int(original), attentionFactor: factor)
      return
    }
    switch try settings.text("rope.scaling.type") ?? "none" {
    case "none": scaling = .none
    case "linear":
      scaling = .linear(factor: try settings.number("rope.scaling.factor") ?? 1)
    case "yarn":
      let factor = try settings.number("rope.scaling.factor") ?? 1
      // The file's factor multiplies the one that YaRN implies.
      let extra = try settings.number("rope.scaling.attn_factor") ?? 1
      scaling = .yarn(
        Yarn(
          factor: factor, original: original,
          betaFast: try settings.number("rope.scaling.yarn_beta_fast") ?? 32,
          betaSlow: try settings.number("rope.scaling.yarn_beta_slow") ?? 1,
          attentionFactor: Self.yarnScale(factor) * extra))
    case let other:
      throw settings.wrong("rope.scaling.type", "a known scaling, found \(other)")
    }
  }

  private static func divisors(
    _ model: OpenModel, _ name: ByteName, _ count: Int
  ) throws(Problem) -> [Double]? {
    guard let entry = model.tensor(name) else { return nil }
    let values = try StoredTensor(model, entry).values()
    guard values.count == count, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw Problem(
        .malformed, "malformed_config", place: "\(model.path): tensor \(name)",
        reason: "expected \(count) positive divisors, found \(values.count)",
        remedy: "convert the model again with a current converter")
    }
    return values.map(Double.init)
  }
}
