// A weight matrix as the arithmetic wants it: rows in our order, read a few at a time.
//
// Containers differ in the order of rows: GGUF's `llama` files hold the rows of Q and K with the
// two halves of a head interleaved, GPT-NeoX keeps q, k and v of one head together, Phi-3 stacks
// q, k, v, and gpt-oss alternates gate and up. `RowOrder` undoes it while reading, so that equal
// weights give equal bits whatever the container.

import Base
import Formats

/// Where row `r` of a matrix is stored.
struct RowOrder: Equatable, Sendable {
  /// Rows come in runs of `run`, stored `stride` rows apart, the first at `offset`.
  var run: Int
  var stride: Int
  var offset = 0
  /// Set if the two halves of each head are stored alternately.
  var heads: HeadRows?

  /// Stored as they are, from row `offset` on.
  static func plain(offset: Int = 0) -> RowOrder {
    RowOrder(run: Int.max, stride: 0, offset: offset)
  }

  func stored(_ row: Int) -> Int {
    let row = heads?.source(of: row) ?? row
    return row / run * stride + row % run + offset
  }
}

/// A matrix [rows, columns] in the files of a model.
struct WeightMatrix: Sendable {
  let name: String
  let rows: Int
  let columns: Int
  let storage: WeightStorage
  var order = RowOrder.plain()

  /// Writes rows `range` to `out`, `stride` values apart. Values past `columns` are left alone.
  func read(
    _ range: Range<Int>, into out: UnsafeMutablePointer<Float>, stride: Int, _ kernel: Kernel
  ) {
    if case .columns(let tensor, let width) = storage, order == .plain(offset: order.offset) {
      return unsafe transpose(tensor, width, range, into: out, stride: stride, kernel)
    }
    for (index, row) in range.enumerated() {
      unsafe storage.read(
        row: order.stored(row), columns: columns, into: out + index * stride, kernel)
    }
  }

  /// Neighbouring rows of a transposed tensor are neighbouring values: decode them together, of a
  /// block type with the rest of the stored row.
  private func transpose(
    _ tensor: StoredTensor, _ width: Int, _ range: Range<Int>,
    into out: UnsafeMutablePointer<Float>, stride: Int, _ kernel: Kernel
  ) {
    let wanted = order.stored(range.lowerBound)
    let isPlain = tensor.entry.type.blockElements == 1
    let (first, count) = isPlain ? (wanted, range.count) : (0, width)
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
      guard let line = buffer.baseAddress else { return }
      for column in 0..<columns {
        unsafe tensor.decode(column * width + first, count: count, into: line, kernel)
        for index in 0..<range.count {
          unsafe out[index * stride + column] = unsafe line[wanted - first + index]
        }
      }
    }
  }

  /// Asks the system to read the matrix ahead, or lets its pages go.
  func advise(_ advice: PageAdvice) {
    switch storage {
    case .rows(let tensor), .columns(let tensor, _), .scaled(let tensor, _, _):
      tensor.model.advise(advice, tensor.entry)
    case .packed(let matrix, _):
      for entry in matrix.storedTensors { matrix.model.advise(advice, entry) }
    }
  }

  /// Lets go of the pages that hold rows `range`, if they lie together in the file.
  func release(_ range: Range<Int>) {
    switch storage {
    case .rows(let tensor), .scaled(let tensor, _, _):
      let first = order.stored(range.lowerBound)
      let (offset, bytes) = tensor.extent(first * columns, count: range.count * columns)
      tensor.model.advise(.dontNeed, tensor.entry, offset: offset, count: bytes)
    case .columns, .packed: break
    }
  }

  /// Bytes of the file that the matrix takes up.
  var storedByteCount: Int {
    switch storage {
    case .rows(let tensor), .columns(let tensor, _), .scaled(let tensor, _, _):
      let (elements, bytes) = (tensor.entry.type.blockElements, tensor.entry.type.blockBytes)
      return rows * columns / elements * bytes
    case .packed: return rows * columns / 2
    }
  }
}

/// What is known about the next use of mapped pages.
enum PageAdvice: Sendable { case willNeed, dontNeed }

extension OpenModel {
  /// Advises about all pages of a tensor, or about a part of them. Advice is never needed for a
  /// right result: pages let go too early are read again.
  func advise(
    _ advice: PageAdvice, _ entry: TensorEntry, offset: Int = 0, count: Int? = nil
  ) {
    guard entry.layout.isPlain, files.indices.contains(entry.file) else { return }
    let start = entry.offsetBytes + offset
    let bytes = min(count ?? entry.byteCount, entry.byteCount - offset)
    switch advice {
    case .willNeed: files[entry.file].adviseWillNeed(offset: start, count: bytes)
    case .dontNeed: files[entry.file].adviseDontNeed(offset: start, count: bytes)
    }
  }
}

/// A vector of weights: a bias or the factors of a norm.
struct WeightVector: Sendable {
  let tensor: StoredTensor
  let count: Int
  var order = RowOrder.plain()
  /// Added to every value: Gemma stores the factor minus one.
  var plus: Float = 0

  /// The values, padded with zeros to a multiple of 16.
  func values(_ kernel: Kernel) -> [Float] {
    let stored = tensor.values(kernel)
    var result = [Float](repeating: 0, count: Activations.padded(count))
    for index in 0..<count { result[index] = stored[order.stored(index)] + plus }
    return result
  }
}
