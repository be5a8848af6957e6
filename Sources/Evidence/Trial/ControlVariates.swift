// Taking out of the differences what other models say about the same twins.
//
// Least squares through the origin, with the ridge of least leave-one-out error. Coefficients and
// ridge depend on the unsigned differences alone: flipping a coin changes nothing but a sign, and
// the test stays exact. An intercept would break that (facts/detection.md C2). The ridge costs
// next to nothing where pairs are many; with 13 references on 64 pairs of the zoo it made the
// statistic 8 % larger. Where a trial is looked at again and again, the fit of a pair may use
// earlier pairs only: then later pairs change no sign that was already bet on.

import Base

/// A regression of differences on those of other models.
public struct ControlVariates: Equatable, Sendable {
  /// One coefficient for each regressor.
  public let coefficients: [Double]
  public let residuals: [Double]

  /// Pairs for each regressor. A fit of p regressors on n pairs takes the share p/n of any signal
  /// along: a third at most. Of too many regressors the first ones are used.
  static let pairsPerRegressor = 3

  /// What is added to the diagonal of the scaled matrix, the least first: with it, regressors that
  /// are equal share a weight.
  static let ridges = [1e-12, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3]

  /// One fit on all pairs. Nil if there are no regressors, or too few pairs for one.
  public init?(_ differences: [Double], regressors: [[Double]]) {
    let regressors = Array(regressors.prefix(differences.count / Self.pairsPerRegressor))
    var equations = NormalEquations(size: regressors.count)
    for index in differences.indices { equations.add(differences[index], regressors, at: index) }
    var best: (error: Double, residuals: [Double], coefficients: [Double])?
    for ridge in Self.ridges {
      guard let solution = equations.solution(ridge: ridge) else { continue }
      let residuals = differences.indices.map { index in
        Self.residual(differences[index], regressors, at: index, solution.coefficients)
      }
      let error = residuals.indices.reduce(0) { sum, index in
        let left = residuals[index] / max(1 - solution.leverage(regressors, at: index), 1e-9)
        return sum + left * left
      }
      if error < best?.error ?? .infinity { best = (error, residuals, solution.coefficients) }
    }
    guard let best else { return nil }
    coefficients = best.coefficients
    residuals = best.residuals
  }

  /// A fit for each pair on the pairs before it; while these are too few for all regressors, a
  /// pair stays as it is. The coefficients are those after the last pair.
  public init?(sequentially differences: [Double], regressors: [[Double]]) {
    let pairsMin = Self.pairsPerRegressor * regressors.count
    guard differences.count >= pairsMin else { return nil }
    var equations = NormalEquations(size: regressors.count)
    var residuals: [Double] = []
    for index in differences.indices {
      let known = index >= pairsMin ? equations.solution(ridge: Self.ridges[0]) : nil
      residuals.append(
        known.map { Self.residual(differences[index], regressors, at: index, $0.coefficients) }
          ?? differences[index])
      equations.add(differences[index], regressors, at: index)
    }
    guard let last = equations.solution(ridge: Self.ridges[0]) else { return nil }
    coefficients = last.coefficients
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

  /// The fit; nil without regressors. A regressor that is zero everywhere gets zero.
  func solution(ridge: Double) -> Fit? {
    let size = moments.count
    guard size > 0 else { return nil }
    let scales = (0..<size).map { gram[$0, $0] > 0 ? gram[$0, $0].squareRoot() : 1 }
    var scaled = SquareMatrix(size: size)
    for row in 0..<size {
      for column in 0...row {
        scaled[row, column] = gram[row, column] / (scales[row] * scales[column])
      }
      scaled[row, row] += ridge
    }
    guard let inverse = scaled.inverseOfPositiveDefinite() else { return nil }
    let coefficients = (0..<size).map { row in
      (0..<size).reduce(0) { $0 + inverse[row, $1] * moments[$1] / scales[$1] } / scales[row]
    }
    return Fit(coefficients: coefficients, inverse: inverse, scales: scales)
  }
}

/// Coefficients, and what it takes to know how far each pair drew them to itself.
private struct Fit {
  let coefficients: [Double]
  let inverse: SquareMatrix
  let scales: [Double]

  /// The share of its own difference in a pair's fitted value.
  func leverage(_ regressors: [[Double]], at index: Int) -> Double {
    let row = zip(regressors, scales).map { $0[index] / $1 }
    return row.indices.reduce(0) { sum, i in
      sum + row[i] * row.indices.reduce(0) { $0 + inverse[i, $1] * row[$1] }
    }
  }
}
