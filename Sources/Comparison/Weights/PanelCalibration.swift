// The controls of a pair: which models of the panel calibrate its two-view tests, and with what.
//
// A control that is the suspect or the reference, or is related to the reference by digests, by the
// exact tests or by a share that stands out, is no control; it is named, not silently dropped.

import Base
import Evidence
import Fingerprint

/// Two views on activations: a share among controls, or why there is none.
enum ActivationAnswer {
  case known(TwoViewCalibration, details: JSONObject)
  case missing(String)
}

/// Agreement shares of the controls, for the two-view tests.
struct PanelCalibration: Sendable {
  let panel: [ModelFeatures]
  let pairings: [Digest: [Pairing?]]
  let references: [ModelFeatures]

  /// A control whose share is this large, and far above all others, is no control: it belongs to
  /// the reference's family.
  static let relatedShare = 0.5

  /// Controls of one reference for one suspect.
  struct Controls: Sendable {
    var shares: [Double] = []
    /// Left out, because they are related to the reference.
    var related: [String] = []
  }

  /// The controls of the test on the vocabulary.
  func controls(_ reference: Int, _ suspect: ModelFeatures) -> Controls {
    controls(reference, suspect) {
      pairings[$0.digest]?[reference]?.evidence.projectedUnits.agreementShare
    }
  }

  /// Suspect and controls on activations, or why they were not compared.
  func activations(
    _ reference: Int, _ suspect: ModelFeatures, _ views: ActivationViews
  ) throws(Problem) -> ActivationAnswer {
    let others = Set(panel.map(\.digest)).subtracting([
      suspect.digest, references[reference].digest,
    ])
    guard others.count >= TwoViewCalibration.controlsMin else {
      return .missing(
        "\(TwoViewCalibration.controlsMin) controls are needed, \(others.count) were given")
    }
    let positions: Int
    let share: Double
    switch try views.share(of: suspect, reference: reference) {
    case .missing(let reason): return .missing(reason)
    case .known(let value, let count): (share, positions) = (value, count)
    }
    var shares: [Digest: Double] = [:]
    for control in panel where others.contains(control.digest) && shares[control.digest] == nil {
      shares[control.digest] = try views.share(of: control, reference: reference).value
    }
    let controls = controls(reference, suspect) { shares[$0.digest] }
    return .known(
      TwoViewCalibration(share: share, controls: controls.shares),
      details: [
        "positions": JSON(positions), "texts": .string(try views.probes().digest.tagged),
        "controls_left_out": JSON(controls.related),
      ])
  }

  private func controls(
    _ reference: Int, _ suspect: ModelFeatures, share: (ModelFeatures) -> Double?
  ) -> Controls {
    var known: [(id: String, share: Double)] = []
    var out = Controls()
    var seen: Set<Digest> = [suspect.digest, references[reference].digest]
    for control in panel where seen.insert(control.digest).inserted {
      guard let pairing = pairings[control.digest]?[reference] else { continue }
      let name = control.id
      if pairing.evidence.isDecisive(comparisons: panel.count)
        || Kinship(
          suspect: control.opened.fingerprint, reference: references[reference].opened.fingerprint
        )
        .verdict != .none
      {
        out.related.append(name)
      } else if let share = share(control) {
        known.append((name, share))
      }
    }
    let (relatives, rest) = Self.split(known)
    out.related += relatives
    out.shares = rest
    out.related.sort { ByteName($0) < ByteName($1) }
    return out
  }

  /// Takes away controls that stand out as a suspect would, the largest first.
  private static func split(_ known: [(id: String, share: Double)]) -> ([String], [Double]) {
    var rest = known.sorted { $0.share > $1.share }
    var related: [String] = []
    // A cluster of relatives hides its members from each other, so each is held against the
    // largest share below one half.
    let ordinary = rest.map(\.share).filter { $0 < relatedShare }.max() ?? 0
    while let first = rest.first, first.share >= relatedShare,
      first.share > TwoViewCalibration.factor * ordinary
    {
      related.append(first.id)
      rest.removeFirst()
    }
    return (related, rest.map(\.share))
  }
}
