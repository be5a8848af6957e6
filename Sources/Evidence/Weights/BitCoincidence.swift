// How many elements of two tensors have the same bits, and how many two independent tensors of the
// same values would have in common.
//
// Bits are those of the narrower of the two float formats in which the tensors were stored; values
// of the wider one are rounded to it, to nearest, ties to even. Two F32 tensors are both rounded to
// BF16: a histogram over 32 bits is out of reach, and equality of all 32 is what digests show. So
// a word has 16 bits, and the chance is exact over them: with p and q the shares of a word in the
// two tensors, Σ p(word)·q(word) is the expected share of equal elements if the elements of one
// tensor were put in a random order.
//
// It describes; no verdict rests on it. Tensors of few values (ternary, pruned) agree by chance.

import Base

/// Counts over aligned elements, in two histograms of half a megabyte each.
public struct BitCoincidence: Sendable {
  /// What was counted.
  public struct Count: Equatable, Sendable {
    public var format: StoredFloat
    public var elements: Int
    /// Elements with equal words.
    public var equal: Int
    /// Σ p(word)·q(word).
    public var chance: Double

    public init(format: StoredFloat, elements: Int, equal: Int, chance: Double) {
      self.format = format
      self.elements = elements
      self.equal = equal
      self.chance = chance
    }
  }

  /// The format whose bits are compared.
  public let format: StoredFloat
  private var elements = 0
  private var equal = 0
  private var suspectWords = [Int](repeating: 0, count: 1 << 16)
  private var referenceWords = [Int](repeating: 0, count: 1 << 16)

  /// For tensors that were stored in these formats.
  public init(_ a: StoredFloat, _ b: StoredFloat) {
    format = a == .bf16 || b == .bf16 || a == b && a == .f32 ? .bf16 : .f16
  }

  /// Adds aligned values.
  /// - Precondition: equal counts.
  public mutating func add(suspect: [Float], reference: [Float]) {
    precondition(reference.count == suspect.count, "aligned values come in pairs")
    elements += suspect.count
    let isHalf = format == .f16
    for index in suspect.indices {
      let s = isHalf ? Float16(suspect[index]).bitPattern : Self.brain(suspect[index])
      let r = isHalf ? Float16(reference[index]).bitPattern : Self.brain(reference[index])
      if s == r { equal += 1 }
      suspectWords[Int(s)] += 1
      referenceWords[Int(r)] += 1
    }
  }

  public var count: Count {
    var sum = 0.0
    for (s, r) in zip(suspectWords, referenceWords) where s > 0 && r > 0 {
      sum += Double(s) * Double(r)
    }
    let n = Double(max(1, elements))
    return Count(format: format, elements: elements, equal: equal, chance: sum / n / n)
  }

  /// The BF16 word of a value, rounded to nearest, ties to even; what is no number stays none.
  private static func brain(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
