// Where the values of a weight matrix lie in the files, and how a run of them becomes float32.
//
// The forms: a tensor [out, in] as nn.Linear stores it (also a slice of a three-dimensional one),
// a transposed tensor [in, out] (GPT-2's Conv1D, gpt-oss's experts), FP8 codes with a scale for
// each block, and matrices packed in several tensors (`PackedMatrix` of Formats).
// Promises: `read` gives the exact float32 of the format, whatever the kernel. Does not keep
// anything in memory but small tables of scales.

import Base
import CKernels
import Formats

/// A tensor, or a run of its values, with a type the kernels decode.
struct StoredTensor: Sendable {
  let model: OpenModel
  let entry: TensorEntry
  let type: Int32
  /// The first value of the run, counted in values.
  var start = 0

  init(_ model: OpenModel, _ entry: TensorEntry) throws(Problem) {
    self.model = model
    self.entry = entry
    guard let type = kernelType(entry.type) else {
      throw Problem(
        .malformed, "unsupported_type", place: "\(model.path): tensor \(entry.name)",
        reason: "weights of type \(entry.type.name) cannot be computed with",
        remedy: "use a file in F32, F16, BF16, FP8 or a block type other than IQ1, IQ2 and IQ3")
    }
    self.type = type
  }

  /// Decodes `count` values from value `first` of the run. Both lie on block boundaries.
  func decode(_ first: Int, count: Int, into out: UnsafeMutablePointer<Float>, _ kernel: Kernel) {
    unsafe withBlocks(first, count) { bytes, blocks in
      unsafe ck_dequantize_f32(type, bytes, blocks, out, kernel.isa)
    }
  }

  /// All values of a small tensor.
  func values(_ kernel: Kernel = .best) -> [Float] {
    let count = entry.elementCount - start
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let base = buffer.baseAddress, count > 0 {
        unsafe decode(0, count: count, into: base, kernel)
      }
      filled = count
    }
  }

  /// The part of the file that holds these values.
  func extent(_ first: Int, count: Int) -> (offset: Int, bytes: Int) {
    let elements = entry.type.blockElements
    let begin = (start + first) / elements * entry.type.blockBytes
    return (begin, count / elements * entry.type.blockBytes)
  }

  private func withBlocks(_ first: Int, _ count: Int, _ body: (UnsafePointer<UInt8>, Int) -> Void) {
    let (offset, bytes) = extent(first, count: count)
    model.withBytes(of: entry) { span in
      unsafe span.extracting(offset..<offset + bytes).withUnsafeBytes { buffer in
        guard let base = unsafe buffer.bindMemory(to: UInt8.self).baseAddress else { return }
        unsafe body(base, count / entry.type.blockElements)
      }
    }
  }
}

/// The kernels' number of an element type, nil if they cannot decode it.
func kernelType(_ type: ElementType) -> Int32? {
  let number: Int32
  if type == .f8E4M3 {
    number = Int32(ck_f8_e4m3.rawValue)
  } else if type == .f8E5M2 {
    number = Int32(ck_f8_e5m2.rawValue)
  } else if let id = type.ggmlID, type.kind == .float || type.kind == .quantized {
    number = Int32(bitPattern: id)
  } else {
    return nil
  }
  let sameSize =
    ck_block_bytes(number) == type.blockBytes && ck_block_elements(number) == type.blockElements
  return sameSize ? number : nil
}

/// How the rows of a matrix are stored.
enum WeightStorage: Sendable {
  /// Row after row.
  case rows(StoredTensor)
  /// Column after column: the tensor is [in, out] with `out` values in a stored row.
  case columns(StoredTensor, out: Int)
  /// Codes row after row; each block of `block` x `block` codes has one factor.
  case scaled(StoredTensor, scales: [Float], block: Int)
  /// Codes, scales and zeros in tensors of their own, from a row on.
  case packed(PackedMatrix, firstRow: Int)
}

extension WeightStorage {
  /// Writes row `row`, `columns` values, to `out`.
  func read(
    row: Int, columns: Int, into out: UnsafeMutablePointer<Float>, _ kernel: Kernel
  ) {
    switch self {
    case .rows(let tensor): unsafe tensor.decode(row * columns, count: columns, into: out, kernel)
    case .columns(let tensor, let width):
      for column in 0..<columns {
        unsafe tensor.decode(column * width + row, count: 1, into: out + column, kernel)
      }
    case .scaled(let tensor, let scales, let block):
      unsafe tensor.decode(row * columns, count: columns, into: out, kernel)
      let across = (columns + block - 1) / block
      for column in 0..<columns {
        unsafe out[column] *= scales[row / block * across + column / block]
      }
    case .packed(let matrix, let firstRow):
      let values = matrix.read(firstRow + row..<firstRow + row + 1)
      for column in 0..<columns { unsafe out[column] = values[column] }
    }
  }
}
