// One tensor of a model as float32, for `inspect dequantize`: what the arithmetic sees.

import Base
import Formats

/// A stored tensor that can be read as float32.
public struct DequantizedTensor: Sendable {
  /// Outermost dimension first; of a packed layer, [out, in].
  public let shape: [Int]
  /// The type it is stored in, or the method it is packed by.
  public let storedAs: String
  private let matrix: WeightMatrix

  /// Values that are decoded at a time, so that a large tensor is never in memory whole.
  private static let runElements = 1 << 20

  /// Finds tensor `name` of `model`, or the packed layer of that name. Throws a usage problem if
  /// there is none, exit code 4 if its type cannot be decoded.
  public init(_ name: ByteName, in model: OpenModel) throws(Problem) {
    if let packed = Self.layer(name, model) {
      self = packed
      return
    }
    guard let entry = model.tensor(name) else {
      throw Problem(
        .usage, "no_such_tensor", place: model.path, reason: "there is no tensor \(name)",
        remedy: "`assay fingerprint --tensors` lists the tensors of a model")
    }
    shape = entry.shape
    storedAs = entry.type.name
    let columns = entry.shape.last ?? 1
    let isWhole = columns > 0 && columns % entry.type.blockElements == 0
    let width = isWhole ? columns : entry.elementCount
    matrix = WeightMatrix(
      name: name.text, rows: width == 0 ? 0 : entry.elementCount / width, columns: width,
      storage: .rows(try StoredTensor(model, entry)))
  }

  private init(_ matrix: WeightMatrix, storedAs: String) {
    self.matrix = matrix
    self.storedAs = storedAs
    shape = [matrix.rows, matrix.columns]
  }

  /// The matrix of a layer whose checkpoint packs it in several tensors.
  private static func layer(_ name: ByteName, _ model: OpenModel) -> DequantizedTensor? {
    let weights = PackedWeights(model)
    let parameter = ByteName(bytes: name.bytes + Array(".weight".utf8))
    guard let matrix = weights.matrix(parameter) else { return nil }
    return DequantizedTensor(
      WeightMatrix(
        name: name.text, rows: matrix.rows, columns: matrix.columns,
        storage: .packed(matrix, firstRow: 0)),
      storedAs: matrix.form)
  }

  /// Hands out the values in row-major order, a run of whole rows at a time.
  public func forEachRun<E: Error>(_ body: (Span<Float>) throws(E) -> Void) throws(E) {
    guard matrix.rows > 0, matrix.columns > 0 else { return }
    let height = max(1, min(matrix.rows, Self.runElements / matrix.columns))
    var values = [Float](repeating: 0, count: height * matrix.columns)
    for first in stride(from: 0, to: matrix.rows, by: height) {
      let rows = first..<min(first + height, matrix.rows)
      unsafe values.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        unsafe matrix.read(rows, into: base, stride: matrix.columns, .best)
      }
      try body(values.span.extracting(0..<rows.count * matrix.columns))
    }
  }
}
