// The relation of a pair whose tensors stand in line, from one more pass over both.

import Base
import Evidence
import Formats

struct PairRelation: Sendable {
  let alignment: Alignment
  let tensors: [TensorEvidence]
  let naming: RelationNaming
  private let upcycling: RelationFinding?
  private let width: WidthChange?
  /// Share of the suspect's values in tensors that have no partner.
  private let unpairedShare: Double

  init(
    _ suspect: ModelFeatures, _ reference: ModelFeatures, layers: [Int: Int],
    _ run: Run
  ) throws(Problem) {
    let alignment = Alignment(suspect: suspect, reference: reference, layers: layers)
    self.alignment = alignment
    let plain = try run.map(alignment.pairs.count) { index throws(Problem) in
      try alignment.pairs[index].evidence(run)
    }
    let tensors = try Self.rescaled(plain, alignment.pairs, suspect, reference, run)
    self.tensors = tensors
    let pair = [reference.digest.tagged, suspect.digest.tagged]
    let wanted = RelationNaming.needingSpectra(tensors)
    // Large differences one at a time: each takes a few times its size.
    let isLarge = wanted.contains { tensors[$0].delta.count > 1 << 21 }
    let sequential = isLarge ? run.on(threads: 1) : run
    let spectra = try sequential.map(wanted.count) { index throws(Problem) in
      try alignment.pairs[wanted[index]].differenceSpectrum(
        key: BlindingKey(pair + ["spectrum", tensors[wanted[index]].name]), run: run)
    }
    naming = RelationNaming(tensors, spectra: spectra.compactMap { $0 })
    width = try WidthChange(suspect, reference, layers: layers, run: run)
    upcycling = Self.upcycling(suspect, reference, alignment, tensors)
    let all = suspect.network.tensors.values.reduce(0) { $0 + $1.rows * $1.columns }
    let paired = alignment.pairs.reduce(0) { $0 + $1.suspect.rows * $1.suspect.columns }
    unpairedShare = all > 0 ? Double(all - paired) / Double(all) : 0
  }

  /// What is left as a change of values may be scales that a quantiser moved between tensors.
  private static func rescaled(
    _ tensors: [TensorEvidence], _ pairs: [AlignedPair], _ suspect: ModelFeatures,
    _ reference: ModelFeatures, _ run: Run
  ) throws(Problem) -> [TensorEvidence] {
    guard RelationNaming(tensors).relations.map(\.relation) == [.fineTuned] else { return tensors }
    for childIsSuspect in [true, false] {
      let (child, parent) =
        childIsSuspect
        ? (suspect.network, reference.network) : (reference.network, suspect.network)
      let scales = ChannelScales(
        pairs, child: child, parent: parent, childIsSuspect: childIsSuspect)
      guard let explained = try scales?.explained(tensors, run: run),
        RelationNaming(explained).relations.map(\.relation) == [.quantised]
      else { continue }
      return explained
    }
    return tensors
  }

  /// Experts whose matrices come from the dense MLP of the layer they stand in.
  private static func upcycling(
    _ suspect: ModelFeatures, _ reference: ModelFeatures, _ alignment: Alignment,
    _ tensors: [TensorEvidence]
  ) -> RelationFinding? {
    guard reference.network.blocks.allSatisfy({ $0.expert == nil }) else { return nil }
    var experts = 0
    var related = 0
    var identical = 0
    for (pair, tensor) in zip(alignment.pairs, tensors)
    where pair.place.role == .up && !pair.place.isBias && pair.place.expert != nil {
      experts += 1
      if tensor.isRelated { related += 1 }
      if tensor.delta.isIdentical { identical += 1 }
    }
    guard related > 0 else { return nil }
    return RelationFinding(
      .upcycled,
      [
        "experts": JSON(experts), "from_dense": JSON(related), "unchanged": JSON(identical),
      ])
  }

