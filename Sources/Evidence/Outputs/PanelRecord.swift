// What rung 5 says of one suspect is a function of this value alone: for each reference and each
// group that was looked at, sums of the contrast over each document, and what the gates ask of the
// models. Models, rows and positions are behind it. An evidence pack holds it, so that a stranger
// computes statistic, p, gates and verdict again without any model.
//
// The record also holds how near each control is to each reference, from which rivals follow, and
// which models share weights, from which the controls follow: neither can be chosen afterwards.
//
// Groups (facts of the rival contrast): if the rival of a reference is itself a reference, a
// student of both departs from neither. The two are then taken together and set against the next
// rival; the group speaks where it is positive and neither member alone is.

import Base

/// One suspect against references and controls, reduced to what its verdicts rest on.
public struct PanelRecord: Equatable, Sendable {
  /// What the rules ask of a model.
  public struct Model: Equatable, Sendable {
    public var id: String
    public var tokenizer: Digest
    /// Natural log-loss of the probe texts for each byte.
    public var natsPerByte: Double
    public var trainingText: [String]
    /// Indices of models that share weights with it.
    public var relatives: Set<Int>

    public init(
      id: String, tokenizer: Digest, natsPerByte: Double, trainingText: [String],
      relatives: Set<Int>
    ) {
      self.id = id
      self.tokenizer = tokenizer
      self.natsPerByte = natsPerByte
      self.trainingText = trainingText
      self.relatives = relatives
    }
  }

  public var models: [Model]
  public var suspect: Int
  public var references: [Int]
  public var panel: [Int]
  /// Of bootstrap and halves.
  public var seed: UInt64
  /// By reference: the weighted correlation with each model over all positions.
  public var correlations: [[Double]]
  /// Temperature of the suspect against the panel; a description.
  public var beta: Double
  /// By reference: likeness to the suspect; a description.
  public var plain: [PlainSimilarity]
  /// In the order in which they were needed.
  public var contrasts: [LocalContrast]
  /// Contrasts measured again over exact byte distributions, likewise.
  public var confirmations: [Confirmation] = []
  /// Whether every pair is measured again, not only those that need it.
  public var confirmsAll = false

  public init(
    models: [Model], suspect: Int, references: [Int], panel: [Int], seed: UInt64,
    correlations: [[Double]], beta: Double, plain: [PlainSimilarity],
    contrasts: [LocalContrast] = []
  ) {
    self.models = models
    self.suspect = suspect
    self.references = references
    self.panel = panel
    self.seed = seed
    self.correlations = correlations
    self.beta = beta
    self.plain = plain
    self.contrasts = contrasts
  }

  /// |z| below which a member of a group says nothing by itself.
  public static let memberZ = 2.0
  /// A group is positive at the conformal floor and this parametric p.
  public static let groupLevel = 0.001
}

// MARK: What must be measured

extension PanelRecord {
  /// A contrast that the rules ask for.
  public struct Need: Equatable, Sendable {
    /// One reference, or two as a group.
    public var reference: [Int]
    public var rival: Int
    /// The rival among them.
    public var controls: [Int]
  }

  /// The next contrast that the rules ask for and that is not there; nil once all are. Which
  /// groups are looked at hangs on the contrasts of their members, so ask again after each.
  public func missing() -> Need? {
    let needs = references.compactMap { need([$0]) }
    if let next = needs.first(where: { contrast($0) == nil }) { return next }
    return groups(singles).first { contrast($0) == nil }
  }

  /// Whether the record holds each contrast and confirmation that the rules ask for, once, and no
  /// other.
  public var isWhole: Bool {
    missing() == nil
      && contrasts.count == Set(references.compactMap { need([$0])?.reference }).count
        + Set(groups(singles).map(\.reference)).count
      && missingConfirmation() == nil && confirmations.count == confirmable.count
  }

  /// Groups to look at beside the single references.
  private func groups(_ singles: [Single?]) -> [Need] {
    references.indices.compactMap { index in
      twin(of: index, singles).flatMap { need([references[index], $0]) }
    }
  }

  /// Rival and controls of a reference or group; nil if too few controls are unrelated.
  private func need(_ reference: [Int]) -> Need? {
    let controls = controls(reference)
    guard controls.count >= 2 else { return nil }
    let rows = reference.compactMap { references.firstIndex(of: $0) }
    let nearness = controls.map { control in
      rows.reduce(0.0) { $0 + correlations[$1][control] }
    }
    let nearest = nearness.indices.max { nearness[$0] < nearness[$1] } ?? 0
    return Need(reference: reference, rival: controls[nearest], controls: controls)
  }

