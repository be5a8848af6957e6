// Rung 4 beside rung 5: do a suspect's log-probabilities lie in the output space of a reference?
//
// Asked where suspect and reference share a tokenizer and no cap bends their logits; where it is
// not asked, the answer says why. The suspect is scored on the first documents of the probes, 64
// positions over the whole vocabulary; the reference is not scored, only its output matrix is
// read. Controls are scored alike, and only where the residual is small enough to be striking. A
// verdict needs a residual of rounding and every control far from it: strangers lie at 0.2 and
// more (facts/detection.md 0.1), so nothing between is ever said.
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

  /// Scores a model; nil if a cap bends its logits.
  init?(_ model: OpenModel, probes: ProbeSet, run: Run) throws(Problem) {
    let scorer = try TransformerModel.load(model)
    let tokenizer = try Tokenizer.load(model, run: run)
    guard scorer.architecture.logitSoftCap == nil else { return nil }
    let plans = try DocumentPlan.plans(
      ProbeSet(documents: Array(probes.documents.prefix(Self.documents))), tokenizer,
      limit: scorer.architecture.learnedPositions ?? .max, id: model.path)
    let sequences = plans.map { Array($0.identifiers.prefix(Self.positionsMax / Self.documents)) }
    let rows = Mutex<[Int: [Float]]>([:])
    try scorer.score(sequences, options: ScoreOptions(run: run.silent)) {
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

/// What rung 4 says of a pair.
enum OutputSpaceAnswer {
  case finding(OutputSpaceFinding)
  /// It was not asked, and why.
  case notAsked(String)

  var rung: Rung {
    switch self {
    case .finding(let finding): finding.rung
    case .notAsked(let reason):
      Rung(4, OutputSpaceFinding.test, .notTested, details: ["reason": .string(reason)])
    }
  }
}

/// The output spaces of the references of one call.
struct OutputSpaces {
  let probes: ProbeSet
  let run: Run
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

  init(probes: ProbeSet, run: Run) {
    self.probes = probes
    self.run = run
  }

  /// What the suspect's rows leave outside the reference's space. `rows` is called only where the
  /// tokenizer is the reference's; `controls` are scored if the residual is striking.
  mutating func answer(
    tokenizer: Digest, reference: OpenedModel, controls: [OpenedModel],
    rows: () throws(Problem) -> VocabularyRows?
  ) throws(Problem) -> OutputSpaceAnswer {
    guard let known = try space(of: reference) else {
      return .notAsked(
        "the reference's logits are capped, or its vocabulary is small for its width")
    }
    guard known.tokenizer == tokenizer else {
      return .notAsked("suspect and reference have different tokenizers")
    }
    guard let rows = try rows() else {
      return .notAsked("the suspect's logits are capped, or were not reported whole")
    }
    guard known.vocabularySize == rows.vocabularySize,
      let residual = try known.space.residual(of: rows.columns(known.tokens), run: run)
    else { return .notAsked("the vocabularies differ in size, or there are too few positions") }
    var others: [Double] = []
    if residual <= OutputSpaceFinding.strikingMax {
      for control in controls {
        try run.check()
        guard let own = try VocabularyRows(control.model, probes: probes, run: run),
          own.tokenizer == known.tokenizer, own.vocabularySize == known.vocabularySize,
          let value = try known.space.residual(of: own.columns(known.tokens), run: run)
        else { continue }
        others.append(value)
      }
    }
    return .finding(
      OutputSpaceFinding(
        residual: residual, floor: max(Self.floorMin, known.floor, rows.floor ?? 0),
        controls: others, positions: rows.positionCount, space: known.space))
  }

  private mutating func space(of reference: OpenedModel) throws(Problem) -> Space? {
    if let known = spaces[reference.digest] { return known }
    let made = try made(reference)
    spaces[reference.digest] = .some(made)
    return made
  }

  private func made(_ reference: OpenedModel) throws(Problem) -> Space? {
    let model = try TransformerModel.load(reference.model)
    guard model.architecture.logitSoftCap == nil else { return nil }
    let width = model.architecture.hiddenSize
    var random = CounterRandom(seed: probes.seed, stream: 4)
    let tokens = random.permutation(model.vocabularySize)
      .prefix(Self.tokensPerDirection * (width + 2)).sorted()
    guard let space = try OutputSpace(head: model.outputRows(tokens), width: width, run: run)
    else { return nil }
    return Space(
      tokenizer: try Tokenizer.load(reference.model, run: run).digest,
      vocabularySize: model.vocabularySize, tokens: tokens, floor: model.outputFloor, space: space)
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
