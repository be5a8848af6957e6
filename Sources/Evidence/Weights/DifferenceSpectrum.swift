// The spectrum of the difference of two weight matrices: a low-rank update, noise, or training?
//
// A merged adapter adds a matrix of small rank; rounding adds white noise whose largest singular
// value lies near sigma (sqrt m + sqrt n), with sigma^2 the mean of ulp^2 / 12. The rank is where
// the largest gap stands behind which nothing rises above the noise. Energy is no criterion: the
// embedding of a full fine-tune can hold most of its energy in four directions.
// Large matrices are reduced by a keyed sketch of 72 directions first (Halko, Martinsson, Tropp,
// SIAM Review 2011); behind the sketch the noise is underestimated a little, training never is.

import Base
import Glibc

/// What the singular values of S − R say.
public struct DifferenceSpectrum: Equatable, Sendable {
  /// Rank before the gap, if what follows is rounding noise and the rank is small.
  public var rank: Int?
  /// First singular value behind the gap over the noise edge.
  public var restOverEdge: Double
  /// Largest singular value over the edge of white noise with the same total energy:
  /// near 1 for added noise.
  public var topOverNoise: Double
  /// Share of the squared size in the first `rank` (or 4) directions.
  public var energy: Double

  /// The rest may exceed the edge by this factor and still be rounding.
  static let edgeFactor = 1.5
  static let directSideMax = 256
  static let sketchWidth = 72

  /// - Parameters:
  ///   - difference: S − R, rows × columns.
  ///   - roundingVariance: mean of ulp²/12 over the suspect's entries.
  /// - Returns: nil if the difference is zero or not finite.
  public init?(
    difference: Matrix, roundingVariance: Double, key: BlindingKey, run: Run
  ) throws(Problem) {
    let m = Double(difference.rows)
    let n = Double(difference.columns)
    let total = difference.squaredNorm
    guard total > 0, total.isFinite else { return nil }
    let small =
      min(difference.rows, difference.columns) <= Self.directSideMax
      ? difference : try Self.sketch(difference, key, run)
    guard let values = Spectrum.singularValues(small), let top = values.first, top > 0 else {
      return nil
    }
    let edge = roundingVariance.squareRoot() * (m.squareRoot() + n.squareRoot())
    let whiteEdge = (total / (m * n)).squareRoot() * (m.squareRoot() + n.squareRoot())
    topOverNoise = top / whiteEdge
    let tiny = top * 1e-8  // what the Gram matrix cannot resolve
    var best: (rank: Int, gap: Double)?
    for rank in 1..<max(2, values.count) where rank < values.count {
      let rest = values[rank]
      guard rest <= max(Self.edgeFactor * edge, tiny) else { continue }
      let gap = values[rank - 1] / max(rest, tiny)
      if best.map({ gap > $0.gap }) ?? true { best = (rank, gap) }
    }
    let limit = min(difference.rows, difference.columns) / 4
    let isGap = best.map { $0.rank <= limit && $0.gap >= 2 } ?? false
    rank = isGap ? best?.rank : nil
    let counted = rank ?? 4
    restOverEdge = edge > 0 ? values[min(counted, values.count - 1)] / edge : .infinity
    energy = values.prefix(counted).reduce(0) { $0 + $1 * $1 } / total
  }

  /// QᵀD for an orthonormal basis Q of D times random signs, after one power step.
  private static func sketch(
    _ difference: Matrix, _ key: BlindingKey, _ run: Run
  ) throws(Problem) -> Matrix {
    var random = key.generator()
    var probes = Matrix(zeros: sketchWidth, difference.columns)
    for index in probes.values.indices {
      probes.values[index] = random.next() & 1 == 0 ? 1 : -1
    }
    let tall = difference.transposed
    var basis = orthonormalRows(try probes.timesTransposed(difference, run: run))
    let back = orthonormalRows(try basis.timesTransposed(tall, run: run))
    basis = orthonormalRows(try back.timesTransposed(difference, run: run))
    return try basis.timesTransposed(tall, run: run)
  }

  /// Gram–Schmidt on rows, twice; a dependent row becomes zero.
  private static func orthonormalRows(_ matrix: Matrix) -> Matrix {
    var out = matrix
    let width = matrix.columns
    for row in 0..<matrix.rows {
      for _ in 0..<2 {
        for other in 0..<row {
          var product = 0.0
          for column in 0..<width { product += out[row, column] * out[other, column] }
          for column in 0..<width { out[row, column] -= product * out[other, column] }
        }
      }
      var squares = 0.0
      for column in 0..<width { squares += out[row, column] * out[row, column] }
      let factor = squares > 0 ? 1 / squares.squareRoot() : 0
      for column in 0..<width { out[row, column] *= factor }
    }
    return out
  }
}

extension DifferenceSpectrum {
  /// Mean of ulp²/12 over stored values.
  public static func roundingVariance(_ values: [Float], stored: StoredFloat) -> Double {
    guard !values.isEmpty else { return 0 }
    let sum = values.reduce(0.0) { total, value in
      let spacing = stored.spacing(at: value)
      return total + spacing * spacing / 12
    }
    return sum / Double(values.count)
  }
}
