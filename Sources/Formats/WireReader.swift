// The wire format of Protocol Buffers: fields, one after the other.
//
// Specification: https://protobuf.dev/programming-guides/encoding/. Groups (types 3 and 4) went out
// of use long ago and are an error.

/// Why bytes are no message, and where.
struct WireError: Error, Equatable {
  let offset: Int
  let reason: String
}

/// One field of a message.
struct WireField {
  enum Content {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
    case fixed32(UInt32)
  }

  let number: Int
  let content: Content
  let offset: Int

  func error(_ what: String) -> WireError {
    WireError(offset: offset, reason: "field \(number) holds \(what)")
  }

  var bytes: ArraySlice<UInt8> {
    get throws(WireError) {
      guard case .bytes(let bytes) = content else { throw error("no bytes where some belong") }
      return bytes
    }
  }

  /// A signed or unsigned number; negative ones take ten bytes on the wire.
  var int: Int {
    get throws(WireError) {
      guard case .varint(let value) = content else { throw error("no number where one belongs") }
      return Int(truncatingIfNeeded: value)
    }
  }

  var float: Float {
    get throws(WireError) {
      guard case .fixed32(let bits) = content else { throw error("no float where one belongs") }
      return Float(bitPattern: bits)
    }
  }
}

/// Reads the fields of a message in order. The slice keeps its place in the whole file, so that
/// errors name the byte.
struct WireReader {
  private let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  /// The next field, or nil at the end.
  mutating func next() throws(WireError) -> WireField? {
    guard offset < bytes.endIndex else { return nil }
    let start = offset
    let key = try varint()
    guard let number = Int(exactly: key >> 3), number > 0 else {
      throw WireError(offset: start, reason: "a field without a number")
    }
    return WireField(number: number, content: try content(type: key & 7), offset: start)
  }

  private mutating func content(type: UInt64) throws(WireError) -> WireField.Content {
    switch type {
    case 0: return .varint(try varint())
    case 1: return .fixed64(littleEndian(try take(8)))
    case 2:
      let start = offset
      guard let count = Int(exactly: try varint()) else {
        throw WireError(offset: start, reason: "a length beyond all bounds")
      }
      return .bytes(try take(count))
    case 5: return .fixed32(UInt32(truncatingIfNeeded: littleEndian(try take(4))))
    default: throw WireError(offset: offset, reason: "a field of the unknown type \(type)")
    }
  }

  private mutating func varint() throws(WireError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard offset < bytes.endIndex else { break }
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw WireError(offset: start, reason: "a number that does not end")
  }

  private mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    guard count >= 0, bytes.endIndex - offset >= count else {
      throw WireError(
        offset: offset, reason: "\(count) bytes are announced, \(bytes.endIndex - offset) are left")
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  private func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
