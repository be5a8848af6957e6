// The weights of one layer, bound to the files but not read.

import Base
import Formats

/// What one layer reads from the files.
struct BlockWeights: Sendable {
  var attentionNorm: NormWeights?
  var attentionPostNorm: NormWeights?
  var feedForwardNorm: NormWeights?
  var feedForwardPostNorm: NormWeights?
  var attention: AttentionWeights
  var feedForward: FeedForwardWeights

  /// Every matrix of the layer.
  var matrices: [WeightMatrix] { attention.matrices + feedForward.matrices }

  /// Tells the system that the layer's pages are wanted soon, or no more.
  func advise(_ advice: PageAdvice) {
    for matrix in matrices { matrix.advise(advice) }
  }
}

struct AttentionWeights: Sendable {
  var projections: Projections
  var output: Linear
  var queryNorm: NormWeights?
  var keyNorm: NormWeights?
  var sinks: WeightVector?

  enum Projections: Sendable {
    case direct(query: Linear, key: Linear, value: Linear)
    case latent(LatentWeights)
  }

  var matrices: [WeightMatrix] {
    let inner =
      switch projections {
      case .direct(let query, let key, let value): [query.matrix, key.matrix, value.matrix]
      case .latent(let latent): latent.matrices
      }
    return inner + [output.matrix]
  }
}

/// Weights of latent attention (DeepSeek).
struct LatentWeights: Sendable {
  var queryDown: (matrix: WeightMatrix, norm: NormWeights)?
  /// From the compressed query, or from the token if it is not compressed.
  var queryUp: WeightMatrix
  var keyValueDown: WeightMatrix
  var keyValueNorm: NormWeights
  /// For each head, from the compressed key-value: keys without rotation, and values.
  var keyUp: [WeightMatrix]
  var valueUp: [WeightMatrix]

  var matrices: [WeightMatrix] {
    (queryDown.map { [$0.matrix] } ?? []) + [queryUp, keyValueDown] + keyUp + valueUp
  }
}

enum FeedForwardWeights: Sendable {
  case gated(GatedWeights)
  case plain(up: Linear, down: Linear)
  case experts(ExpertWeights)

  var matrices: [WeightMatrix] {
    switch self {
    case .gated(let weights): weights.matrices
    case .plain(let up, let down): [up.matrix, down.matrix]
    case .experts(let weights):
      [weights.router.matrix] + weights.experts.flatMap(\.matrices)
        + (weights.shared?.matrices ?? []) + (weights.sharedRouter.map { [$0] } ?? [])
    }
  }
}

struct GatedWeights: Sendable {
  var gate: Linear
  var up: Linear
  var down: Linear

  var matrices: [WeightMatrix] { [gate.matrix, up.matrix, down.matrix] }
}

struct ExpertWeights: Sendable {
  var router: Linear
  /// Added to the scores for choosing, not for weighing.
  var correction: WeightVector?
  var experts: [GatedWeights]
  var shared: GatedWeights?
  var sharedRouter: WeightMatrix?
}

// MARK: Binding

extension WeightBinder {
  mutating func block(
    _ layer: Int, _ block: Block, _ architecture: Architecture
  ) throws(Problem) -> BlockWeights {
    let (hidden, norm) = (architecture.hiddenSize, architecture.norm)
    var weights = BlockWeights(
      attention: try attention(layer, block.attention, architecture),
      feedForward: try feedForward(layer, block.feedForward, hidden))
    if block.arrangement != .postNorm {
      weights.attentionNorm = try self.norm(.attentionNorm, layer: layer, count: hidden, norm)
      weights.feedForwardNorm = try self.norm(.feedForwardNorm, layer: layer, count: hidden, norm)
    }
    if block.arrangement == .postNorm || block.arrangement == .bothNorms {
      weights.attentionPostNorm = try self.norm(
        .attentionPostNorm, layer: layer, count: hidden, norm)
      weights.feedForwardPostNorm = try self.norm(
        .feedForwardPostNorm, layer: layer, count: hidden, norm)
    }
    return weights
  }

