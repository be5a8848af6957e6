// Where the code of an element lies among the bytes of a packed tensor.

import Base

/// The tensor of codes and its order.
struct PackedCodes: Sendable {
  /// Orders of codes.
  enum Order: Equatable, Sendable {
    /// One byte a code, row-major.
    case bytes
    /// Two codes a byte over all elements, the first in the high half (bitsandbytes).
    case highHalfFirst
    /// Two codes a byte, each row by itself, the first in the low half (FP4).
    case lowHalfFirst
    /// Codes of `bits` along each row, low bits first, each row in whole 32-bit words
    /// (compressed-tensors).
    case alongRows(bits: Int)
    /// Words [inputs · bits / 32, outputs]: a word holds neighbouring inputs of an output (GPTQ).
    case downInputs(bits: Int)
    /// Words [inputs, outputs / 8]: a word holds eight outputs of an input, interleaved (AWQ).
    case acrossOutputs
  }

  let entry: TensorEntry
  let order: Order
  let rows: Int
  let columns: Int

  /// Which half byte of its word an output has in AWQ's order.
  static let interleaved = [0, 4, 1, 5, 2, 6, 3, 7]

  func withBytes(_ model: OpenModel, _ body: (RawSpan) -> Void) {
    model.withBytes(of: entry) { body($0) }
  }

  /// The codes of one row.
  func read(row: Int, _ bytes: RawSpan, into out: inout [UInt8]) {
    switch order {
    case .bytes:
      for column in 0..<columns { out[column] = Self.byte(bytes, row * columns + column) }
    case .highHalfFirst:
      for column in 0..<columns {
        let element = row * columns + column
        let byte = Self.byte(bytes, element / 2)
        out[column] = element % 2 == 0 ? byte >> 4 : byte & 15
      }
    case .lowHalfFirst:
      let stride = (columns + 1) / 2
      for column in 0..<columns {
        let byte = Self.byte(bytes, row * stride + column / 2)
        out[column] = column % 2 == 0 ? byte & 15 : byte >> 4
      }
    case .alongRows(let bits):
      let perWord = 32 / bits
      let stride = (columns + perWord - 1) / perWord
      for column in 0..<columns {
        out[column] = Self.code(
          bytes, word: row * stride + column / perWord, lane: column % perWord, bits: bits)
      }
    case .downInputs(let bits):
      let perWord = 32 / bits
      for column in 0..<columns {
        out[column] = Self.code(
          bytes, word: column / perWord * rows + row, lane: column % perWord, bits: bits)
      }
    case .acrossOutputs:
      for column in 0..<columns {
        out[column] = Self.code(
          bytes, word: column * (rows / 8) + row / 8, lane: Self.interleaved[row % 8], bits: 4)
      }
    }
  }

  static func byte(_ bytes: RawSpan, _ index: Int) -> UInt8 {
    unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
  }

  /// Code `lane` of a little-endian word.
  static func code(_ bytes: RawSpan, word: Int, lane: Int, bits: Int) -> UInt8 {
    let value = unsafe UInt32(
      littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
    return UInt8(truncatingIfNeeded: value >> UInt32(lane * bits)) & UInt8((1 << bits) - 1)
  }
}