  /// Writes relations, direction, findings and maps.
  func describe(_ lineage: inout WeightLineage) {
    var relations = naming.relations
    lineage.direction = naming.direction
    if let upcycling {
      relations.append(upcycling)
    } else if let width {
      relations.append(width.relation)
      lineage.direction = width.direction
    } else if unpairedShare >= 0.5 {
      relations.append(
        RelationFinding(.partlyInitialised, ["share_without_partner": JSON(unpairedShare)]))
    }
    if !alignment.duplicated.isEmpty {
      relations.append(
        RelationFinding(
          .layersDuplicated, ["reference_layers": .array(alignment.duplicated.map { JSON($0) })]))
    } else if !alignment.dropped.isEmpty, !alignment.layers.isEmpty {
      relations.append(
        RelationFinding(
          .layersDropped, ["reference_layers": .array(alignment.dropped.map { JSON($0) })]))
    }
    if alignment.isVocabularyChanged { relations.append(RelationFinding(.vocabularyChanged)) }
    if relations.count > 1 { relations.removeAll { $0.relation == .identical } }
    if relations.isEmpty { relations = [RelationFinding(.unknown)] }
    let order = Dictionary(
      uniqueKeysWithValues: WeightRelation.allCases.enumerated().map { ($0.element, $0.offset) })
    lineage.relations = relations.sorted {
      (order[$0.relation] ?? 0) < (order[$1.relation] ?? 0)
    }
    lineage.line = TensorLine(
      layers: alignment.layers.sorted { $0.key < $1.key }.map {
        LayerPair(suspect: $0.key, reference: $0.value)
      },
      comparedCount: tensors.count, unpaired: alignment.unpaired)
    lineage.findings += findings
  }

  private var findings: [Finding] {
    var out: [Finding] = []
    let strange = naming.unrelated
    if !strange.isEmpty, !naming.relations.contains(where: { $0.relation == .partlyInitialised }) {
      out.append(
        Finding(
          id: "weights.tensor-not-related", severity: .warning,
          message: "\(strange.count) matrices of the suspect do not come from the reference: "
            + strange.prefix(8).joined(separator: ", ")))
    }
    let broken = tensors.filter { $0.delta.notFinite > 0 }
    if !broken.isEmpty {
      out.append(
        Finding(
          id: "weights.not-finite", severity: .warning,
          message: "\(broken.count) tensors hold values that are not finite: "
            + broken.prefix(8).map(\.name).joined(separator: ", ")))
    }
    return out
  }
}

extension AlignedPair {
  /// Spectrum of S − R; nil if the suspect's rounding is not that of a float type.
  func differenceSpectrum(key: BlindingKey, run: Run) throws(Problem) -> DifferenceSpectrum? {
    guard rows == nil, let stored = suspect.storedFloat, let s = suspect.values(),
      let r = reference.values(), s.count == r.count
    else { return nil }
    let difference = zip(s, r).map { Double($0) - Double($1) }
    return try DifferenceSpectrum(
      difference: Matrix(rows: suspect.rows, columns: suspect.columns, values: difference),
      roundingVariance: DifferenceSpectrum.roundingVariance(s, stored: stored), key: key, run: run)
  }
}

extension Alignment {
  /// Layer i stands against layer i, as far as both have it.
  static func sameLayers(_ suspect: ModelFeatures, _ reference: ModelFeatures? = nil) -> [Int: Int]
  {
    let count = min(
      suspect.network.layerCount, reference?.network.layerCount ?? suspect.network.layerCount)
    return Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, $0) })
  }

  /// Suspect layer to the reference layer whose units it holds. A layer without evidence stands
  /// against its own number if both models have as many layers, else against nothing.
  static func layerMap(
    _ pairing: Pairing, _ suspect: ModelFeatures, _ reference: ModelFeatures
  ) -> [Int: Int] {
    var map: [Int: Int] = [:]
    let matches = pairing.evidence.units.matches
    for (column, layer) in pairing.suspectBlocks.enumerated() where map[layer] == nil {
      let values = matches.indices.compactMap { row in
        matches[row][column].map { (row, $0.log10E) }
      }
      guard let best = values.max(by: { ($0.1, -$0.0) < ($1.1, -$1.0) }), best.1 >= 2 else {
        continue
      }
      map[layer] = pairing.referenceBlocks[best.0]
    }
    if suspect.network.layerCount == reference.network.layerCount {
      for layer in 0..<suspect.network.layerCount where map[layer] == nil { map[layer] = layer }
    }
    return map
  }
}
