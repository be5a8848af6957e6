// The rotation nearest to a matrix, and least squares for small systems.
//
// Nearest rotation (Procrustes): the orthogonal factor of the polar decomposition, by the
// Newton–Schulz iteration X ← X (3 I − XᵀX) / 2, which needs products only (Higham, Functions of
// Matrices, ch. 8). It grows a small singular value by 3/2 a step, so an embedding of condition c
// takes about 2 log c / log 1.5 steps.

import Base
import Glibc

public enum Polar {
  static let stepsMax = 100
  /// Largest deviation of XᵀX from the identity that counts as orthogonal.
  static let tolerance = 1e-12

  /// The orthogonal matrix nearest to a square matrix; nil if it is singular to working precision
  /// or not finite.
  public static func rotation(
    nearestTo matrix: Matrix, run: Run
  ) throws(Problem) -> Matrix? {
    precondition(matrix.rows == matrix.columns, "a rotation is square")
    let bound = sizeBound(matrix)
    guard bound > 0, bound.isFinite else { return nil }
    let side = matrix.rows
    var x = matrix
    for index in x.values.indices { x.values[index] /= bound }
    for _ in 0..<stepsMax {
      let columns = x.transposed
      var correction = try columns.timesTransposed(columns, run: run)  // XᵀX
      var deviation = 0.0
      for row in 0..<side {
        for column in 0..<side {
          let wanted = row == column ? 1.0 : 0.0
          deviation = max(deviation, abs(correction[row, column] - wanted))
          correction[row, column] = (row == column ? 1.5 : 0) - 0.5 * correction[row, column]
        }
      }
      if deviation <= tolerance { return x }
      x = try x.timesTransposed(correction, run: run)  // symmetric: its own transpose
    }
    return nil
  }

  /// An upper bound of the largest singular value: sqrt(|A|₁ |A|∞).
  private static func sizeBound(_ matrix: Matrix) -> Double {
    var columnSums = [Double](repeating: 0, count: matrix.columns)
    var rowMax = 0.0
    for row in 0..<matrix.rows {
      var sum = 0.0
      for column in 0..<matrix.columns {
        let size = abs(matrix[row, column])
        sum += size
        columnSums[column] += size
      }
      rowMax = max(rowMax, sum)
    }
    return (rowMax * (columnSums.max() ?? 0)).squareRoot()
  }
}

/// A symmetric positive definite matrix as a product of triangles (Cholesky).
public struct LeastSquares: Sendable {
  private let lower: Matrix

  /// Nil if the matrix is not definite to working precision.
  public init?(_ a: Matrix, run: Run) throws(Problem) {
    let side = a.rows
    precondition(a.columns == side, "the matrix is square")
    var lower = Matrix(zeros: side, side)
    for row in 0..<side {
      try run.check()
      for column in 0...row {
        var sum = a[row, column]
        for index in 0..<column { sum -= lower[row, index] * lower[column, index] }
        if row == column {
          guard sum > a[row, row] * 1e-13, sum.isFinite else { return nil }
          lower[row, row] = sum.squareRoot()
        } else {
          lower[row, column] = sum / lower[column, column]
        }
      }
    }
    self.lower = lower
  }

  /// X with A X = B.
  public func solve(_ b: Matrix, run: Run) throws(Problem) -> Matrix {
    let side = lower.rows
    precondition(b.rows == side, "sides differ")
    var x = b
    for column in 0..<b.columns {
      try run.check()
      for row in 0..<side {
        var sum = x[row, column]
        for index in 0..<row { sum -= lower[row, index] * x[index, column] }
        x[row, column] = sum / lower[row, row]
      }
      for row in stride(from: side - 1, through: 0, by: -1) {
        var sum = x[row, column]
        for index in row + 1..<max(side, row + 1) { sum -= lower[index, row] * x[index, column] }
        x[row, column] = sum / lower[row, row]
      }
    }
    return x
  }

  /// Solves A X = B; nil if A is not definite to working precision.
  public static func solve(_ a: Matrix, _ b: Matrix, run: Run) throws(Problem) -> Matrix? {
    try LeastSquares(a, run: run)?.solve(b, run: run)
  }
}
