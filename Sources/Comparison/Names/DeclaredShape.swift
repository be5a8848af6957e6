// What configuration or metadata say about a network: its family, heads, and which of its parts
// could have been numbered otherwise.
//
// A test of positions needs units that training treats alike (facts: "Which index sets are
// exchangeable"). What fixes an order is refused by name: rotary embeddings the coordinates of
// queries and keys, ALiBi the heads, group-limited routing the experts, nested widths the hidden
// units, decays by index the residual stream. What is refused is told, not skipped in silence.

import Base
import Formats

/// A set of indices that a test of positions may run on.
enum IndexSet: String, Sendable, CaseIterable {
  case units = "MLP units"
  case coordinates = "residual coordinates"
  case heads = "heads and key groups"
  case values = "value coordinates of a head"
  case queries = "query and key coordinates of a head"
  case experts = "experts"
}

/// Names, heads, and what is not exchangeable.
struct DeclaredShape: Sendable {
  /// How tensors are called and stored; nil if the family is not known.
  private(set) var container: TensorContainer?
  private(set) var headCount: Int?
  private(set) var keyHeadCount: Int?
  /// Heads by layer, where a file says them so.
  private(set) var headCounts: HeadCounts?
  /// Why a set is not tested.
  private(set) var refusals: [IndexSet: String] = [:]

  private static let configBytesMax = 4 << 20
  private static let nested: Set<String> = ["gemma3n", "gemma3n_text"]
  /// Families whose heads differ by their slope.
  private static let sloped: Set<String> = ["bloom", "mpt"]
  /// Parts of names of families with parameters that start by index along the stream.
  private static let decaying = ["rwkv", "mamba", "jamba"]

  init(_ model: OpenModel) {
    if model.format == .gguf {
      let family = model.ggufMetadata["general.architecture"]?.text ?? ""
      func number(_ key: String) -> Int? { model.ggufMetadata[ByteName("\(family).\(key)")]?.int }
      container = TensorFamily.of(architecture: family)?.gguf
      let counts = HeadCounts(metadata: model.ggufMetadata, architecture: family)
      (headCount, keyHeadCount) = counts.uniform
      headCounts = counts
      refuse(family: family, isSloped: false, expertGroups: number("expert_group_count"))
    } else {
      let path = FileSystem.join(model.directory, "config.json")
      guard let bytes = try? FileSystem.read(path, limitBytes: Self.configBytesMax),
        let whole = try? JSON.parse(bytes)
      else { return }
      let config = whole["text_config"] ?? whole
      headCount = (config["num_attention_heads"] ?? config["n_head"])?.int
      keyHeadCount = config["num_key_value_heads"]?.int
      let family = config["model_type"]?.string ?? ""
      container = TensorFamily.of(modelType: family)?.huggingFace
      refuse(
        family: family,
        isSloped: config["alibi"]?.bool == true || config["attn_config"]?["alibi"]?.bool == true,
        expertGroups: config["n_group"]?.int)
    }
    headCount = headCount.flatMap { $0 > 0 ? $0 : nil }
    keyHeadCount = keyHeadCount.flatMap { $0 > 0 ? $0 : nil }
  }

  /// The heads of a projection; nil if they are not known.
  func heads(of role: TensorRole?, layer: Int?) -> Int? {
    let isQuery = role == .query
    if let headCounts, let layer {
      return isQuery ? headCounts.queries(layer: layer) : headCounts.keys(layer: layer)
    }
    return isQuery ? headCount : keyHeadCount ?? headCount
  }

  private mutating func refuse(family: String, isSloped: Bool, expertGroups: Int?) {
    if Self.nested.contains(family) {
      refusals[.units] = "units are ordered by importance (nested widths)"
    }
    if isSloped || Self.sloped.contains(family) {
      refusals[.heads] = "heads differ by their slope (ALiBi)"
    }
    if (expertGroups ?? 1) > 1 { refusals[.experts] = "experts are routed by groups" }
    if Self.decaying.contains(where: { family.contains($0) }) {
      refusals[.coordinates] = "decays start by index along the stream"
    }
  }
}
