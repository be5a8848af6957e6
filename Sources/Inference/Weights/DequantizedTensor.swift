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
    let config = model.format == .gguf ? nil : try ModelConfig.read(in: model.directory)
    let quantization = try config.map { (config) throws(Problem) in try Quantization(config) }
    if let quantization, quantization != .none,
      let layer = try Self.layer(name, model, quantization)
    {
      self = layer
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
  private static func layer(
    _ name: ByteName, _ model: OpenModel, _ quantization: Quantization
  ) throws(Problem) -> DequantizedTensor? {
    let suffix = quantization.isPackedInWords ? ".qweight" : ".weight"
    guard let codes = model.tensor(ByteName(bytes: name.bytes + Array(suffix.utf8))),
      codes.shape.count == 2
    else { return nil }
    let (rows, columns): (Int, Int) =
      switch quantization.method {
      case .gptq: (codes.shape[1], codes.shape[0] * 8)
      case .awq: (codes.shape[1] * 8, codes.shape[0])
      default: (codes.shape[0], codes.shape[1])
      }
    let storage = try quantization.storage(
      name.text, rows: rows, columns: columns, transposed: false,
      find: { (suffix) throws(Problem) -> TensorEntry in
        guard let entry = model.tensor(ByteName(bytes: name.bytes + Array(suffix.utf8))) else {
          throw Problem(
            .malformed, "missing_tensor", place: model.path,
            reason: "there is no tensor \(name)\(suffix)", remedy: "the file is incomplete")
        }
        return entry
      }, model: model)
    return DequantizedTensor(
      WeightMatrix(name: name.text, rows: rows, columns: columns, storage: storage),
      storedAs: quantization.name)
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

extension Quantization {
  /// Whether codes lie in tensors of 32-bit words.
  var isPackedInWords: Bool {
    switch method {
    case .gptq, .awq: true
    default: false
    }
  }

  /// The method as configurations call it.
  var name: String {
    switch method {
    case .none: "none"
    case .fp8: "fp8"
    case .gptq: "gptq"
    case .awq: "awq"
    case .mxfp4: "mxfp4"
    }
  }
}
