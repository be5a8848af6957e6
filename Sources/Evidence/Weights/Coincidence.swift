// Positional coincidences: how often do units match at their own index?
//
// Theorem. If the reference's training start is exchangeable over n units, training is equivariant
// under their permutation, and the suspect is independent of the reference, then for every matcher
// that works on contents alone, with F units matched to their own index:
//     P(F >= k) <= 1/k!      and      E[l^F] <= e^(l-1) for l >= 1.
// Labels are then a uniform permutation; a k-subset of units coincides with probability at most
// (n-k)!/n!; Maclaurin's inequality and Markov's give the rest. Only one side needs to be
// exchangeable. Over a sample of units F only falls, so both bounds stay.
//
// The e-value of a block is the mean of l^F e^(-(l-1)) over l = 1, 2, 4 … 512. Labels of different
// reference layers are independent, so e-values multiply over reference layers; the layer of the
// suspect is unknown, and a mean of e-values is an e-value. p <= 1/E (Ville).

import Glibc

public enum Coincidence {
  /// Base of the mixture: 2^0 … 2^9.
  static let mixtureCount = 10
  /// The values of l.
  public static var mixtureBases: [Int] { (0..<mixtureCount).map { 1 << $0 } }

  /// log10 of the e-value of `coincidences` units at their own index.
  public static func log10E(_ coincidences: Int) -> Double {
    let terms = (0..<mixtureCount).map { power -> Double in
      let base = pow(2, Double(power))
      return Double(coincidences) * log(base) - (base - 1)
    }
    return Logarithm.meanOfExponentials(terms) / log(10)
  }

  /// log10 of the bound 1/k! on P(F >= k).
  public static func log10Tail(_ coincidences: Int) -> Double {
    -lgamma(Double(max(0, coincidences)) + 1) / log(10)
  }

  /// log10 of the product over reference layers of the mean over suspect layers.
  /// - Parameter layers: per reference layer, log10 e-values against each suspect layer; a layer
  ///   without any tested block is left out, which its shape alone decides.
  public static func log10Product(_ layers: [[Double]]) -> Double {
    layers.filter { !$0.isEmpty }
      .reduce(0) { $0 + Logarithm.meanOfExponentials($1.map { $0 * log(10) }) / log(10) }
  }

  /// log10 of the mean of e-values of different kinds of features. The best of them would not be
  /// an e-value.
  public static func log10Mean(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    return Logarithm.meanOfExponentials(values.map { $0 * log(10) }) / log(10)
  }
}

/// Sums of exponentials without overflow.
enum Logarithm {
  /// ln of the mean of exp(x). Minus infinity for no values.
  static func meanOfExponentials(_ values: [Double]) -> Double {
    guard let largest = values.max(), largest.isFinite else { return -.infinity }
    let sum = values.reduce(0.0) { $0 + exp($1 - largest) }
    return largest + log(sum / Double(values.count))
  }
}
