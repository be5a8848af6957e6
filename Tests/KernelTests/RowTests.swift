import Base
import CKernels
import Foundation
import Testing

/// Goal: elementary functions are accurate and have the same bits everywhere.
/// Method: against the C library in double, and bit for bit between instruction sets.
@Suite("A row operation")
struct RowTests {
  typealias InPlace = @Sendable (UnsafeMutablePointer<Float>, Int, Int32) -> Void

  static let operations: [(name: String, run: InPlace)] = [
    ("exp", { ck_exp_f32($0, $0, $1, $2) }),
    ("exp_sum", { $0[0] = ck_exp_sum_f32($0, $1, 0.5, $2) }),
    ("max", { $0[0] = ck_max_f32($0, $1, $2) }),
    ("sum", { $0[0] = ck_sum_f32($0, $1, $2) }),
    ("scale", { ck_scale_f32($0, 0.3, $0, $1, $2) }),
    ("divide", { ck_divide_f32($0, 0.3, $0, $1, $2) }),
    ("add", { ck_add_f32($0, $0, $1, $2) }),
    ("add_scaled", { ck_add_scaled_f32($0, 0.3, $0, $1, $2) }),
    ("soft_cap", { ck_soft_cap_f32($0, 2.5, $1, $2) }),
    ("rms_norm", { ck_rms_norm_f32($0, $0, 1e-5, $0, $1, $2) }),
    (
      "layer_norm",
      { row, count, isa in
        let weight = numbers(count, seed: 21)
        ck_layer_norm_f32(row, weight, weight, 1e-5, row, count, isa)
      }
    ),
    ("silu", { ck_silu_f32($0, $1, $2) }),
    ("gelu_tanh", { ck_gelu_tanh_f32($0, $1, $2) }),
    ("gelu_erf", { ck_gelu_erf_f32($0, $1, $2) }),
    ("multiply", { ck_multiply_f32($0, $0, $1, $2) }),
    (
      "rotate",
      { row, count, isa in
        let (cosine, sine) = (numbers(count, seed: 22), numbers(count, seed: 23))
        ck_rotate_f32(row, row + count / 2, cosine, sine, count / 2, isa)
      }
    ),
    ("log_softmax", { _ = ck_log_softmax_f32($0, $0, $1, $2) }),
  ]

  @Test("has the same bits on every instruction set", arguments: operations.map(\.name))
  func sameBits(name: String) throws {
    let run = try #require(Self.operations.first { $0.name == name }).run
    for count in lengths where count > 0 {
      for scale: Float in [1, 40] {
        let input = numbers(count, seed: 24, scale: scale)
        let results = instructionSets.map { isa -> [UInt32] in
          // One value past the end must stay as it is.
          var row = input + [12345]
          row.withUnsafeMutableBufferPointer { run($0.baseAddress!, count, isa) }
          #expect(row[count] == 12345, "\(name) wrote past \(count)")
          return row.map(\.bitPattern)
        }
        #expect(Set(results).count == 1, "length \(count), scale \(scale)")
      }
    }
  }

  @Test(
    "is close to the true function",
    arguments: [
      ("exp", 1.2e-7), ("silu", 4e-7), ("gelu_tanh", 4e-7), ("gelu_erf", 4e-7),
      ("soft_cap", 4e-7),
    ])
  func accuracy(name: String, relative: Double) throws {
    let run = try #require(Self.operations.first { $0.name == name }).run
    let input = (0..<20000).map { Float($0 - 10000) / 1200 }
    var row = input
    row.withUnsafeMutableBufferPointer { run($0.baseAddress!, input.count, instructionSets[0]) }
    for (x, y) in zip(input, row) {
      let wanted = Self.truth(name, Double(x))
      let error = abs(Double(y) - wanted)
      #expect(error <= relative * max(abs(wanted), 1e-2), "\(name)(\(x)) = \(y)")
    }
  }

  private static func truth(_ name: String, _ x: Double) -> Double {
    switch name {
    case "exp": Foundation.exp(x)
    case "silu": x / (1 + Foundation.exp(-x))
    case "gelu_tanh":
      x / 2 * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case "gelu_erf": x / 2 * Foundation.erfc(-x / 2.0.squareRoot())
    default: 2.5 * Foundation.tanh(x / 2.5)
    }
  }

  @Test("of exponentials reaches zero, infinity and subnormals, and keeps NaN")
  func exponentialLimits() {
    for isa in instructionSets {
      var row: [Float] = [-1000, -103.5, -87.5, 0, 88.7, 89.5, 1000, .infinity, -.infinity, .nan]
      ck_exp_f32(row, &row, row.count, isa)
      #expect(row[0] == 0 && row[1] > 0 && row[1].isSubnormal && row[2].isSubnormal)
      #expect(row[3] == 1 && row[4].isFinite && row[5] == .infinity && row[6] == .infinity)
      #expect(row[7] == .infinity && row[8] == 0 && row[9].isNaN)
    }
  }

  @Test("of log-softmax sums to one and refuses rows that are not finite")
  func logSoftmax() {
    let input = numbers(5001, seed: 25, scale: 8)
    for isa in instructionSets {
      var row = input
      #expect(ck_log_softmax_f32(input, &row, row.count, isa))
      let sum = row.reduce(0) { $0 + Foundation.exp(Double($1)) }
      #expect(abs(sum - 1) < 1e-5)
      for strange: Float in [.nan, .infinity, -.infinity] {
        for index in [0, 15, 4999, 5000] {
          var bad = input
          bad[index] = strange
          #expect(!ck_log_softmax_f32(bad, &row, row.count, isa))
        }
      }
    }
  }

  @Test("in double is close to the C library's")
  func scalars() {
    var random = CounterRandom(seed: 26)
    for _ in 0..<20000 {
      let angle = random.uniform() * 1e6
      var (sine, cosine) = (0.0, 0.0)
      ck_sin_cos(angle, &sine, &cosine)
      #expect(abs(sine - Foundation.sin(angle)) < 1e-15)
      #expect(abs(cosine - Foundation.cos(angle)) < 1e-15)
      let x = random.uniform() * 1400 - 700
      let power = Foundation.exp(x)
      #expect(abs(ck_exp(x) - power) <= 1e-15 * power)
      #expect(abs(ck_log(power) - x) <= 1e-15 * max(1, abs(x)))
    }
    #expect(ck_exp(-1000) == 0 && ck_exp(1000) == .infinity && ck_log(0) == -.infinity)
    #expect(ck_log(-1).isNaN && ck_log(.infinity) == .infinity)
  }

  @Test("finds the floating-point environment as it must be")
  func environment() { #expect(ck_float_environment_is_standard() == 1) }
}
