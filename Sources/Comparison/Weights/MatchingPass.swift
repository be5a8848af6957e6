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

struct MatchingPass: Sendable {
  let references: [ReferenceFeatures]
  let run: Run

  /// Pairings with each reference; nil where the reference is the same model.
  func pairings(of suspect: ModelFeatures) throws(Problem) -> [Pairing?] {
    let joins = references.map { reference -> TokenJoin? in
      reference.profile.digest == suspect.digest ? nil : TokenJoin(suspect, reference.profile)
    }
    let keys = references.map { [$0.profile.digest.tagged, suspect.digest.tagged] }
    let blocks = suspect.network.blocks
    let rows = suspect.projectionRows
    let found = try run.map(blocks.count) { index throws(Problem) -> [[UnitMatch]?] in
      let (layer, expert) = blocks[index]
      guard
        let mine = try suspect.reader.block(
          layer: layer, expert: expert, tokenRows: rows, run: run)
      else { return references.map { _ in nil } }
      return try references.indices.map { number throws(Problem) -> [UnitMatch]? in
        guard let join = joins[number] else { return nil }
        return try references[number].blocks.map { theirs throws(Problem) in
          try run.check()
          return join.match(
            theirs.features, mine.features, keys[number],
            "block \(theirs.layer) \(theirs.expert ?? -1)")
        }
      }
    }
    let heads = try run.map(suspect.network.layerCount) {
      layer throws(Problem) -> [AttentionMatches] in
      let features = try suspect.reader.attention(layer: layer, tokenRows: rows, run: run)
      return try references.indices.map { number throws(Problem) -> AttentionMatches in
        try run.check()
        guard let features, let join = joins[number] else { return [:] }
        return join.match(references[number], features, keys[number])
      }
    }
    return references.indices.map { number in
      joins[number].map { join in
        pairing(
          references[number], suspect, join, blocks: blocks.map(\.layer),
          heads: heads.map { $0[number] }
        ) { found[$0][number] }
      }
    }
  }

  private func pairing(
    _ reference: ReferenceFeatures, _ suspect: ModelFeatures, _ join: TokenJoin, blocks: [Int],
    heads: [AttentionMatches], _ found: (Int) -> [UnitMatch]?
  ) -> Pairing {
    let columns = blocks.indices.map(found)
    let clusters = reference.blocks.map { reference.clusters[$0.layer] }
    func family(_ name: String, _ part: (UnitMatch) -> BlockMatch?) -> FeatureFamily {
      FeatureFamily(
        name,
        matches: reference.blocks.indices.map { row in
          columns.map { column in column.flatMap { part($0[row]) } }
        }, clusters: clusters)
    }
    var coordinates: [[BlockMatch?]] = []
    let isOrdered = [suspect, reference.profile].contains {
      $0.network.refusals[.coordinates] != nil
    }
    if !isOrdered, let (mine, theirs, shared) = join.coordinates {
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
        coordinates: FeatureFamily("residual coordinates", matches: coordinates),
        further: reference.families(heads)),
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
    return UnitViews.View(
      width: columns.count, values: out, centresRows: centresRows, centresUnits: centresUnits,
      isUpToSign: isUpToSign)
  }
}
