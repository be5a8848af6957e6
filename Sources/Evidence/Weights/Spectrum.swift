// Eigenvalues of a small symmetric matrix, and through them singular values.
//
// Householder reduction to tridiagonal form, then the QL iteration with implicit shifts (Wilkinson;
// Golub and Van Loan, Matrix Computations, 8.3). Values only: the tests need spectra, not vectors.
// Singular values come from the smaller Gram matrix, which loses what lies below about 1e-8 of the
// largest; the noise edges they are held against lie far above that.

import Glibc

public enum Spectrum {
  /// Eigenvalues of a symmetric matrix in decreasing order; nil if the iteration does not settle
  /// (only for entries that are not finite).
  public static func eigenvalues(_ symmetric: Matrix) -> [Double]? {
    precondition(symmetric.rows == symmetric.columns, "a symmetric matrix is square")
    guard symmetric.rows > 0 else { return [] }
    guard symmetric.values.allSatisfy(\.isFinite) else { return nil }
    var (diagonal, side) = tridiagonal(symmetric)
    guard implicitQL(&diagonal, &side) else { return nil }
    return diagonal.sorted(by: >)
  }

  /// Singular values in decreasing order, min(rows, columns) of them.
  public static func singularValues(_ matrix: Matrix) -> [Double]? {
    let wide = matrix.rows <= matrix.columns ? matrix : matrix.transposed
    return eigenvalues(wide.timesTransposed(wide))?.map { max(0, $0).squareRoot() }
  }

  private static func tridiagonal(_ symmetric: Matrix) -> ([Double], [Double]) {
    let count = symmetric.rows
    var a = symmetric
    var diagonal = [Double](repeating: 0, count: count)
    var side = [Double](repeating: 0, count: count)
    for step in 0..<max(0, count - 2) {
      diagonal[step] = a[step, step]
      side[step] = reflect(&a, step: step)
    }
    if count >= 2 {
      diagonal[count - 2] = a[count - 2, count - 2]
      side[count - 2] = a[count - 1, count - 2]
    }
    diagonal[count - 1] = a[count - 1, count - 1]
    return (diagonal, side)
  }

  /// Clears column `step` below its first subdiagonal entry in the trailing block; returns that
  /// entry afterwards.
  private static func reflect(_ a: inout Matrix, step: Int) -> Double {
    let first = step + 1
    let count = a.rows
    var vector = (first..<count).map { a[$0, step] }
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0 else { return 0 }
    let head = vector[0] >= 0 ? -length : length
    vector[0] -= head
    let squared = vector.reduce(0) { $0 + $1 * $1 }
    guard squared > 0 else { return head }
    let size = vector.count
    // p = A v · 2/|v|², w = p − v · (pᵀv)/|v|²; A ← A − v wᵀ − w vᵀ.
    var p = [Double](repeating: 0, count: size)
    for row in 0..<size {
      var sum = 0.0
      let base = (first + row) * count + first
      for column in 0..<size { sum += a.values[base + column] * vector[column] }
      p[row] = sum * 2 / squared
    }
    let shift = zip(p, vector).reduce(0) { $0 + $1.0 * $1.1 } / squared
    let w = zip(p, vector).map { $0 - shift * $1 }
    for row in 0..<size {
      let base = (first + row) * count + first
      for column in 0..<size {
        a.values[base + column] -= vector[row] * w[column] + w[row] * vector[column]
      }
    }
    return head
  }

  /// QL with implicit shifts on a tridiagonal matrix; `side[i]` couples i and i + 1.
  private static func implicitQL(_ d: inout [Double], _ e: inout [Double]) -> Bool {
    let count = d.count
    for l in 0..<count {
      var rounds = 0
      while true {
        var m = l
        while m < count - 1 {
          let scale = abs(d[m]) + abs(d[m + 1])
          if abs(e[m]) <= Double.ulpOfOne * scale { break }
          m += 1
        }
        if m == l { break }
        rounds += 1
        guard rounds <= 60 else { return false }
        chase(&d, &e, from: l, to: m)
      }
    }
    return true
  }

  private static func chase(_ d: inout [Double], _ e: inout [Double], from l: Int, to m: Int) {
    var g = (d[l + 1] - d[l]) / (2 * e[l])
    var r = hypot(g, 1)
    g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r))
    var s = 1.0
    var c = 1.0
    var p = 0.0
    for i in stride(from: m - 1, through: l, by: -1) {
      let f = s * e[i]
      let b = c * e[i]
      r = hypot(f, g)
      e[i + 1] = r
      if r == 0 {  // the matrix splits here
        d[i + 1] -= p
        e[m] = 0
        return
      }
      s = f / r
      c = g / r
      g = d[i + 1] - p
      r = (d[i] - g) * s + 2 * c * b
      p = s * r
      d[i + 1] = g + p
      g = c * r - b
    }
    d[l] -= p
    e[l] = g
    e[m] = 0
  }
}
