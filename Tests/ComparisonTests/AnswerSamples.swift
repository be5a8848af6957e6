// An answer with every part that one can have, for the laws of its forms.

import Base
import Crypto

@testable import Comparison
@testable import Evidence

enum AnswerSamples {
  static func digest(_ word: String) -> Digest { SHA256.hash(Array(word.utf8)) }

  static let suspect = ComparedModel(id: "s", path: "/models/s", fingerprint: digest("s"))
  static let reference = ComparedModel(
    id: "r é", path: "/models/r", fingerprint: digest("r"), trainingText: ["wiki", "books"])

  static var lineage: WeightLineage {
    let alternatives = [MergeAlternative("r alone", residual: 0.5)]
    func merge(_ role: MergePart.Role, _ others: [String], _ fit: MergeFit) -> RelationFinding {
      RelationFinding(
        merge: MergePart(
          role: role, others: others, base: "b", fit: fit, alternatives: alternatives))
    }
    var lineage = WeightLineage(
      verdict: .related, sentence: "Weights are related.",
      relations: [
        RelationFinding(.quantised, ["types": ["Q8_0"], "tensors": 3]),
        merge(
          .parent(share: 0.75), ["x"],
          .mixture(kind: .slerp, share: 0.25, spread: 0.001, residual: 1e-7, tensors: 9)),
        merge(
          .parent(share: 0.5), [],
          .arithmetic(
            coefficients: [0.5, -0.25], spread: 0.01, residual: 1e-6, explained: 0.999,
            tensors: 4)),
        merge(
          .base, ["x", "y"],
          .sparse(
            method: .dare, coefficients: [2, 3], explained: 0.99, entries: 12,
            shares: [0.5, 0.25, 0.125, 0.125])),
      ],
      direction: .suspectFromReference, p: TailBound(log10: -7.25, isExact: true), log10E: 7.25,
      comparisons: 2,
      rungs: [
        Rung(1, "digests of files", .no),
        Rung(3, PositionalEvidence.test, .yes, details: ["families": [["features": "units"]]]),
      ],
      findings: [
        Finding(
          id: "weights.not-finite", severity: .warning, message: "two tensors", place: "layer 1",
          details: ["count": 2])
      ])
    lineage.line = TensorLine(
      layers: [LayerPair(suspect: 0, reference: 1), LayerPair(suspect: 1, reference: 1)],
      comparedCount: 12, unpaired: ["lm_head"])
    lineage.isPlacedByContent = true
    return lineage
  }

  static var description: ContrastDescription {
    ContrastDescription(
      value: 0.5, floor: 0.1, parametricP: 0.001, beta: 0.75, positions: 2054, documents: 72,
      controls: [ControlContrast(id: "a", value: -0.25), ControlContrast(id: "b", value: 0.125)],
      plain: PlainSimilarity(
        jensenShannon: 0.5, kullbackLeibler: 0.25, totalVariation: 0.125, topAgreement: 0.75),
      group: ["r", "t"], comparisons: 2,
      power: PowerSummary(
        comparisons: 4, effect: 3.5, found: [PowerSummary.Found(controls: 8, effect: 4.25)]),
      confirmation: ConfirmationAnswer(
        positions: 128, holds: true, announcement: "Confirmation: it holds.",
        reason: "asked for",
        figures: ConfirmationAnswer.Figures(
          statistic: 2.5, contrast: 0.25, conformalP: 0.2, controls: 9, leftOut: 0.01,
          leftOutMost: 0.02)))
  }

  static var outputs: OutputDescentAnswer {
    var answer = OutputDescentAnswer(
      verdict: .inherits, sentence: "It inherits.",
      rungs: [
        Rung(
          4, OutputSpaceFinding.test, .no,
          details: ["residual": 0.25, "tolerance": 0.005, "nearest_control": 0.5]),
        Rung(5, "inherited distribution", .yes, details: ["controls": 9]),
      ],
      gates: [Gate("stable", passed: true, detail: "in two halves")],
      figures: ContrastFigures(
        statistic: 6.5, p: 0.1, adjustedP: 0.002, controls: 9, rival: "a"),
      description: description, probes: digest("probes"))
    answer.passes = ScoringPasses(control: 9, reference: 1, suspect: 1, kept: 4)
    answer.note = "a remark"
    return answer
  }

  static var report: SuspectReport {
    SuspectReport(
      suspect: suspect,
      comparisons: [
        PairAnswer(reference: reference, weightLineage: lineage, outputDescent: outputs),
        PairAnswer(
          reference: suspect, weightLineage: .notTested("it is itself"),
          outputDescent: .notTested("it is itself")),
      ])
  }
}
