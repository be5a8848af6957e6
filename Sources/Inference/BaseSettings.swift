// What every family of the Llama kind reads, from config.json or from GGUF metadata.
//
// Rules of defaults: the configuration classes of Hugging Face transformers 5. An absent key means
// the class default, which differs between families and is therefore a parameter here.
// Promises: sizes are positive, within named limits, and fit together, before anything is
// allocated from them.

import Base
import Formats

/// Sizes and constants of the base block.
struct BaseSettings: Sendable {
  var family: String
  var vocabularySize: Int?
  var hiddenSize: Int
  var layerCount: Int
  var heads: Int
  var keyValueHeads: Int
  var headSize: Int
  var feedForwardSize: Int
  var epsilon: Double
  var isTied: Bool?
  var rope: Rope

  /// More than any model has; keeps products of sizes far from overflow.
  static let sizeMax = 1 << 24
  static let layersMax = 4096

  /// What a configuration class says when a key is absent.
  struct Defaults: Sendable {
    var epsilon = 1e-6
    var theta = 10000.0
    var headSize: Int?
    var isTied = false
    var originalPositions: Int?
    /// The share of each head that is rotated.
    var rotatedShare = 1.0
  }
}

// MARK: From config.json

extension BaseSettings {
  init(_ config: ModelConfig, _ defaults: Defaults = Defaults()) throws(Problem) {
    family = config.modelType
    vocabularySize = try config.integer("vocab_size")
    hiddenSize = try config.need("hidden_size")
    layerCount = try config.need("num_hidden_layers")
    heads = try config.need("num_attention_heads")
    keyValueHeads = try config.integer("num_key_value_heads") ?? heads
    feedForwardSize = try config.need("intermediate_size")
    epsilon = try config.number("rms_norm_eps") ?? defaults.epsilon
    isTied = try config.flag("tie_word_embeddings") ?? defaults.isTied
    let inferred = heads > 0 ? hiddenSize / heads : 0
    headSize =
      try config.integer("head_dim")
      ?? (config.isNull("head_dim") ? inferred : defaults.headSize ?? inferred)
    rope = try Rope(config, headSize: headSize, defaults)
    try check(config.place)
  }

  /// Throws unless the sizes make sense together.
  func check(_ place: String) throws(Problem) {
    let sizes = [
      ("hidden size", hiddenSize), ("heads", heads), ("key-value heads", keyValueHeads),
      ("head size", headSize), ("feed-forward size", feedForwardSize),
      ("vocabulary", vocabularySize ?? 1),
    ]
    for (name, size) in sizes where !(1...Self.sizeMax).contains(size) {
      throw Problem(
        .malformed, "malformed_config", place: place, reason: "\(name) is \(size)",
        remedy: "use the configuration that belongs to the model")
    }
    let fine =
      (1...Self.layersMax).contains(layerCount) && heads % keyValueHeads == 0 && rope.size > 0
      && rope.size <= headSize && rope.size % 2 == 0 && epsilon >= 0
    guard fine else {
      throw Problem(
        .malformed, "malformed_config", place: place,
        reason: "\(layerCount) layers, \(heads) heads over \(keyValueHeads), "
          + "\(rope.size) of \(headSize) values rotated: these do not fit together",
        remedy: "use the configuration that belongs to the model")
    }
  }
}

extension ModelConfig {
  /// A whole number that must be there.
  func need(_ key: String) throws(Problem) -> Int {
    guard let number = try integer(key) else {
      throw Problem(
        .malformed, "malformed_config", place: "\(place): \(key)", reason: "the key is missing",
        remedy: "use the config.json that belongs to the model")
    }
    return number
  }

  /// Throws if the feed-forward activation is not one of `names`.
  func expectActivation(_ key: String, _ names: [String]) throws(Problem) {
    guard let name = try text(key), !names.contains(name) else { return }
    throw Problem(
      .malformed, "unsupported_architecture", place: "\(place): \(key)",
      reason: "a \(modelType) with the activation \(name) cannot be computed")
  }
}

// MARK: From GGUF metadata

extension BaseSettings {
  init(_ settings: GGUFSettings, _ model: OpenModel) throws(Problem) {
    family = settings.architecture
    vocabularySize = nil
    hiddenSize = try settings.needInteger("embedding_length")
    layerCount = try settings.needInteger("block_count")
    guard let heads = try settings.uniformInteger("attention.head_count"), heads > 0 else {
      throw settings.wrong("attention.head_count", "a positive number")
    }
    self.heads = heads
    keyValueHeads = try settings.uniformInteger("attention.head_count_kv") ?? heads
    headSize = try settings.integer("attention.key_length") ?? hiddenSize / heads
    feedForwardSize =
      try either(
        settings.uniformInteger("feed_forward_length"),
        settings.integer("expert_feed_forward_length")) ?? 0
    epsilon =
      try either(
        settings.number("attention.layer_norm_rms_epsilon"),
        settings.number("attention.layer_norm_epsilon")) ?? 1e-5
    isTied = nil
    rope = try Rope(settings, model, headSize: headSize)
    try check(settings.place)
  }
}

// MARK: The Llama graph

extension BaseSettings {
  /// Every layer the base block; families change what differs.
  func llama(
    vocabulary: Int, feedForwardBias: Bias = .absent, attentionBias: Bias = .absent,
    outputBias: Bias = .absent
  ) -> Architecture {
    let attention = Attention(
      heads: heads, keyValueHeads: keyValueHeads, headSize: headSize, valueSize: headSize,
      scale: scoreScale(headSize), rope: rope, queryKeyValueBias: attentionBias,
      outputBias: outputBias)
    let block = Block(
      arrangement: .preNorm, attention: attention,
      feedForward: .gated(
        size: feedForwardSize, activation: .silu, bias: feedForwardBias, isStacked: false))
    return Architecture(
      family: family, vocabularySize: vocabulary, hiddenSize: hiddenSize,
      norm: Norm(kind: .rootMeanSquare, epsilon: Float(epsilon)),
      blocks: Array(repeating: block, count: layerCount), isTied: isTied ?? false)
  }
}

/// The first value, or else the second. (`??` forgets which error its right side throws.)
func either<T>(
  _ first: T?, _ second: @autoclosure () throws(Problem) -> T?
) throws(Problem) -> T? {
  if let first { return first }
  return try second()
}

/// size^-1/2, rounded once.
func scoreScale(_ size: Int) -> Float { Float(1 / Double(size).squareRoot()) }
