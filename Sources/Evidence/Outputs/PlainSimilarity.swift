// How alike two models are, as a description. No verdict may rest on it: models of one corpus are
// alike anyway, and better ones more so (facts/detection.md B1).

import Base
import CKernels

/// Means over positions of four familiar distances.
public struct PlainSimilarity: Equatable, Sendable {
  /// Jensen–Shannon divergence in nats.
  public let jensenShannon: Double
  /// Kullback–Leibler divergence KL(first ‖ second) = Σ p (log p − log q) in nats: of a record,
  /// KL(suspect ‖ reference). Large where the suspect says what the reference would not. The
  /// floor inside the logarithms (`BucketMap.floor`) keeps it finite.
  public let kullbackLeibler: Double
  /// Total variation, ½Σ|p − q|.
  public let totalVariation: Double
  /// Share of positions where both have the same likeliest outcome.
  public let topAgreement: Double

  public init(
    jensenShannon: Double, kullbackLeibler: Double, totalVariation: Double, topAgreement: Double
  ) {
    self.jensenShannon = jensenShannon
    self.kullbackLeibler = kullbackLeibler
    self.totalVariation = totalVariation
    self.topAgreement = topAgreement
  }

  /// Of two models of a field, by their indices.
  public init(_ field: OutcomeField, _ a: Int, _ b: Int) {
    var (js, kl, tv, top) = (0.0, 0.0, 0.0, 0.0)
    for position in 0..<field.positionCount {
      let p = field.logProbabilities(a, at: position)
      let q = field.logProbabilities(b, at: position)
      var best = (a: (-Double.infinity, 0), b: (-Double.infinity, 0))
      for (index, (logP, logQ)) in zip(p, q).enumerated() {
        let (x, y) = (ck_exp(Double(logP)), ck_exp(Double(logQ)))
        let logMiddle = ck_log((x + y) / 2)
        js += (x * (Double(logP) - logMiddle) + y * (Double(logQ) - logMiddle)) / 2
        kl += x * (Double(logP) - Double(logQ))
        tv += abs(x - y) / 2
        if x > best.a.0 { best.a = (x, index) }
        if y > best.b.0 { best.b = (y, index) }
      }
      if best.a.1 == best.b.1 { top += 1 }
    }
    let count = Double(max(1, field.positionCount))
    jensenShannon = js / count
    kullbackLeibler = kl / count
    totalVariation = tv / count
    topAgreement = top / count
  }
}

/// The temperature at which a model is nearest to the panel: descriptive, since the contrast
/// does not depend on it.
public enum PanelTemperature {
  /// β minimising −Σ p̄ log softmax(β·ℓ), in [0.2, 5], by Newton's method.
  public static func beta(_ field: OutcomeField, model: Int) -> Double {
    var beta = 1.0
    for _ in 0..<20 {
      var (gradient, curvature) = (0.0, 0.0)
      for position in 0..<field.positionCount {
        let row = field.logProbabilities(model, at: position)
        var (total, first, second, wanted) = (0.0, 0.0, 0.0, 0.0)
        for (value, target) in zip(row, field.panelMean(at: position)) {
          let log = Double(value)
          let weight = ck_exp(beta * log)
          total += weight
          first += weight * log
          second += weight * log * log
          wanted += Double(target) * log
        }
        let mean = first / total
        gradient += mean - wanted
        curvature += second / total - mean * mean
      }
      guard curvature > 0 else { break }
      let next = min(5, max(0.2, beta - gradient / curvature))
      let step = abs(next - beta)
      beta = next
      if step < 1e-4 { break }
    }
    return beta
  }
}
