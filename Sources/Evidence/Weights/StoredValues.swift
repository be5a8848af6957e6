// Stored bytes of a tensor to float32, by the kernels that inference uses.
//
// The adapter in `Audit` knows files and element types, this module knows the kernels; a type is
// named by its number in GGUF files, FP8 by the kernels' own. Types that need code books (IQ1, IQ2,
// IQ3) and integers are not decoded: the caller reports the tensor as not compared.

import Base
import CKernels

public enum StoredValues {
  /// The kernels' number for a type: its GGUF number, or FP8's; nil if they cannot decode it.
  public static func kernelType(name: String, ggmlID: UInt32?) -> Int32? {
    switch name {
    case "F8_E4M3": return Int32(ck_f8_e4m3.rawValue)
    case "F8_E5M2": return Int32(ck_f8_e5m2.rawValue)
    default:
      guard let ggmlID, let type = Int32(exactly: ggmlID), ck_block_bytes(type) > 0 else {
        return nil
      }
      return type
    }
  }

  /// Decodes whole blocks: `bytes.byteCount` must be a whole number of them.
  /// - Returns: nil if the kernels do not know the type or the bytes do not fit.
  public static func decode(_ bytes: RawSpan, type: Int32) -> [Float]? {
    let blockBytes = ck_block_bytes(type)
    let elements = ck_block_elements(type)
    guard blockBytes > 0, bytes.byteCount % blockBytes == 0 else { return nil }
    let blocks = bytes.byteCount / blockBytes
    guard blocks > 0 else { return [] }
    let count = blocks * elements
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe bytes.withUnsafeBytes { source in
        guard let from = unsafe source.bindMemory(to: UInt8.self).baseAddress,
          let to = buffer.baseAddress
        else { return }
        unsafe ck_dequantize_f32(type, from, blocks, to, ck_isa_best())
      }
      filled = count
    }
  }
}

/// Products of all pairs of rows, in the fixed order of the dot kernels.
public enum RowProducts {
  /// out[i][j] = a_i · b_j for rows of `width` numbers; the result has `a` rows.
  public static func of(
    _ a: [Float], _ b: [Float], width: Int, run: Run
  ) throws(Problem) -> [Float] {
    precondition(width > 0 && a.count % width == 0 && b.count % width == 0, "rows are whole")
    let stride = (width + 15) / 16 * 16
    let left = padded(a, width: width, stride: stride)
    let right = padded(b, width: width, stride: stride)
    let rows = a.count / width
    let columns = b.count / width
    guard rows > 0, columns > 0 else { return [] }
    // A tile of rows takes a fraction of a second; every number is one dot product all the same.
    let height = max(1, tileProducts / (columns * stride))
    var out = [Float](repeating: 0, count: rows * columns)
    for first in Swift.stride(from: 0, to: rows, by: height) {
      try run.check()
      let count = min(height, rows - first)
      unsafe out.withUnsafeMutableBufferPointer { buffer in
        unsafe left.withUnsafeBufferPointer { x in
          unsafe right.withUnsafeBufferPointer { y in
            guard let p = x.baseAddress, let q = y.baseAddress, let o = buffer.baseAddress else {
              return
            }
            unsafe ck_matmul_f32(
              p + first * stride, stride, count, q, stride, columns, stride, o + first * columns,
              columns, ck_isa_best())
          }
        }
      }
    }
    return out
  }

  /// Products of numbers between two looks at the run.
  private static let tileProducts = 1 << 31

  private static func padded(_ values: [Float], width: Int, stride: Int) -> [Float] {
    guard width != stride else { return values }
    let rows = values.count / width
    var out = [Float](repeating: 0, count: rows * stride)
    for row in 0..<rows {
      for column in 0..<width { out[row * stride + column] = values[row * width + column] }
    }
    return out
  }
}
