// The end of a pair that neither a certificate nor an exact test decides: two views of a unit,
// calibrated on controls.

import Base
import Evidence

extension PairComparison {
  /// Asks the two-view tests in their fixed order and sets verdict, sentence and rungs.
  func concludeByViews(
    _ lineage: inout WeightLineage, _ evidence: PositionalEvidence
  ) throws(Problem) -> TwoViewEvidence {
    var views = TwoViewEvidence()
    if let share = evidence.projectedUnits.agreementShare {
      let calibration = TwoViewCalibration(share: share, controls: controls.shares)
      views.onVocabulary = calibration
      lineage.rungs.append(
        Self.rung(
          Self.onVocabulary, calibration, ["controls_left_out": JSON(controls.related)]))
    } else {
      lineage.rungs.append(
        Rung(
          3, Self.onVocabulary, .notTested,
          details: ["reason": "no units of the two could be seen on tokens that both have"]))
    }
    if views.positive == nil {
      switch try activations() {
      case .known(let calibration, let details):
        views.onActivations = calibration
        lineage.rungs.append(Self.rung(Self.onActivations, calibration, details))
      case .missing(let reason):
        lineage.rungs.append(
          Rung(3, Self.onActivations, .notTested, details: ["reason": .string(reason)]))
      }
    }
    conclude(&lineage, evidence, views)
    return views
  }

  private static let onVocabulary = "two views of a unit"
  private static let onActivations = "two views of a unit on activations"

  private static func rung(
    _ test: String, _ calibration: TwoViewCalibration, _ details: JSONObject
  ) -> Rung {
    var all = calibration.json.object ?? [:]
    for (key, value) in details.members where value.array?.isEmpty != true { all[key] = value }
    return Rung(
      3, test,
      calibration.hasEnoughControls ? (calibration.isPositive ? .yes : .no) : .notTested,
      details: all)
  }

  private func conclude(
    _ lineage: inout WeightLineage, _ evidence: PositionalEvidence, _ views: TwoViewEvidence
  ) {
    lineage.verdict = views.verdict(evidence)
    if let (calibration, p) = views.positive {
      lineage.p = p
      lineage.relations = Self.scrambled(calibration.share)
      lineage.sentence = VerdictSentence.related(
        suspect: names.suspect, reference: names.reference, p: p,
        test: views.onVocabulary?.isPositive == true ? Self.onVocabulary : Self.onActivations,
        control: "calibrated on \(calibration.controlShares.count) controls")
    } else if let calibration = views.uncalibrated {
      lineage.sentence = VerdictSentence.inconclusive(
        because: "two views of a unit are calibrated on \(TwoViewCalibration.controlsMin) "
          + "controls, and there are \(calibration.controlShares.count)")
    } else if views.lacksAnchor(evidence) {
      // What a change of basis leaves alone is seen on shared tokens or on activations.
      lineage.sentence = VerdictSentence.inconclusive(
        because: "the models have no tokens in common to see units on, and their activations were "
          + "not compared")
    } else {
      let asked = [
        (views.onVocabulary, Self.onVocabulary), (views.onActivations, Self.onActivations),
      ]
      lineage.sentence = VerdictSentence.noSharedWeights(
        suspect: names.suspect, reference: names.reference,
        tests: evidence.tested.map { "positional coincidences of \($0.name)" }
          + asked.filter { $0.0?.hasEnoughControls == true }.map(\.1))
    }
  }
}
