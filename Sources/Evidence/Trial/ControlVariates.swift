// Taking out of the differences what other models say about the same twins.
//
// Least squares through the origin: the coefficients depend on the unsigned differences alone, so
// flipping a coin changes nothing but a sign, and the test stays exact. An intercept would break
// that (facts/detection.md C2). Where a trial is looked at again and again, the fit of a pair may
// use earlier pairs only: then later pairs change no sign that was already bet on.

import Base

/// A regression of differences on those of other models.
public struct ControlVariates: Equatable, Sendable {
  /// One coefficient for each regressor.
  public let coefficients: [Double]
  public let residuals: [Double]

  /// Pairs for each regressor. A fit of p regressors on n pairs takes the share p/n of any signal
  /// along: a third at most. Of too many regressors the first ones are used.
  static let pairsPerRegressor = 3

  /// One fit on all pairs. Nil if there are no regressors, or too few pairs for one.
  public init?(_ differences: [Double], regressors: [[Double]]) {
    let regressors = Array(regressors.prefix(differences.count / Self.pairsPerRegressor))
    var equations = NormalEquations(size: regressors.count)
    for index in differences.indices { equations.add(differences[index], regressors, at: index) }
    guard let solved = equations.solution() else { return nil }
    coefficients = solved
    residuals = differences.indices.map { index in
      Self.residual(differences[index], regressors, at: index, solved)
    }
  }

  /// A fit for each pair on the pairs before it; while these are too few for all regressors, a
  /// pair stays as it is. The coefficients are those after the last pair.
  public init?(sequentially differences: [Double], regressors: [[Double]]) {
    let pairsMin = Self.pairsPerRegressor * regressors.count
    guard differences.count >= pairsMin else { return nil }
    var equations = NormalEquations(size: regressors.count)
    var residuals: [Double] = []
    for index in differences.indices {
      let known = index >= pairsMin ? equations.solution() : nil
      residuals.append(
        known.map { Self.residual(differences[index], regressors, at: index, $0) }
          ?? differences[index])
      equations.add(differences[index], regressors, at: index)
    }
    guard let last = equations.solution() else { return nil }
    coefficients = last
    self.residuals = residuals
  }

  private static func residual(
    _ difference: Double, _ regressors: [[Double]], at index: Int, _ coefficients: [Double]
  ) -> Double {
    zip(coefficients, regressors).reduce(difference) { $0 - $1.0 * $1.1[index] }
  }
}

/// Sums of products of what was seen so far.
private struct NormalEquations {
  private var gram: SquareMatrix
  private var moments: [Double]

  /// Added to the diagonal of the scaled matrix, so that nearly equal regressors share a weight.
  private static let ridge = 1e-9

  init(size: Int) {
    gram = SquareMatrix(size: size)
    moments = [Double](repeating: 0, count: size)
  }

  mutating func add(_ difference: Double, _ regressors: [[Double]], at index: Int) {
    for row in regressors.indices {
      let value = regressors[row][index]
      moments[row] += value * difference
      for column in 0...row { gram[row, column] += value * regressors[column][index] }
    }
  }

  /// The coefficients; nil without regressors. One that is zero everywhere gets zero.
  func solution() -> [Double]? {
    let size = moments.count
    guard size > 0 else { return nil }
    let scales = (0..<size).map { gram[$0, $0] > 0 ? gram[$0, $0].squareRoot() : 1 }
    var scaled = SquareMatrix(size: size)
    for row in 0..<size {
      for column in 0...row {
        scaled[row, column] = gram[row, column] / (scales[row] * scales[column])
      }
      scaled[row, row] += Self.ridge
    }
    guard let inverse = scaled.inverseOfPositiveDefinite() else { return nil }
    return (0..<size).map { row in
      (0..<size).reduce(0) { $0 + inverse[row, $1] * moments[$1] / scales[$1] } / scales[row]
    }
  }
}
