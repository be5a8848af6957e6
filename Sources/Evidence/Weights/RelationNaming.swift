// Names what was done between two models whose tensors are aligned.
//
// Each relation has an estimator and a rule of acceptance, fixed before any suspect is seen
// (facts: "Naming the relation"): what can be made again from the other model value by value comes
// first, then what keeps the other's values where it is not zero, then the form of the difference.
// Direction comes only from what loses something: a narrower type, blocks, zeros.

import Base

/// Relations between aligned tensors, and what they show of the direction.
public struct RelationNaming: Sendable {
  public private(set) var relations: [RelationFinding] = []
  public private(set) var direction = LineageDirection.undetermined
  /// Names of matrices that point nowhere near the reference's.
  public let unrelated: [String]

  private let tensors: [TensorEvidence]
  private let telling: [TensorEvidence]

  /// Share of equal values at which a tensor counts as made again.
  public static let remadeShare = 0.999
  /// Two roundings to four bits of the same values leave more than this.
  static let packedCosine = 0.95
  static let zerosGained = 0.05
  static let noiseSpread = 1.1
  static let spectraMax = 8
  /// Matrices above this are not decomposed, and all together not many more values than twice it.
  static let spectrumElementsMax = 1 << 24

  /// - Parameter spectra: for the matrices of `needingSpectra`, the spectrum of their difference.
  public init(_ tensors: [TensorEvidence], spectra: [DifferenceSpectrum] = []) {
    self.tensors = tensors
    telling = tensors.filter(\.isTelling)
    unrelated = telling.filter { !$0.isRelated && !$0.delta.isZeroed }.map(\.name)
    guard !telling.isEmpty else { return }
    if tensors.allSatisfy(\.delta.isIdentical) {
      relations = telling.contains(where: \.isRepacked) ? [repacked] : [RelationFinding(.identical)]
      return
    }
    if nameRemade() || namePruned() { return }
    let related = telling.filter(\.isRelated)
    guard !related.isEmpty else { return }
    // A stranger's tensor in an unchanged model, or a new body on an old embedding.
    let isPatched = !unrelated.isEmpty && related.allSatisfy(\.delta.isIdentical)
    if isPatched || unrelated.count * 2 >= telling.count {
      relations.append(
        RelationFinding(
          .partlyInitialised,
          ["related": JSON(related.map(\.name)), "not_related": JSON(unrelated.count)]))
      if related.contains(where: { !$0.delta.isIdentical }) { nameTuned(related) }
      return
    }
    if nameSibling() { return }
    if nameLowRank(spectra) || nameNoise(spectra) { return }
    nameTuned(related)
  }

  /// Indices of the matrices whose difference should be decomposed; none if a relation is named
  /// without.
  public static func needingSpectra(_ tensors: [TensorEvidence]) -> [Int] {
    let plain = RelationNaming(tensors)
    guard plain.relations.map(\.relation) == [.fineTuned] else { return [] }
    let changed = tensors.indices.filter {
      tensors[$0].isTelling && !tensors[$0].delta.isIdentical && tensors[$0].isRelated
        && tensors[$0].delta.count <= spectrumElementsMax
    }
    let step = max(1, (changed.count + spectraMax - 1) / spectraMax)
    var chosen: [Int] = []
    var elements = 0
    for index in stride(from: 0, to: changed.count, by: step) where elements < spectrumElementsMax {
      chosen.append(changed[index])
      elements += tensors[changed[index]].delta.count
    }
    return chosen
  }

  // MARK: Made again

  private mutating func nameRemade() -> Bool {
    if let finding = remade(\.forward) {
      relations = [finding]
      direction = .suspectFromReference
      return true
    }
    if let finding = remade(\.backward) {
      relations = [finding]
      direction = .referenceFromSuspect
      return true
    }
    return false
  }

  /// All tensors equal or made again, at least one matrix made again with a loss.
  private func remade(_ side: (TensorEvidence) -> Remake?) -> RelationFinding? {
    guard tensors.allSatisfy({ $0.delta.isIdentical || side($0) != nil }) else { return nil }
    let lost = telling.filter { !$0.delta.isIdentical }.compactMap(side)
    guard !lost.isEmpty else { return nil }
    let names = Set(lost.map(\.name)).sorted()
    let isQuantised = lost.contains(where: \.isQuantisation)
    var details: JSONObject = [
      "types": JSON(names), "tensors": JSON(lost.count),
      "value_share_min": JSON(Self.remadeShare),
    ]
    let near = lost.filter { if case .nearCells = $0 { true } else { false } }
    if !near.isEmpty {
      details["near_cells"] = JSON(near.count)
      details["note"] = .string(
        "values lie about the cells, not all in them: the quantiser made up for its rounding, or "
          + "the weights were changed a little before")
    }
    let rescaled = tensors.count { !$0.delta.isIdentical && side($0) == .rescaled }
    if rescaled > 0 {
      details["rescaled_tensors"] = JSON(rescaled)
      details["note"] = .string(
        "channels were scaled before the values were rounded, and norms or neighbouring tensors "
          + "divided by the same: the network stays, no tensor is equal")
    }
    return RelationFinding(isQuantised ? .quantised : .cast, details)
  }

