// How the tokens of two models are joined, and matches of their units under it.
//
// Units that were projected on the same tokens are matched as they are; where two vocabularies
// share some tokens only, MLP units are projected on those. Keys of the blinding come from both
// digests and the name of the block.

import Base
import Evidence

/// Matches of one pair of blocks.
struct UnitMatch: Sendable {
  var raw: BlockMatch?
  var projected: BlockMatch?
}

/// Matches of one suspect layer's heads and experts: a row for each block of the reference in
/// order of layers, a column for each block of the layer.
typealias AttentionMatches = [AttentionSet: [[UnitMatch]]]

/// How the tokens of a suspect and a reference are joined.
struct TokenJoin: Sendable {
  let coordinates: (EmbeddingFeatures, EmbeddingFeatures, [(mine: Int, theirs: Int)])?
  /// Positions in both projection samples; nil if units cannot be compared on tokens.
  let projection: [(mine: Int, theirs: Int)]?
  let isSameProjection: Bool

  init(_ suspect: ModelFeatures, _ reference: ModelFeatures) {
    let enough = FeatureReader.sharedTokensMin
    if let (mine, theirs) = ModelFeatures.joined(suspect, reference) {
      let shared = mine.sample.shared(with: theirs.sample)
      coordinates = shared.count >= enough ? (mine, theirs, shared) : nil
    } else {
      coordinates = nil
    }
    let limit = FeatureReader.projectionTokens
    let early =
      suspect.naming == reference.naming
      ? coordinates?.2.filter { $0.mine < limit && $0.theirs < limit } : nil
    projection = early.flatMap { $0.count >= enough ? $0 : nil }
    isSameProjection =
      projection.map { pairs in
        pairs.count == min(limit, suspect.embedding?.sample.rows.count ?? 0)
          && pairs.count == min(limit, reference.embedding?.sample.rows.count ?? 0)
      } ?? false
  }
}

extension TokenJoin {
  func match(
    _ reference: UnitFeatures, _ suspect: UnitFeatures, _ pair: [String], _ name: String,
    minimum: Int = UnitMatcher.unitsMin
  ) -> UnitMatch {
    var out = UnitMatch()
    out.raw = UnitMatcher.match(
      reference: reference.raw, suspect: suspect.raw, key: BlindingKey(pair + ["raw", name]),
      minimum: minimum)
    guard let pairs = projection else { return out }
    let blinding = BlindingKey(pair + ["projected", name])
    if isSameProjection {
      if let a = reference.projected, let b = suspect.projected {
        out.projected = UnitMatcher.match(
          reference: a, suspect: b, key: blinding, minimum: minimum)
      }
    } else if !reference.projections.isEmpty, !suspect.projections.isEmpty {
      out.projected = UnitMatcher.match(
        reference: UnitViews(reference.projections.map { $0.selecting(pairs.map(\.theirs)) }),
        suspect: UnitViews(suspect.projections.map { $0.selecting(pairs.map(\.mine)) }),
        key: blinding, minimum: minimum)
    }
    return out
  }

  /// All blocks of a reference's attention and routing against those of one layer.
  func match(
    _ reference: ReferenceFeatures, _ suspect: AttentionFeatures, _ pair: [String]
  ) -> AttentionMatches {
    var out: AttentionMatches = [:]
    for (set, columns) in suspect.blocks {
      let rows = reference.blocks(of: set)
      guard !rows.isEmpty, !columns.isEmpty else { continue }
      let minimum = set.isPooled ? UnitMatcher.pooledMin : UnitMatcher.unitsMin
      out[set] = rows.enumerated().map { index, row in
        columns.map {
          match(row.features, $0, pair, "\(set.rawValue) \(index)", minimum: minimum)
        }
      }
    }
    return out
  }
}

extension ReferenceFeatures {
  /// Blocks of one set in order of layers, with the cluster whose labels they share.
  func blocks(of set: AttentionSet) -> [(cluster: Int, features: UnitFeatures)] {
    attention.flatMap { layer in
      (layer?.blocks[set] ?? []).map { (clusters[layer?.layer ?? 0], $0) }
    }
  }

  /// Families of attention and routing, from the matches of every suspect layer.
  func families(_ layers: [AttentionMatches]) -> [FeatureFamily] {
    AttentionSet.allCases.flatMap { set -> [FeatureFamily] in
      let known = layers.compactMap { $0[set] }
      let clusters = blocks(of: set).map(\.cluster)
      guard !known.isEmpty, !clusters.isEmpty else { return [] }
      func family(_ name: String, _ part: (UnitMatch) -> BlockMatch?) -> FeatureFamily {
        FeatureFamily(
          "\(set.rawValue), \(name)",
          matches: clusters.indices.map { row in known.flatMap { $0[row].map(part) } },
          clusters: clusters, isPooled: set.isPooled)
      }
      return [family("raw", \.raw), family("projected on the vocabulary", \.projected)]
    }
  }
}
