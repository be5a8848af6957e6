// From a model to its outcomes at the probes' positions: one scoring pass.
//
// Each document is tokenized by the model's own tokenizer, with the token that begins a text in
// front, and scored in `exact` arithmetic. A tokenizer that changes the text (normalisation) has
// no byte offsets to align on: the model is then refused for this test, by name.

import Base
import Evidence
import Formats
import Inference
import Synchronization

/// Scores models on probes.
struct OutcomeScoring: Sendable {
  let probes: ProbeSet
  let threads: Int

  /// The log-probabilities of a model's outcomes at every eligible offset on which a token ends.
  func outcomes(
    of model: OpenModel, id: String, progress: Progress
  ) throws(Problem) -> ByteOutcomes {
    let tokenizer = try Tokenizer.load(model)
    let scorer = try TransformerModel.load(model)
    let map = BucketMap(
      tokens: (0..<scorer.vocabularySize).map { token in
        let token = Int32(token)
        return tokenizer.isSpecial(token) ? nil : tokenizer.tokenBytes(token)
      })
    var plans: [Plan] = []
    var rowCount = 0
    for document in probes.documents.indices {
      let limit = scorer.architecture.learnedPositions ?? Int.max
      var next = try plan(document, tokenizer, limit: limit, id: id)
      next.firstRow = rowCount
      rowCount += next.positions.count
      plans.append(next)
    }
    let slots = Mutex([[Float]?](repeating: nil, count: rowCount))
    let losses = Mutex([Double](repeating: 0, count: plans.count))
    var options = ScoreOptions(threads: threads)
    options.progress = progress
    let fixed = plans
    try scorer.score(fixed.map(\.identifiers), options: options) { sequence, position, row in
      let plan = fixed[sequence]
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

  /// What is scored of one document.
  private struct Plan: Sendable {
    var identifiers: [Int32] = []
    /// Token position → row among those of this document.
    var rows: [Int: Int] = [:]
    var positions: [OutcomePosition] = []
    var firstRow = 0
    var scoredBytes = 0
  }

  private func plan(
    _ document: Int, _ tokenizer: Tokenizer, limit: Int, id: String
  ) throws(Problem) -> Plan {
    let text = probes.documents[document]
    let tokens = tokenizer.encode(text, addSpecial: false, specialAsText: true)
    var plan = Plan()
    if let begin = tokenizer.beginOfText ?? tokenizer.endOfText { plan.identifiers.append(begin) }
    let eligible = Set(probes.offsets[document])
    var written: [UInt8] = []
    var shift = 0
    for token in tokens {
      guard plan.identifiers.count < limit else { break }
      // The position before this token predicts what follows `written`.
      let offset = written.count - shift
      if !plan.identifiers.isEmpty, offset >= 0, eligible.contains(offset) {
        plan.rows[plan.identifiers.count - 1] = plan.positions.count
        plan.positions.append(OutcomePosition(document: document, byte: offset))
      }
      plan.identifiers.append(token)
      written += tokenizer.tokenBytes(token) ?? []
      // A SentencePiece tokenizer puts a space in front of the text.
      if written.first == 0x20, text.first != 0x20, shift == 0 { shift = 1 }
    }
    plan.scoredBytes = max(0, written.count - shift)
    guard text.starts(with: written.dropFirst(shift)) else {
      throw Problem(
        .malformed, "tokenizer_changes_text", place: id,
        reason: "its tokenizer changes document \(document) of the probes, so that tokens have no "
          + "place in the text",
        remedy: "use probes that the tokenizer keeps as they are, such as plain ASCII text")
    }
    return plan
  }
}
