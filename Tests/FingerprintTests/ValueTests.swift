import Base
import TestSupport
import Testing

@testable import Fingerprint
@testable import Formats

/// Goal: the form of values is the smallest type that holds them exactly, on bits.
/// Method: every F16 and every 8-bit pattern; F32 patterns around each boundary; a twin in Double.
@Suite("The value form")
struct ValueTests {
  /// By definition: F16 has 11 significant bits from 2^-24 to 65504, BF16 8 of them, F32's range.
  static func fits(_ value: Double, bits: Int, least: Int, most: Double) -> Bool {
    if value.isNaN || value.isInfinite || value == 0 { return true }
    guard abs(value) <= most else { return false }
    let unit = max(
      Double(sign: .plus, exponent: Int(value.exponent) - bits + 1, significand: 1),
      Double(sign: .plus, exponent: least, significand: 1))
    return (value / unit).rounded() == value / unit
  }
  static func fitsF16(_ value: Double) -> Bool { fits(value, bits: 11, least: -24, most: 65_504) }
  static func fitsBF16(_ value: Double) -> Bool {
    fits(value, bits: 8, least: -133, most: Double(Float(bitPattern: 0x7F7F_0000)))
  }

  func scan(_ bytes: [UInt8], _ type: ElementType) -> ValueScan {
    var scan = ValueScan(type)
    scan.look(at: bytes.span.bytes, type)
    return scan
  }

  /// Value bytes of one tensor, in one piece.
  func values(_ bytes: [UInt8], _ type: ElementType) -> (form: ElementType, bytes: [UInt8]) {
    let entry = TensorEntry(
      name: "w", type: type, shape: [bytes.count / type.blockBytes], byteCount: bytes.count,
      file: 0, offsetBytes: 0)
    let value = ValueBytes(of: entry, scan(bytes, type))
    return (value.form, value.bytes(0..<value.byteCount, from: bytes.span.bytes))
  }

  @Test("of every F16 pattern is BF16 exactly when BF16 holds it, and keeps the value")
  func halves() {
    for pattern in UInt16.min...UInt16.max {
      let value = Double(FloatBits.single(half: pattern))
      let (form, bytes) = values(littleEndian(pattern), .f16)
      #expect((form == .bf16) == Self.fitsBF16(value), "\(pattern)")
      let bits = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
      if value.isNaN {
        #expect(bits == 0x7FC0)
      } else if form == .bf16 {
        #expect(Double(Float(bitPattern: UInt32(bits) << 16)) == value)
        #expect(bits >> 15 == pattern >> 15)  // -0 stays -0
      } else {
        #expect(bits == pattern)
      }
    }
  }

  @Test("of F32 patterns is what the definition says, and keeps the value")
  func singles() {
    var random = CounterRandom(seed: 1, stream: 0)
    var patterns: [UInt32] = [0, 1 << 31, 0x7F80_0000, 0xFF80_0000, 0x7F80_0001, 0xFFFF_FFFF, 1]
    for exponent in UInt32(0)...255 {
      for fraction: UInt32 in [
        0, 1, 0x1000, 0x2000, 0x4000, 0x8000, 0xFFFF, 0x1_0000, 0x40_0000, 0x7F_0000, 0x7F_E000,
        0x7F_FFFF,
      ] { patterns += [exponent << 23 | fraction, 1 << 31 | exponent << 23 | fraction] }
    }
    patterns += (0..<5000).map { _ in UInt32(truncatingIfNeeded: random.next()) & 0xFFFF_E000 }
    for pattern in patterns {
      let value = Double(Float(bitPattern: pattern))
      let seen = scan(littleEndian(pattern), .f32)
      #expect(seen.hasNaN == value.isNaN)
      #expect(seen.fits.contains(.bf16) == Self.fitsBF16(value), "\(pattern)")
      #expect(seen.fits.contains(.f16) == Self.fitsF16(value), "\(pattern)")
      if Self.fitsF16(value), !value.isNaN {
        #expect(Double(FloatBits.single(half: FloatBits.half(exactly: pattern))) == value)
      }
      let wide = scan(littleEndian(value.bitPattern), .f64)
      #expect(wide.hasNaN == value.isNaN)
      #expect(value.isNaN || wide.fits.contains(.f32))
      #expect(value.isNaN || wide.fits.contains(.bf16) == seen.fits.contains(.bf16))
      #expect(value.isNaN || wide.fits.contains(.f16) == seen.fits.contains(.f16))
    }
  }

