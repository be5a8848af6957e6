// The last step: final norm, output matrix, log-softmax, a block of positions at a time.
//
// The full position x vocabulary array never exists: a block of rows is made, handed out and
// overwritten. The output matrix is read once for each block.

import Base
import CKernels
import Synchronization

/// Turns hidden states into rows of log-probabilities.
struct OutputHead {
  let norm: NormWeights
  let matrix: WeightMatrix
  let softCap: Float?
  let arithmetic: Arithmetic
  private var kernel: Kernel { arithmetic.kernel }

  init(_ norm: NormWeights, _ matrix: WeightMatrix, _ softCap: Float?, _ arithmetic: Arithmetic) {
    self.norm = norm
    self.matrix = matrix
    self.softCap = softCap
    self.arithmetic = arithmetic
  }

  /// Log-probabilities of the tokens after the given rows of `x`, in that order, in `logits`
  /// (one row each). Returns false, with rows undefined, if one of them is not finite.
  func logProbabilities(
    of rows: [Int], in x: Activations, normed: Activations, into logits: Activations
  ) -> Bool {
    let factors = norm.factors.values(kernel)
    let bias = norm.bias?.values(kernel)
    for (index, row) in rows.enumerated() {
      unsafe norm.norm.apply(
        x.row(row), factors, bias, into: normed.row(index), count: x.columns, kernel)
    }
    unsafe arithmetic.multiply(
      matrix, normed, tokens: rows.count, into: logits.base, stride: logits.stride)
    let isFinite = Atomic<Bool>(true)
    arithmetic.run.forEach(rows.count) { index in
      let row = unsafe logits.row(index)
      if let softCap { unsafe ck_soft_cap_f32(row, softCap, matrix.rows, kernel.isa) }
      if unsafe !ck_log_softmax_f32(row, row, matrix.rows, kernel.isa) {
        isFinite.store(false, ordering: .relaxed)
      }
    }
    return isFinite.load(ordering: .relaxed)
  }
}
