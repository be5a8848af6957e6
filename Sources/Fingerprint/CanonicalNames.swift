// What the tensors of a GGUF file are called in Hugging Face form, and how their rows were moved.
//
// A rule of assay-id v1: which architectures and which parts are translated is frozen here, since
// more of either would give models that exist another identity. The names themselves, and which
// architecture's rows are moved, are `TensorFamily`'s. Everything else is left as it is and named
// as unmapped: a guess here would call two different models equal.

import Base
import Formats

/// How a model's names stand to the canonical ones.
struct CanonicalNames: Sendable {
  /// What the canonical digest does with one tensor.
  enum Place: Equatable, Sendable {
    /// Enters under this name; `headCount` is set if the rows of so many heads are interleaved.
    case named(ByteName, headCount: Int?)
    /// A buffer that follows from the configuration.
    case dropped
    /// Enters under `gguf:` and its own name.
    case unmapped
  }

  static let embedding: ByteName = "model.embed_tokens.weight"
  static let head: ByteName = "lm_head.weight"

  /// The architectures that version 1 translates.
  static let architectures: Set<ByteName> = ["llama", "qwen2", "qwen3"]
  /// The parts that version 1 translates.
  static let roles: Set<TensorRole> = [
    .embedding, .finalNorm, .head, .attentionNorm, .query, .key, .value, .attentionOutput,
    .queryNorm, .keyNorm, .feedForwardNorm, .gate, .up, .down,
  ]
  /// Canonical names are those of Llama, whatever the architecture.
  private static let canonical = TensorFamily.llama.huggingFace.names

  private let isGGUF: Bool
  private let index: TensorNameIndex?
  /// Set if the rows of queries and keys are to be put back.
  private let heads: HeadCounts?

  init(_ model: OpenModel?) {
    isGGUF = model?.format == .gguf
    let metadata = model?.ggufMetadata ?? [:]
    let name = metadata["general.architecture"]?.text ?? ""
    guard Self.architectures.contains(ByteName(name)),
      let container = TensorFamily.of(architecture: name)?.gguf
    else {
      index = nil
      heads = nil
      return
    }
    index = TensorNameIndex(container.names)
    heads =
      container.order.permutesHeads
      ? HeadCounts(metadata: metadata, architecture: name) : nil
  }

  subscript(name: ByteName) -> Place {
    guard isGGUF else {
      return name == "rope_freqs.weight" || name.hasSuffix(".rotary_emb.inv_freq")
        ? .dropped : .named(name, headCount: nil)
    }
    if name == "rope_freqs.weight" { return .dropped }
    guard let place = index?.place(of: name), Self.roles.contains(place.role),
      place.role.isInLayer || place.parameter == .weight,
      let canonical = Self.canonical.name(of: place)
    else { return .unmapped }
    guard let heads, place.role == .query || place.role == .key, let layer = place.layer else {
      return .named(canonical, headCount: nil)
    }
    let count = place.role == .query ? heads.queries(layer: layer) : heads.keys(layer: layer)
    return count.map { .named(canonical, headCount: $0) } ?? .unmapped
  }

  /// Without an output head that only repeats the embedding.
  static func withoutTiedHead(_ tensors: [CanonicalTensor]) -> [CanonicalTensor] {
    let tied = tensors.first { $0.name == embedding }?.valueDigest
    return tensors.filter { $0.name != head || $0.valueDigest != tied }
  }
}
