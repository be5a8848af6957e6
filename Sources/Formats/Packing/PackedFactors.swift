// Scales and zeros of packed weights: which one governs an element, and what number it is.

import Base

/// The scales of a packed matrix.
struct PackedFactors: Sendable {
  /// Which factor an element has.
  enum Place: Sendable {
    /// A block of rows and columns has one, at `rowStride` · block of rows + block of columns ·
    /// `columnStride`.
    case blocks(rows: Int, columns: Int, rowStride: Int, columnStride: Int)
    /// Groups of columns as listed, one for each column.
    case listed([Int32], rowStride: Int, columnStride: Int)
    /// Runs over all elements, row-major.
    case runs(Int)
  }

  /// How a stored factor is read.
  enum Form: Sendable {
    case number
    /// A power of two in a byte.
    case exponent
    /// A byte that indexes a table, times the scale of its run, plus an offset (double
    /// quantisation).
    case tabled([Float], scales: [Float], run: Int, offset: Float)
  }

  let entry: TensorEntry
  let place: Place
  var form = Form.number
  /// Every factor is multiplied by the first and divided by the second.
  var multiplier: Float = 1
  var divisor: Float = 1
  let columns: Int

  /// Where the factor of an element lies.
  func index(_ row: Int, _ column: Int) -> Int {
    switch place {
    case .blocks(let rows, let columns, let rowStride, let columnStride):
      row / rows * rowStride + column / columns * columnStride
    case .listed(let groups, let rowStride, let columnStride):
      row * rowStride + Int(groups[column]) * columnStride
    case .runs(let length): (row * columns + column) / length
    }
  }

  /// The group of a column.
  func group(_ column: Int) -> Int {
    switch place {
    case .blocks(_, let columns, _, _): column / columns
    case .listed(let groups, _, _): Int(groups[column])
    case .runs: 0
    }
  }

  /// The factor of each element of a row.
  func read(row: Int, _ model: OpenModel, into out: inout [Float]) {
    model.withBytes(of: entry) { bytes in
      var last = -1
      var factor: Float = 0
      for column in 0..<columns {
        let index = index(row, column)
        if index != last {
          last = index
          factor = self.factor(bytes, index)
        }
        out[column] = factor
      }
    }
  }

  private func factor(_ bytes: RawSpan, _ index: Int) -> Float {
    let stored: Float =
      switch form {
      case .number: StoredNumber.read(bytes, index, entry.type)
      case .exponent: EightBitFloat.e8m0(PackedCodes.byte(bytes, index))
      case .tabled(let table, let scales, let run, let offset):
        table[Int(PackedCodes.byte(bytes, index))] * scales[index / run] + offset
      }
    return stored * multiplier / divisor
  }
}

/// The zeros of a packed matrix, in units of codes.
enum PackedZeros: Sendable {
  case none
  /// One for all.
  case constant(Float)
  /// Numbers in the order of the scales; `offset` is added to each.
  case numbers(TensorEntry, offset: Float)
  /// Codes in words [groups, outputs / codes in a word] (GPTQ, AWQ), plus a number.
  case acrossOutputs(TensorEntry, bits: Int, isInterleaved: Bool, plus: Float, rows: Int)
  /// Codes in words [outputs / codes in a word, groups] (compressed-tensors).
  case downOutputs(TensorEntry, bits: Int, groups: Int)

  func read(row: Int, _ scales: PackedFactors, _ model: OpenModel, into out: inout [Float]) {
    switch self {
    case .none: break
    case .constant(let zero): for column in out.indices { out[column] = zero }
    case .numbers(let entry, let offset):
      model.withBytes(of: entry) { bytes in
        for column in out.indices {
          out[column] =
            StoredNumber.read(bytes, scales.index(row, column), entry.type) + offset
        }
      }
    case .acrossOutputs(let entry, let bits, let isInterleaved, let plus, let rows):
      let perWord = 32 / bits
      let lane = isInterleaved ? PackedCodes.interleaved[row % 8] : row % perWord
      model.withBytes(of: entry) { bytes in
        for column in out.indices {
          let word = scales.group(column) * (rows / perWord) + row / perWord
          out[column] = Float(PackedCodes.code(bytes, word: word, lane: lane, bits: bits)) + plus
        }
      }
    case .downOutputs(let entry, let bits, let groups):
      let perWord = 32 / bits
      model.withBytes(of: entry) { bytes in
        for column in out.indices {
          let word = row / perWord * groups + scales.group(column)
          out[column] = Float(
            PackedCodes.code(bytes, word: word, lane: row % perWord, bits: bits))
        }
      }
    }
  }
}

/// Single numbers of a tensor as float32.
enum StoredNumber {
  /// The types that are read.
  static func reads(_ type: ElementType) -> Bool {
    [.f32, .f16, .bf16, .f8E4M3, .f8E5M2, .i8, .u8, .i32, .i64].contains(type)
  }

  static func read(_ bytes: RawSpan, _ index: Int, _ type: ElementType) -> Float {
    switch type {
    case .f32: Float(bitPattern: load(bytes, index, UInt32.self))
    case .bf16: Float(bitPattern: UInt32(load(bytes, index, UInt16.self)) << 16)
    case .f16: Float(Float16(bitPattern: load(bytes, index, UInt16.self)))
    case .f8E4M3: EightBitFloat.e4m3(PackedCodes.byte(bytes, index))
    case .f8E5M2: EightBitFloat.e5m2(PackedCodes.byte(bytes, index))
    case .i8: Float(Int8(bitPattern: PackedCodes.byte(bytes, index)))
    case .u8: Float(PackedCodes.byte(bytes, index))
    case .i32: Float(load(bytes, index, Int32.self))
    case .i64: Float(load(bytes, index, Int64.self))
    default: .nan
    }
  }

  /// All numbers of a small tensor.
  static func all(_ entry: TensorEntry, _ model: OpenModel) -> [Float] {
    model.withBytes(of: entry) { bytes in
      (0..<entry.elementCount).map { read(bytes, $0, entry.type) }
    }
  }

  private static func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan, _ index: Int, _ type: T.Type
  ) -> T {
    unsafe T(
      littleEndian: bytes.unsafeLoadUnaligned(
        fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
  }
}
