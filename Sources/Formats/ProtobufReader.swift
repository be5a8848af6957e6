// The wire format of Protocol Buffers, as far as reading one message needs it.
//
// Format: https://protobuf.dev/programming-guides/encoding. Groups are refused; a varint has at
// most ten bytes; a field that is not asked for is stepped over by its wire type.

import Base

/// Fields of one message, in a range of a file.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// A range of the file.
    case bytes(Range<Int>)
  }

  private var cursor: Cursor
  private let end: Int
  /// The message's name, for errors.
  let place: String

  init(_ range: Range<Int>, place: String) {
    cursor = Cursor(offset: range.lowerBound)
    end = range.upperBound
    self.place = place
  }

  /// The next field; nil at the end of the message. `bytes` is the whole file.
  mutating func next(_ bytes: RawSpan) throws(Problem) -> (field: UInt64, value: Value)? {
    guard cursor.offset < end else { return nil }
    let tag = try varint(bytes)
    let field = tag >> 3
    guard field > 0 else { throw fail("field number 0") }
    switch tag & 7 {
    case 0: return (field, .varint(try varint(bytes)))
    case 1: return (field, .fixed64(try fixed(8, bytes)))
    case 5: return (field, .fixed32(UInt32(try fixed(4, bytes))))
    case 2:
      let length = try varint(bytes)
      guard let count = Int(exactly: length), count <= end - cursor.offset else {
        throw fail("a field of \(length) bytes does not fit in the \(end - cursor.offset) left")
      }
      let start = cursor.offset
      cursor = Cursor(offset: start + count)
      return (field, .bytes(start..<start + count))
    default: throw fail("wire type \(tag & 7)")
    }
  }

  private mutating func varint(_ bytes: RawSpan) throws(Problem) -> UInt64 {
    var value: UInt64 = 0
    for position in 0..<10 {
      let byte = UInt64(try fixed(1, bytes))
      guard position < 9 || byte <= 1 else { throw fail("a number longer than 64 bits") }
      value |= (byte & 0x7F) << UInt64(7 * position)
      if byte & 0x80 == 0 { return value }
    }
    throw fail("a number longer than ten bytes")
  }

  private mutating func fixed(_ count: Int, _ bytes: RawSpan) throws(Problem) -> UInt64 {
    guard end - cursor.offset >= count, let raw = try? cursor.bytes(count, bytes) else {
      throw fail("the message ends inside a field")
    }
    return raw.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  func fail(_ reason: String) -> Problem {
    malformed("protobuf", "\(place), byte \(cursor.offset)", reason)
  }

  /// All numbers of a packed field.
  static func packed(
    _ range: Range<Int>, _ bytes: RawSpan, place: String
  ) throws(Problem) -> [UInt64] {
    var reader = ProtobufReader(range, place: place)
    var values: [UInt64] = []
    while reader.cursor.offset < reader.end { values.append(try reader.varint(bytes)) }
    return values
  }
}
