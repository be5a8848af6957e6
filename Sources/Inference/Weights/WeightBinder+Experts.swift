// Binding of experts and of latent attention: the parts whose storage differs most between
// containers.

import Base
import Formats

extension WeightBinder {
  mutating func experts(
    _ layer: Int, _ plan: Experts, _ hidden: Int
  ) throws(Problem) -> ExpertWeights {
    let router = try matrix(.router, layer: layer, rows: plan.count, columns: hidden)
    let bias = try bias(
      .router, layer: layer, plan.hasBias ? .required : .absent, count: plan.count)
    var weights = ExpertWeights(router: Linear(matrix: router, bias: bias), experts: [])
    if plan.routing == .correctedSigmoid {
      let name = try weightName(.routerCorrection, layer: layer)
      weights.correction = try vector(named: name, count: plan.count)
    }
    for expert in 0..<plan.count {
      switch container.order.experts {
      case .separate: weights.experts.append(try separate(layer, expert, plan, hidden))
      case .stacked: weights.experts.append(try stacked(layer, expert, plan, hidden))
      case .stackedTransposed:
        weights.experts.append(try interleaved(layer, expert, plan, hidden))
      }
    }
    if let size = plan.sharedSize {
      weights.shared = GatedWeights(
        gate: Linear(
          matrix: try matrix(.sharedGate, layer: layer, rows: size, columns: hidden), bias: nil),
        up: Linear(
          matrix: try matrix(.sharedUp, layer: layer, rows: size, columns: hidden), bias: nil),
        down: Linear(
          matrix: try matrix(.sharedDown, layer: layer, rows: hidden, columns: size), bias: nil))
      if plan.sharedHasGate {
        weights.sharedRouter = try sharedRouter(layer, hidden)
      }
    }
    return weights
  }

  /// One row; GGUF stores it as a vector.
  private mutating func sharedRouter(_ layer: Int, _ hidden: Int) throws(Problem) -> WeightMatrix {
    let name = try fullName(.sharedRouter, layer: layer)
    let entry = try find(name + ".weight")
    if entry.shape.count == 1 {
      try expect(entry, [hidden])
      use(name + ".weight")
      return WeightMatrix(
        name: name, rows: 1, columns: hidden, storage: .rows(try StoredTensor(model, entry)))
    }
    return try matrix(.sharedRouter, layer: layer, rows: 1, columns: hidden)
  }

  /// A tensor for each matrix of each expert.
  private mutating func separate(
    _ layer: Int, _ expert: Int, _ plan: Experts, _ hidden: Int
  ) throws(Problem) -> GatedWeights {
    func linear(_ matrix: WeightMatrix) -> Linear { Linear(matrix: matrix, bias: nil) }
    return GatedWeights(
      gate: linear(
        try matrix(.expertGate, layer: layer, expert: expert, rows: plan.size, columns: hidden)),
      up: linear(
        try matrix(.expertUp, layer: layer, expert: expert, rows: plan.size, columns: hidden)),
      down: linear(
        try matrix(.expertDown, layer: layer, expert: expert, rows: hidden, columns: plan.size)))
  }

  /// GGUF: one tensor [experts, out, in] for each matrix, one [experts, out] for each bias.
  private mutating func stacked(
    _ layer: Int, _ expert: Int, _ plan: Experts, _ hidden: Int
  ) throws(Problem) -> GatedWeights {
    func linear(_ part: TensorRole, _ rows: Int, _ columns: Int) throws(Problem) -> Linear {
      let matrix = try slice(
        part, layer: layer, index: expert, of: plan.count, rows: rows, columns: columns)
      let bias = try expertBias(
        part, layer, expert, plan, suffix: ".bias", count: rows, stored: rows)
      return Linear(matrix: matrix, bias: bias)
    }
    return GatedWeights(
      gate: try linear(.expertGate, plan.size, hidden),
      up: try linear(.expertUp, plan.size, hidden),
      down: try linear(.expertDown, hidden, plan.size))
  }

  /// gpt-oss: gate and up rows alternate; plain files are [experts, in, out], packed ones MXFP4.
  private mutating func interleaved(
    _ layer: Int, _ expert: Int, _ plan: Experts, _ hidden: Int
  ) throws(Problem) -> GatedWeights {
    func linear(
      _ part: TensorRole, _ rows: Int, _ columns: Int, _ storedRows: Int, _ order: RowOrder
    ) throws(Problem) -> Linear {
      let matrix =
        quantization.method == .mxfp4
        ? try microscaled(
          part, layer, expert, plan.count, rows: rows, columns: columns, storedRows: storedRows,
          order: order)
        : try slice(
          part, layer: layer, index: expert, of: plan.count, rows: rows, columns: columns,
          order: order, storedRows: storedRows, transposed: true, suffix: "")
      let bias = try expertBias(
        part, layer, expert, plan, suffix: "_bias", count: rows, stored: storedRows, order: order)
      return Linear(matrix: matrix, bias: bias)
    }
    let alternate = RowOrder(run: 1, stride: 2)
    var second = alternate
    second.offset = 1
    return GatedWeights(
      gate: try linear(.expertGateUp, plan.size, hidden, 2 * plan.size, alternate),
      up: try linear(.expertGateUp, plan.size, hidden, 2 * plan.size, second),
      down: try linear(.expertDown, hidden, plan.size, hidden, .plain()))
  }

