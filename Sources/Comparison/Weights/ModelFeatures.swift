// What is kept of a model during a comparison: its places, tokens, and, for a reference, features.

import Base
import Evidence
import Formats

/// A model in a comparison.
struct ModelFeatures: Sendable {
  /// As it was named in the request.
  let listed: ListedModel
  let opened: OpenedModel
  let reader: FeatureReader
  /// Strings if the model has a tokenizer at hand, else row numbers.
  let naming: TokenSample.Naming
  let embedding: EmbeddingFeatures?

  init(_ listed: ListedModel, _ opened: OpenedModel, network: NetworkView? = nil) {
    self.listed = listed
    self.opened = opened
    reader = FeatureReader(network ?? NetworkView(opened.model))
    naming = reader.tokens.named == nil ? .numbers : .strings
    embedding = reader.embedding(naming)
  }

  /// Its name in answers: in a cache or a store the last part of a path says nothing.
  var id: String {
    let place = opened.model.place
    return listed.name == nil && place.isStore ? place.id : listed.id
  }
  var network: NetworkView { reader.network }
  var digest: Digest { opened.digest }

  /// Embedding rows on which this model's units are projected: the first of its sample.
  var projectionRows: [Float]? {
    guard let embedding, embedding.sample.rows.count >= FeatureReader.sharedTokensMin else {
      return nil
    }
    let count = min(FeatureReader.projectionTokens, embedding.sample.rows.count)
    return Array(embedding.rows[0..<count * embedding.width])
  }

  /// Embeddings of both models under one naming of tokens, if there is one.
  static func joined(
    _ a: ModelFeatures, _ b: ModelFeatures
  ) -> (EmbeddingFeatures, EmbeddingFeatures)? {
    if a.naming == b.naming {
      guard let x = a.embedding, let y = b.embedding else { return nil }
      return a.naming == .strings || a.reader.tokens.rowCount == b.reader.tokens.rowCount
        ? (x, y) : nil
    }
    // Row numbers name tokens only if both embeddings are equally long.
    guard a.reader.tokens.rowCount == b.reader.tokens.rowCount,
      let x = a.reader.embedding(.numbers), let y = b.reader.embedding(.numbers)
    else { return nil }
    return (x, y)
  }
}

/// A reference with its features, read once.
struct ReferenceFeatures: Sendable {
  let profile: ModelFeatures
  let blocks: [BlockFeatures]
  /// By layer; nil where a layer's heads and experts cannot be told.
  let attention: [AttentionFeatures?]
  /// Layers that hold the same units in the same order share a cluster.
  let clusters: [Int]

  /// At most this many blocks enter; more (many experts) are sampled by the model's own key.
  static let blocksMax = 64

  init(_ profile: ModelFeatures, run: Run) throws(Problem) {
    self.profile = profile
    let all = profile.network.blocks
    let order = BlindingKey([profile.digest.tagged, "reference blocks"])
    let chosen =
      all.count > Self.blocksMax
      ? order.permutation(of: all.count).prefix(Self.blocksMax).sorted().map { all[$0] } : all
    let rows = profile.projectionRows
    let reader = profile.reader
    // One key for all blocks: copies of one block keep the same units.
    let sample = BlindingKey([profile.digest.tagged, "reference units"])
    let features = try run.map(chosen.count) { index throws(Problem) -> BlockFeatures? in
      let (layer, expert) = chosen[index]
      return try reader.block(layer: layer, expert: expert, tokenRows: rows, run: run).map {
        BlockFeatures(layer: layer, expert: expert, features: $0.features.sampled(key: sample))
      }
    }
    blocks = features.compactMap { $0 }
    let kept = AttentionFeatures.Kept(profile.network, key: sample)
    attention = try run.map(profile.network.layerCount) { layer throws(Problem) in
      try reader.attention(
        layer: layer, tokenRows: rows, run: run, inner: { kept.holds(layer, $0) })
    }
    clusters =
      LayerClusters(
        count: profile.network.layerCount, blocks: blocks, attention: attention
      ).clusters
  }
}

/// Which layers of one model are copies of each other: their labels are the same permutation.
private struct LayerClusters {
  private(set) var clusters: [Int]

  init(count: Int, blocks: [BlockFeatures], attention: [AttentionFeatures?]) {
    clusters = Array(0..<count)
    for (index, a) in blocks.enumerated() {
      for b in blocks[..<index] where clusters[a.layer] != clusters[b.layer] {
        if a.features.raw.isCopy(of: b.features.raw) { join(a.layer, b.layer) }
      }
    }
    for (layer, a) in attention.enumerated() {
      for (other, b) in attention[..<layer].enumerated() where clusters[layer] != clusters[other] {
        if let a, let b, a.isCopy(of: b) { join(layer, other) }
      }
    }
  }

  private mutating func join(_ a: Int, _ b: Int) {
    let (low, high) = (min(clusters[a], clusters[b]), max(clusters[a], clusters[b]))
    for layer in clusters.indices where clusters[layer] == high { clusters[layer] = low }
  }
}
