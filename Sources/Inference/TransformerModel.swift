// A local language model: an architecture, and its weights in mapped files.

import Base
import Crypto
import Formats

/// A decoder-only transformer ready to be scored. Holds no weights in memory.
public final class TransformerModel: Scorer {
  public let model: OpenModel
  public let architecture: Architecture
  let blocks: [BlockWeights]
  let embedding: WeightMatrix
  let positions: WeightMatrix?
  let outputNorm: NormWeights
  let output: WeightMatrix

  public var vocabularySize: Int { architecture.vocabularySize }

  init(
    model: OpenModel, architecture: Architecture, blocks: [BlockWeights],
    embedding: WeightMatrix, positions: WeightMatrix?, outputNorm: NormWeights,
    output: WeightMatrix
  ) {
    self.model = model
    self.architecture = architecture
    self.blocks = blocks
    self.embedding = embedding
    self.positions = positions
    self.outputNorm = outputNorm
    self.output = output
  }
}

extension TransformerModel {
  /// Binds an opened model. Throws `Problem` of exit code 4: `unsupported_architecture` for a
  /// family that is not known (encoders such as BERT among them), `missing_tensor`,
  /// `unused_tensor`, `wrong_shape`, `unsupported_type`, `malformed_config`.
  public static func load(_ model: OpenModel) throws(Problem) -> TransformerModel {
    let plan = try Family.plan(of: model)
    let architecture = plan.architecture
    try architecture.check(model.path)
    var binder = try WeightBinder(model, plan.container, plan.quantization)
    let hidden = architecture.hiddenSize
    let embedding = try binder.matrix(
      .embedding, rows: architecture.vocabularySize, columns: hidden)
    var positions: WeightMatrix?
    if let count = architecture.learnedPositions {
      positions = try binder.matrix(.positions, rows: count, columns: hidden)
    }
    var blocks: [BlockWeights] = []
    for (layer, block) in architecture.blocks.enumerated() {
      blocks.append(try binder.block(layer, block, architecture))
    }
    let outputNorm = try binder.norm(.finalNorm, count: hidden, architecture.norm)
    var output = embedding
    if architecture.isTied {
      // A file may carry the output matrix although it is tied; the embedding counts.
      try binder.use(binder.weightName(.head))
    } else {
      output = try binder.matrix(.head, rows: architecture.vocabularySize, columns: hidden)
    }
    try binder.finish(isIgnored: plan.isIgnored)
    return TransformerModel(
      model: model, architecture: architecture, blocks: blocks, embedding: embedding,
      positions: positions, outputNorm: outputNorm, output: output)
  }
}

// MARK: Embedding

extension TransformerModel {
  /// Throws unless the sequences are tokens of this model, not too many and not none.
  public func check(_ sequences: [[Int32]]) throws(Problem) {
    for (index, sequence) in sequences.enumerated() {
      let place = "sequence \(index)"
      guard !sequence.isEmpty else {
        throw Problem(
          .usage, "empty_sequence", place: place, reason: "there are no tokens in it",
          remedy: "give at least one token")
      }
      if let strange = sequence.first(where: { $0 < 0 || Int($0) >= vocabularySize }) {
        throw Problem(
          .usage, "unknown_token", place: place,
          reason: "token \(strange) is not among the \(vocabularySize) of the vocabulary",
          remedy: "use the tokenizer of this model")
      }
      if let limit = architecture.learnedPositions, sequence.count > limit {
        throw Problem(
          .usage, "sequence_too_long", place: place,
          reason: "\(sequence.count) tokens, the model has \(limit) positions",
          remedy: "shorten the text")
      }
    }
  }

  /// Writes the hidden state before the first layer of one token.
  func embed(
    _ token: Int32, position: Int, into row: UnsafeMutablePointer<Float>, _ kernel: Kernel
  ) {
    let hidden = architecture.hiddenSize
    let id = Int(token)
    unsafe embedding.read(id..<id + 1, into: row, stride: hidden, kernel)
    if architecture.embeddingScale != 1 {
      for index in 0..<hidden { unsafe row[index] *= architecture.embeddingScale }
    }
    guard let positions else { return }
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: hidden) { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe positions.read(position..<position + 1, into: base, stride: hidden, kernel)
      for index in 0..<hidden { unsafe row[index] += base[index] }
    }
  }

  /// The rotation tables that segments need in every layer, shared where they are equal.
  func ropeTables(_ segments: [Segment]) -> RopeTables {
    var tables = RopeTables()
    for block in architecture.blocks {
      guard let rope = block.attention.rope else { continue }
      for segment in segments { tables.require(rope, segment) }
    }
    return tables.made()
  }
}

/// Rotation tables by rule and by what the rule takes from the length of the text.
struct RopeTables {
  private struct Need {
    let rope: Rope
    let variant: Int
    var length: Int
    var positions: Int
    var table: RopeTable?
  }
  private var needs: [Need] = []

  mutating func require(_ rope: Rope, _ segment: Segment) {
    let variant = rope.variant(length: segment.length)
    let positions = segment.start + segment.count
    if let index = needs.firstIndex(where: { $0.rope == rope && $0.variant == variant }) {
      needs[index].positions = max(needs[index].positions, positions)
    } else {
      needs.append(
        Need(rope: rope, variant: variant, length: segment.length, positions: positions))
    }
  }

  func made() -> RopeTables {
    var copy = self
    for index in copy.needs.indices {
      let need = copy.needs[index]
      copy.needs[index].table = RopeTable(
        need.rope, length: need.length, positions: need.positions)
    }
    return copy
  }

  /// A table for each segment, in order.
  func tables(_ rope: Rope?, _ segments: [Segment]) -> [RopeTable] {
    guard let rope else { return [] }
    return segments.compactMap { segment in
      let variant = rope.variant(length: segment.length)
      return needs.first { $0.rope == rope && $0.variant == variant }?.table
    }
  }
}