  @Test("of 8-bit floats is BF16, with the values of their specifications")
  func eightBits() {
    /// Sign, exponent and fraction put together in Double.
    func value(_ bits: UInt8, _ exponentBits: Int, _ bias: Int) -> Double {
      let fractionBits = 7 - exponentBits
      let exponent = Int(bits & 0x7F) >> fractionBits
      let fraction = Double(Int(bits) & (1 << fractionBits - 1)) / Double(1 << fractionBits)
      let scale = Double(sign: .plus, exponent: max(exponent, 1) - bias, significand: 1)
      return (bits < 128 ? 1 : -1) * scale * (exponent == 0 ? fraction : 1 + fraction)
    }
    for bits in UInt8.min...UInt8.max {
      let e4m3 = bits & 0x7F == 0x7F ? Double.nan : value(bits, 4, 7)
      let e5m2 =
        bits & 0x7F > 0x7C
        ? Double.nan : bits & 0x7F == 0x7C ? (bits < 128 ? 1 : -1) * .infinity : value(bits, 5, 15)
      let e8m0 =
        bits == 0xFF ? Double.nan : Double(sign: .plus, exponent: Int(bits) - 127, significand: 1)
      let fnuz4 = bits == 0x80 ? Double.nan : value(bits, 4, 8)
      let fnuz5 = bits == 0x80 ? Double.nan : value(bits, 5, 16)
      let cases: [(ElementType, Double)] = [
        (.f8E4M3, e4m3), (.f8E5M2, e5m2), (.f8E8M0, e8m0), (.f8E4M3FNUZ, fnuz4),
        (.f8E5M2FNUZ, fnuz5),
      ]
      for (type, wanted) in cases {
        let (form, bytes) = values([bits], type)
        let got = Double(Float(bitPattern: (UInt32(bytes[0]) | UInt32(bytes[1]) << 8) << 16))
        #expect(form == .bf16)
        #expect(wanted.isNaN ? got.isNaN : got == wanted, "\(type) \(bits): \(got), not \(wanted)")
      }
    }
  }

  @Test("is decided by the whole tensor, however it is cut")
  func joins() {
    let bytes = [Float(1), 2.5, 0.1, .nan, 4].flatMap { littleEndian($0.bitPattern) }
    for cut in stride(from: 0, through: bytes.count, by: 4) {
      var joined = scan(Array(bytes[..<cut]), .f32)
      joined.join(scan(Array(bytes[cut...]), .f32))
      #expect(joined == scan(bytes, .f32))
    }
    #expect(scan(bytes, .f32).form(of: .f32) == .f32)
    #expect(values(bytes, .f32).bytes[12..<16].elementsEqual([0, 0, 0xC0, 0x7F]))
  }

  @Test("takes rows in the restored order, in pieces of any size")
  func rows() throws {
    let (rowCount, rowBytes, heads) = (12, 34, 3)
    let order = try #require(HeadRows(rowCount: rowCount, headCount: heads))
    // The converter's own formula: reshape(n, 2, d/2).swapaxes(1, 2).
    let d = rowCount / heads
    for row in 0..<rowCount {
      let (head, within) = (row / d, row % d)
      let stored = head * d + 2 * (within % (d / 2)) + within / (d / 2)
      #expect(order.source(of: row) == stored)
    }
    #expect(Set((0..<rowCount).map(order.source)).count == rowCount)
    let stored = (0..<rowCount * rowBytes).map { UInt8(truncatingIfNeeded: $0 / rowBytes) }
    let entry = TensorEntry(
      name: "w", type: .q8_0, shape: [rowCount, 32], byteCount: stored.count, file: 0,
      offsetBytes: 0)
    let value = ValueBytes(of: entry, ValueScan(.q8_0), rows: .heads(order))
    let whole = value.bytes(0..<stored.count, from: stored.span.bytes)
    #expect(
      whole
        == (0..<rowCount).flatMap { row in
          [UInt8](repeating: UInt8(order.source(of: row)), count: rowBytes)
        })
    for size in [1, 33, 50, 407] {
      let pieces = stride(from: 0, to: stored.count, by: size).flatMap {
        value.bytes($0..<min($0 + size, stored.count), from: stored.span.bytes)
      }
      #expect(pieces == whole)
    }
    #expect(HeadRows(rowCount: 12, headCount: 5) == nil)
    #expect(HeadRows(rowCount: 9, headCount: 3) == nil)
    #expect(HeadRows(rowCount: 9, headCount: 0) == nil)
  }
}
