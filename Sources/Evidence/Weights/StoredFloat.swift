// How numbers are rounded when a model is stored: casts, and blocks of GGML's simple types.
//
// A child made by a cast or by quantisation can be made again from its parent and compared value by
// value: a certificate, with a direction if something was lost. Block types follow ggml's reference
// quantisers (github.com/ggml-org/llama.cpp, ggml/src/ggml-quants.c): blocks of 32, scale stored as
// a half. Types that search for their scale (K-quants, importance matrices) cannot be made again;
// for them `CellContainment` asks whether the parent's values lie in the child's cells.

import Base
import Glibc

/// The float type in which values were stored last.
public enum StoredFloat: String, Sendable, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"

  /// Bits of the significand behind the leading one.
  var significandBits: Int {
    switch self {
    case .f32: 23
    case .f16: 10
    case .bf16: 7
    }
  }

  /// Relative error of rounding normally distributed values to nearest (measured; F32 derived from
  /// BF16 by the difference in bits).
  public var roundingFloor: Double {
    switch self {
    case .f32: 2.6e-8
    case .f16: 2.1e-4
    case .bf16: 1.66e-3
    }
  }

  /// Round to nearest, ties to even.
  public func rounded(_ value: Float) -> Float {
    switch self {
    case .f32: return value
    case .f16: return Float(Float16(value))
    case .bf16:
      guard value.isFinite else { return value }
      let bits = value.bitPattern
      return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    }
  }

  /// Towards zero, as tools that drop bits do.
  public func truncated(_ value: Float) -> Float {
    switch self {
    case .f32: return value
    case .bf16: return Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    case .f16:
      let near = rounded(value)
      guard abs(near) > abs(value) else { return near }
      return Float(near > 0 ? Float16(near).nextDown : Float16(near).nextUp)
    }
  }

  /// Distance of neighbouring stored numbers at this size.
  func spacing(at value: Float) -> Double {
    guard value.isFinite, value != 0 else { return 0 }
    return pow(2, Double(value.exponent) - Double(significandBits))
  }
}

/// A block type whose quantiser has no choices.
public enum BlockForm: String, Sendable, CaseIterable {
  case q8_0 = "Q8_0"
  case q4_0 = "Q4_0"
  case q4_1 = "Q4_1"
  case q5_0 = "Q5_0"
  case q5_1 = "Q5_1"

  public static let blockSize = 32

  /// Relative error for normally distributed values (Q8_0 and Q4_0 measured, the others from
  /// their step).
  public var roundingFloor: Double {
    switch self {
    case .q8_0: 5.4e-3
    case .q4_0: 8.6e-2
    case .q4_1: 7.8e-2
    case .q5_0: 4.3e-2
    case .q5_1: 3.9e-2
    }
  }

  /// Quantises and dequantises one block in place.
  func roundTrip(_ block: inout ArraySlice<Float>) {
    switch self {
    case .q8_0: Self.symmetric(&block)
    case .q4_0: Self.signed(&block, half: 8)
    case .q5_0: Self.signed(&block, half: 16)
    case .q4_1: Self.offset(&block, levels: 15)
    case .q5_1: Self.offset(&block, levels: 31)
    }
  }

  /// The same for whole rows whose length is a multiple of the block.
  public func roundTrip(_ values: [Float]) -> [Float] {
    var out = values
    for start in stride(from: 0, to: values.count, by: Self.blockSize) {
      let end = min(start + Self.blockSize, values.count)
      roundTrip(&out[start..<end])
    }
    return out
  }

  private static func symmetric(_ block: inout ArraySlice<Float>) {
    let largest = block.reduce(Float(0)) { max($0, abs($1)) }
    let step = largest / 127
    let inverse = step > 0 ? 1 / step : 0
    let stored = Float(Float16(step))
    for index in block.indices {
      block[index] = (block[index] * inverse).rounded(.toNearestOrAwayFromZero) * stored
    }
  }

  private static func signed(_ block: inout ArraySlice<Float>, half: Float) {
    var extreme: Float = 0
    for value in block where abs(value) > abs(extreme) { extreme = value }
    let step = extreme / -half
    let inverse = step != 0 ? 1 / step : 0
    let stored = Float(Float16(step))
    for index in block.indices {
      let level = min(2 * half - 1, max(0, (block[index] * inverse + half + 0.5).rounded(.down)))
      block[index] = (level - half) * stored
    }
  }

  private static func offset(_ block: inout ArraySlice<Float>, levels: Float) {
    let low = block.min() ?? 0
    let step = ((block.max() ?? 0) - low) / levels
    let inverse = step != 0 ? 1 / step : 0
    let stored = Float(Float16(step))
    let base = Float(Float16(low))
    for index in block.indices {
      let level = min(levels, ((block[index] - low) * inverse + 0.5).rounded(.down))
      block[index] = level * stored + base
    }
  }
}

/// Whether a parent's values lie in the cells of a quantised child.
public enum CellContainment {
  /// Share of the parent's values in the half-open cells around the child's values, with the step
  /// of a block taken as the smallest gap between its values and the end cells open.
  public static func share(parent: [Float], child: [Float], block: Int = 32) -> Double {
    precondition(parent.count == child.count, "aligned values come in pairs")
    var inside = 0
    var total = 0
    for start in stride(from: 0, to: child.count, by: block) {
      let range = start..<min(start + block, child.count)
      let levels = child[range].sorted()
      var gap = Float.infinity
      for (low, high) in zip(levels, levels.dropFirst()) where high > low {
        gap = min(gap, high - low)
      }
      guard gap.isFinite, let lowest = levels.first, let highest = levels.last else { continue }
      for index in range {
        total += 1
        let p = parent[index]
        let c = child[index]
        let isOpenEnd = (c == lowest && p <= c) || (c == highest && p >= c)
        if isOpenEnd || abs(p - c) <= gap * 0.5005 { inside += 1 }
      }
    }
    return total > 0 ? Double(inside) / Double(total) : 0
  }
}
