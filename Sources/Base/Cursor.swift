// Reading little-endian fields from bytes that may lie: every read says what it needs and throws
// where the bytes end. The cursor is a plain value; the bytes travel beside it.

/// The bytes ended before a field did.
public struct Truncated: Error, Equatable, Sendable {
  public let offset: Int
  public let need: Int
  public let have: Int

  public init(offset: Int, need: Int, have: Int) {
    self.offset = offset
    self.need = need
    self.have = have
  }
}

/// A place in bytes.
public struct Cursor: Sendable {
  public private(set) var offset: Int

  public init(offset: Int = 0) { self.offset = offset }

  public mutating func u8(_ bytes: RawSpan) throws(Truncated) -> UInt8 {
    try integer(bytes, UInt8.self)
  }
  public mutating func u16(_ bytes: RawSpan) throws(Truncated) -> UInt16 {
    UInt16(littleEndian: try integer(bytes, UInt16.self))
  }
  public mutating func u32(_ bytes: RawSpan) throws(Truncated) -> UInt32 {
    UInt32(littleEndian: try integer(bytes, UInt32.self))
  }
  public mutating func u64(_ bytes: RawSpan) throws(Truncated) -> UInt64 {
    UInt64(littleEndian: try integer(bytes, UInt64.self))
  }
  public mutating func i8(_ bytes: RawSpan) throws(Truncated) -> Int8 {
    Int8(bitPattern: try u8(bytes))
  }
  public mutating func i16(_ bytes: RawSpan) throws(Truncated) -> Int16 {
    Int16(bitPattern: try u16(bytes))
  }
  public mutating func i32(_ bytes: RawSpan) throws(Truncated) -> Int32 {
    Int32(bitPattern: try u32(bytes))
  }
  public mutating func i64(_ bytes: RawSpan) throws(Truncated) -> Int64 {
    Int64(bitPattern: try u64(bytes))
  }
  public mutating func f32(_ bytes: RawSpan) throws(Truncated) -> Float {
    Float(bitPattern: try u32(bytes))
  }
  public mutating func f64(_ bytes: RawSpan) throws(Truncated) -> Double {
    Double(bitPattern: try u64(bytes))
  }

  /// The next `count` bytes, copied.
  public mutating func bytes(_ count: Int, _ bytes: RawSpan) throws(Truncated) -> [UInt8] {
    try need(count, bytes)
    let slice = bytes.extracting(offset..<offset + count)
    offset += count
    return unsafe slice.withUnsafeBytes { unsafe Array($0) }
  }

  public mutating func skip(_ count: Int, _ bytes: RawSpan) throws(Truncated) {
    try need(count, bytes)
    offset += count
  }

  public func remaining(_ bytes: RawSpan) -> Int { max(0, bytes.byteCount - offset) }

  private func need(_ count: Int, _ bytes: RawSpan) throws(Truncated) {
    // The remainder is compared, never `offset + count`: a hostile count would overflow the sum.
    guard count >= 0, remaining(bytes) >= count else {
      throw Truncated(offset: offset, need: count, have: remaining(bytes))
    }
  }

  private mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan, _ type: T.Type
  ) throws(Truncated) -> T {
    try need(MemoryLayout<T>.size, bytes)
    defer { offset += MemoryLayout<T>.size }
    return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type)
  }
}
