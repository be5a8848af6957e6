// From a model to its outcomes at the probes' positions: one scoring pass.
//
// The tokens of each document and the places that count are those of `DocumentPlan`; the arithmetic
// is `exact`.

import Base
import Evidence
import Formats
import Inference
import Synchronization

/// Scores models on probes.
struct OutcomeScoring: Sendable {
  let probes: ProbeSet

  /// The log-probabilities of a model's outcomes at every eligible offset on which a token ends.
  func outcomes(
    of model: OpenModel, id: String, run: Run
  ) throws(Problem) -> ByteOutcomes {
    let tokenizer = try Tokenizer.load(model, run: run)
    let scorer = try TransformerModel.load(model)
    let map = BucketMap(tokens: tokenizer.spellings(scorer.vocabularySize))
    let plans = try DocumentPlan.plans(
      probes, tokenizer, limit: scorer.architecture.learnedPositions ?? Int.max, id: id)
    let rowCount = plans.reduce(0) { $0 + $1.positions.count }
    let slots = Mutex([[Float]?](repeating: nil, count: rowCount))
    let losses = Mutex([Double](repeating: 0, count: plans.count))
    try scorer.score(plans.map(\.identifiers), options: ScoreOptions(run: run)) {
      sequence, position, row in
      let plan = plans[sequence]
      if position + 1 < plan.identifiers.count {
        let loss = Double(row[Int(plan.identifiers[position + 1])])
        losses.withLock { $0[sequence] -= loss }
      }
      guard let place = plan.rows[position] else { return }
      let outcomes = map.outcomes(row)
      slots.withLock { $0[plan.firstRow + place] = outcomes }
    }
    return ByteOutcomes(
      id: id, tokenizer: tokenizer.digest, buckets: map.buckets,
      positions: plans.flatMap(\.positions),
      logProbabilities: slots.withLock { $0.flatMap { $0 ?? [] } },
      natsPerByte: losses.withLock { $0.reduce(0, +) }
        / Double(max(1, plans.reduce(0) { $0 + $1.scoredBytes })))
  }
}
