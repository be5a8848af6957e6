// Conversions between float formats on their bits, exact or not at all.
//
// Formats: IEEE 754 binary16/32/64, bfloat16, and the 8-bit formats of the OCP OFP8 specification
// (E4M3 without infinities, E5M2), of OCP MX (E8M0) and the FNUZ variants (no -0; 80 is NaN).

/// Bit patterns of floats.
enum FloatBits {
  static let quietNaN16: UInt16 = 0x7E00
  static let quietNaNBF16: UInt16 = 0x7FC0
  static let quietNaN32: UInt32 = 0x7FC0_0000
  static let quietNaN64: UInt64 = 0x7FF8_0000_0000_0000

  static func isNaN(_ single: UInt32) -> Bool { single & 0x7FFF_FFFF > 0x7F80_0000 }

  /// Whether an F16 value has at most the 8 significant bits of BF16.
  static func halfFitsBF16(_ bits: UInt16) -> Bool {
    let exponent = bits >> 10 & 0x1F
    let fraction = bits & 0x3FF
    if exponent == 0x1F { return true }  // infinity or NaN
    if exponent != 0 || fraction == 0 { return fraction & 7 == 0 }
    return fraction >> UInt16(fraction.trailingZeroBitCount) < 256
  }

  /// Whether F16 holds an F32 value exactly.
  static func singleFitsF16(_ bits: UInt32) -> Bool {
    let exponent = Int(bits >> 23 & 0xFF)
    let fraction = bits & 0x7F_FFFF
    switch exponent {
    case 0xFF: return true
    case 0: return fraction == 0  // an F32 subnormal is far below the smallest F16
    case 113...142: return fraction & 0x1FFF == 0
    case 103...112:  // an F16 subnormal: a multiple of 2^-24
      let lost = UInt32(126 - exponent)
      return (fraction | 0x80_0000) & ((1 << lost) - 1) == 0
    default: return false
    }
  }

  /// The F16 of an F32 value that F16 holds exactly.
  static func half(exactly bits: UInt32) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: bits >> 16 & 0x8000)
    let exponent = Int(bits >> 23 & 0xFF)
    let fraction = bits & 0x7F_FFFF
    switch exponent {
    case 0xFF: return fraction == 0 ? sign | 0x7C00 : quietNaN16
    case 113...142:
      return sign | UInt16(exponent - 112) << 10 | UInt16(truncatingIfNeeded: fraction >> 13)
    case 103...112:
      return sign | UInt16(truncatingIfNeeded: (fraction | 0x80_0000) >> UInt32(126 - exponent))
    default: return sign
    }
  }

  /// The value of an F16.
  static func single(half bits: UInt16) -> Float {
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    let sign = UInt32(bits & 0x8000) << 16
    switch exponent {
    case 0x1F:
      return Float(bitPattern: fraction == 0 ? sign | 0x7F80_0000 : quietNaN32)
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    default:
      return Float(bitPattern: sign | UInt32(exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The value of an 8-bit float with `exponentBits` and `bias`; sign in front, subnormals as
  /// usual. What is special is the caller's to sort out.
  static func single(eight bits: UInt8, exponentBits: Int, bias: Int) -> Float {
    let fractionBits = 7 - exponentBits
    let exponent = Int(bits & 0x7F) >> fractionBits
    let fraction = Int(bits) & (1 << fractionBits - 1)
    let significand = exponent == 0 ? fraction : fraction | 1 << fractionBits
    let power = max(exponent, 1) - bias - fractionBits
    let magnitude = Float(sign: .plus, exponent: power, significand: Float(significand))
    return bits & 0x80 == 0 ? magnitude : -magnitude
  }
}
