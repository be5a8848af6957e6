// Features of a model's exchangeable units, read once per model.
//
// Units of an MLP block are seen raw (gate row, up row and down column in the residual basis) and
// projected on a sample of the vocabulary, where permutations and rotations of the residual stream
// cancel. Coordinates of the residual stream are seen through the embedding. Norm gains are folded
// into the rows behind them, because gain and rows may be rescaled against each other.
// Memory: one block of the model at a time; of a reference, a keyed sample of each block is kept.

import Base
import Evidence
import Formats

/// Units of one block, raw and on the vocabulary.
struct UnitFeatures: Sendable {
  let raw: UnitViews
  /// Projections on the model's own token sample, before centring, by view; none where they are
  /// not to be cut to the tokens that two models share.
  let projections: [UnitViews.View]
  /// The same as units, on all tokens of the sample.
  let projected: UnitViews?

  /// - Parameters:
  ///   - views: rows in the residual stream, `width` numbers each.
  ///   - tokenRows: embedding rows to project on, or nil.
  init(
    _ views: [UnitViews.View], tokenRows: [Float]?, width: Int?, run: Run
  ) throws(Problem) {
    var projections: [UnitViews.View] = []
    if let tokenRows, let width, views.allSatisfy({ $0.width == width }) {
      projections = try views.map { view throws(Problem) in
        UnitViews.View(
          width: tokenRows.count / width,
          values: try RowProducts.of(view.values, tokenRows, width: width, run: run),
          centresRows: true)
      }
    }
    self.init(
      raw: UnitViews(views), projections: projections,
      projected: projections.isEmpty ? nil : UnitViews(projections))
  }

  init(raw: UnitViews, projections: [UnitViews.View] = [], projected: UnitViews?) {
    self.raw = raw
    self.projections = projections
    self.projected = projected
  }

  /// The reference's side: a keyed sample of a large block, and nothing to be cut later.
  func sampled(key: BlindingKey) -> UnitFeatures {
    let limit = FeatureReader.sampledUnits
    let whole = FeatureReader.wholeBlock
    return UnitFeatures(
      raw: raw.sampled(limit, ifMoreThan: whole, key: key),
      projections: raw.rowCount > whole ? [] : projections,
      projected: projected?.sampled(limit, ifMoreThan: whole, key: key))
  }
}

/// Features of one MLP block.
struct BlockFeatures: Sendable {
  let layer: Int
  let expert: Int?
  let features: UnitFeatures
}

/// The parts of a model that are small enough to keep: tokens and embedding.
struct EmbeddingFeatures: Sendable {
  let sample: TokenSample
  /// Rows of the sampled tokens, `width` numbers each.
  let rows: [Float]
  let width: Int

  /// Columns over some of the sampled tokens, as units: coordinates of the residual stream.
  func coordinates(_ positions: [Int]) -> UnitViews {
    var values = [Float](repeating: 0, count: width * positions.count)
    for (column, position) in positions.enumerated() {
      for row in 0..<width { values[row * positions.count + column] = rows[position * width + row] }
    }
    return UnitViews([
      UnitViews.View(width: positions.count, values: values, centresRows: true)
    ])
  }

  /// Rows of some of the sampled tokens.
  func rows(_ positions: [Int]) -> [Float] {
    positions.flatMap { rows[$0 * width..<($0 + 1) * width] }
  }
}

/// Reads features from a network.
struct FeatureReader: Sendable {
  /// Tokens on which units are projected.
  static let projectionTokens = 256
  /// Tokens through which residual coordinates are seen.
  static let coordinateTokens = 1024
  /// Shared tokens below this say too little.
  static let sharedTokensMin = 64
  /// Blocks with more units than this are sampled on the reference's side …
  static let wholeBlock = 256
  /// … to this many keyed units: 64 coincidences are worth 87 powers of ten.
  static let sampledUnits = 64

  let network: NetworkView
  let tokens: TokenNames

  init(_ network: NetworkView) {
    self.network = network
    tokens = TokenNames(network.model, rowCount: network[.embedding]?.rows ?? 0)
  }

  func embedding(_ naming: TokenSample.Naming) -> EmbeddingFeatures? {
    guard let embedding = network[.embedding], embedding.isMatrix,
      let sample = tokens.sample(naming, count: Self.coordinateTokens),
      let rows = embedding.rowValues(sample.rows)
    else { return nil }
    return EmbeddingFeatures(sample: sample, rows: rows, width: embedding.columns)
  }

  /// The views of one block, folded: units × residual width each.
  func views(layer: Int, expert: Int?) -> [UnitViews.View]? {
    guard let up = network[.up, layer, expert], let down = network[.down, layer, expert],
      up.rows == down.columns, up.columns == down.rows, let upRows = up.values(),
      let downRows = down.values()
    else { return nil }
    let gain = gains(.feedForwardNorm, layer: layer, width: up.columns)
    var views: [UnitViews.View] = []
    if let gate = network[.gate, layer, expert] {
      guard gate.rows == up.rows, gate.columns == up.columns, let rows = gate.values() else {
        return nil
      }
      views.append(UnitViews.View(width: up.columns, values: withGain(rows, gain)))
    }
    views.append(UnitViews.View(width: up.columns, values: withGain(upRows, gain)))
    views.append(
      UnitViews.View(
        width: down.rows, values: transposed(downRows, rows: down.rows, columns: down.columns)))
    return views
  }

  /// Features of a block. `tokenRows` are embedding rows to project on, or nil.
  func block(
    layer: Int, expert: Int?, tokenRows: [Float]?, run: Run
  ) throws(Problem) -> BlockFeatures? {
    guard network.refusals[.units] == nil, let views = views(layer: layer, expert: expert) else {
      return nil
    }
    return BlockFeatures(
      layer: layer, expert: expert,
      features: try UnitFeatures(
        views, tokenRows: tokenRows, width: network.width, run: run))
  }

  /// Gains of a norm, nil if there is none.
  func gains(_ role: TensorRole, layer: Int? = nil, width: Int) -> [Float]? {
    guard let norm = network[role, layer], norm.rows == width, norm.columns == 1,
      let values = norm.values()
    else { return nil }
    return network.gainOffset == 0 ? values : values.map { $0 + network.gainOffset }
  }
}

/// Rows times the gain of the norm in front of them.
func withGain(_ rows: [Float], _ gain: [Float]?) -> [Float] {
  guard let gain else { return rows }
  var out = rows
  let width = gain.count
  for row in 0..<rows.count / width {
    for column in 0..<width { out[row * width + column] *= gain[column] }
  }
  return out
}

func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
  var out = [Float](repeating: 0, count: values.count)
  for row in 0..<rows {
    for column in 0..<columns { out[column * rows + row] = values[row * columns + column] }
  }
  return out
}
