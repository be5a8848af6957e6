// Small dense matrices in double precision: just what the tests on weights need.
//
// Rows are stored one after the other. Products run over rows of both factors (A times B
// transposed), which is the layout weights come in, with four lanes and a fixed order of sums.
// Meant for sides up to a few thousand; nothing here is a general linear algebra library.

import Base

/// A dense matrix, row-major.
public struct Matrix: Equatable, Sendable {
  public let rows: Int
  public let columns: Int
  /// `rows * columns` numbers.
  public var values: [Double]

  /// - Precondition: `values.count == rows * columns`.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(values.count == rows * columns, "a matrix needs all its numbers")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  public init(zeros rows: Int, _ columns: Int) {
    self.init(
      rows: rows, columns: columns, values: [Double](repeating: 0, count: rows * columns))
  }

  public init(rows: Int, columns: Int, floats: [Float]) {
    self.init(rows: rows, columns: columns, values: floats.map(Double.init))
  }

  public static func identity(_ side: Int) -> Matrix {
    var out = Matrix(zeros: side, side)
    for index in 0..<side { out[index, index] = 1 }
    return out
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  public var transposed: Matrix {
    var out = Matrix(zeros: columns, rows)
    for row in 0..<rows {
      for column in 0..<columns { out[column, row] = self[row, column] }
    }
    return out
  }

  /// self · otherᵀ, for small sides.
  public func timesTransposed(_ other: Matrix) -> Matrix {
    var out = Matrix(zeros: rows, other.rows)
    multiply(other, 0..<rows, into: &out)
    return out
  }

  /// self · otherᵀ, for sides of any size.
  /// - Throws: `interrupted`, once the run is no longer wanted.
  public func timesTransposed(_ other: Matrix, run: Run) throws(Problem) -> Matrix {
    var out = Matrix(zeros: rows, other.rows)
    for row in 0..<rows {
      try run.check()
      multiply(other, row..<row + 1, into: &out)
    }
    return out
  }

  /// Some rows of self · otherᵀ.
  private func multiply(_ other: Matrix, _ some: Range<Int>, into out: inout Matrix) {
    precondition(columns == other.columns, "inner sides differ")
    let width = columns
    unsafe values.withUnsafeBufferPointer { left in
      unsafe other.values.withUnsafeBufferPointer { right in
        for row in some {
          let x = unsafe UnsafeBufferPointer(rebasing: left[row * width..<(row + 1) * width])
          for column in 0..<other.rows {
            let y = unsafe UnsafeBufferPointer(
              rebasing: right[column * width..<(column + 1) * width])
            out.values[row * other.rows + column] = unsafe dot(x, y)
          }
        }
      }
    }
  }

  /// self · other.
  public func times(_ other: Matrix) -> Matrix { timesTransposed(other.transposed) }

  /// Sum of the squares of all entries.
  public var squaredNorm: Double { values.reduce(0) { $0 + $1 * $1 } }

  /// Sum of the squares of the differences of all entries.
  public func squaredDistance(to other: Matrix) -> Double {
    precondition(rows == other.rows && columns == other.columns, "sides differ")
    var sum = 0.0
    for index in values.indices {
      let difference = values[index] - other.values[index]
      sum += difference * difference
    }
    return sum
  }
}

private func dot(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) -> Double {
  guard let a = x.baseAddress, let b = y.baseAddress else { return 0 }
  let count = x.count
  var low = SIMD4<Double>(repeating: 0)
  var high = low
  var index = 0
  while index + 8 <= count {
    let p = unsafe UnsafeRawPointer(a + index)
    let q = unsafe UnsafeRawPointer(b + index)
    unsafe low += p.loadUnaligned(as: SIMD4<Double>.self) * q.loadUnaligned(as: SIMD4<Double>.self)
    unsafe high +=
      p.loadUnaligned(fromByteOffset: 32, as: SIMD4<Double>.self)
      * q.loadUnaligned(fromByteOffset: 32, as: SIMD4<Double>.self)
    index += 8
  }
  var sum = (low + high).sum()
  while index < count {
    unsafe sum += a[index] * b[index]
    index += 1
  }
  return sum
}
