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
  /// Where the value of the field that was read last lies; of bytes, without their length.
  private(set) var valueRange = 0..<0

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
    let first = cursor.offset
    defer { if tag & 7 != 2 { valueRange = first..<max(first, cursor.offset) } }
    switch tag & 7 {
    case 0: return (field, .varint(try varint(bytes)))
    case 1: return (field, .fixed64(try fixed64(bytes)))
    case 5: return (field, .fixed32(try fixed32(bytes)))
    case 2:
      let length = try varint(bytes)
      guard let count = Int(exactly: length), count <= end - cursor.offset else {
        throw fail("a field of \(length) bytes does not fit in the \(end - cursor.offset) left")
      }
      let start = cursor.offset
      cursor = Cursor(offset: start + count)
      valueRange = start..<start + count
      return (field, .bytes(valueRange))
    default: throw fail("wire type \(tag & 7)")
    }
  }

  private mutating func varint(_ bytes: RawSpan) throws(Problem) -> UInt64 {
    var value: UInt64 = 0
    for position in 0..<10 {
      guard cursor.offset < end, let next = try? cursor.u8(bytes) else { throw cut }
      let byte = UInt64(next)
      guard position < 9 || byte <= 1 else { throw fail("a number longer than 64 bits") }
      value |= (byte & 0x7F) << UInt64(7 * position)
      if byte & 0x80 == 0 { return value }
    }
    throw fail("a number longer than ten bytes")
  }

  private mutating func fixed32(_ bytes: RawSpan) throws(Problem) -> UInt32 {
    guard end - cursor.offset >= 4, let value = try? cursor.u32(bytes) else { throw cut }
    return value
  }

  private mutating func fixed64(_ bytes: RawSpan) throws(Problem) -> UInt64 {
    guard end - cursor.offset >= 8, let value = try? cursor.u64(bytes) else { throw cut }
    return value
  }

  private var cut: Problem { fail("the message ends inside a field") }

  func fail(_ reason: String) -> Problem {
    malformed("protobuf", "\(place), byte \(cursor.offset)", reason)
  }

  /// All numbers of a packed field.
  static func packed(
    _ range: Range<Int>, _ bytes: RawSpan, place: String
  ) throws(Problem) -> [UInt64] {
    var values: [UInt64] = []
    try forEachNumber(range, bytes, place: place) { values.append($0) }
    return values
  }

  /// The numbers of a packed field, one after the other.
  static func forEachNumber(
    _ range: Range<Int>, _ bytes: RawSpan, place: String,
    _ body: (UInt64) throws(Problem) -> Void
  ) throws(Problem) {
    var reader = ProtobufReader(range, place: place)
    while reader.cursor.offset < reader.end { try body(try reader.varint(bytes)) }
  }
}
