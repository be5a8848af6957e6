// Rotary position embedding and its scalings.
//
// Pair i of d rotated values turns by position * f_i, f_i = theta^(-2i/d) before scaling.
// Formulas: linear, llama3, yarn, dynamic (NTK) and longrope as in Hugging Face transformers 5
// (`modeling_rope_utils`), which the originals follow. Frequencies, angles, sines and cosines are
// computed in double and rounded once: float32 frequencies alone cost 1e-4 in log-probability.
// Pairs are (i, i + d/2), or (2i, 2i + 1) if `isInterleaved`.

import CKernels

/// How queries and keys of a layer are rotated.
public struct Rope: Equatable, Sendable {
  public var theta: Double
  /// How many values of a head are rotated, from the first.
  public var size: Int
  public var isInterleaved = false
  public var scaling: Scaling = .none
  /// The configured context, which `dynamic` and `longrope` compare the length with.
  public var maxPositions: Int

  public enum Scaling: Equatable, Sendable {
    case none
    case linear(factor: Double)
    case llama3(factor: Double, low: Double, high: Double, original: Double)
    case yarn(Yarn)
    case dynamic(factor: Double)
    /// Divisors of the frequencies for lengths up to `original` and beyond.
    case longrope(short: [Double], long: [Double], original: Int, attentionFactor: Double)
    /// Divisors that a GGUF file carries instead of a rule.
    case divisors([Double])
  }

  public struct Yarn: Equatable, Sendable {
    public var factor: Double
    public var original: Double
    public var betaFast: Double = 32
    public var betaSlow: Double = 1
    public var truncates = true
    /// Multiplies cosine and sine.
    public var attentionFactor: Double
  }

  /// 0.1 k ln(s) + 1, or 1 for s <= 1: YaRN's correction of the attention temperature.
  static func yarnScale(_ s: Double, _ k: Double = 1) -> Double {
    s <= 1 ? 1 : 0.1 * k * ck_log(s) + 1
  }
}

extension Rope {
  /// What the table depends on besides this value: sequences with equal variants share a table.
  func variant(length: Int) -> Int {
    switch scaling {
    case .dynamic: max(length, maxPositions)
    case .longrope(_, _, let original, _): length > original ? 1 : 0
    default: 0
    }
  }

  /// Angle of each pair at position 1, for a text of `length` tokens.
  func frequencies(length: Int) -> [Double] {
    switch scaling {
    case .none: return plain(theta)
    case .linear(let factor): return plain(theta).map { $0 / factor }
    case .divisors(let divisors): return zip(plain(theta), divisors).map { $0 / $1 }
    case .longrope(let short, let long, let original, _):
      return zip(plain(theta), length > original ? long : short).map { $0 / $1 }
    case .dynamic(let factor):
      let longest = Double(max(length, maxPositions))
      let stretch = factor * longest / Double(maxPositions) - (factor - 1)
      let exponent = Double(size) / Double(size - 2)
      return plain(theta * ck_exp(exponent * ck_log(stretch)))
    case .llama3(let factor, let low, let high, let original):
      return plain(theta).map { frequency in
        let wavelength = 2 * Double.pi / frequency
        if wavelength < original / high { return frequency }
        if wavelength > original / low { return frequency / factor }
        let smooth = (original / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
      }
    case .yarn(let yarn): return interpolated(yarn)
    }
  }

  /// Multiplies cosines and sines.
  var amplitude: Double {
    switch scaling {
    case .yarn(let yarn): yarn.attentionFactor
    case .longrope(_, _, _, let factor): factor
    default: 1
    }
  }

  private func plain(_ theta: Double) -> [Double] {
    let logarithm = ck_log(theta)
    return (0..<size / 2).map { ck_exp(-2 * Double($0) / Double(size) * logarithm) }
  }

  /// YaRN: fast pairs keep their frequency, slow ones are divided, a ramp between.
  private func interpolated(_ yarn: Yarn) -> [Double] {
    func pair(turns: Double) -> Double {
      let ratio = yarn.original / (turns * 2 * Double.pi)
      return Double(size) * ck_log(ratio) / (2 * ck_log(theta))
    }
    var low = pair(turns: yarn.betaFast)
    var high = pair(turns: yarn.betaSlow)
    if yarn.truncates {
      low.round(.down)
      high.round(.up)
    }
    low = max(low, 0)
    high = min(high, Double(size - 1))
    if low == high { high += 0.001 }
    return plain(theta).enumerated().map { index, frequency in
      let ramp = min(max((Double(index) - low) / (high - low), 0), 1)
      return frequency / yarn.factor * ramp + frequency * (1 - ramp)
    }
  }
}

/// Cosines and sines for positions from 0, ready to be applied.
final class RopeTable: Sendable {
  let rope: Rope
  private let cosines: Activations
  private let sines: Activations

  /// `length` is the whole length of the text, `positions` how many positions are needed.
  init(_ rope: Rope, length: Int, positions: Int) {
    self.rope = rope
    cosines = Activations(rows: positions, columns: rope.size / 2)
    sines = Activations(rows: positions, columns: rope.size / 2)
    let frequencies = rope.frequencies(length: length)
    for position in 0..<positions {
      let (cosine, sine) = unsafe (cosines.row(position), sines.row(position))
      for (index, frequency) in frequencies.enumerated() {
        var (s, c) = (0.0, 0.0)
        unsafe ck_sin_cos(Double(position) * frequency, &s, &c)
        unsafe cosine[index] = Float(c * rope.amplitude)
        unsafe sine[index] = Float(s * rope.amplitude)
      }
    }
  }

  /// Rotates one head of a query or key in place.
  func rotate(_ head: UnsafeMutablePointer<Float>, position: Int, _ kernel: Kernel) {
    let half = rope.size / 2
    let (cosine, sine) = unsafe (cosines.row(position), sines.row(position))
    guard rope.isInterleaved else {
      unsafe ck_rotate_f32(head, head + half, cosine, sine, half, kernel.isa)
      return
    }
    for index in 0..<half {
      unsafe ck_rotate_f32(
        head + 2 * index, head + 2 * index + 1, cosine + index, sine + index, 1, kernel.isa)
    }
  }
}

/// The natural logarithm, the same on every machine.
func naturalLog(_ x: Double) -> Double { ck_log(x) }

/// e^x, the same on every machine.
func exponential(_ x: Double) -> Double { ck_exp(x) }
