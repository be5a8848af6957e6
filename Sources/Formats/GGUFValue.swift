// Metadata values of a GGUF file. Arrays stay in the mapped file until they are asked for: a
// vocabulary of 150 000 tokens costs nothing to whoever wants a tensor.

import Base

/// A metadata value. Strings are bytes: tokens need not be UTF-8.
public enum GGUFValue: Sendable {
  case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32)
  case uint64(UInt64), int64(Int64), float32(Float), float64(Double), bool(Bool)
  case string([UInt8])
  case array(GGUFArray)

  /// The numbers by which files name the types.
  public enum Kind: UInt32, Sendable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array
    case uint64, int64, float64

    /// Bytes of one value of a fixed size; nil for strings and arrays.
    var fixedByteCount: Int? {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32: 4
      case .uint64, .int64, .float64: 8
      case .string, .array: nil
      }
    }
  }

  /// Any integer that fits, whatever its width.
  public var int: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(value)
    default: nil
    }
  }

  /// A float of either width, or an integer.
  public var double: Double? {
    switch self {
    case .float32(let value): Double(value)
    case .float64(let value): value
    default: int.map(Double.init)
    }
  }

  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var bytes: [UInt8]? { if case .string(let value) = self { value } else { nil } }
  public var array: GGUFArray? { if case .array(let value) = self { value } else { nil } }

  /// A string that is UTF-8.
  public var text: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }
}

/// An array in the file. The reader has walked it once, so that reading it again cannot fail.
public struct GGUFArray: Sendable {
  public let element: GGUFValue.Kind
  public let count: Int
  let file: MappedFile
  /// Where the first element starts.
  let offsetBytes: Int

  /// The elements of an array of strings, else nil.
  public var strings: [[UInt8]]? {
    guard element == .string else { return nil }
    return file.withBytes { bytes in
      var cursor = Cursor(offset: offsetBytes)
      var result: [[UInt8]] = []
      result.reserveCapacity(count)
      for _ in 0..<count {
        guard let length = try? cursor.u64(bytes), let size = Int(exactly: length),
          let string = try? cursor.bytes(size, bytes)
        else { break }
        result.append(string)
      }
      return result
    }
  }

  /// The elements of an array of integers or booleans as integers, else nil.
  public var integers: [Int]? {
    elements { value in value.int ?? value.bool.map { $0 ? 1 : 0 } }
  }

  /// The elements of an array of numbers as floats, else nil. Doubles are rounded.
  public var floats: [Float]? {
    elements { value in
      if case .float32(let number) = value { number } else { value.double.map { Float($0) } }
    }
  }

  private func elements<T>(_ convert: (GGUFValue) -> T?) -> [T]? {
    guard element.fixedByteCount != nil else { return nil }
    return file.withBytes { bytes in
      var cursor = Cursor(offset: offsetBytes)
      var result: [T] = []
      result.reserveCapacity(count)
      for _ in 0..<count {
        guard let value = try? scalar(element, &cursor, bytes), let converted = convert(value)
        else {
          return nil
        }
        result.append(converted)
      }
      return result
    }
  }
}

/// One value of a fixed size; nil for a boolean that is neither 0 nor 1, and for other kinds.
func scalar(
  _ kind: GGUFValue.Kind, _ cursor: inout Cursor, _ bytes: RawSpan
) throws(Truncated) -> GGUFValue? {
  switch kind {
  case .uint8: return .uint8(try cursor.u8(bytes))
  case .int8: return .int8(try cursor.i8(bytes))
  case .uint16: return .uint16(try cursor.u16(bytes))
  case .int16: return .int16(try cursor.i16(bytes))
  case .uint32: return .uint32(try cursor.u32(bytes))
  case .int32: return .int32(try cursor.i32(bytes))
  case .uint64: return .uint64(try cursor.u64(bytes))
  case .int64: return .int64(try cursor.i64(bytes))
  case .float32: return .float32(try cursor.f32(bytes))
  case .float64: return .float64(try cursor.f64(bytes))
  case .bool:
    let byte = try cursor.u8(bytes)
    return byte <= 1 ? .bool(byte == 1) : nil
  case .string, .array: return nil
  }
}
