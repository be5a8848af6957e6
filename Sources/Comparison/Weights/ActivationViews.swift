// Two views of a unit on activations: gate and up values on common text.
//
// Asked only for pairs that nothing else decided, and only where the panel can calibrate it: each
// model is run once, over the texts below, against all references. The texts are the first of the
// program's own probes, the same for every model; models are looked at where a token of both ends.
// Units of a large reference layer are sampled by its own key. Dense gated parts alone have two
// views; experts, which see some tokens only, and parts without a gate are not asked.
//
// Memory: of a reference, the sampled units; of the model at work, its activations and the units of
// one layer.

import Base
import Crypto
import Evidence
import Inference

/// Agreement shares on activations, each model run at most once.
final class ActivationViews {
  /// How many of the bundled probes are used.
  static let documents = 12
  /// Fewer common positions than this say too little.
  static let positionsMin = 256

  private let run: Run
  private let references: [ModelFeatures]
  private var readings: [ReferenceReading]?
  private var shares: [Digest: [AgreementShare]] = [:]
  private var texts: ProbeSet?
  /// How often a model was run: N suspects and controls and M references cost at most N + M.
  private(set) var runs = 0

  /// A share, or why there is none.
  enum AgreementShare: Sendable {
    case known(Double, positions: Int)
    case missing(String)

    var value: Double? { if case .known(let share, _) = self { share } else { nil } }
  }

  init(_ references: [ModelFeatures], run: Run) {
    self.references = references
    self.run = run
  }

  /// The texts, read once a pair asks.
  func probes() throws(Problem) -> ProbeSet {
    if let texts { return texts }
    let first = ProbeSet(
      documents: Array(try ProbeSet.bundled().documents.prefix(Self.documents)))
    texts = first
    return first
  }

  /// The share of a reference's units whose best matches by gate and by up are one unit of a model.
  func share(of model: ModelFeatures, reference: Int) throws(Problem) -> AgreementShare {
    let readings = try allReadings()
    if let known = shares[model.digest] { return known[reference] }
    let fresh = try shares(of: model, readings)
    shares[model.digest] = fresh
    return fresh[reference]
  }
}

// MARK: Reading

/// What is kept of a reference.
private enum ReferenceReading {
  case units([UnitActivations], positions: [OutcomePosition])
  case missing(String)
}

/// A model ready to be run over the texts.
private struct Reader {
  let model: TransformerModel
  let plans: [DocumentPlan]

  var positions: [OutcomePosition] { plans.flatMap(\.positions) }

  init(_ profile: ModelFeatures, _ texts: ProbeSet) throws(Problem) {
    let opened = profile.opened.model
    model = try TransformerModel.load(opened)
    guard model.hasGatedUnits else {
      throw Problem(
        .undecided, "no_gated_units", place: profile.id,
        reason: "its units have no gate, or only experts have them")
    }
    plans = try DocumentPlan.plans(
      texts, try Tokenizer.load(opened), limit: model.architecture.learnedPositions ?? .max,
      id: profile.id)
  }

  func read(
    _ run: Run, _ layer: (UnitActivations) throws(Problem) -> Void
  ) throws(Problem) {
    try model.unitActivations(
      plans.map(\.identifiers), at: plans.map(\.tokenPositions),
      options: ScoreOptions(run: run.silent), layer: layer)
  }
}

extension ActivationViews {
  private func allReadings() throws(Problem) -> [ReferenceReading] {
    if let readings { return readings }
    let fresh = try references.map { reference throws(Problem) in try read(reference) }
    readings = fresh
    return fresh
  }

  private func read(_ profile: ModelFeatures) throws(Problem) -> ReferenceReading {
    try run.check()
    let key = BlindingKey([profile.digest.tagged, "reference units on activations"])
    do throws(Problem) {
      let reader = try Reader(profile, try probes())
      runs += 1
      var layers: [UnitActivations] = []
      try reader.read(run) { layers.append($0.sampled(key)) }
      return .units(layers, positions: reader.positions)
    } catch {
      if error.kind == .interrupted { throw error }
      return .missing("\(profile.id): \(error.reason)")
    }
  }

