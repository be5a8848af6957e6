// Families of architectures: who reads which configuration.
//
// A family is a value in Architectures/: which family of tensors it is (`TensorFamily`, which also
// has the names it goes by), and how its configuration becomes an `Architecture`. A new one is
// one file there and one line in `all`.
// A name that no family has is refused with `unsupported_architecture`, never guessed at.

import Base
import Formats

/// Everything needed to bind a model.
struct ModelPlan: Sendable {
  var architecture: Architecture
  var container: TensorContainer
  var quantization = Quantization.none
  /// Whether the reference leaves a tensor out.
  var isIgnored: @Sendable (ByteName) -> Bool = { _ in false }
}

/// A family of models that share a block.
struct Family: Sendable {
  /// What its tensors are called, and what it calls itself.
  let tensors: TensorFamily
  /// Whether files for transformers hold layers past the last that predict further tokens, which
  /// the reference leaves out.
  var skipsFurtherLayers = false
  let fromConfig: @Sendable (ModelConfig, _ vocabulary: Int) throws(Problem) -> Architecture
  let fromGGUF:
    @Sendable (GGUFSettings, OpenModel, _ vocabulary: Int) throws(Problem) -> Architecture

  /// Every family that can be computed.
  static let all: [Family] = [
    .llama, .mistral, .mixtral, .qwen2, .qwen2MoE, .qwen3, .qwen3MoE, .gemma, .gemma2, .gemma3,
    .phi3, .gpt2, .gptNeoX, .olmo2, .deepSeek, .gptOSS,
  ]
}

extension Family {
  /// The plan of an opened model, from its own configuration.
  static func plan(of model: OpenModel) throws(Problem) -> ModelPlan {
    if model.format == .gguf {
      let settings = try GGUFSettings(model)
      let found = all.first { family in
        family.tensors.architectures.contains { same($0, settings.architecture) }
      }
      guard let family = found else { throw unsupported(settings.architecture, model.path) }
      let container = family.tensors.gguf
      return ModelPlan(
        architecture: try family.fromGGUF(
          settings, model, try vocabulary(of: model, container.names)), container: container)
    }
    guard let config = try ModelConfig.read(of: model) else {
      throw Problem(
        .malformed, "missing_config", place: model.path,
        reason: "there is no config.json beside the weights",
        remedy: "put the model's config.json into \(model.directory)")
    }
    let found = all.first { family in
      family.tensors.modelTypes.contains { same($0, config.modelType) }
    }
    guard let family = found else { throw unsupported(config.modelType, config.place) }
    let container = family.tensors.huggingFace
    var plan = ModelPlan(
      architecture: try family.fromConfig(config, try vocabulary(of: model, container.names)),
      container: container)
    if family.skipsFurtherLayers {
      let index = TensorNameIndex(container.names)
      let count = plan.architecture.blocks.count
      plan.isIgnored = { name in index.layer(of: name).map { $0 >= count } ?? false }
    }
    if let size = try config.integer("vocab_size"), size != plan.architecture.vocabularySize {
      throw Problem(
        .malformed, "wrong_shape", place: config.place,
        reason: "vocab_size is \(size), the embedding has "
          + "\(plan.architecture.vocabularySize) rows",
        remedy: "use the config.json that belongs to the model")
    }
    plan.quantization = try Quantization(config)
    return plan
  }

  private static func same(_ a: String, _ b: String) -> Bool { ByteName(a) == ByteName(b) }

  /// The rows of the embedding, which say how large the vocabulary is, padding included.
  private static func vocabulary(
    of model: OpenModel, _ names: TensorNames
  ) throws(Problem) -> Int {
    for name in names.allNames(of: TensorPlace(.embedding)) {
      if let entry = model.tensor(name), entry.shape.count == 2 { return entry.shape[0] }
    }
    throw Problem(
      .malformed, "missing_tensor", place: model.path, reason: "there is no embedding in it",
      remedy: "the file is incomplete, or its configuration is of another model")
  }

  private static func unsupported(_ name: String, _ place: String) -> Problem {
    let names = all.flatMap(\.tensors.modelTypes).sorted().joined(separator: ", ")
    return Problem(
      .malformed, "unsupported_architecture", place: place,
      reason: name.isEmpty
        ? "the configuration does not name an architecture"
        : "the architecture \(name) cannot be scored",
      remedy: "supported are decoder-only models of the families \(names)",
      details: ["architecture": .string(name)])
  }
}