  /// Models of the panel that are related by weights to neither side.
  private func controls(_ reference: [Int]) -> [Int] {
    let apart = [suspect] + reference
    return panel.filter { control in
      apart.allSatisfy { $0 != control && !models[$0].relatives.contains(control) }
    }
  }

  /// The contrast that was measured for a need, over the very members it names.
  private func contrast(_ need: Need) -> LocalContrast? {
    contrasts.first { fits($0, need) }
  }

  func fits(_ contrast: LocalContrast, _ need: Need) -> Bool {
    contrast.reference == need.reference && contrast.rival == need.rival
      && contrast.members
        == LocalContrast.members(suspect: suspect, rival: need.rival, controls: need.controls)
  }
}

// MARK: Results

extension PanelRecord {
  /// A reference, or a group, with its contrast.
  struct Single {
    let need: Need
    let contrast: LocalContrast
    let test: ControlTest
  }

  var singles: [Single?] { references.map { single([$0]) } }

  private func single(_ reference: [Int]) -> Single? {
    guard let need = need(reference), let contrast = contrast(need) else { return nil }
    let values = contrast.contrasts
    return Single(
      need: need, contrast: contrast,
      test: ControlTest(value: values[0], controls: Array(values.dropFirst())))
  }

  /// For each reference a result, or nil where there are too few controls to choose a rival.
  public func results(run: Run) throws(Problem) -> [ContrastResult?] {
    let singles = singles
    return try run.map(references.count) { index in
      chosen(index, singles).map { result(index, $0.single, group: $0.group, singles: singles) }
    }
  }

  /// The contrast that speaks for a reference: its own, or that of its group.
  func chosen(_ index: Int, _ singles: [Single?]) -> (single: Single, group: [Int])? {
    guard let own = singles[index] else { return nil }
    if let twin = twin(of: index, singles), let pair = single([references[index], twin]),
      pair.test.isAtFloor, pair.test.parametricP <= Self.groupLevel
    {
      return (pair, [twin])
    }
    return (own, [])
  }

  /// The rival of a reference, if it is a reference too and neither says anything alone.
  private func twin(of index: Int, _ singles: [Single?]) -> Int? {
    guard let own = singles[index], let other = references.firstIndex(of: own.need.rival),
      let mate = singles[other], abs(own.test.z ?? 0) < Self.memberZ,
      abs(mate.test.z ?? 0) < Self.memberZ
    else { return nil }
    return own.need.rival
  }

  private func result(
    _ index: Int, _ chosen: Single, group: [Int], singles: [Single?]
  ) -> ContrastResult {
    let reference = references[index]
    let together = [reference] + group
    var gates = OutputGates.all(
      gateInput(reference, together, chosen, singles), models: models, suspect: suspect,
      reference: together, controls: chosen.need.controls, rival: chosen.need.rival)
    let confirmation = confirmation(chosen.need)
    if isAcrossTokenizers(together) {
      gates.append(
        OutputGates.byteExact(confirmation, exceeds: exceeds(chosen)))
    }
    let names = together.map { models[$0].id }.sorted()
    return ContrastResult(
      suspect: models[suspect].id,
      reference: names.count > 1
        ? names.joined(separator: " and ") + " taken together" : models[reference].id,
      rival: models[chosen.need.rival].id, test: chosen.test,
      parametricP: group.isEmpty
        ? chosen.test.parametricP : min(1, 2 * chosen.test.parametricP),
      group: group.isEmpty ? [] : names, gates: gates, beta: beta,
      positions: chosen.contrast.positionCount, documents: chosen.contrast.documentCount,
      controlNames: chosen.contrast.members.dropFirst().map { models[$0].id },
      plain: plain[index], confirmation: confirmation?.answer)
  }

  private func gateInput(
    _ reference: Int, _ together: [Int], _ chosen: Single, _ singles: [Single?]
  ) -> GateInput {
    let others = references.indices.compactMap { other -> (id: String, z: Double)? in
      let model = references[other]
      guard !together.contains(model), !models[reference].relatives.contains(model),
        let z = singles[other]?.test.z
      else { return nil }
      return (models[model].id, z)
    }
    return GateInput(
      controls: chosen.need.controls.map { (models[$0].id, models[$0].trainingText) },
      referenceTrainingText: together.flatMap { models[$0].trainingText },
      siblings: references.filter { models[suspect].relatives.contains($0) }.map {
        models[$0].id
      },
      contrast: chosen.contrast, test: chosen.test, otherReferences: others, seed: seed)
  }
}
