// What is kept of a model during a comparison: its places, tokens, and, for a reference, features.

import Base
import Evidence
import Formats

/// A model in a comparison.
struct ModelProfile: Sendable {
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

  var id: String { listed.id }
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
    _ a: ModelProfile, _ b: ModelProfile
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
struct ReferenceProfile: Sendable {
  let profile: ModelProfile
  let blocks: [BlockFeatures]

  /// At most this many blocks enter; more (many experts) are sampled by the model's own key.
  static let blocksMax = 64

  init(_ profile: ModelProfile, request: CompareRequest) throws(Problem) {
    self.profile = profile
    let key = BlindingKey([profile.digest.tagged, "reference blocks"])
    let all = profile.network.blocks
    let chosen =
      all.count > Self.blocksMax
      ? key.permutation(of: all.count).prefix(Self.blocksMax).sorted().map { all[$0] } : all
    let rows = profile.projectionRows
    let reader = profile.reader
    let features = try inParallel(chosen.count, request) { index -> BlockFeatures? in
      let (layer, expert) = chosen[index]
      let name = "layer \(layer) expert \(expert ?? -1)"
      return reader.block(layer: layer, expert: expert, tokenRows: rows)?
        .sampled(key: BlindingKey([profile.digest.tagged, name]))
    }
    blocks = features.compactMap { $0 }
  }
}

extension BlockFeatures {
  /// The reference's side: a keyed sample of a large block.
  fileprivate func sampled(key: BlindingKey) -> BlockFeatures {
    BlockFeatures(
      layer: layer, expert: expert,
      raw: raw.sampled(FeatureReader.sampledUnits, ifMoreThan: FeatureReader.wholeBlock, key: key),
      projections: raw.rowCount > FeatureReader.wholeBlock ? [] : projections,
      projected: projected?.sampled(
        FeatureReader.sampledUnits, ifMoreThan: FeatureReader.wholeBlock, key: key))
  }
}

/// Results in order, computed on some threads; stops when it is cancelled.
func inParallel<Value: Sendable>(
  _ count: Int, _ request: CompareRequest, _ body: @Sendable (Int) -> Value
) throws(Problem) -> [Value] {
  let results = ResultSlots<Value>(count: count)
  Parallel.forEach(count, threads: request.threads) { index in
    guard !request.isCancelled() else { return }
    results.set(index, body(index))
  }
  try request.checkCancelled()
  return results.values
}
