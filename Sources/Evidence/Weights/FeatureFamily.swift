// One kind of features of one kind of units, over all blocks of two models: one e-value.
//
// Two ways to put blocks together. Blocks of many units (MLP units, coordinates of a head) have an
// e-value each: the suspect's blocks are averaged, because it is not known which one answers the
// reference's. Blocks of few units (heads, experts of a layer) are pooled (`PooledCoincidence`).
//
// Labels of different layers are independent, so layers multiply. That fails where a reference
// holds one layer twice, or experts that were copied from one MLP: their labels are the same
// permutation, and a chance match counts again in each copy. So blocks of one cluster (the experts
// of a layer, layers that are copies) are averaged, and clusters multiply.

import Base
import Glibc

/// One family of features: matches of each reference block with each suspect block.
public struct FeatureFamily: Equatable, Sendable {
  public var name: String
  /// `matches[r][s]`; nil where a pair of blocks could not be tested.
  public var matches: [[BlockMatch?]]
  /// Per reference block, the cluster whose labels it shares.
  public var clusters: [Int]
  /// Blocks of few units, the suspect's chosen by likeness.
  public var isPooled: Bool

  /// - Parameter clusters: nil if the labels of all reference blocks are independent.
  public init(
    _ name: String, matches: [[BlockMatch?]], clusters: [Int]? = nil, isPooled: Bool = false
  ) {
    precondition(clusters.map { $0.count == matches.count } ?? true, "a cluster for each block")
    self.name = name
    self.matches = matches
    self.clusters = clusters ?? Array(matches.indices)
    self.isPooled = isPooled
  }

  public var isTested: Bool {
    isPooled ? !pooledRows.isEmpty : matches.contains { $0.contains { $0 != nil } }
  }

  /// log10 of the family's e-value.
  public var log10E: Double {
    if isPooled {
      return Coincidence.log10Pooled(
        Self.clustered(pooledRows.map { ($0.cluster, $0.block) }))
    }
    let rows = matches.indices.map { row in
      (clusters[row], matches[row].compactMap { $0?.log10E })
    }
    return Coincidence.log10Product(
      Self.clustered(rows.filter { !$0.1.isEmpty }.map { ($0.0, Coincidence.log10Mean($0.1) ?? 0) })
    )
  }

  /// Values of each cluster, clusters in order.
  private static func clustered<Value>(_ rows: [(Int, Value)]) -> [[Value]] {
    let groups = Dictionary(grouping: rows, by: \.0)
    return groups.keys.sorted().map { (groups[$0] ?? []).map(\.1) }
  }

  private var pooledRows: [(cluster: Int, block: Coincidence.SmallBlock)] {
    matches.indices.compactMap { row in
      guard let column = likeliest(row), let match = matches[row][column],
        let count = match.coincidences
      else { return nil }
      return (
        clusters[row], Coincidence.SmallBlock(coincidences: count, units: match.tested)
      )
    }
  }

  /// The suspect block whose units are most like those of a reference block, by content alone,
  /// among those of as many units.
  private func likeliest(_ row: Int) -> Int? {
    let values = matches[row].enumerated().compactMap { index, match in
      match.flatMap { $0.coincidences == nil ? nil : (index, $0.meanBest) }
    }
    return values.max(by: { ($0.1, -$0.0) < ($1.1, -$1.0) })?.0
  }

  /// The suspect block that fits a reference block best, if the fit stands out: an e-value of a
  /// hundred by itself.
  public func partner(of reference: Int) -> Int? {
    guard let best = strongest(reference), (matches[reference][best]?.log10E ?? 0) >= 2 else {
      return nil
    }
    return best
  }

  /// The suspect block that an answer shows against a reference block, if any was tested.
  func shownBlock(of reference: Int) -> Int? {
    isPooled ? likeliest(reference) : strongest(reference)
  }

  private func strongest(_ row: Int) -> Int? {
    let values = matches[row].enumerated().compactMap { index, match in
      match.map { (index, $0.log10E) }
    }
    return values.max(by: { ($0.1, -$0.0) < ($1.1, -$1.0) })?.0
  }

  /// T summed over reference blocks (best suspect block each) over the units tested.
  public var agreementShare: Double? {
    var agreed = 0
    var tested = 0
    for row in matches {
      let known = row.compactMap { $0 }.filter { $0.agreements != nil }
      guard let best = known.max(by: { ($0.agreements ?? 0) < ($1.agreements ?? 0) }) else {
        continue
      }
      agreed += best.agreements ?? 0
      tested += best.tested
    }
    return tested > 0 ? Double(agreed) / Double(tested) : nil
  }
}
