// Which models of an output comparison share weights.
//
// What the weight line of the same call found is used; where it did not look (the panel, or a
// call for outputs alone), it is asked here. An undecided weight test does not make two models
// relatives: a relative among the controls would make the test weaker, never an accusation.

import Base
import Evidence
import Fingerprint

struct Relatives: Sendable {
  private var pairs: Set<Pair> = []

  private struct Pair: Hashable {
    let low: Digest
    let high: Digest
    init(_ a: Digest, _ b: Digest) { (low, high) = a < b ? (a, b) : (b, a) }
  }

  /// - Parameter known: what the weight line found, by suspect and reference.
  init(
    _ opened: OpenedModels, known: [[WeightLineage?]], run: Run
  ) throws(Problem) {
    let isKnown = known.joined().contains { $0 != nil }
    let asked = OpenedModels(
      suspects: opened.suspects + opened.references,
      references: opened.panel + (isKnown ? [] : opened.references), panel: [])
    let line = WeightComparison(opened: asked, skipsSelf: true, keepsRecord: false, run: run)
    let found = try line.answers().lineages
    add(found, asked)
    if isKnown { add(known, opened) }
  }

  private mutating func add(_ found: [[WeightLineage?]], _ opened: OpenedModels) {
    for (row, suspect) in zip(found, opened.suspects) {
      for (lineage, reference) in zip(row, opened.references)
      where lineage?.verdict.isPositive == true {
        pairs.insert(Pair(suspect.digest, reference.digest))
      }
    }
  }

  /// Whether two models share weights; a model is no relative of itself.
  func share(_ a: Digest, _ b: Digest) -> Bool { a != b && pairs.contains(Pair(a, b)) }
}
