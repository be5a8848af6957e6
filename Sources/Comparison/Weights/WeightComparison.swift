// The weight line of a comparison: N suspects, M references, a panel of controls.
//
// References are read once for their features, suspects and controls once each against all
// references: N + M passes (a model that is suspect and control is passed once). Then each pair is
// judged from its counts; only pairs with evidence are read again to name the relation.

import Base
import Evidence
import Fingerprint

/// Runs the weight line.
struct WeightComparison: Sendable {
  let opened: OpenedModels
  /// Whether a model is left out against itself.
  let skipsSelf: Bool
  /// Whether equal bits are counted, which costs a pass over each pair.
  let keepsRecord: Bool
  let run: Run

  private var suspects: [ModelFeatures] { opened.suspects }
  private var references: [ModelFeatures] { opened.references }
  private var panel: [ModelFeatures] { opened.panel }

  struct Answers: Sendable {
    /// By suspect and reference; nil for a model with itself.
    var lineages: [[WeightLineage?]]
    /// The counts behind them, likewise.
    var records: [[WeightCounts?]]
    var passes: Int
    /// Models run on the texts of the activation views.
    var runs: Int
  }

  func answers() throws(Problem) -> Answers {
    let total = references.count + suspects.count + panel.count
    var features: [ReferenceFeatures] = []
    for (index, reference) in references.enumerated() {
      try run.check()
      features.append(try ReferenceFeatures(reference, run: run))
      run.tell(index + 1, of: total, "models", "reading references")
    }
    let pass = MatchingPass(references: features, run: run)
    var pairings: [Digest: [Pairing?]] = [:]
    for (index, model) in (suspects + panel).enumerated() {
      try run.check()
      if pairings[model.digest] == nil {
        pairings[model.digest] = try pairing(model, pass)
      }
      run.tell(references.count + index + 1, of: total, "models", "matching units")
    }
    let activations = ActivationViews(references, run: run)
    let (lineages, beside) = try judge(pairings, activations)
    return Answers(
      lineages: lineages, records: records(pairings, beside),
      passes: references.count + pairings.count, runs: activations.runs)
  }

  /// A model whose names do not resolve is placed anew for each reference.
  private func pairing(
    _ model: ModelFeatures, _ pass: MatchingPass
  ) throws(Problem) -> [Pairing?] {
    guard model.isUnnamed else { return try pass.pairings(of: model) }
    var out: [Pairing?] = []
    for reference in pass.references {
      let one = MatchingPass(references: [reference], run: run)
      out += try one.pairings(of: model.placed(like: reference.profile, run: run))
    }
    return out
  }

  /// Lineages, and what is recorded of each pair: bits only if the request keeps its record.
  private func judge(
    _ pairings: [Digest: [Pairing?]], _ activations: ActivationViews
  ) throws(Problem) -> (lineages: [[WeightLineage?]], beside: [[PairDescription]]) {
    let count = suspects.reduce(0) { sum, suspect in
      sum + references.filter { !skips(suspect, $0) }.count
    }
    let calibration = PanelCalibration(panel: panel, pairings: pairings, references: references)
    var rows: [[WeightLineage?]] = []
    var beside = suspects.map { _ in references.map { _ in PairDescription() } }
    for (index, suspect) in suspects.enumerated() {
      var row: [WeightLineage?] = []
      var relatives: [Relative] = []
      for (number, reference) in references.enumerated() {
        try run.check()
        guard !skips(suspect, reference) else {
          row.append(nil)
          continue
        }
        let placed = try suspect.placed(like: reference, run: run)
        let pair = PairComparison(
          suspect: placed, reference: reference,
          pairing: pairings[suspect.digest]?[number],
          controls: calibration.controls(number, suspect),
          activations: { () throws(Problem) in
            try calibration.activations(number, suspect, activations)
          },
          comparisons: count, run: run)
        let judged = try pair.result()
        beside[index][number].activations = judged.views?.onActivations
        if let alignment = judged.alignment {
          relatives.append(
            Relative(reference: number, profile: reference, alignment: alignment))
        }
        row.append(judged.lineage)
        if keepsRecord, suspect.digest != reference.digest {
          beside[index][number].bits = try TensorBits.counted(
            placed, reference, judged.alignment, run)
        }
      }
      try nameMerges(suspect, relatives, &row)
      rows.append(row)
      run.tell(index + 1, of: suspects.count, "suspects", "judging pairs")
    }
    return (rows, beside)
  }

  private func skips(_ suspect: ModelFeatures, _ reference: ModelFeatures) -> Bool {
    skipsSelf && suspect.listed.path == reference.listed.path
  }

  private func records(
    _ pairings: [Digest: [Pairing?]], _ beside: [[PairDescription]]
  ) -> [[WeightCounts?]] {
    let calibration = PanelCalibration(panel: panel, pairings: pairings, references: references)
    return suspects.enumerated().map { index, suspect in
      references.indices.map { number in
        WeightCounts(
          pairings[suspect.digest]?[number], controls: calibration.controls(number, suspect),
          beside: beside[index][number], key: [references[number].digest, suspect.digest])
      }
    }
  }

  private func nameMerges(
    _ suspect: ModelFeatures, _ relatives: [Relative], _ row: inout [WeightLineage?]
  ) throws(Problem) {
    let search = MergeSearch(suspect: suspect, relatives: relatives, run: run)
    for finding in try search.findings() {
      row[finding.reference]?.relations.insert(contentsOf: finding.relations, at: 0)
      if let direction = finding.direction { row[finding.reference]?.direction = direction }
    }
  }
}
