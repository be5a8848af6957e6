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

  private static let nested: Set<String> = ["gemma3n", "gemma3n_text"]
  /// Families whose heads differ by their slope.
  private static let sloped: Set<String> = ["bloom", "mpt"]
  /// Parts of names of families with parameters that start by index along the stream.
  private static let decaying = ["rwkv", "mamba", "jamba"]

  /// What configuration or metadata declare.
  struct Declaration {
    var family: String
    var container: TensorContainer?
    var headCount: Int?
    var keyHeadCount: Int?
    var headCounts: HeadCounts?
    /// Whether the heads have slopes (ALiBi).
    var isSloped = false
    var expertGroups: Int?
  }

  init(_ model: OpenModel) {
    let declared = model.format == .gguf ? Self.metadata(model) : Self.configuration(model)
    guard let declared else { return }
    container = declared.container
    headCount = declared.headCount.flatMap { $0 > 0 ? $0 : nil }
    keyHeadCount = declared.keyHeadCount.flatMap { $0 > 0 ? $0 : nil }
    headCounts = declared.headCounts
    refuse(
      family: declared.family, isSloped: declared.isSloped, expertGroups: declared.expertGroups)
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
