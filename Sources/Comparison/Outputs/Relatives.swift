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

  init(
    _ roster: Roster, request: CompareRequest, suspects: [Digest], references: [Digest],
    panel: [Digest], known: [[WeightLineage?]], models: ModelCache, progress: Progress
  ) throws(Problem) {
    var asked = CompareRequest(
      suspects: request.suspects + request.references, references: request.panel,
      only: .weights, threads: request.threads)
    let isKnown = known.joined().contains { $0 != nil }
    if !isKnown { asked.references += request.references }
    asked.skipsSelf = true
    let result = try CompareJob(cache: models).run(asked, progress: progress)
    for report in result.reports {
      for comparison in report.comparisons where comparison.weightLineage.verdict.isPositive {
        pairs.insert(Pair(report.suspect.fingerprint, comparison.reference.fingerprint))
      }
    }
    guard isKnown else { return }
    for (row, suspect) in zip(known, suspects) {
      for (lineage, reference) in zip(row, references) where lineage?.verdict.isPositive == true {
        pairs.insert(Pair(suspect, reference))
      }
    }
  }

  /// Whether two models share weights; a model is no relative of itself.
  func share(_ a: Digest, _ b: Digest) -> Bool { a != b && pairs.contains(Pair(a, b)) }
}
