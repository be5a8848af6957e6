// One pass over a suspect (or a control in its place), against every reference at once.
//
// Blocks of the suspect are read one or two at a time, matched with all blocks of all references,
// and let go. What is left of a pass is counts.

import Base
import Evidence

/// The positional evidence of one model against one reference.
struct Pairing: Sendable {
  var evidence: PositionalEvidence
  /// Blocks by index, to say which layers they are.
  var suspectBlocks: [Int]
  var referenceBlocks: [Int]
}

struct ComparePass: Sendable {
  let references: [ReferenceProfile]
  let request: CompareRequest

  /// Pairings with each reference; nil where the reference is the same model.
  func run(_ suspect: ModelProfile) throws(Problem) -> [Pairing?] {
    let joins = references.map { reference -> Join? in
      reference.profile.digest == suspect.digest ? nil : Join(suspect, reference.profile)
    }
    let keys = references.map { [$0.profile.digest.tagged, suspect.digest.tagged] }
    let blocks = suspect.network.blocks
    let rows = suspect.projectionRows
    let found = try inParallel(blocks.count, request) { index -> [[Match]?] in
      let (layer, expert) = blocks[index]
      guard let features = suspect.reader.block(layer: layer, expert: expert, tokenRows: rows)
      else { return references.map { _ in nil } }
      return references.indices.map { number in
        joins[number].map { join in
          references[number].blocks.map { match($0, features, join, keys[number]) }
        }
      }
    }
    return references.indices.map { number in
      joins[number].map { join in
        pairing(references[number], suspect, join, blocks: blocks.map(\.layer)) {
          found[$0][number]
        }
      }
    }
  }

  private struct Match: Sendable {
    var raw: BlockMatch?
    var projected: BlockMatch?
  }

  /// How the tokens of a suspect and a reference are joined.
  private struct Join: Sendable {
    let coordinates: (EmbeddingFeatures, EmbeddingFeatures, [(mine: Int, theirs: Int)])?
    /// Positions in both projection samples; nil if units cannot be compared on tokens.
    let projection: [(mine: Int, theirs: Int)]?
    let isSameProjection: Bool

    init(_ suspect: ModelProfile, _ reference: ModelProfile) {
      let enough = FeatureReader.sharedTokensMin
      if let (mine, theirs) = ModelProfile.joined(suspect, reference) {
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

  private func match(
    _ reference: BlockFeatures, _ suspect: BlockFeatures, _ join: Join, _ pair: [String]
  ) -> Match {
    let name = "block \(reference.layer) \(reference.expert ?? -1)"
    var out = Match()
    out.raw = UnitMatcher.match(
      reference: reference.raw, suspect: suspect.raw, key: BlindingKey(pair + ["raw", name]))
    guard let pairs = join.projection else { return out }
    let blinding = BlindingKey(pair + ["projected", name])
    if join.isSameProjection {
      if let a = reference.projected, let b = suspect.projected {
        out.projected = UnitMatcher.match(reference: a, suspect: b, key: blinding)
      }
    } else if !reference.projections.isEmpty, !suspect.projections.isEmpty {
      out.projected = UnitMatcher.match(
        reference: UnitViews(reference.projections.map { $0.selecting(pairs.map(\.theirs)) }),
        suspect: UnitViews(suspect.projections.map { $0.selecting(pairs.map(\.mine)) }),
        key: blinding)
    }
    return out
  }

  private func pairing(
    _ reference: ReferenceProfile, _ suspect: ModelProfile, _ join: Join, blocks: [Int],
    _ found: (Int) -> [Match]?
  ) -> Pairing {
    let columns = blocks.indices.map(found)
    func family(_ name: String, _ part: (Match) -> BlockMatch?) -> FeatureFamily {
      FeatureFamily(
        name,
        matches: reference.blocks.indices.map { row in
          columns.map { column in column.flatMap { part($0[row]) } }
        })
    }
    var coordinates: [[BlockMatch?]] = []
    if let (mine, theirs, shared) = join.coordinates {
      let key = BlindingKey([
        reference.profile.digest.tagged, suspect.digest.tagged, "residual coordinates",
      ])
      let units = theirs.coordinates(shared.map(\.theirs))
        .sampled(FeatureReader.sampledUnits, ifMoreThan: FeatureReader.wholeBlock * 2, key: key)
      coordinates = [
        [
          UnitMatcher.match(
            reference: units, suspect: mine.coordinates(shared.map(\.mine)), key: key)
        ]
      ]
    }
    return Pairing(
      evidence: PositionalEvidence(
        units: family("MLP units, raw", \.raw),
        projectedUnits: family("MLP units, projected on the vocabulary", \.projected),
        coordinates: FeatureFamily("residual coordinates", matches: coordinates)),
      suspectBlocks: blocks, referenceBlocks: reference.blocks.map(\.layer))
  }
}

extension UnitViews.View {
  /// Some columns of a view.
  func selecting(_ columns: [Int]) -> UnitViews.View {
    let rows = width > 0 ? values.count / width : 0
    var out: [Float] = []
    out.reserveCapacity(rows * columns.count)
    for row in 0..<rows {
      for column in columns { out.append(values[row * width + column]) }
    }
    return UnitViews.View(width: columns.count, values: out, centresRows: centresRows)
  }
}
