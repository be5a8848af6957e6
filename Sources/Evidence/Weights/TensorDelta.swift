// What one tensor of a suspect is to the tensor of the reference that stands in its place.
//
// Sums over aligned values, taken chunk by chunk in double precision: sizes, inner product, equal
// values, zeros. Everything that names a relation (facts: "Naming the relation") is read off these
// sums, off the spectrum of the difference, or off casts and blocks of `StoredFloat.swift`.

import Base

/// Sums over the aligned values of two tensors. R is the reference, S the suspect.
public struct TensorDelta: Equatable, Sendable {
  public private(set) var count = 0
  /// Pairs in which either value is not finite; they enter no sum.
  public private(set) var notFinite = 0
  public private(set) var equal = 0
  public private(set) var referenceZeros = 0
  public private(set) var suspectZeros = 0
  /// Non-zero values of the suspect, and those among them that equal the reference.
  public private(set) var suspectKept = 0
  public private(set) var suspectKeptEqual = 0
  /// The same for the reference, for the reverse direction.
  public private(set) var referenceKept = 0
  public private(set) var referenceKeptEqual = 0
  public private(set) var sumReference = 0.0
  public private(set) var squaresReference = 0.0
  public private(set) var squaresSuspect = 0.0
  public private(set) var product = 0.0
  public private(set) var squaresDifference = 0.0

  public init() {}

  /// Adds aligned values.
  /// - Precondition: equal counts.
  public mutating func add(reference: [Float], suspect: [Float]) {
    precondition(reference.count == suspect.count, "aligned values come in pairs")
    for index in reference.indices {
      let r = reference[index]
      let s = suspect[index]
      count += 1
      if r == s { equal += 1 }
      guard r.isFinite, s.isFinite else {
        notFinite += 1
        if r.bitPattern == s.bitPattern, r != s { equal += 1 }
        continue
      }
      if r == 0 { referenceZeros += 1 } else { referenceKept += 1 }
      if s == 0 { suspectZeros += 1 } else { suspectKept += 1 }
      if r == s, r != 0 {
        suspectKeptEqual += 1
        referenceKeptEqual += 1
      }
      let x = Double(r)
      let y = Double(s)
      sumReference += x
      squaresReference += x * x
      squaresSuspect += y * y
      product += x * y
      squaresDifference += (y - x) * (y - x)
    }
  }

  /// Adds the sums of another part of the same tensor.
  public mutating func add(_ other: TensorDelta) {
    count += other.count
    notFinite += other.notFinite
    equal += other.equal
    referenceZeros += other.referenceZeros
    suspectZeros += other.suspectZeros
    suspectKept += other.suspectKept
    suspectKeptEqual += other.suspectKeptEqual
    referenceKept += other.referenceKept
    referenceKeptEqual += other.referenceKeptEqual
    sumReference += other.sumReference
    squaresReference += other.squaresReference
    squaresSuspect += other.squaresSuspect
    product += other.product
    squaresDifference += other.squaresDifference
  }

  /// Nothing but zeros in the suspect where the reference has values.
  public var isZeroed: Bool { count > 0 && suspectZeros == count && referenceKept > 0 }

  /// Every value equal.
  public var isIdentical: Bool { count > 0 && equal == count }

  /// ‖S − R‖ / ‖R‖; nil if R is zero.
  public var relativeDistance: Double? {
    squaresReference > 0 ? (squaresDifference / squaresReference).squareRoot() : nil
  }

  /// Cosine of the two tensors as vectors; nil if one is zero.
  public var cosine: Double? {
    let scale = (squaresReference * squaresSuspect).squareRoot()
    return scale > 0 ? product / scale : nil
  }

  /// Standard deviation of the reference's values.
  public var referenceDeviation: Double {
    let n = Double(max(1, count - notFinite))
    return max(0, squaresReference / n - (sumReference / n) * (sumReference / n)).squareRoot()
  }

  /// Root mean square of the difference.
  public var differenceSize: Double {
    (squaresDifference / Double(max(1, count - notFinite))).squareRoot()
  }

  /// ‖S − R‖ over the deviation of R's values: the ratio that added noise keeps constant.
  var noiseRatio: Double { referenceDeviation > 0 ? differenceSize / referenceDeviation : 0 }
}