  private func shares(
    of profile: ModelFeatures, _ readings: [ReferenceReading]
  ) throws(Problem) -> [AgreementShare] {
    try run.check()
    do throws(Problem) {
      let reader = try Reader(profile, try probes())
      let pass = ActivationPass(reader.positions, readings, run: run)
      runs += 1
      var columns: [[[BlockMatch?]]] = []
      try reader.read(run) { layer throws(Problem) in columns.append(try pass.matches(layer)) }
      return readings.indices.map { pass.share($0, columns) }
    } catch {
      if error.kind == .interrupted { throw error }
      return readings.map { _ in .missing("\(profile.id): \(error.reason)") }
    }
  }
}

// MARK: Matching

/// One model's pass against the readings of all references.
private struct ActivationPass {
  private struct Target {
    /// By layer.
    let units: [UnitViews]
    /// Which of the model's positions the two share.
    let mine: [Int]
  }

  private let targets: [Target?]
  private let reasons: [String]
  private let run: Run

  init(_ positions: [OutcomePosition], _ readings: [ReferenceReading], run: Run) {
    self.run = run
    var targets: [Target?] = []
    var reasons: [String] = []
    let index = Dictionary(uniqueKeysWithValues: zip(positions, positions.indices))
    for reading in readings {
      guard case .units(let layers, let theirs) = reading else {
        if case .missing(let reason) = reading { reasons.append(reason) }
        targets.append(nil)
        continue
      }
      let shared = theirs.indices.filter { index[theirs[$0]] != nil }
      reasons.append("the tokens of the two end at \(shared.count) common places of the texts")
      guard shared.count >= ActivationViews.positionsMin else {
        targets.append(nil)
        continue
      }
      targets.append(
        Target(
          units: layers.map { $0.views(at: shared) },
          mine: shared.compactMap { index[theirs[$0]] }))
    }
    self.targets = targets
    self.reasons = reasons
  }

  /// By reference and reference layer, one layer of the model.
  func matches(_ layer: UnitActivations) throws(Problem) -> [[BlockMatch?]] {
    var known: [[Int]: UnitViews] = [:]
    return try targets.enumerated().map { number, target throws(Problem) in
      guard let target else { return [] }
      let views = known[target.mine] ?? layer.views(at: target.mine)
      known[target.mine] = views
      return try run.map(target.units.count) { row in
        UnitMatcher.match(
          reference: target.units[row], suspect: views,
          key: BlindingKey(["activations", String(number), String(row), String(layer.layer)]))
      }
    }
  }

  /// The share with a reference, from the matches of all layers.
  func share(_ number: Int, _ columns: [[[BlockMatch?]]]) -> ActivationViews.AgreementShare {
    guard let target = targets[number] else { return .missing(reasons[number]) }
    let rows = target.units.indices.map { row in columns.map { $0[number][row] } }
    guard let share = FeatureFamily("units on activations", matches: rows).agreementShare else {
      return .missing("too few units are alive on the texts")
    }
    return .known(share, positions: target.mine.count)
  }
}

extension UnitActivations {
  /// A keyed sample of a large layer.
  fileprivate func sampled(_ key: BlindingKey) -> UnitActivations {
    guard unitCount > FeatureReader.wholeBlock else { return self }
    let units = key.permutation(of: unitCount).prefix(FeatureReader.sampledUnits).sorted()
    func rows(_ values: [Float]) -> [Float] {
      units.flatMap { values[$0 * positionCount..<($0 + 1) * positionCount] }
    }
    return UnitActivations(
      layer: layer, unitCount: units.count, positionCount: positionCount, gate: rows(gate),
      up: rows(up))
  }

  /// Units by gate and by up at some of the positions. The sign of an up row is free.
  fileprivate func views(at positions: [Int]) -> UnitViews {
    func view(_ values: [Float], isUpToSign: Bool) -> UnitViews.View {
      UnitViews.View(
        width: positionCount, values: values, centresRows: true, centresUnits: false,
        isUpToSign: isUpToSign
      ).selecting(positions)
    }
    return UnitViews([view(gate, isUpToSign: false), view(up, isUpToSign: true)])
  }
}

extension DocumentPlan {
  /// The token positions behind `positions`, in that order.
  fileprivate var tokenPositions: [Int] { rows.sorted { $0.value < $1.value }.map(\.key) }
}
