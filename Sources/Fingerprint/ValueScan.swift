// Looks at the values of floats: which of the smaller types hold them all, and is there a NaN.
//
// The value digest is taken over the smallest of BF16, F16, F32, F64 that holds every element
// exactly, decided on bits, so that subnormals, -0 and infinities count as they are. A NaN fits
// every type: all NaNs are written as the one quiet NaN of the form.
//
// Promises: scanning pieces in any order and joining the results gives the result of the whole.

import Formats

/// What is known of a tensor's values.
struct ValueScan: Equatable, Sendable {
  /// The smaller types that can still hold every element.
  struct Fits: OptionSet, Sendable {
    let rawValue: UInt8
    static let bf16 = Fits(rawValue: 1)
    static let f16 = Fits(rawValue: 2)
    static let f32 = Fits(rawValue: 4)
  }

  var fits: Fits
  var hasNaN = false

  /// Before anything was seen, every smaller type is possible.
  init(_ type: ElementType) {
    fits =
      switch type {
      case .f64: [.bf16, .f16, .f32]
      case .f32: [.bf16, .f16]
      case .f16, .f8E4M3, .f8E5M2, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ: [.bf16]
      default: []
      }
  }

  /// Whether the values of a type have a form of their own at all.
  static func isNeeded(_ type: ElementType) -> Bool { type.kind == .float }

  /// The type the values are written in.
  func form(of type: ElementType) -> ElementType {
    if fits.contains(.bf16) { return .bf16 }
    if fits.contains(.f16) { return .f16 }
    if fits.contains(.f32) { return .f32 }
    return type
  }

  /// Joins what was seen in another piece of the same tensor.
  mutating func join(_ other: ValueScan) {
    fits.formIntersection(other.fits)
    hasNaN = hasNaN || other.hasNaN
  }

  /// Looks at whole elements of `type`, little-endian.
  mutating func look(at bytes: RawSpan, _ type: ElementType) {
    unsafe bytes.withUnsafeBytes { raw in
      switch type {
      case .bf16: hasNaN = unsafe hasNaN || largest16(raw, mask: 0x7FFF) > 0x7F80
      case .f16: unsafe lookAtHalves(raw)
      case .f32: unsafe lookAtSingles(raw)
      case .f64: unsafe lookAtDoubles(raw)
      default: break  // Every value of the 8-bit types fits BF16, and none is kept as it is.
      }
    }
  }

  private mutating func lookAtHalves(_ raw: UnsafeRawBufferPointer) {
    hasNaN = unsafe hasNaN || largest16(raw, mask: 0x7FFF) > 0x7C00
    guard fits.contains(.bf16) else { return }
    // BF16 keeps 8 significant bits: three fewer than F16.
    if unsafe !all(raw, UInt16.self, { bits in bits & 7 == 0 || FloatBits.halfFitsBF16(bits) }) {
      fits.remove(.bf16)
    }
  }

  private mutating func lookAtSingles(_ raw: UnsafeRawBufferPointer) {
    hasNaN = unsafe hasNaN || largest32(raw) > 0x7F80_0000
    if fits.contains(.bf16),
      unsafe !all(raw, UInt32.self, { bits in bits & 0xFFFF == 0 || FloatBits.isNaN(bits) })
    {
      fits.remove(.bf16)
    }
    if fits.contains(.f16), unsafe !all(raw, UInt32.self, { FloatBits.singleFitsF16($0) }) {
      fits.remove(.f16)
    }
  }

  private mutating func lookAtDoubles(_ raw: UnsafeRawBufferPointer) {
    for offset in stride(from: 0, to: raw.count, by: 8) {
      let value = unsafe Double(
        bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      )
      guard !value.isNaN else {
        hasNaN = true
        continue
      }
      let single = Float(value)
      guard Double(single) == value else {
        fits = []
        continue
      }
      if single.bitPattern & 0xFFFF != 0 { fits.remove(.bf16) }
      if !FloatBits.singleFitsF16(single.bitPattern) { fits.remove(.f16) }
    }
  }
}

// MARK: Loops over elements

/// The largest 16-bit element after masking; a plain loop that the compiler turns into vectors.
private func largest16(_ raw: UnsafeRawBufferPointer, mask: UInt16) -> UInt16 {
  var largest: Int16 = 0
  let signed = Int16(bitPattern: mask)
  for index in 0..<raw.count / 2 {
    let bits = unsafe Int16(
      littleEndian: raw.loadUnaligned(fromByteOffset: 2 &* index, as: Int16.self))
    largest = max(largest, bits & signed)
  }
  return UInt16(bitPattern: largest)
}

/// The largest 32-bit element without its sign.
private func largest32(_ raw: UnsafeRawBufferPointer) -> UInt32 {
  var largest: Int32 = 0
  for index in 0..<raw.count / 4 {
    let bits = unsafe Int32(
      littleEndian: raw.loadUnaligned(fromByteOffset: 4 &* index, as: Int32.self))
    largest = max(largest, bits & 0x7FFF_FFFF)
  }
  return UInt32(bitPattern: largest)
}

/// Whether all elements pass; stops at the first that does not.
private func all<T: FixedWidthInteger & BitwiseCopyable>(
  _ raw: UnsafeRawBufferPointer, _ type: T.Type, _ passes: (T) -> Bool
) -> Bool {
  let size = MemoryLayout<T>.size
  for index in 0..<raw.count / size {
    let bits = unsafe T(littleEndian: raw.loadUnaligned(fromByteOffset: size &* index, as: type))
    guard passes(bits) else { return false }
  }
  return true
}
