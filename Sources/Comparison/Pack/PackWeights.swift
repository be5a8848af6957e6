// The counts behind the weight verdicts of a pack, and what follows from them block by block.

import Base
import Evidence

/// The evidence on weights in a pack (weights.json).
public struct PackWeights: Equatable, Sendable {
  /// In the order of the comparisons; nil where nothing positional was tested.
  public var records: [WeightCounts?]

  public init(records: [WeightCounts?]) { self.records = records }

  /// log10 of the e-value from which weights are called related, adjusted for the call.
  public var level: Double { PositionalEvidence.level(comparisons: records.count) }
}

/// How the evidence of one family grows over the blocks of the reference.
public struct CoincidenceCurve: Equatable, Sendable {
  /// What coincides between a reference block and the suspect block that fits it best.
  public struct Match: Equatable, Sendable {
    public enum Count: Equatable, Sendable {
      /// Units at their own index.
      case coincidences(Int)
      /// The longest run in order, where the blocks are of different width.
      case inOrder(Int)
    }

    /// Nil where blocks are no layers.
    public var suspectLayer: Int?
    public var log10E: Double
    public var count: Count
    public var units: Int
    /// log10 of the bound on the count under independence: 1/k!, or C(r,k)/k! for a run.
    public var log10Bound: Double
  }

  /// A block of the reference.
  public struct Block: Equatable, Sendable {
    /// Nil where blocks are no layers.
    public var layer: Int?
    /// log10 of the e-value of all blocks up to this one.
    public var log10Wealth: Double
    /// Nil if it was tested against no block.
    public var match: Match?
  }

  public var features: String
  public var log10E: Double
  public var blocks: [Block]
}

extension WeightCounts {
  /// A curve for each family that was tested.
  public var curves: [CoincidenceCurve] {
    evidence.tested.map { family in
      CoincidenceCurve(
        features: family.name, log10E: family.log10E,
        blocks: family.matches.indices.map { block(family, $0) })
    }
  }

  private func block(_ family: FeatureFamily, _ row: Int) -> CoincidenceCurve.Block {
    let isOfLayers = family.matches.count == referenceLayers.count
    var block = CoincidenceCurve.Block(
      layer: isOfLayers ? referenceLayers[row] : nil, log10Wealth: family.first(row + 1).log10E)
    guard let column = family.bestBlock(of: row), let match = family.matches[row][column] else {
      return block
    }
    let count = match.coincidences
    block.match = CoincidenceCurve.Match(
      suspectLayer: isOfLayers && column < suspectLayers.count ? suspectLayers[column] : nil,
      log10E: match.log10E,
      count: count.map { .coincidences($0) } ?? .inOrder(match.longestRun),
      units: count == nil ? match.mutual : match.tested,
      log10Bound: count.map { Coincidence.log10Tail($0) }
        ?? Subsequence.log10Tail(count: match.mutual, length: match.longestRun))
    return block
  }
}