  // MARK: Quantised twice

  /// What differs is quantised in both, and no farther apart than that explains.
  private mutating func nameSibling() -> Bool {
    let changed = telling.filter { !$0.delta.isIdentical }
    guard unrelated.isEmpty, !changed.isEmpty,
      changed.allSatisfy({ $0.isPackedTwice && ($0.delta.cosine ?? 0) >= Self.packedCosine }),
      tensors.filter({ !$0.isTelling }).allSatisfy(\.delta.isIdentical)
    else { return false }
    relations = [repacked]
    return true
  }

  private var repacked: RelationFinding {
    RelationFinding(
      .sibling,
      [
        "tensors": JSON(telling.filter(\.isPackedTwice).count),
        "note": "quantised in both models: a common ancestor, or one made from the other",
      ])
  }

  // MARK: Pruned

  private mutating func namePruned() -> Bool {
    if let finding = pruned(forward: true) {
      relations = [finding]
      direction = .suspectFromReference
    } else if let finding = pruned(forward: false) {
      relations = [finding]
      direction = .referenceFromSuspect
    } else {
      return false
    }
    return true
  }

  /// Zeros appeared, what is left is unchanged.
  private func pruned(forward: Bool) -> RelationFinding? {
    var gained = 0
    var zeros = 0.0
    for tensor in telling {
      let delta = tensor.delta
      let count = Double(delta.count)
      let before = forward ? delta.referenceZeros : delta.suspectZeros
      let after = forward ? delta.suspectZeros : delta.referenceZeros
      let kept = forward ? delta.suspectKept : delta.referenceKept
      let equal = forward ? delta.suspectKeptEqual : delta.referenceKeptEqual
      guard Double(equal) >= Self.remadeShare * Double(kept) else { return nil }
      if Double(after - before) >= Self.zerosGained * count {
        gained += 1
        zeros += Double(after) / count
      }
    }
    let rest = tensors.filter { !$0.isTelling }.map(\.delta)
    guard gained > 0, rest.allSatisfy({ $0.isIdentical || (forward && $0.isZeroed) }) else {
      return nil
    }
    return RelationFinding(
      .pruned, ["matrices": JSON(gained), "zeros_share": JSON(zeros / Double(gained))])
  }

  // MARK: The form of the difference

  private mutating func nameLowRank(_ spectra: [DifferenceSpectrum]) -> Bool {
    let ranks = spectra.compactMap(\.rank)
    guard !spectra.isEmpty, ranks.count * 3 >= spectra.count * 2,
      tensors.filter({ !$0.isMatrix }).allSatisfy(\.delta.isIdentical)
    else { return false }
    let counts = Dictionary(grouping: ranks, by: { $0 }).mapValues(\.count)
    guard let best = counts.max(by: { ($0.value, -$0.key) < ($1.value, -$1.key) }),
      best.value * 3 >= spectra.count * 2
    else { return false }
    let changed = telling.filter { !$0.delta.isIdentical }
    relations = [
      RelationFinding(
        .lowRankUpdate,
        [
          "rank": JSON(best.key), "changed_matrices": JSON(changed.count),
          "matrices": JSON(telling.count),
          "rest_over_rounding_edge": JSON(spectra.map(\.restOverEdge).max() ?? 0),
        ])
    ]
    return true
  }

  /// One ratio of noise to deviation in every matrix, vectors untouched, a white spectrum.
  private mutating func nameNoise(_ spectra: [DifferenceSpectrum]) -> Bool {
    guard !spectra.isEmpty, spectra.allSatisfy({ $0.topOverNoise <= Self.noiseSpread }),
      tensors.filter({ !$0.isMatrix }).allSatisfy(\.delta.isIdentical)
    else { return false }
    // Parts of one stored tensor got their noise together.
    var stored: [String: TensorDelta] = [:]
    for tensor in telling where !tensor.delta.isIdentical {
      stored[tensor.name, default: TensorDelta()].add(tensor.delta)
    }
    let changed = stored.values
    for ratios in [changed.map(\.noiseRatio), changed.map(\.differenceSize)] {
      guard let low = ratios.min(), let high = ratios.max(), low > 0,
        high <= Self.noiseSpread * low
      else { continue }
      relations = [
        RelationFinding(
          .noiseAdded,
          ["ratio_min": JSON(low), "ratio_max": JSON(high), "matrices": JSON(changed.count)])
      ]
      return true
    }
    return false
  }

  private mutating func nameTuned(_ related: [TensorEvidence]) {
    let distances = related.compactMap(\.delta.relativeDistance)
    relations.append(
      RelationFinding(
        .fineTuned,
        [
          "relative_difference_min": JSON(distances.min() ?? 0),
          "relative_difference_max": JSON(distances.max() ?? 0),
          "rounding_floor": JSON(related.map(\.suspectFloor).max() ?? 0),
        ]))
  }
}