  private mutating func microscaled(
    _ part: TensorRole, _ layer: Int, _ expert: Int, _ count: Int, rows: Int, columns: Int,
    storedRows: Int, order: RowOrder
  ) throws(Problem) -> WeightMatrix {
    let name = try fullName(part, layer: layer)
    let (blocks, scales) = (try find(name + "_blocks"), try find(name + "_scales"))
    try expect(blocks, [count, storedRows, columns / 32, 16])
    try expect(scales, [count, storedRows, columns / 32])
    guard let matrix = packed?.matrix(ByteName(name)), matrix.shape == [count, storedRows, columns]
    else {
      throw Problem(
        .malformed, "unsupported_type", place: "\(model.path): tensor \(blocks.name)",
        reason: "MXFP4 codes of type \(blocks.type.name) over rows of \(columns) values")
    }
    use(name + "_blocks")
    use(name + "_scales")
    return WeightMatrix(
      name: name, rows: rows, columns: columns,
      storage: .packed(matrix, firstRow: expert * storedRows), order: order)
  }

  /// Row `expert` of a tensor [experts, stored].
  private mutating func expertBias(
    _ part: TensorRole, _ layer: Int, _ expert: Int, _ plan: Experts, suffix: String, count: Int,
    stored: Int, order: RowOrder = .plain()
  ) throws(Problem) -> WeightVector? {
    guard plan.hasBias else { return nil }
    let name = try fullName(part, layer: layer) + suffix
    let entry = try find(name)
    try expect(entry, [plan.count, stored])
    guard entry.type.blockElements == 1 else {
      throw Problem(
        .malformed, "unsupported_type", place: "\(model.path): tensor \(name)",
        reason: "biases of type \(entry.type.name) cannot be read")
    }
    use(name)
    var tensor = try StoredTensor(model, entry)
    tensor.start = expert * stored
    return WeightVector(tensor: tensor, count: count, order: order)
  }

  // MARK: Latent attention

  mutating func latent(
    _ layer: Int, _ sizes: Attention.Latent, _ plan: Attention, _ hidden: Int
  ) throws(Problem) -> AttentionWeights.Projections {
    // The reference uses the class default here, whatever the configuration says.
    let norm = Norm(kind: .rootMeanSquare, epsilon: 1e-6)
    let queryRows = plan.heads * plan.headSize
    var weights = LatentWeights(
      queryUp: try matrix(
        sizes.queryRank == nil ? .query : .queryUp, layer: layer, rows: queryRows,
        columns: sizes.queryRank ?? hidden),
      keyValueDown: try matrix(
        .keyValueDown, layer: layer, rows: sizes.keyValueRank + sizes.rotatedSize,
        columns: hidden),
      keyValueNorm: try self.norm(
        .keyValueDownNorm, layer: layer, count: sizes.keyValueRank, norm),
      keyUp: [], valueUp: [])
    if let rank = sizes.queryRank {
      weights.queryDown = (
        try matrix(.queryDown, layer: layer, rows: rank, columns: hidden),
        try self.norm(.queryDownNorm, layer: layer, count: rank, norm)
      )
    }
    let stacked = has(.keyUp, layer: layer)
    for head in 0..<plan.heads {
      if stacked {
        weights.keyUp.append(
          try slice(
            .keyUp, layer: layer, index: head, of: plan.heads, rows: sizes.plainSize,
            columns: sizes.keyValueRank, transposed: true))
        weights.valueUp.append(
          try slice(
            .valueUp, layer: layer, index: head, of: plan.heads, rows: plan.valueSize,
            columns: sizes.keyValueRank))
      } else {
        let both = sizes.plainSize + plan.valueSize
        weights.keyUp.append(
          try matrix(
            .keyValueUp, layer: layer, rows: sizes.plainSize, columns: sizes.keyValueRank,
            storedRows: plan.heads * both, order: .plain(offset: head * both)))
        weights.valueUp.append(
          try matrix(
            .keyValueUp, layer: layer, rows: plan.valueSize, columns: sizes.keyValueRank,
            storedRows: plan.heads * both,
            order: .plain(offset: head * both + sizes.plainSize)))
      }
    }
    return .latent(weights)
  }
}
