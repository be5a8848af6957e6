// A small symmetric matrix in double, and its inverse by Cholesky's factorisation.

/// Row by row; only the lower half of a symmetric matrix need be filled.
struct SquareMatrix {
  let size: Int
  private var values: [Double]

  init(size: Int) {
    self.size = size
    values = [Double](repeating: 0, count: size * size)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * size + column] }
    set { values[row * size + column] = newValue }
  }

  /// The inverse, whole; nil unless the matrix is positive definite.
  func inverseOfPositiveDefinite() -> SquareMatrix? {
    guard let factor = cholesky() else { return nil }
    var lower = SquareMatrix(size: size)  // the inverse of the factor
    for column in 0..<size {
      lower[column, column] = 1 / factor[column, column]
      for row in column + 1..<max(size, column + 1) {
        var sum = 0.0
        for k in column..<row { sum -= factor[row, k] * lower[k, column] }
        lower[row, column] = sum / factor[row, row]
      }
    }
    var inverse = SquareMatrix(size: size)
    for row in 0..<size {
      for column in 0...row {
        var sum = 0.0
        for k in row..<size { sum += lower[k, row] * lower[k, column] }
        inverse[row, column] = sum
        inverse[column, row] = sum
      }
    }
    return inverse
  }

  /// L with L·Lᵀ = the matrix; nil unless it is positive definite.
  private func cholesky() -> SquareMatrix? {
    var factor = SquareMatrix(size: size)
    for row in 0..<size {
      for column in 0...row {
        var sum = self[row, column]
        for k in 0..<column { sum -= factor[row, k] * factor[column, k] }
        if row == column {
          guard sum > 0, sum.isFinite else { return nil }
          factor[row, row] = sum.squareRoot()
        } else {
          factor[row, column] = sum / factor[column, column]
        }
      }
    }
    return factor
  }
}
