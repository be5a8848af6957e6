// A certificate that two models are one network written twice.
//
// Given the map of the residual stream, each layer must follow: MLP units in some order, up rows
// and down columns scaled against each other, heads in some order inside their groups, values and
// outputs of a head mixed by an invertible matrix. Everything is recovered from the weights and
// checked against every tensor; the certificate is the map with its largest residual. Nothing here
// says which model came first.

import Base

/// One layer with norm gains folded into the rows behind them; every matrix as rows that live in
/// the residual stream (`width` numbers), outputs of the layer as columns turned into rows.
public struct FoldedLayer: Sendable {
  public var width: Int
  public var headCount: Int
  public var keyHeadCount: Int
  /// Units × width; nil for MLPs without a gate.
  public var gate: [Float]?
  public var up: [Float]
  public var down: [Float]
  public var query: [Float]
  public var key: [Float]
  public var value: [Float]
  /// (heads · head size) × width.
  public var output: [Float]
  /// One number a row of `gate`, `up`, `query`, `key`, `value`, where there are biases.
  public var biases: [String: [Float]]
  /// Vectors that live in the residual stream: biases of outputs, norm biases.
  public var vectors: [String: [Float]]
  /// Whatever must be equal as it is (norms of queries and keys).
  public var fixed: [String: [Float]]

  public init(
    width: Int, headCount: Int, keyHeadCount: Int, gate: [Float]?, up: [Float], down: [Float],
    query: [Float], key: [Float], value: [Float], output: [Float],
    biases: [String: [Float]] = [:], vectors: [String: [Float]] = [:],
    fixed: [String: [Float]] = [:]
  ) {
    self.width = width
    self.headCount = headCount
    self.keyHeadCount = keyHeadCount
    self.gate = gate
    self.up = up
    self.down = down
    self.query = query
    self.key = key
    self.value = value
    self.output = output
    self.biases = biases
    self.vectors = vectors
    self.fixed = fixed
  }
}

/// What was recovered, and how well it fits.
public struct Reparameterisation: Equatable, Sendable {
  public var residualMap: ResidualMap
  public var permutesUnits = false
  public var rescalesUnits = false
  public var permutesHeads = false
  public var mixesValues = false
  /// Norm gains differ and are made up for by the rows behind them.
  public var movesGains = false
  /// The largest relative residual of any tensor, and which one has it.
  public private(set) var residual = 0.0
  public private(set) var worst = "none"
  public private(set) var tensorCount = 0
  public let tolerance: Double

  public init(residualMap: ResidualMap, tolerance: Double) {
    self.residualMap = residualMap
    self.tolerance = tolerance
  }

  /// Every tensor checked so far lies within the tolerance.
  public var holds: Bool { tensorCount > 0 && residual <= tolerance }

  /// Whether the map does anything at all.
  public var isIdentity: Bool {
    residualMap == .identity && !permutesUnits && !rescalesUnits && !permutesHeads && !mixesValues
      && !movesGains
  }

  /// Notes a tensor. Two zero tensors fit exactly.
  mutating func note(_ name: String, distance: Double, size: Double) {
    tensorCount += 1
    let value =
      size > 0 ? (distance / size).squareRoot() : (distance > 0 ? Double.infinity : 0)
    if value > residual || value.isNaN {
      residual = value.isNaN ? .infinity : value
      worst = name
    }
  }

  /// Checks rows that live in the residual stream, in unchanged order (embedding, head, positions,
  /// biases of outputs).
  public mutating func checkRows(
    _ name: String, suspect: [Float], reference: [Float], width: Int, run: Run
  ) throws(Problem) {
    guard suspect.count == reference.count, width > 0, reference.count % width == 0 else {
      note(name, distance: 1, size: 0)
      return
    }
    let sums = Residual.squares(suspect, try residualMap.apply(reference, width: width, run: run))
    note(name, distance: sums.distance, size: sums.size)
  }

  /// Checks numbers that the map leaves alone.
  public mutating func checkFixed(_ name: String, suspect: [Float], reference: [Float]) {
    guard suspect.count == reference.count else {
      note(name, distance: 1, size: 0)
      return
    }
    let sums = Residual.squares(suspect, reference)
    note(name, distance: sums.distance, size: sums.size)
  }

  /// Checks a whole layer.
  /// - Returns: false once the certificate cannot hold.
  public mutating func check(
    _ name: String, suspect: FoldedLayer, reference: FoldedLayer, run: Run
  ) throws(Problem) -> Bool {
    guard suspect.width == reference.width, suspect.up.count == reference.up.count,
      suspect.headCount == reference.headCount, suspect.keyHeadCount == reference.keyHeadCount,
      suspect.query.count == reference.query.count, suspect.key.count == reference.key.count,
      suspect.value.count == reference.value.count,
      suspect.output.count == reference.output.count,
      Set(suspect.biases.keys) == Set(reference.biases.keys),
      Set(suspect.vectors.keys) == Set(reference.vectors.keys),
      Set(suspect.fixed.keys) == Set(reference.fixed.keys)
    else {
      note("\(name): shape", distance: 1, size: 0)
      return false
    }
    try checkUnits(name, suspect, reference, run)
    try checkHeads(name, suspect, reference, run)
    for (part, values) in reference.vectors.sorted(by: { $0.key < $1.key }) {
      try checkRows(
        "\(name).\(part)", suspect: suspect.vectors[part] ?? [], reference: values,
        width: reference.width, run: run)
    }
    for (part, values) in reference.fixed.sorted(by: { $0.key < $1.key }) {
      checkFixed("\(name).\(part)", suspect: suspect.fixed[part] ?? [], reference: values)
    }
    return holds
  }

  public var json: JSON {
    [
      "residual_stream": .string(residualMap.name), "units_permuted": .bool(permutesUnits),
      "units_rescaled": .bool(rescalesUnits), "heads_permuted": .bool(permutesHeads),
      "values_mixed": .bool(mixesValues), "gains_moved": .bool(movesGains),
      "residual": JSON(residual),
      "tolerance": JSON(tolerance), "worst_tensor": .string(worst), "tensors": JSON(tensorCount),
    ]
  }
}
