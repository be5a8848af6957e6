// A family of networks whose tensors are called and stored alike, in Hugging Face's files and in
// GGUF's.
//
// One table for everybody who has to know what a tensor is: identities translate names through
// it, inference finds weights by it, comparisons place tensors by it. A family is one value in a
// file beside this one; `all` is the whole table, and a name that is not in it has no family.
// The GGUF side is what llama.cpp's `conversion/*.py` writes; the other side what the library's
// own `save_pretrained` writes.

import Base

/// How a family's tensors are called and stored in one container.
public struct TensorContainer: Sendable {
  public var names: TensorNames
  public var order: TensorOrder
  /// Ends of names of tensors that hold no weights: masks, tables that follow from the
  /// configuration, an output head that repeats the embedding.
  public var ignored: [String]

  public init(
    _ names: TensorNames, _ order: TensorOrder = TensorOrder(), ignored: [String] = []
  ) {
    self.names = names
    self.order = order
    self.ignored = ignored
  }

  /// Whether a tensor holds no weights.
  public func ignores(_ name: ByteName) -> Bool { ignored.contains { name.hasSuffix($0) } }
}

/// The names and orders of one family.
public struct TensorFamily: Sendable {
  /// For people and tests.
  public let name: String
  /// `model_type` in config.json.
  public let modelTypes: [String]
  /// `general.architecture` in GGUF; empty if the converter writes another family's name.
  public let architectures: [String]
  /// In files for transformers.
  public let huggingFace: TensorContainer
  /// In GGUF files.
  public let gguf: TensorContainer

  public init(
    _ name: String, modelTypes: [String], architectures: [String],
    huggingFace: TensorContainer, gguf: TensorContainer
  ) {
    self.name = name
    self.modelTypes = modelTypes
    self.architectures = architectures
    self.huggingFace = huggingFace
    self.gguf = gguf
  }

  /// Every family, the most usual conventions first.
  public static let all: [TensorFamily] = [
    .llama, .mistral, .mixtral, .qwen2, .qwen2MoE, .qwen3, .qwen3MoE, .gemma, .gemma2, .gemma3,
    .phi3, .gpt2, .gptNeoX, .olmo2, .deepSeek, .gptOSS, .deci, .miniCPM, .granite, .graniteMoE,
    .graniteHybrid, .xverse, .baichuan, .internLM2, .arctic, .olmo, .smolLM3, .arcee, .mistral3,
    .llada, .nemotron, .falcon, .falconLarge, .bloom, .mpt, .dbrx, .phi, .starCoder2, .gptJ, .opt,
    .qwen,
    .metaLlama,
  ]

  /// The family of a `model_type`; nil if it is not known.
  public static func of(modelType: String) -> TensorFamily? {
    all.first { $0.modelTypes.contains { ByteName($0) == ByteName(modelType) } }
  }

  /// The family of a GGUF architecture; nil if it is not known.
  public static func of(architecture: String) -> TensorFamily? {
    all.first { $0.architectures.contains { ByteName($0) == ByteName(architecture) } }
  }

  /// The family of a GGUF architecture that two families write: the names of the file tell which.
  public static func of(
    architecture: String, names: some Sequence<ByteName>
  ) -> TensorFamily? {
    guard let family = of(architecture: architecture) else { return nil }
    let telling: (family: TensorFamily, suffix: String)? =
      switch family.name {
      case llama.name: (mixtral, "ffn_gate_exps.weight")
      case falcon.name: (falconLarge, "attn_norm_2.weight")
      default: nil
      }
    guard let telling, names.contains(where: { $0.hasSuffix(telling.suffix) }) else {
      return family
    }
    return telling.family
  }
}
