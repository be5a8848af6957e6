// Scales that a quantiser moved from one tensor into the next before it rounded (AWQ, and what
// smooths activations): the factors of a norm divided by s and the columns behind it times s, the
// rows of `up` divided by t and the columns of `down` times t, the same for v and o.
//
// The network computes the same, and value by value no tensor is the parent's. The scales are
// recovered, not searched for: s from the two norms, t from the rows of the packed tensor, and what
// they explain is what lies in the cells of the packed child after them. A norm counts as explained
// only if everything behind it is, and better than without the scales: a norm that was trained is
// not. Sources: `apply_scale` of AutoAWQ, `AWQModifier` of llm-compressor.

import Base
import Evidence
import Formats

/// The search for scales between aligned tensors of a parent and of its packed child.
struct ChannelScales: Sendable {
  /// Tensors in line, and which network is the child.
  let pairs: [AlignedPair]
  let child: NetworkView
  let parent: NetworkView
  let childIsSuspect: Bool
  private let places: [NetworkPlace: Int]

  /// Rows whose scale is this near to one were not scaled.
  static let ratioFloor: Float = 0.03
  /// How far a tensor that is not packed may be from the scaled one: its rounding and the norm's.
  static let plainDistance = 0.02

  /// Nil if nothing of the child is packed.
  init?(_ pairs: [AlignedPair], child: NetworkView, parent: NetworkView, childIsSuspect: Bool) {
    guard child.tensors.values.contains(where: { $0.edges(.lowerEdges) != nil }) else { return nil }
    self.pairs = pairs
    self.child = child
    self.parent = parent
    self.childIsSuspect = childIsSuspect
    places = Dictionary(
      pairs.indices.map { (pairs[$0].place, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What reads the output of a norm.
  private static let readers: [TensorRole: Set<TensorRole>] = [
    .attentionNorm: [.query, .key, .value, .queryKeyValue],
    .feedForwardNorm: [.gate, .up, .gateUp, .router, .sharedGate, .sharedUp, .sharedRouter],
  ]

  /// One tensor after the scales.
  private struct Fit {
    var remake: Remake?
    /// Scales of rows, if they were scaled.
    var ratios: [Float]?
    /// Squared distances with and without the scales.
    var squares = 0.0
    var plainSquares = 0.0
  }

  /// The evidence, with remakes where scales explain a tensor.
  func explained(
    _ evidence: [TensorEvidence], run: Run
  ) throws(Problem) -> [TensorEvidence] {
    var result = evidence
    let layers = Set(pairs.compactMap(\.place.layer)).sorted()
    for layer in layers {
      for (norm, roles) in Self.readers.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        let readers = pairs.indices.filter {
          pairs[$0].place.layer == layer && !pairs[$0].place.isBias
            && pairs[$0].place.role.map(roles.contains) == true
        }
        try explain(NetworkPlace(norm, layer: layer), readers, &result, run)
      }
    }
    return result
  }

  private func explain(
    _ norm: NetworkPlace, _ readers: [Int], _ result: inout [TensorEvidence], _ run: Run
  ) throws(Problem) {
    let place = places[norm]
    let isChanged = place.map { !result[$0].delta.isIdentical } ?? false
    let inputs = isChanged ? place.flatMap(scales) : nil
    guard !readers.isEmpty, isChanged == (inputs != nil) else { return }
    var fits: [(index: Int, fit: Fit)] = []
    for index in readers {
      let hasNext = next(after: index) != nil
      guard isChanged || hasNext else { continue }
      fits.append((index, try fit(pairs[index], inputs, scalesRows: hasNext, run)))
    }
    if isChanged {
      let sums = fits.reduce(into: (0.0, 0.0)) {
        $0.0 += $1.fit.squares
        $0.1 += $1.fit.plainSquares
      }
      guard fits.allSatisfy({ $0.fit.remake != nil }), sums.0 < sums.1 else { return }
      if let place { set(.rescaled, at: place, &result) }
    }
    for (index, fit) in fits {
      if let ratios = fit.ratios, try explainNext(index, ratios, &result, run) {
        if let remake = fit.remake { set(remake, at: index, &result) }
      } else if isChanged {
        let alone =
          fit.ratios == nil ? fit : try self.fit(pairs[index], inputs, scalesRows: false, run)
        if let remake = alone.remake { set(remake, at: index, &result) }
      }
    }
  }

  /// Whether the columns of the next tensor were multiplied with what these rows were divided by;
  /// rows differ a little from the parent's by rounding alone.
  private func explainNext(
    _ index: Int, _ ratios: [Float], _ result: inout [TensorEvidence], _ run: Run
  ) throws(Problem) -> Bool {
    guard let next = next(after: index) else { return false }
    let after = try fit(pairs[next], ratios.map { 1 / $0 }, scalesRows: false, run)
    guard let remake = after.remake, after.squares < after.plainSquares else { return false }
    set(remake, at: next, &result)
    explainBias(of: index, ratios, &result)
    return true
  }

  private func set(_ remake: Remake, at index: Int, _ result: inout [TensorEvidence]) {
    guard !result[index].delta.isIdentical else { return }
    if childIsSuspect { result[index].forward = remake } else { result[index].backward = remake }
  }

  /// The tensor whose columns are the rows of this one.
  private func next(after index: Int) -> Int? {
    var place = pairs[index].place
    switch place.role {
    case .up: place.role = .down
    case .value: place.role = .attentionOutput
    default: return nil
    }
    guard let next = places[place], pairs[next].suspect.columns == pairs[index].suspect.rows else {
      return nil
    }
    return next
  }

  private func explainBias(
    of index: Int, _ ratios: [Float], _ result: inout [TensorEvidence]
  ) {
    var place = pairs[index].place
    place.isBias = true
    guard let bias = places[place], let mine = childTensor(pairs[bias]).values(),
      let theirs = parentTensor(pairs[bias]).values(), mine.count == ratios.count
    else { return }
    let wanted = zip(theirs, ratios).map { $0 * $1 }
    if Self.isNear(mine, wanted) { set(.rescaled, at: bias, &result) }
  }

  private func childTensor(_ pair: AlignedPair) -> PlacedTensor {
    childIsSuspect ? pair.suspect : pair.reference
  }

  private func parentTensor(_ pair: AlignedPair) -> PlacedTensor {
    childIsSuspect ? pair.reference : pair.suspect
  }

  /// What the columns behind a norm were multiplied with.
  private func scales(norm index: Int) -> [Float]? {
    func gains(_ tensor: PlacedTensor, _ network: NetworkView) -> [Float]? {
      let offset = tensor.added == 0 ? network.gainOffset : 0
      return tensor.values()?.map { $0 + offset }
    }
    guard let mine = gains(childTensor(pairs[index]), child),
      let theirs = gains(parentTensor(pairs[index]), parent), mine.count == theirs.count
    else { return nil }
    let scales = zip(theirs, mine).map { $0 == $1 ? 1 : $0 / $1 }
    return scales.allSatisfy { $0.isFinite && $0 > 0 } ? scales : nil
  }

  // MARK: One tensor

  /// - Parameter inputs: scales of columns; none if nil.
  private func fit(
    _ pair: AlignedPair, _ inputs: [Float]?, scalesRows: Bool, _ run: Run
  ) throws(Problem) -> Fit {
    let (mine, theirs) = (childTensor(pair), parentTensor(pair))
    var fit = Fit()
    guard pair.rows == nil, inputs.map({ $0.count == mine.columns }) ?? true else { return fit }
    guard let lower = mine.edges(.lowerEdges), let upper = mine.edges(.upperEdges) else {
      return try plainFit(mine, theirs, inputs, run)
    }
    if scalesRows { fit.ratios = try ratios(mine, theirs, inputs, run) }
    var scaled = RemakeSearch(from: theirs, to: mine)
    var plain = scaled
    var row = 0
    let isRead = try AlignedPair.forEachChunk(of: [theirs, mine, lower, upper], run) { values in
      let wanted = Self.scaled(values[0], inputs, fit.ratios, firstRow: row, mine.columns)
      row += values[0].count / mine.columns
      scaled.add(parent: wanted, child: values[1])
      scaled.add(
        PackedCells(parent: wanted, child: values[1], lower: values[2], upper: values[3]))
      plain.add(
        PackedCells(parent: values[0], child: values[1], lower: values[2], upper: values[3]))
    }
    guard isRead else { return Fit() }
    fit.remake = scaled.found
    fit.squares = scaled.squares
    fit.plainSquares = plain.squares
    return fit
  }

  /// A tensor that is not packed, as routers are.
  private func plainFit(
    _ mine: PlacedTensor, _ theirs: PlacedTensor, _ inputs: [Float]?, _ run: Run
  ) throws(Problem) -> Fit {
    var fit = Fit()
    var size = 0.0
    let isRead = try AlignedPair.forEachChunk(of: [theirs, mine], run) { values in
      let wanted = Self.scaled(values[0], inputs, nil, firstRow: 0, mine.columns)
      for index in wanted.indices {
        let (a, b) = (Double(values[1][index]), Double(wanted[index]))
        fit.squares += (a - b) * (a - b)
        fit.plainSquares += (a - Double(values[0][index])) * (a - Double(values[0][index]))
        size += b * b
      }
    }
    let isNear = fit.squares <= Self.plainDistance * Self.plainDistance * size
    fit.remake = isRead && isNear ? .rescaled : nil
    return fit
  }

  /// Least squares of each row against the parent's; nil if no row was scaled.
  private func ratios(
    _ mine: PlacedTensor, _ theirs: PlacedTensor, _ inputs: [Float]?, _ run: Run
  ) throws(Problem) -> [Float]? {
    var ratios: [Float] = []
    let columns = mine.columns
    let isRead = try AlignedPair.forEachChunk(of: [theirs, mine], run) { values in
      let wanted = Self.scaled(values[0], inputs, nil, firstRow: 0, columns)
      for start in stride(from: 0, to: wanted.count, by: columns) {
        var (product, size) = (0.0, 0.0)
        for index in start..<start + columns {
          product += Double(wanted[index]) * Double(values[1][index])
          size += Double(wanted[index]) * Double(wanted[index])
        }
        ratios.append(size > 0 && product > 0 ? Float(product / size) : 1)
      }
    }
    let isScaled = ratios.contains { abs($0 - 1) > Self.ratioFloor }
    return isRead && isScaled ? ratios : nil
  }

  private static func scaled(
    _ values: [Float], _ inputs: [Float]?, _ outputs: [Float]?, firstRow: Int, _ columns: Int
  ) -> [Float] {
    guard inputs != nil || outputs != nil else { return values }
    var result = values
    for index in result.indices {
      if let inputs { result[index] *= inputs[index % columns] }
      if let outputs { result[index] *= outputs[firstRow + index / columns] }
    }
    return result
  }

  private static func isNear(_ values: [Float], _ wanted: [Float]) -> Bool {
    var (squares, size) = (0.0, 0.0)
    for (a, b) in zip(values, wanted) {
      squares += Double(a - b) * Double(a - b)
      size += Double(b) * Double(b)
    }
    return squares <= plainDistance * plainDistance * size
  }
}
