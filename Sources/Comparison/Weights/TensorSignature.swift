// Names that do not resolve: tensors are placed by shape and content, next to a named reference.
//
// Each tensor gets a signature that no reordering of rows or columns changes: its size, the shape
// of its distribution, quantiles of the norms of its rows and columns. Tensors of equal shape are
// paired by the nearest signatures. Because a signature cannot see positions, the pairing is a
// function of contents alone, and the exact tests behind it stay exact: between strangers it pairs
// tensors somehow, and their units then coincide no more than chance allows.

import Base
import Evidence
import Formats

/// What stays of a tensor when rows and columns are shuffled.
struct TensorSignature: Sendable {
  private let numbers: [Double]

  static let quantiles = 8

  init?(_ tensor: PlacedTensor) {
    guard let values = tensor.values(), !values.isEmpty, values.allSatisfy(\.isFinite) else {
      return nil
    }
    var squares = 0.0
    var sizes = 0.0
    var fourths = 0.0
    var rows = [Double](repeating: 0, count: tensor.rows)
    var columns = [Double](repeating: 0, count: tensor.columns)
    for row in 0..<tensor.rows {
      for column in 0..<tensor.columns {
        let value = Double(values[row * tensor.columns + column])
        let square = value * value
        sizes += abs(value)
        squares += square
        fourths += square * square
        rows[row] += square
        columns[column] += square
      }
    }
    let count = Double(values.count)
    let size = (squares / count).squareRoot()
    let scale = size > 0 ? size : 1
    numbers =
      [size, sizes / count / scale, fourths / count / (scale * scale * scale * scale)]
      + Self.quantiles(rows) + Self.quantiles(columns)
  }

  /// Sum of relative differences; symmetric.
  func distance(to other: TensorSignature) -> Double {
    zip(numbers, other.numbers).reduce(0) { sum, pair in
      let scale = abs(pair.0) + abs(pair.1)
      return scale > 0 ? sum + abs(pair.0 - pair.1) / scale : sum
    }
  }

  private static func quantiles(_ squares: [Double]) -> [Double] {
    let sorted = squares.sorted()
    return (0...quantiles).map { step in
      sorted[step * (sorted.count - 1) / quantiles].squareRoot()
    }
  }
}

extension ModelFeatures {
  /// No MLP block was recognised by name.
  var isUnnamed: Bool { network.blocks.isEmpty && !network.tensors.isEmpty }

  /// This model with its tensors placed like the reference's; itself if it has names or if nothing
  /// fits.
  func placed(like reference: ModelFeatures, run: Run) throws(Problem) -> ModelFeatures {
    guard isUnnamed, !reference.isUnnamed else { return self }
    let known = Dictionary(
      grouping: reference.network.tensors.map { ($0.key, $0.value) }, by: { $0.1.entry.name })
    let names = known.keys.sorted()
    let theirs = try run.map(names.count) { index -> (ByteName, TensorSignature, [Int])? in
      let name = names[index]
      guard let tensor = known[name]?.first?.1,
        let whole = tensor.whole, let signature = TensorSignature(whole)
      else { return nil }
      return (name, signature, tensor.entry.shape)
    }.compactMap { $0 }
    let stored = network.stored
    let mine = try run.map(stored.count) { index -> (PlacedTensor, TensorSignature)? in
      TensorSignature(stored[index]).map { (stored[index], $0) }
    }.compactMap { $0 }
    var candidates: [(distance: Double, mine: Int, theirs: Int)] = []
    for (row, (tensor, signature)) in mine.enumerated() {
      for (column, other) in theirs.enumerated() where other.2 == tensor.entry.shape {
        candidates.append((signature.distance(to: other.1), row, column))
      }
    }
    candidates.sort { ($0.distance, $0.mine, $0.theirs) < ($1.distance, $1.mine, $1.theirs) }
    var usedMine: Set<Int> = []
    var usedTheirs: Set<Int> = []
    var placed: [NetworkPlace: PlacedTensor] = [:]
    for candidate in candidates
    where !usedMine.contains(candidate.mine) && !usedTheirs.contains(candidate.theirs) {
      usedMine.insert(candidate.mine)
      usedTheirs.insert(candidate.theirs)
      for (place, tensor) in known[theirs[candidate.theirs].0] ?? [] {
        placed[place] = tensor.reading(mine[candidate.mine].0)
      }
    }
    guard placed.keys.contains(where: { $0.role == .up }) else { return self }
    return ModelFeatures(
      listed, opened, network: NetworkView(network, tensors: placed, like: reference.network))
  }
}
