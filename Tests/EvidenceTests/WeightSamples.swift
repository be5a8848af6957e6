// Random weights for the tests of this folder: seeded, so that a failure repeats.

import Base
import Foundation

@testable import Evidence

/// Normal numbers (Box and Muller).
struct Gauss {
  var random: CounterRandom

  init(_ seed: UInt64, stream: UInt64 = 0) {
    random = CounterRandom(seed: seed, stream: stream)
  }

  mutating func next() -> Float {
    let radius = (-2 * log(1 - random.uniform())).squareRoot()
    return Float(radius * cos(2 * .pi * random.uniform()))
  }

  mutating func values(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in next() * scale }
  }

  /// A rotation, by orthonormalising random rows.
  mutating func rotation(_ side: Int) -> Matrix {
    var out = Matrix(zeros: side, side)
    for row in 0..<side {
      var vector = (0..<side).map { _ in Double(next()) }
      for _ in 0..<2 {
        for other in 0..<row {
          let product = (0..<side).reduce(0.0) { $0 + vector[$1] * out[other, $1] }
          for column in 0..<side { vector[column] -= product * out[other, column] }
        }
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for column in 0..<side { out[row, column] = vector[column] / length }
    }
    return out
  }
}

/// Rows of `values` in another order.
func rows(_ values: [Float], _ order: [Int], width: Int) -> [Float] {
  order.flatMap { values[$0 * width..<($0 + 1) * width] }
}

/// True in a long run.
let isSweep = ProcessInfo.processInfo.environment["ASSAY_SWEEP"] == "1"
