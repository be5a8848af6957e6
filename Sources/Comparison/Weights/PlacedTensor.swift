// A tensor in its place, read in one order whatever the container did.
//
// Rows are outputs and columns inputs. Undone while reading: GPT-2's transposed matrices, the
// interleaved rows of query and key heads in GGUF files of the llama family, slices of fused and of
// stacked tensors. Decoding gives exact float32 values, of packed matrices too; of these the edges
// of the cells that their values were rounded from can be read in the same order.

import Base
import Evidence
import Formats

/// A matrix, or a vector as one column, of a model.
struct PlacedTensor: Sendable {
  let model: OpenModel
  let entry: TensorEntry
  let type: Int32
  /// Sides as read.
  let rows: Int
  let columns: Int
  /// Stored as [inputs, outputs].
  var isTransposed = false
  /// First output of the slice, and how many outputs are stored.
  var firstRow = 0
  var storedRows: Int
  /// Set if the two halves of each head are stored alternately.
  var heads: HeadRows?
  /// Added to every value: where one model stores the factors of its norms less one.
  var added: Float = 0
  /// Set if the values lie in several tensors of the model.
  private(set) var packed: PackedMatrix?
  /// What is read of a packed matrix.
  private var quantity = PackedMatrix.Quantity.values

  /// Nil for types that are not decoded, and for tensors of more than three dimensions that are
  /// not vectors after all.
  init?(_ model: OpenModel, _ entry: TensorEntry) {
    guard let type = StoredValues.kernelType(name: entry.type.name, ggmlID: entry.type.ggmlID),
      !entry.shape.isEmpty, entry.elementCount > 0
    else { return nil }
    self.model = model
    self.entry = entry
    self.type = type
    let long = entry.shape.filter { $0 != 1 }
    if long.count <= 1, entry.shape.count != 2 {
      rows = entry.elementCount
      columns = 1
    } else if entry.shape.count == 2 {
      rows = entry.shape[0]
      columns = entry.shape[1]
    } else {
      columns = entry.shape[entry.shape.count - 1]
      rows = entry.elementCount / columns
    }
    storedRows = rows
  }

  /// A packed matrix, read as the parameter it stands for.
  init?(_ packed: PackedMatrix) {
    guard packed.elementCount > 0, packed.rows > 0 else { return nil }
    model = packed.model
    entry = packed.entry
    type = -1
    rows = packed.rows
    columns = packed.columns
    storedRows = rows
    self.packed = packed
  }

  /// The whole tensor as it is stored.
  var whole: PlacedTensor? {
    packed.map { PlacedTensor($0) } ?? PlacedTensor(model, entry)
  }

  /// The edges of the cells of a packed matrix, read like its values; nil for other tensors.
  func edges(_ quantity: PackedMatrix.Quantity) -> PlacedTensor? {
    guard packed != nil else { return nil }
    var copy = self
    copy.quantity = quantity
    return copy
  }

  /// Another model's tensor of the same stored shape, read like this one.
  func reading(_ other: PlacedTensor) -> PlacedTensor? {
    guard other.entry.shape == entry.shape, let fresh = other.whole else { return nil }
    return PlacedTensor(
      fresh, rows: rows, columns: columns, storedRows: storedRows, firstRow: firstRow,
      isTransposed: isTransposed)
  }

  private init(
    _ other: PlacedTensor, rows: Int, columns: Int, storedRows: Int, firstRow: Int,
    isTransposed: Bool
  ) {
    model = other.model
    entry = other.entry
    type = other.type
    self.rows = rows
    self.columns = columns
    self.storedRows = storedRows
    self.firstRow = firstRow
    self.isTransposed = isTransposed
    heads = other.heads
    added = other.added
    packed = other.packed
    quantity = other.quantity
  }

  /// The same tensor read with inputs as rows.
  var transposed: PlacedTensor {
    PlacedTensor(
      self, rows: columns, columns: rows, storedRows: columns, firstRow: 0, isTransposed: true)
  }

  /// Outputs `range` alone.
  func slice(_ range: Range<Int>) -> PlacedTensor {
    PlacedTensor(
      self, rows: range.count, columns: columns, storedRows: storedRows,
      firstRow: firstRow + range.lowerBound, isTransposed: isTransposed)
  }

  var name: String { entry.name.text }
  var isMatrix: Bool { rows > 1 && columns > 1 }
  var shape: [Int] { [rows, columns] }

  /// The float type the values were rounded to last; nil for blocks and FP8.
  var storedFloat: StoredFloat? { StoredFloat(rawValue: entry.type.name) }
  var isQuantized: Bool { entry.type.kind == .quantized }

  /// All values, row-major.
  func values() -> [Float]? {
    if isTransposed { return transposedValues() }
    return rowValues(0..<rows)
  }

  /// Rows `range`, row-major.
  func rowValues(_ range: Range<Int>) -> [Float]? {
    guard let heads else {
      return isTransposed ? nil : stored(firstRow + range.lowerBound, range.count)
    }
    guard let all = stored(firstRow, rows) else { return nil }
    var out: [Float] = []
    out.reserveCapacity(range.count * columns)
    for row in range {
      let source = heads.source(of: row)
      out += all[source * columns..<(source + 1) * columns]
    }
    return out
  }

  /// Some rows in the given order.
  func rowValues(_ list: [Int]) -> [Float]? {
    if isTransposed || heads != nil {
      guard let all = values() else { return nil }
      return list.flatMap { all[$0 * columns..<($0 + 1) * columns] }
    }
    var out: [Float] = []
    out.reserveCapacity(list.count * columns)
    for row in list {
      guard let one = stored(firstRow + row, 1) else { return nil }
      out += one
    }
    return out
  }

  /// Stored rows as they lie in the file.
  private func stored(_ first: Int, _ count: Int) -> [Float]? {
    let elements = entry.type.blockElements
    let start = first * columns
    let amount = count * columns
    if start % elements != 0 || amount % elements != 0 {  // blocks run over row ends
      guard let all = decode(0, entry.elementCount), start + amount <= all.count else {
        return nil
      }
      return Array(all[start..<start + amount])
    }
    return decode(start, amount)
  }

  private func decode(_ start: Int, _ count: Int) -> [Float]? {
    if let packed {
      let width = packed.columns
      guard start % width == 0, count % width == 0, start + count <= packed.elementCount else {
        return nil
      }
      return packed.read(start / width..<(start + count) / width, quantity)
    }
    let elements = entry.type.blockElements
    let offset = start / elements * entry.type.blockBytes
    let length = (count + elements - 1) / elements * entry.type.blockBytes
    guard offset + length <= entry.byteCount else { return nil }
    let values = model.withBytes(of: entry) { bytes in
      StoredValues.decode(bytes.extracting(offset..<offset + length), type: type)
    }
    return added == 0 ? values : values?.map { $0 + added }
  }

  private func transposedValues() -> [Float]? {
    guard let all = decode(0, entry.elementCount) else { return nil }
    var out = [Float](repeating: 0, count: rows * columns)
    for input in 0..<columns {
      let base = input * storedRows + firstRow
      for output in 0..<rows { out[output * columns + input] = all[base + output] }
    }
    return out
  }
}