  private mutating func linear(
    _ part: TensorRole, _ layer: Int, rows: Int, columns: Int, storedRows: Int? = nil,
    order: RowOrder = .plain(), bias presence: Bias
  ) throws(Problem) -> Linear {
    let matrix = try matrix(
      part, layer: layer, rows: rows, columns: columns, storedRows: storedRows, order: order)
    let bias = try bias(
      part, layer: layer, presence, count: rows, stored: storedRows, order: order)
    return Linear(matrix: matrix, bias: bias)
  }

  private mutating func attention(
    _ layer: Int, _ plan: Attention, _ architecture: Architecture
  ) throws(Problem) -> AttentionWeights {
    let hidden = architecture.hiddenSize
    let projections: AttentionWeights.Projections
    if case .latent(let latent) = plan.projection {
      projections = try self.latent(layer, latent, plan, hidden)
    } else {
      projections = try direct(layer, plan, hidden)
    }
    var weights = AttentionWeights(
      projections: projections,
      output: try linear(
        .attentionOutput, layer, rows: hidden, columns: plan.heads * plan.valueSize,
        bias: plan.outputBias))
    if plan.headNorm != .none {
      let whole = plan.headNorm == .whole
      let norm = Norm(kind: .rootMeanSquare, epsilon: architecture.norm.epsilon)
      weights.queryNorm = try self.norm(
        .queryNorm, layer: layer, count: whole ? plan.heads * plan.headSize : plan.headSize, norm)
      weights.keyNorm = try self.norm(
        .keyNorm, layer: layer,
        count: whole ? plan.keyValueHeads * plan.headSize : plan.headSize, norm)
    }
    if plan.hasSinks {
      weights.sinks = try vector(
        named: try weightName(.attentionSinks, layer: layer), count: plan.heads)
    }
    return weights
  }

  private mutating func direct(
    _ layer: Int, _ plan: Attention, _ hidden: Int
  ) throws(Problem) -> AttentionWeights.Projections {
    let size = plan.headSize
    let (queries, keys) = (plan.heads * size, plan.keyValueHeads * size)
    let values = plan.keyValueHeads * plan.valueSize
    var orders = [RowOrder.plain(), .plain(), .plain()]
    var part: TensorRole?
    switch plan.projection {
    case .separate:
      if container.order.permutesHeads {
        orders[0].heads = HeadRows(perHead: size)
        orders[1].heads = HeadRows(perHead: size)
      }
    case .stacked:
      part = .queryKeyValue
      orders = [.plain(), .plain(offset: queries), .plain(offset: queries + keys)]
    case .perHead:
      part = .queryKeyValue
      orders = (0..<3).map { RowOrder(run: size, stride: 3 * size, offset: $0 * size) }
    case .latent: break
    }
    let stored = part == nil ? nil : queries + keys + values
    let presence = plan.queryKeyValueBias
    return .direct(
      query: try linear(
        part ?? .query, layer, rows: queries, columns: hidden, storedRows: stored,
        order: orders[0], bias: presence),
      key: try linear(
        part ?? .key, layer, rows: keys, columns: hidden, storedRows: stored, order: orders[1],
        bias: presence),
      value: try linear(
        part ?? .value, layer, rows: values, columns: hidden, storedRows: stored,
        order: orders[2], bias: presence))
  }

  private mutating func feedForward(
    _ layer: Int, _ plan: FeedForward, _ hidden: Int
  ) throws(Problem) -> FeedForwardWeights {
    switch plan {
    case .plain(let size, _, let presence):
      return .plain(
        up: try linear(.up, layer, rows: size, columns: hidden, bias: presence),
        down: try linear(.down, layer, rows: hidden, columns: size, bias: presence))
    case .gated(let size, _, let presence, let isStacked):
      let stored = isStacked ? 2 * size : nil
      return .gated(
        GatedWeights(
          gate: try linear(
            isStacked ? .gateUp : .gate, layer, rows: size, columns: hidden, storedRows: stored,
            bias: presence),
          up: try linear(
            isStacked ? .gateUp : .up, layer, rows: size, columns: hidden, storedRows: stored,
            order: .plain(offset: isStacked ? size : 0), bias: presence),
          down: try linear(.down, layer, rows: hidden, columns: size, bias: presence)))
    case .experts(let plan): return .experts(try experts(layer, plan, hidden))
    }
  }
}
