// A p-value as evidence carries it: a bound on a probability, kept as a logarithm.
//
// p is never zero (printed floor 1e-300, the logarithm keeps the rest), never above one, and says
// whether it rests on a theorem or on controls. `Figure` writes numbers for people without the C
// library's formats, so that equal numbers give equal text everywhere.

import Base
import Glibc

/// An upper bound on a tail probability under a named null hypothesis.
public struct TailBound: Equatable, Sendable {
  /// Base-10 logarithm, at most 0.
  public let log10: Double
  /// True if the bound is a theorem under its null, false if controls calibrate it.
  public let isExact: Bool

  /// Smallest p that is printed. Below it only the logarithm tells.
  public static let floor = 1e-300

  /// Values above 1 (log10 above 0) and NaN say nothing and become 1.
  public init(log10: Double, isExact: Bool) {
    self.log10 = log10 < 0 ? log10 : 0
    self.isExact = isExact
  }

  /// From a probability in [0, 1]; zero becomes the floor.
  public init(_ p: Double, isExact: Bool) {
    self.init(log10: Glibc.log10(max(p, Self.floor)), isExact: isExact)
  }

  /// The probability, within [1e-300, 1].
  public var value: Double { min(1, max(Self.floor, pow(10, log10))) }

  /// For a sentence: "1e-12", or "1e-300" at the floor.
  public var text: String { Figure.text(value) }

  /// Bound after `comparisons` looks (Bonferroni).
  public func adjusted(for comparisons: Int) -> TailBound {
    TailBound(log10: log10 + Glibc.log10(Double(max(1, comparisons))), isExact: isExact)
  }
}

/// Numbers for people.
public enum Figure {
  /// Three significant digits: "0.0312", "7", "1.2e-7", "not a number".
  public static func text(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : (value > 0 ? "inf" : "-inf") }
    guard value != 0 else { return "0" }
    let sign = value < 0 ? "-" : ""
    var exponent = Int(Glibc.floor(Glibc.log10(abs(value))))
    let scale = pow(10.0, Double(digits - 1))
    var mantissa = (scaled(abs(value), by: -exponent) * scale).rounded(.toNearestOrEven)
    if mantissa >= scale * 10 {
      mantissa /= 10
      exponent += 1
    } else if mantissa < scale {  // log10 rounded up at a power of ten
      mantissa *= 10
      exponent -= 1
    }
    let numerals = Array(String(Int(mantissa)))
    return sign
      + (exponent < -4 || exponent > 6
        ? scientific(numerals, exponent: exponent) : plain(numerals, exponent: exponent))
  }

  /// value · 10^power in two steps, so that neither factor overflows at the ends of the range.
  private static func scaled(_ value: Double, by power: Int) -> Double {
    let half = power / 2
    return value * pow(10, Double(half)) * pow(10, Double(power - half))
  }

  private static func scientific(_ numerals: [Character], exponent: Int) -> String {
    let tail = trimmed(numerals.dropFirst())
    return String(numerals[0]) + (tail.isEmpty ? "" : "." + tail) + "e\(exponent)"
  }

  private static func plain(_ numerals: [Character], exponent: Int) -> String {
    if exponent < 0 {
      return "0." + String(repeating: "0", count: -exponent - 1) + trimmed(numerals[...])
    }
    let whole = exponent + 1
    guard whole < numerals.count else {
      return String(numerals) + String(repeating: "0", count: whole - numerals.count)
    }
    let tail = trimmed(numerals[whole...])
    return String(numerals[..<whole]) + (tail.isEmpty ? "" : "." + tail)
  }

  private static func trimmed(_ numerals: ArraySlice<Character>) -> String {
    var slice = numerals
    while slice.last == "0" { slice.removeLast() }
    return String(slice)
  }
}
