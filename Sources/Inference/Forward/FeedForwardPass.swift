// The feed-forward half of a layer: two or three matrices and a function between them.

import Base
import CKernels

/// One feed-forward part at work on a batch of rows.
struct FeedForwardPass {
  let arithmetic: Arithmetic
  private var kernel: Kernel { arithmetic.kernel }

  init(_ arithmetic: Arithmetic) { self.arithmetic = arithmetic }

  /// out[t] = down(act(gate x[t]) * up x[t]); `gate` and `up` are scratch of the inner size.
  /// `seen` is called with both before the activation function.
  func gated(
    _ x: Activations, tokens: Int, _ weights: GatedWeights, _ activation: Activation,
    scratch: (gate: Activations, up: Activations), into out: Activations,
    seen: ((_ gate: Activations, _ up: Activations) -> Void)? = nil
  ) {
    arithmetic.multiply(weights.gate, x, tokens: tokens, into: scratch.gate)
    arithmetic.multiply(weights.up, x, tokens: tokens, into: scratch.up)
    let size = weights.gate.matrix.rows
    seen?(scratch.gate, scratch.up)
    arithmetic.forEachToken(tokens) { token in
      let (gate, up) = unsafe (scratch.gate.row(token), scratch.up.row(token))
      if activation == .clampedSwish {
        unsafe Self.clampedSwish(gate, up, size, kernel)
      } else {
        unsafe Self.apply(activation, gate, size, kernel)
        unsafe ck_multiply_f32(gate, up, size, kernel.isa)
      }
    }
    arithmetic.multiply(weights.down, scratch.gate, tokens: tokens, into: out)
  }

  /// out[t] = down(act(up x[t])); `inner` is scratch.
  func plain(
    _ x: Activations, tokens: Int, up: Linear, down: Linear, _ activation: Activation,
    inner: Activations, into out: Activations
  ) {
    arithmetic.multiply(up, x, tokens: tokens, into: inner)
    arithmetic.forEachToken(tokens) { token in
      unsafe Self.apply(activation, inner.row(token), up.matrix.rows, kernel)
    }
    arithmetic.multiply(down, inner, tokens: tokens, into: out)
  }

  private static func apply(
    _ activation: Activation, _ row: UnsafeMutablePointer<Float>, _ count: Int, _ kernel: Kernel
  ) {
    switch activation {
    case .silu: unsafe ck_silu_f32(row, count, kernel.isa)
    case .geluTanh: unsafe ck_gelu_tanh_f32(row, count, kernel.isa)
    case .geluErf: unsafe ck_gelu_erf_f32(row, count, kernel.isa)
    case .clampedSwish: preconditionFailure("this activation takes gate and up together")
    }
  }

  /// gate = (up + 1) g sigmoid(1.702 g) with g = min(gate, 7) and up within ±7 (gpt-oss).
  private static func clampedSwish(
    _ gate: UnsafeMutablePointer<Float>, _ up: UnsafeMutablePointer<Float>, _ count: Int,
    _ kernel: Kernel
  ) {
    for index in 0..<count {
      unsafe gate[index] = unsafe min(gate[index], 7) * 1.702
      unsafe up[index] = unsafe min(max(up[index], -7), 7) + 1
    }
    // silu(1.702 g) = 1.702 g sigmoid(1.702 g)
    unsafe ck_silu_f32(gate, count, kernel.isa)
    for index in 0..<count { unsafe gate[index] = unsafe gate[index] / 1.702 * up[index] }
  }
}
