// The bytes a value digest is taken over: elements in the chosen form, NaNs made one, rows in the
// order of the original.
//
// The bytes are made chunk by chunk, so that no more than one chunk of them exists at a time.

import Formats

/// How the value bytes of one tensor are made from its stored bytes.
struct ValueBytes: Sendable {
  let type: ElementType
  let form: ElementType
  /// Whether elements are rewritten: another type, or a NaN among them.
  let rewrites: Bool
  /// Set if rows are taken in another order.
  let rows: StoredRows?
  /// Value bytes in one row (all of them, if the order stays).
  let rowBytes: Int
  let byteCount: Int

  /// `scan` is what was seen in the whole tensor. `rows` reorders the outermost dimension.
  init(of entry: TensorEntry, _ scan: ValueScan, rows: StoredRows? = nil) {
    type = entry.type
    form = scan.form(of: entry.type)
    rewrites = form != type || scan.hasNaN
    byteCount = entry.byteCount / type.blockBytes * form.blockBytes
    self.rows = rows
    let rowCount = rows == nil ? 1 : max(1, entry.shape.first ?? 1)
    rowBytes = byteCount / rowCount
  }

  /// Whether these are the stored bytes, so that no second hash is needed.
  var areStoredBytes: Bool { !rewrites && rows == nil }

  /// Value bytes `range`, from all stored bytes of the tensor. Ranges begin and end between
  /// elements if elements are rewritten.
  func bytes(_ range: Range<Int>, from stored: RawSpan) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var position = range.lowerBound
    while position < range.upperBound {
      let row = position / rowBytes
      let within = position % rowBytes
      let count = min(rowBytes - within, range.upperBound - position)
      let source = (rows?.source(of: row) ?? row) * rowBytes + within
      if rewrites {
        let first = source / form.blockBytes
        append(elements: first..<first + count / form.blockBytes, of: stored, to: &result)
      } else {
        unsafe stored.extracting(source..<source + count).withUnsafeBytes {
          unsafe result.append(contentsOf: $0)
        }
      }
      position += count
    }
    return result
  }

  private func append(elements: Range<Int>, of stored: RawSpan, to result: inout [UInt8]) {
    let size = type.blockBytes
    unsafe stored.extracting(elements.lowerBound * size..<elements.upperBound * size)
      .withUnsafeBytes {
        raw in
        switch (type, form) {
        case (.f32, .bf16): unsafe rewriteSingles(raw, &result)
        case (.f64, .f64): unsafe rewriteDoubles(raw, &result)
        default:
          for index in elements.indices {
            unsafe append(
              Self.single(type, raw, index - elements.lowerBound), to: &result)
          }
        }
      }
  }

  /// The common case, a BF16 model saved as F32, apart.
  private func rewriteSingles(_ raw: UnsafeRawBufferPointer, _ result: inout [UInt8]) {
    for index in 0..<raw.count / 4 {
      let bits = unsafe UInt32(
        littleEndian: raw.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
      let upper =
        FloatBits.isNaN(bits) ? FloatBits.quietNaNBF16 : UInt16(truncatingIfNeeded: bits >> 16)
      result.append(UInt8(truncatingIfNeeded: upper))
      result.append(UInt8(truncatingIfNeeded: upper >> 8))
    }
  }

  private func rewriteDoubles(_ raw: UnsafeRawBufferPointer, _ result: inout [UInt8]) {
    for index in 0..<raw.count / 8 {
      let bits = unsafe UInt64(
        littleEndian: raw.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self))
      let isNaN = bits & 0x7FFF_FFFF_FFFF_FFFF > 0x7FF0_0000_0000_0000
      unsafe withUnsafeBytes(of: (isNaN ? FloatBits.quietNaN64 : bits).littleEndian) {
        unsafe result.append(contentsOf: $0)
      }
    }
  }

  /// Element `index` of `raw`. F32 holds every value that is rewritten in a form below F64.
  static func single(
    _ type: ElementType, _ raw: UnsafeRawBufferPointer, _ index: Int
  ) -> Float {
    switch type {
    case .f64:
      let bits = unsafe UInt64(
        littleEndian: raw.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
      return Float(Double(bitPattern: bits))
    case .f32:
      let bits = unsafe UInt32(
        littleEndian: raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
      return Float(bitPattern: bits)
    case .f16:
      return unsafe FloatBits.single(
        half: UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    case .bf16:
      let bits = unsafe UInt16(
        littleEndian: raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
      return Float(bitPattern: UInt32(bits) << 16)
    default: return unsafe eightBitValue(type, raw[index])
    }
  }

  private static func eightBitValue(_ type: ElementType, _ bits: UInt8) -> Float {
    switch type {
    case .f8E4M3:
      return bits & 0x7F == 0x7F ? .nan : FloatBits.single(eight: bits, exponentBits: 4, bias: 7)
    case .f8E5M2:
      if bits & 0x7F == 0x7C { return bits & 0x80 == 0 ? .infinity : -.infinity }
      return bits & 0x7F > 0x7C ? .nan : FloatBits.single(eight: bits, exponentBits: 5, bias: 15)
    case .f8E4M3FNUZ:
      return bits == 0x80 ? .nan : FloatBits.single(eight: bits, exponentBits: 4, bias: 8)
    case .f8E5M2FNUZ:
      return bits == 0x80 ? .nan : FloatBits.single(eight: bits, exponentBits: 5, bias: 16)
    default:  // E8M0: a power of two, 2^(bits - 127)
      return bits == 0xFF ? .nan : Float(sign: .plus, exponent: Int(bits) - 127, significand: 1)
    }
  }

  private func append(_ value: Float, to result: inout [UInt8]) {
    let bits = value.isNaN ? FloatBits.quietNaN32 : value.bitPattern
    let half: UInt16
    switch form {
    case .bf16: half = UInt16(truncatingIfNeeded: bits >> 16)
    case .f16: half = FloatBits.half(exactly: bits)
    default:
      unsafe withUnsafeBytes(of: bits.littleEndian) { unsafe result.append(contentsOf: $0) }
      return
    }
    result.append(UInt8(truncatingIfNeeded: half))
    result.append(UInt8(truncatingIfNeeded: half >> 8))
  }
}
