// Rung 4: do log-probabilities lie in the space that an output head can reach?
//
// Logits are W h, so log-probabilities of all tokens, minus their mean, lie in the span of the
// columns of W, minus theirs: d directions among V. Temperature and the final norm's gain do not
// change the span; a bias of the head is subtracted first; a soft cap bends it and is refused by
// the caller. The residual of a model outside the space is of order one (0.2 and more between
// models of one text), of a copied head it is rounding (Finlayson et al. 2403.09539; Carlini et
// al. 2403.06634; facts/"Rung 4").
//
// Least squares by normal equations in double precision, one step of refinement; a sample of tokens
// is enough, as long as there are several times more of them than directions. A small residual says
// that the head is shared, not that the rest is: a frozen head is ordinary in fine-tuning.

import Base

/// The column space of an output head over some tokens.
public struct OutputSpace: Sendable {
  /// Directions of the space.
  public let directions: Int
  public let tokens: Int

  /// Centred columns as rows: directions × tokens.
  private let basis: Matrix
  private let gram: LeastSquares

  /// Tokens for each direction, at least.
  public static let tokensPerDirection = 2
  /// Positions at which a residual is taken, at least.
  public static let positionsMin = 16
  /// Root mean square over tokens of a centred row, in nats, below which there is nothing to fit.
  static let spreadMin = 0.05

  /// - Parameters:
  ///   - head: a row of `width` numbers for each token.
  /// - Returns: nil if there are too few tokens, numbers that are not finite, or columns that
  ///   depend on each other.
  public init?(head: [Float], width: Int, run: Run) throws(Problem) {
    guard width > 0, head.count % width == 0, head.allSatisfy(\.isFinite) else { return nil }
    let count = head.count / width
    guard count >= Self.tokensPerDirection * (width + 2) else { return nil }
    var columns: [[Double]] = []
    for column in 0..<width {
      var values = (0..<count).map { Double(head[$0 * width + column]) }
      Self.centre(&values[...])
      if values.contains(where: { $0 != 0 }) { columns.append(values) }
    }
    guard !columns.isEmpty else { return nil }
    directions = columns.count
    tokens = count
    basis = Matrix(rows: columns.count, columns: count, values: columns.flatMap { $0 })
    let products = try basis.timesTransposed(basis, run: run)
    guard let gram = try LeastSquares(products, run: run) else { return nil }
    self.gram = gram
  }

  /// ‖(I − P) L‖ / ‖L‖ over rows of log-probabilities of the same tokens, centred.
  /// - Parameter rows: positions × tokens.
  /// - Returns: nil if there are too few rows, numbers that are not finite, or nothing but
  ///   uniform distributions.
  public func residual(of rows: [Float], run: Run) throws(Problem) -> Double? {
    try squares(of: rows, run: run).flatMap { OutputSpaceSums.residual([$0]) }
  }

  /// The same as sums, so that rows over other tokens can be added.
  public func squares(of rows: [Float], run: Run) throws(Problem) -> OutputSpaceSums? {
    guard rows.count % tokens == 0, rows.allSatisfy(\.isFinite) else { return nil }
    let count = rows.count / tokens
    var values = rows.map(Double.init)
    for row in 0..<count { Self.centre(&values[row * tokens..<(row + 1) * tokens]) }
    var rest = Matrix(rows: count, columns: tokens, values: values)
    let size = rest.squaredNorm
    for _ in 0..<2 {  // solve, then refine what is left
      let weights = try gram.solve(try basis.timesTransposed(rest, run: run), run: run)
      let fitted = try weights.transposed.timesTransposed(basis.transposed, run: run)
      for index in rest.values.indices { rest.values[index] -= fitted.values[index] }
    }
    return OutputSpaceSums(
      rest: rest.squaredNorm, size: size, positions: count, entries: rows.count)
  }

  private static func centre(_ values: inout ArraySlice<Double>) {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    for index in values.indices { values[index] -= mean }
  }
}

/// What a space leaves of some rows.
public struct OutputSpaceSums: Equatable, Sendable {
  public var rest: Double
  public var size: Double
  public var positions: Int
  public var entries: Int

  /// The relative residual over all rows; nil if there is too little to say anything.
  public static func residual(_ parts: [OutputSpaceSums]) -> Double? {
    let size = parts.reduce(0) { $0 + $1.size }
    let entries = parts.reduce(0) { $0 + $1.entries }
    guard parts.reduce(0, { $0 + $1.positions }) >= OutputSpace.positionsMin,
      size >= OutputSpace.spreadMin * OutputSpace.spreadMin * Double(entries)
    else { return nil }
    return (parts.reduce(0) { $0 + $1.rest } / size).squareRoot()
  }
}

/// A residual against what rounding leaves and what controls leave.
public struct OutputSpaceFinding: Equatable, Sendable {
  public let residual: Double
  /// Largest residual that rounding explains.
  public let tolerance: Double
  /// Residuals of models known to be unrelated.
  public let controls: [Double]
  public let positions: Int
  public let tokens: Int
  public let directions: Int

  /// Rounding floors that a certificate may need.
  public static let floors = 3.0
  /// No storage is so coarse that a residual above this is rounding: strangers start at 0.2.
  public static let toleranceMax = 0.02
  /// Residuals above this are not set against controls: they say nothing.
  public static let strikingMax = 0.1

  /// - Parameter floor: relative rounding error of the coarser of the two heads, at least that of
  ///   the log-probabilities.
  public init(
    residual: Double, floor: Double, controls: [Double], positions: Int, space: OutputSpace
  ) {
    self.residual = residual
    tolerance = min(Self.floors * floor, Self.toleranceMax)
    self.controls = controls
    self.positions = positions
    tokens = space.tokens
    directions = space.directions
  }

  /// How the rung is named.
  public static let test = "shared output space"

  /// Rounding, and no control comes near.
  public var isCertificate: Bool {
    Self.isCertificate(residual: residual, tolerance: tolerance, nearest: controls.min())
  }

  /// The rule by itself. `nearest`: the least residual of a control, if there are any.
  public static func isCertificate(residual: Double, tolerance: Double, nearest: Double?) -> Bool {
    residual <= tolerance && tolerance <= toleranceMax
      && (nearest ?? .infinity) > floors * tolerance
  }

  /// Smaller than every control, and more than rounding leaves: a number, not a verdict.
  public var isStriking: Bool {
    guard residual <= Self.strikingMax, let nearest = controls.min() else { return false }
    return residual < nearest
  }
}
