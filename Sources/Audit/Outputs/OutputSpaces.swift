// Rung 4 beside rung 5: do a suspect's log-probabilities lie in the output space of a reference?
//
// Asked where suspect and reference share a tokenizer and the reference's logits have no cap. The
// suspect is scored on the first documents of the probes, 64 positions over the whole vocabulary;
// the reference is not scored, only its output matrix is read. Controls are scored alike, and only
// where the residual is small enough to be striking. A verdict needs a residual of rounding and
// every control far from it: strangers lie at 0.2 and more (facts/detection.md 0.1), so nothing
// between is ever said.
//
// Memory: 64 rows of the vocabulary for one model at a time, and one basis of 4(d + 2) tokens by d
// for each reference.

import Base
import Crypto
import Evidence
import Formats
import Inference
import Synchronization

/// A model's log-probabilities at a few positions, over its whole vocabulary.
struct VocabularyRows: Sendable {
  let tokenizer: Digest
  let vocabularySize: Int
  /// positions × vocabulary.
  let values: [Float]
  /// Relative rounding error of the output matrix behind them, if that is known.
  let floor: Double?

  static let positionsMax = 64
  static let documents = 2

  var positionCount: Int { values.count / max(1, vocabularySize) }

  /// Columns of some tokens.
  func columns(_ tokens: [Int]) -> [Float] {
    (0..<positionCount).flatMap { row in tokens.map { values[row * vocabularySize + $0] } }
  }

  /// Scores a model; nil if it cannot be, or if a cap bends its logits.
  init?(_ model: OpenModel, probes: ProbeSet, threads: Int) throws(Problem) {
    guard let scorer = try? TransformerModel.load(model),
      let tokenizer = try? Tokenizer.load(model), scorer.architecture.logitSoftCap == nil,
      let plans = try? DocumentPlan.plans(
        ProbeSet(documents: Array(probes.documents.prefix(Self.documents))), tokenizer,
        limit: scorer.architecture.learnedPositions ?? .max, id: model.path)
    else { return nil }
    let sequences = plans.map { Array($0.identifiers.prefix(Self.positionsMax / Self.documents)) }
    let rows = Mutex<[Int: [Float]]>([:])
    try scorer.score(sequences, options: ScoreOptions(threads: threads)) {
      sequence, position, row in
      let values = (0..<row.count).map { row[$0] }
      rows.withLock { $0[sequence * Self.positionsMax + position] = values }
    }
    self.tokenizer = tokenizer.digest
    vocabularySize = scorer.vocabularySize
    values = rows.withLock { rows in rows.keys.sorted().flatMap { rows[$0] ?? [] } }
    floor = scorer.outputFloor
  }

  init(tokenizer: Digest, vocabularySize: Int, values: [Float]) {
    self.tokenizer = tokenizer
    self.vocabularySize = vocabularySize
    self.values = values
    floor = nil
  }
}

/// The output spaces of the references of one call.
struct OutputSpaces {
  let probes: ProbeSet
  let threads: Int
  private var spaces: [Digest: Space?] = [:]

  private struct Space {
    let tokenizer: Digest
    let vocabularySize: Int
    let tokens: [Int]
    let floor: Double
    let space: OutputSpace
  }

  /// Tokens for each direction of the space that are looked at.
  private static let tokensPerDirection = 4
  /// Log-probabilities are 32-bit floats: no residual is below their rounding.
  private static let floorMin = 1e-6

  init(probes: ProbeSet, threads: Int) {
    self.probes = probes
    self.threads = threads
  }

  /// What the rows leave outside the reference's space; nil where that cannot be asked. `controls`
  /// are opened one after another if the residual is striking.
  mutating func finding(
    _ rows: VocabularyRows, reference: OpenedModel, controls: [OpenedModel]
  ) throws(Problem) -> OutputSpaceFinding? {
    guard let known = space(of: reference), known.tokenizer == rows.tokenizer,
      known.vocabularySize == rows.vocabularySize,
      let residual = known.space.residual(of: rows.columns(known.tokens))
    else { return nil }
    var others: [Double] = []
    if residual <= OutputSpaceFinding.strikingMax {
      for control in controls {
        try Interrupt.check()
        guard let own = try VocabularyRows(control.model, probes: probes, threads: threads),
          own.tokenizer == known.tokenizer, own.vocabularySize == known.vocabularySize,
          let value = known.space.residual(of: own.columns(known.tokens))
        else { continue }
        others.append(value)
      }
    }
    return OutputSpaceFinding(
      residual: residual, floor: max(Self.floorMin, known.floor, rows.floor ?? 0),
      controls: others, positions: rows.positionCount, space: known.space)
  }

  private mutating func space(of reference: OpenedModel) -> Space? {
    if let known = spaces[reference.digest] { return known }
    let made = made(reference)
    spaces[reference.digest] = .some(made)
    return made
  }

  private func made(_ reference: OpenedModel) -> Space? {
    guard let model = try? TransformerModel.load(reference.model),
      let tokenizer = try? Tokenizer.load(reference.model),
      model.architecture.logitSoftCap == nil
    else { return nil }
    let width = model.architecture.hiddenSize
    var random = CounterRandom(seed: probes.seed, stream: 4)
    let tokens = random.permutation(model.vocabularySize)
      .prefix(Self.tokensPerDirection * (width + 2)).sorted()
    guard let space = OutputSpace(head: model.outputRows(tokens), width: width) else { return nil }
    return Space(
      tokenizer: tokenizer.digest, vocabularySize: model.vocabularySize, tokens: tokens,
      floor: model.outputFloor, space: space)
  }
}

extension TransformerModel {
  /// Relative rounding error of the output matrix; of forms that are not known, a coarse one.
  fileprivate var outputFloor: Double {
    guard let name = outputType?.name else { return OutputSpaceFinding.toleranceMax }
    return StoredFloat(rawValue: name)?.roundingFloor
      ?? BlockForm(rawValue: name)?.roundingFloor ?? OutputSpaceFinding.toleranceMax
  }
}
