// A weight matrix that a checkpoint packs in several tensors: codes, scales, perhaps zeros.
//
// Every known form comes down to one formula, value = (level(code) − zero) · scale, with at most
// 256 codes. The forms differ in where the code of an element lies (`PackedCodes`), what its level
// is (`CodeLevels`) and which scale and zero govern it (`PackedFactors`, `PackedZeros`).
// Promises: the exact float32 product; reads a few rows at a time and keeps nothing in memory but
// tables and the group of each input. Shapes were checked when the matrix was made
// (`PackedWeights`), so reading cannot fail. Does not say which tensors belong together.

import Base

/// A matrix [rows, columns], or several of equal shape one below another, in packed form.
public struct PackedMatrix: Sendable {
  /// What a read hands out.
  public enum Quantity: Sendable {
    case values
    /// The least, and the greatest number that is rounded to the code that is stored; infinite
    /// for the outermost codes.
    case lowerEdges, upperEdges
  }

  /// The parameter that the tensors stand for, as an unpacked checkpoint calls it.
  public let name: ByteName
  /// Outermost dimension first; the last is `columns`.
  public let shape: [Int]
  /// What the form is called: "nf4", "gptq", "pack-quantized int4" …
  public let form: String
  /// The tensors that are part of it.
  public let parts: [ByteName]
  public let model: OpenModel
  let codes: PackedCodes
  let levels: CodeLevels
  let scales: PackedFactors
  let zeros: PackedZeros
  /// Relative error of scales and arithmetic that moves the edges of cells.
  let slack: Float

  init(
    _ name: ByteName, shape: [Int], form: String, parts: [ByteName], model: OpenModel,
    codes: PackedCodes, levels: CodeLevels, scales: PackedFactors, zeros: PackedZeros = .none,
    slack: Float = 1 / 128
  ) {
    self.name = name
    self.shape = shape
    self.form = form
    self.parts = parts
    self.model = model
    self.codes = codes
    self.levels = levels
    self.scales = scales
    self.zeros = zeros
    self.slack = slack
  }

  public var columns: Int { shape.last ?? 0 }
  /// Rows of all matrices.
  public var rows: Int { shape.dropLast().reduce(1, *) }
  public var elementCount: Int { rows * columns }

  /// The parameter as an entry of a model: its name, shape and form. No bytes of the file are its.
  public var entry: TensorEntry {
    TensorEntry(
      name: name, type: ElementType(form, .quantized, 1, 1), shape: shape,
      byteCount: elementCount, file: codes.entry.file, offsetBytes: codes.entry.offsetBytes)
  }

  /// Whether its quantiser rounds every value by itself. Others, as GPTQ, change values to make up
  /// for the rounding of their neighbours.
  public var isRoundedAlone: Bool { form.hasPrefix("bitsandbytes") }

  /// The tensors that hold its codes, scales and zeros, for advice about pages.
  public var storedTensors: [TensorEntry] { parts.compactMap { model.tensor($0) } }

  /// The numbers of some rows, row-major.
  /// - Precondition: the rows are there.
  public func read(_ range: Range<Int>, _ quantity: Quantity = .values) -> [Float] {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "the rows are there")
    let table =
      switch quantity {
      case .values: levels.values
      case .lowerEdges: levels.lowerEdges
      case .upperEdges: levels.upperEdges
      }
    var line = PackedLine(columns: columns)
    var out: [Float] = []
    out.reserveCapacity(range.count * columns)
    codes.withBytes(model) { bytes in
      for row in range {
        codes.read(row: row, bytes, into: &line.codes)
        scales.read(row: row, model, into: &line.scales)
        zeros.read(row: row, scales, model, into: &line.zeros)
        if quantity == .values {
          for column in 0..<columns {
            out.append((table[Int(line.codes[column])] - line.zeros[column]) * line.scales[column])
          }
        } else {
          appendEdges(line, table, quantity, to: &out)
        }
      }
    }
    return out
  }

  /// An edge goes outwards by the slack. A negative scale turns a cell round.
  private func appendEdges(
    _ line: PackedLine, _ table: [Float], _ quantity: Quantity, to out: inout [Float]
  ) {
    let isLower = quantity == .lowerEdges
    let other = isLower ? levels.upperEdges : levels.lowerEdges
    for column in 0..<columns {
      let code = Int(line.codes[column])
      let scale = line.scales[column]
      let edge = ((scale < 0 ? other : table)[code] - line.zeros[column]) * scale
      let value = (levels.values[code] - line.zeros[column]) * scale
      let room = slack * abs(value)
      out.append(scale == 0 ? 0 : isLower ? edge - room : edge + room)
    }
  }
}

/// Room for one row while it is read.
private struct PackedLine {
  var codes: [UInt8]
  var scales: [Float]
  var zeros: [Float]

  init(columns: Int) {
    codes = [UInt8](repeating: 0, count: columns)
    scales = [Float](repeating: 1, count: columns)
    zeros = [Float](repeating: 0, count: columns)
  }
}
