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
  let profiles: ComparedProfiles
  /// Whether a model is left out against itself.
  let skipsSelf: Bool
  /// Whether equal bits are counted, which costs a pass over each pair.
  let keepsRecord: Bool
  let run: Run

  private var suspects: [ModelProfile] { profiles.suspects }
  private var references: [ModelProfile] { profiles.references }
  private var panel: [ModelProfile] { profiles.panel }

  struct Answers: Sendable {
    /// By suspect and reference; nil for a model with itself.
    var lineages: [[WeightLineage?]]
    /// The counts behind them, likewise.
    var records: [[WeightRecord?]]
    var passes: Int
    /// Models run on the texts of the activation views.
    var runs: Int
  }

  func answers() throws(Problem) -> Answers {
    let total = references.count + suspects.count + panel.count
    var features: [ReferenceProfile] = []
    for (index, reference) in references.enumerated() {
      try run.check()
      features.append(try ReferenceProfile(reference, run: run))
      run.tell(index + 1, of: total, "models", "reading references")
    }
    let pass = ComparePass(references: features, run: run)
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
    _ model: ModelProfile, _ pass: ComparePass
  ) throws(Problem) -> [Pairing?] {
    guard model.isUnnamed else { return try pass.pairings(of: model) }
    var out: [Pairing?] = []
    for reference in pass.references {
      let one = ComparePass(references: [reference], run: run)
      out += try one.pairings(of: model.placed(like: reference.profile, run: run))
    }
    return out
  }

  /// Lineages, and what is recorded of each pair: bits only if the request keeps its record.
  private func judge(
    _ pairings: [Digest: [Pairing?]], _ activations: ActivationViews
  ) throws(Problem) -> (lineages: [[WeightLineage?]], beside: [[BesideCounts]]) {
    let count = suspects.reduce(0) { sum, suspect in
      sum + references.filter { !skips(suspect, $0) }.count
    }
    let calibration = PanelCalibration(panel: panel, pairings: pairings, references: references)
    var rows: [[WeightLineage?]] = []
    var beside = suspects.map { _ in references.map { _ in BesideCounts() } }
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
        let pair = PairJudge(
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

  private func skips(_ suspect: ModelProfile, _ reference: ModelProfile) -> Bool {
    skipsSelf && suspect.listed.path == reference.listed.path
  }

  private func records(
    _ pairings: [Digest: [Pairing?]], _ beside: [[BesideCounts]]
  ) -> [[WeightRecord?]] {
    let calibration = PanelCalibration(panel: panel, pairings: pairings, references: references)
    return suspects.enumerated().map { index, suspect in
      references.indices.map { number in
        WeightRecord(
          pairings[suspect.digest]?[number], controls: calibration.controls(number, suspect),
          beside: beside[index][number], key: [references[number].digest, suspect.digest])
      }
    }
  }

  private func nameMerges(
    _ suspect: ModelProfile, _ relatives: [Relative], _ row: inout [WeightLineage?]
  ) throws(Problem) {
    let search = MergeSearch(suspect: suspect, relatives: relatives, run: run)
    for finding in try search.findings() {
      row[finding.reference]?.relations.insert(contentsOf: finding.relations, at: 0)
      if let direction = finding.direction { row[finding.reference]?.direction = direction }
    }
  }
}

/// Two views on activations: a share among controls, or why there is none.
enum ActivationAnswer {
  case known(TwoViewCalibration, details: JSONObject)
  case missing(String)
}

/// Agreement shares of the controls, for the two-view tests.
struct PanelCalibration: Sendable {
  let panel: [ModelProfile]
  let pairings: [Digest: [Pairing?]]
  let references: [ModelProfile]

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
  func controls(_ reference: Int, _ suspect: ModelProfile) -> Controls {
    controls(reference, suspect) {
      pairings[$0.digest]?[reference]?.evidence.projectedUnits.agreementShare
    }
  }

  /// Suspect and controls on activations, or why they were not compared.
  func activations(
    _ reference: Int, _ suspect: ModelProfile, _ views: ActivationViews
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
    _ reference: Int, _ suspect: ModelProfile, share: (ModelProfile) -> Double?
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
