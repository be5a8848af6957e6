// Taking out of the differences what other models say about the same twins.
//
// Least squares through the origin: the coefficients depend on the unsigned differences alone, so
// flipping a coin changes nothing but a sign, and the test stays exact. An intercept would break
// that (facts/detection.md C2).

import Base

/// A regression of differences on those of other models.
public struct ControlVariates: Equatable, Sendable {
  /// One coefficient for each regressor.
  public let coefficients: [Double]
  public let residuals: [Double]

  /// Pairs for each regressor below which a fit would take the signal along.
  static let pairsPerRegressor = 8

  /// Nil if there are no regressors, too few pairs, or the regressors are not independent.
  public init?(_ differences: [Double], regressors: [[Double]]) {
    let size = regressors.count
    guard size > 0, differences.count >= Self.pairsPerRegressor * size else { return nil }
    var gram = SquareMatrix(size: size)
    let scales = regressors.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    guard scales.allSatisfy({ $0 > 0 }) else { return nil }
    for row in 0..<size {
      for column in 0...row {
        let product = zip(regressors[row], regressors[column]).reduce(0) { $0 + $1.0 * $1.1 }
        gram[row, column] = product / (scales[row] * scales[column])
      }
      gram[row, row] += 1e-9
    }
    guard let inverse = gram.inverseOfPositiveDefinite() else { return nil }
    let targets = (0..<size).map { row in
      zip(regressors[row], differences).reduce(0) { $0 + $1.0 * $1.1 } / scales[row]
    }
    let solved = (0..<size).map { row in
      (0..<size).reduce(0) { $0 + inverse[row, $1] * targets[$1] } / scales[row]
    }
    coefficients = solved
    residuals = differences.indices.map { index in
      (0..<size).reduce(differences[index]) { $0 - solved[$1] * regressors[$1][index] }
    }
  }
}
