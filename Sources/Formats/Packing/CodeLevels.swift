// What the codes of packed weights stand for, and which numbers are rounded to them.

import Base

/// The level of each code, and the edges of its cell.
struct CodeLevels: Sendable {
  /// By code.
  let values: [Float]
  /// Halfway to the next lower level, and to the next higher one; infinite at the ends.
  let lowerEdges: [Float]
  let upperEdges: [Float]

  init(_ values: [Float]) {
    self.values = values
    let sorted = Set(values.filter(\.isFinite).map { $0 == 0 ? 0 : $0 }).sorted()
    var lower: [Float] = []
    var upper: [Float] = []
    for value in values {
      guard value.isFinite, let place = sorted.firstIndex(of: value) else {
        lower.append(-.infinity)
        upper.append(.infinity)
        continue
      }
      lower.append(place > 0 ? (sorted[place - 1] + value) / 2 : -.infinity)
      upper.append(place + 1 < sorted.count ? (sorted[place + 1] + value) / 2 : .infinity)
    }
    lowerEdges = lower
    upperEdges = upper
  }

  /// Unsigned whole numbers of some bits; signed ones are told by their zero.
  static func whole(bits: Int) -> CodeLevels { wholes[bits - 1] }

  /// Two's complement of eight bits.
  static let signedBytes = CodeLevels((0..<256).map { Float(Int8(truncatingIfNeeded: $0)) })
  /// FP4 of OCP and NVIDIA: sign, two bits of exponent, one of significand.
  static let e2m1 = CodeLevels([
    0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6,
  ])
  static let e4m3 = CodeLevels((0..<256).map { EightBitFloat.e4m3(UInt8($0)) })
  static let e5m2 = CodeLevels((0..<256).map { EightBitFloat.e5m2(UInt8($0)) })

  private static let wholes = (1...8).map { bits in CodeLevels((0..<1 << bits).map { Float($0) }) }
}

/// Floats of eight bits.
enum EightBitFloat {
  /// Four bits of exponent, no infinities (`float8_e4m3fn`).
  static func e4m3(_ byte: UInt8) -> Float {
    byte & 0x7F == 0x7F ? .nan : float(byte, significandBits: 3, bias: 7)
  }

  /// Five bits of exponent, as IEEE 754 would have it.
  static func e5m2(_ byte: UInt8) -> Float {
    let magnitude = byte & 0x7F
    if magnitude > 0x7C { return .nan }
    if magnitude == 0x7C { return byte & 0x80 == 0 ? .infinity : -.infinity }
    return float(byte, significandBits: 2, bias: 15)
  }

  /// A power of two (`float8_e8m0fnu`).
  static func e8m0(_ byte: UInt8) -> Float {
    byte == 0xFF
      ? .nan : Float(bitPattern: byte == 0 ? 0x40_0000 : UInt32(byte) << 23)
  }

  private static func float(_ byte: UInt8, significandBits: Int, bias: Int) -> Float {
    let exponent = Int(byte & 0x7F) >> significandBits
    let fraction = Float(Int(byte) & ((1 << significandBits) - 1)) / Float(1 << significandBits)
    let size =
      exponent == 0
      ? Float(sign: .plus, exponent: 1 - bias, significand: 1) * fraction
      : Float(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
    return byte & 0x80 == 0 ? size : -size
  }
}
