import Base
import Foundation
import Testing

@testable import Evidence

@Suite("Spectra of small matrices")
struct WeightSpectrumTests {
  @Test("are known for the second difference", arguments: [1, 2, 3, 10, 33])
  func secondDifference(size: Int) throws {
    var matrix = Matrix(zeros: size, size)
    for i in 0..<size {
      matrix[i, i] = 2
      if i > 0 {
        matrix[i, i - 1] = -1
        matrix[i - 1, i] = -1
      }
    }
    let found = try #require(Spectrum.eigenvalues(matrix))
    let expected = (1...size).map { 2 - 2 * cos(.pi * Double($0) / Double(size + 1)) }
      .sorted(by: >)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-12) }
  }

  @Test("are kept by rotations", arguments: 0..<5)
  func rotated(seed: Int) throws {
    var gauss = Gauss(UInt64(seed), stream: 1)
    let side = 24
    let q = gauss.rotation(side)
    let wanted = (0..<side).map { Double(side - $0) * Double(side - $0) }
    var diagonal = Matrix(zeros: side, side)
    for i in 0..<side { diagonal[i, i] = wanted[i] }
    let found = try #require(Spectrum.eigenvalues(q.times(diagonal).timesTransposed(q)))
    for (a, b) in zip(found, wanted) { #expect(abs(a - b) < 1e-9 * wanted[0]) }
  }

  @Test("are refused for numbers that are not finite")
  func notFinite() {
    #expect(Spectrum.eigenvalues(Matrix(rows: 1, columns: 1, values: [.nan])) == nil)
  }

  @Test("give the size of a matrix, whichever side is longer")
  func singular() throws {
    var gauss = Gauss(2)
    let matrix = Matrix(rows: 7, columns: 30, floats: gauss.values(210))
    let a = try #require(Spectrum.singularValues(matrix))
    let b = try #require(Spectrum.singularValues(matrix.transposed))
    #expect(a.count == 7)
    for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-9) }
    #expect(abs(a.reduce(0) { $0 + $1 * $1 } - matrix.squaredNorm) < 1e-9 * matrix.squaredNorm)
  }
}

@Suite("The nearest rotation")
struct WeightPolarTests {
  @Test("is the rotation itself, scaled and sheared", arguments: [2, 5, 16, 40])
  func recovers(side: Int) throws {
    var gauss = Gauss(UInt64(side))
    let q = gauss.rotation(side)
    var stretch = Matrix(zeros: side, side)
    for i in 0..<side { stretch[i, i] = pow(10, -3 * Double(i) / Double(side)) }
    let u = gauss.rotation(side)
    // A = P q with P symmetric positive definite: its orthogonal factor is q.
    let p = u.times(stretch).timesTransposed(u)
    let found = try #require(try Polar.rotation(nearestTo: p.times(q), run: Run()))
    #expect(found.squaredDistance(to: q).squareRoot() < 1e-6)
  }

  @Test("is not made up for a singular matrix")
  func singular() throws {
    #expect(try Polar.rotation(nearestTo: Matrix(zeros: 3, 3), run: Run()) == nil)
    #expect(
      try Polar.rotation(
        nearestTo: Matrix(rows: 2, columns: 2, values: [1, 0, 0, 0]), run: Run()) == nil)
  }

  @Test("least squares solve what they were given")
  func leastSquares() throws {
    var gauss = Gauss(4)
    let a = Matrix(rows: 6, columns: 20, floats: gauss.values(120))
    let x = Matrix(rows: 6, columns: 3, floats: gauss.values(18))
    let gram = a.timesTransposed(a)
    let found = try #require(try LeastSquares.solve(gram, gram.times(x), run: Run()))
    #expect(found.squaredDistance(to: x) < 1e-16)
    #expect(
      try LeastSquares.solve(Matrix(zeros: 2, 2), Matrix(zeros: 2, 1), run: Run()) == nil)
  }
}

@Suite("The difference of two matrices")
struct WeightDifferenceTests {
  private func spectrum(
    _ base: [Float], _ change: [Float], rows: Int, columns: Int
  ) throws -> DifferenceSpectrum? {
    let stored = StoredFloat.bf16
    let reference = base.map(stored.rounded)
    let suspect = zip(reference, change).map { stored.rounded($0 + $1) }
    return try DifferenceSpectrum(
      difference: Matrix(
        rows: rows, columns: columns,
        values: zip(suspect, reference).map { Double($0) - Double($1) }),
      roundingVariance: DifferenceSpectrum.roundingVariance(suspect, stored: stored),
      key: BlindingKey(["difference"]), run: Run())
  }

  private func lowRank(
    _ rank: Int, _ rows: Int, _ columns: Int, _ gauss: inout Gauss
  ) throws -> [Float] {
    let left = gauss.values(rows * rank, scale: 0.05)
    let right = gauss.values(columns * rank, scale: 0.05)
    return try RowProducts.of(left, right, width: rank, run: Run())
  }

  @Test("shows the rank of an adapter through BF16 rounding", arguments: [1, 4, 8, 16])
  func adapter(rank: Int) throws {
    var gauss = Gauss(UInt64(rank))
    let base = gauss.values(96 * 128, scale: 0.1)
    let found = try #require(
      try spectrum(base, try lowRank(rank, 96, 128, &gauss), rows: 96, columns: 128))
    #expect(found.rank == rank)
    #expect(found.restOverEdge < 1.5)
  }

  @Test("shows the rank behind a sketch of a large matrix")
  func largeAdapter() throws {
    var gauss = Gauss(21)
    let base = gauss.values(300 * 280, scale: 0.1)
    let found = try #require(
      try spectrum(base, try lowRank(6, 300, 280, &gauss), rows: 300, columns: 280))
    #expect(found.rank == 6)
  }

  @Test("shows no rank where training moved everything")
  func tuned() throws {
    var gauss = Gauss(22)
    let base = gauss.values(96 * 128, scale: 0.1)
    var change = gauss.values(96 * 128, scale: 0.004)
    let strong = try lowRank(3, 96, 128, &gauss)
    for index in change.indices { change[index] += strong[index] }
    let found = try #require(try spectrum(base, change, rows: 96, columns: 128))
    #expect(found.rank == nil)
    #expect(found.topOverNoise > 1.1)
  }

  @Test("looks white for added noise")
  func noise() throws {
    var gauss = Gauss(23)
    let base = gauss.values(96 * 128, scale: 0.1)
    let found = try #require(
      try spectrum(base, gauss.values(96 * 128, scale: 0.005), rows: 96, columns: 128))
    #expect(found.rank == nil)
    #expect(found.topOverNoise < 1.1)
  }
}
