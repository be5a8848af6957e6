// Rows of float32 that the forward pass works on.
//
// A row is padded with zeros to a multiple of 16 values, because the kernels take whole vectors.
// Promises: rows start as zeros and the padding stays zero as long as only `columns` values of a
// row are written. Threads write different rows or different columns, never the same value; that
// is what makes the unchecked `Sendable` true. Does not check indices in release builds: this is
// the inside of the loops, and every index comes from our own counts.

/// A matrix of float32 in memory, row after row.
@safe final class Activations: @unchecked Sendable {
  let rows: Int
  let columns: Int
  /// Distance between rows: `columns` rounded up to a multiple of 16.
  let stride: Int
  let base: UnsafeMutablePointer<Float>

  init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative size")
    self.rows = rows
    self.columns = columns
    stride = Self.padded(columns)
    let count = max(1, rows * stride)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
    unsafe base = bytes.bindMemory(to: Float.self, capacity: count)
    unsafe base.initialize(repeating: 0, count: count)
  }

  deinit { unsafe UnsafeMutableRawPointer(base).deallocate() }

  func row(_ index: Int) -> UnsafeMutablePointer<Float> {
    assert(index >= 0 && index < rows, "a row within the matrix")
    return unsafe base + index * stride
  }

  static func padded(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }

  /// Bytes of such a matrix.
  static func byteCount(rows: Int, columns: Int) -> Int { rows * padded(columns) * 4 }
}
