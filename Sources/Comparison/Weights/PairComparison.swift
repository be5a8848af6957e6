// Judges one pair: the rungs from the bottom up, until one decides.
//
//   1, 2  digests: the same files, the same tensors
//   2b    an explicit map that makes one model into the other
//   3     positional coincidences (exact), then two views of a unit (calibrated on controls): on
//         the shared vocabulary, and where that says nothing on activations
// A pair that no test could be run on is not tested; one whose gate failed is inconclusive; only
// a test that ran and saw nothing gives no-evidence.

import Base
import Evidence
import Fingerprint

struct PairComparison {
  let suspect: ModelFeatures
  let reference: ModelFeatures
  let pairing: Pairing?
  let controls: PanelCalibration.Controls
  /// Runs both models and the panel, so it is called only where nothing else decides.
  let activations: () throws(Problem) -> ActivationAnswer
  let comparisons: Int
  let run: Run

  struct PairResult: Sendable {
    var lineage: WeightLineage
    /// Set if the tensors of the two models stand in line, for relations of three models.
    var alignment: Alignment?
    /// What the two-view tests said, if they were asked.
    var views: TwoViewEvidence?
  }

  var names: (suspect: String, reference: String) {
    (suspect.id, reference.id)
  }

  func result() throws(Problem) -> PairResult {
    let kinship = Kinship(
      suspect: suspect.opened.fingerprint, reference: reference.opened.fingerprint)
    switch kinship.verdict {
    case .sameBytes(let isWhole): return PairResult(lineage: sameBytes(isWhole), alignment: nil)
    case .sameTensors(let differences):
      return PairResult(
        lineage: sameTensors(differences), alignment: aligned(Alignment.sameLayers(suspect)))
    case .none: return try statistics()
    }
  }

  // MARK: Digests

  private func sameBytes(_ isWhole: Bool) -> WeightLineage {
    var lineage = WeightLineage(
      verdict: .sameBytes,
      sentence: VerdictSentence.sameBytes(suspect: names.suspect, reference: names.reference))
    lineage.relations = [RelationFinding(.identical)]
    lineage.rungs = [
      Rung(1, "digests of files", .yes, details: ["whole_bundle": .bool(isWhole)])
    ]
    lineage.comparisons = comparisons
    return lineage
  }

  private func sameTensors(_ differences: Set<Kinship.Difference>) -> WeightLineage {
    let isRenamed = differences.contains(.renamed)
    var lineage = WeightLineage(
      verdict: .sameTensors,
      sentence: VerdictSentence.sameTensors(
        suspect: names.suspect, reference: names.reference,
        after: isRenamed ? "renaming" : "decoding"))
    lineage.relations = [RelationFinding(.identical)]
    if differences.contains(.cast) {
      lineage.relations.append(RelationFinding(.cast, ["lossless": true]))
    }
    let words = differences.sorted().map(\.rawValue)
    lineage.rungs = [
      Rung(1, "digests of files", .no),
      Rung(2, "digests of tensor values", .yes, details: ["differences": JSON(words)]),
    ]
    lineage.comparisons = comparisons
    return lineage
  }

  // MARK: Statistics

  private func statistics() throws(Problem) -> PairResult {
    let digests = [
      Rung(1, "digests of files", .no), Rung(2, "digests of tensor values", .no),
    ]
    let unread = ParameterCount.unreadShare(
      suspect.network.parameters, reference.network.parameters)
    guard unread <= ReadingRule.unreadShareMax else {
      return PairResult(lineage: unreadable(digests, unread), alignment: nil)
    }
    let evidence = pairing?.evidence
    let isInLine =
      evidence.map { $0.units.isTested && $0.units.log10E >= PositionalEvidence.decisionLog10E }
      ?? false
    var relation: PairRelation?
    if isInLine, let pairing {
      relation = try PairRelation(
        suspect, reference, layers: Alignment.layerMap(pairing, suspect, reference), run)
    }
    // In line: a certificate only if something is left to explain (heads moved, gains folded).
    let isSearched =
      relation.map {
        !$0.naming.unrelated.isEmpty || $0.naming.relations.map(\.relation) == [.fineTuned]
      } ?? true
    if isSearched {
      let search = CertificateSearch(
        suspect: suspect, reference: reference, run: run, keepsResidualStream: isInLine)
      if let certificate = try search.certificate() {
        return PairResult(lineage: certified(certificate, evidence), alignment: nil)
      }
    }
    guard let evidence, let bound = evidence.p, let log10E = evidence.log10E else {
      return PairResult(lineage: untested(digests), alignment: nil)
    }
    var lineage = WeightLineage(verdict: .noEvidence, sentence: "")
    lineage.unreadParameters = unread
    lineage.packing = packing
    lineage.comparisons = comparisons
    lineage.log10E = log10E
    lineage.p = bound
    let isDecisive = evidence.isDecisive(comparisons: comparisons)
    lineage.rungs =
      digests + [
        Rung(2, "explicit re-parameterisation", isSearched ? .no : .notTested),
        Rung(
          3, PositionalEvidence.test, isDecisive ? .yes : .no,
          details: positionalDetails(evidence)),
      ]
    var views: TwoViewEvidence?
    if isDecisive {
      try concludeExact(&lineage, evidence, relation)
      if unread > 0, lineage.relations.contains(where: { $0.relation == .identical }) {
        // What was read is equal, and something was not read.
        lineage.relations = [RelationFinding(.unknown)]
      }
    } else {
      views = try concludeByViews(&lineage, evidence)
    }
    lineage.isPlacedByContent = suspect.network.isPlacedByContent
    return PairResult(
      lineage: lineage, alignment: isDecisive && isInLine ? relation?.alignment : nil, views: views)
  }

  private func certified(
    _ certificate: Reparameterisation, _ evidence: PositionalEvidence?
  ) -> WeightLineage {
    let residual = Figure.text(certificate.residual)
    var lineage = WeightLineage(
      verdict: .sameTensors,
      sentence: VerdictSentence.sameTensors(
        suspect: names.suspect, reference: names.reference,
        after: "a recovered re-parameterisation, residual \(residual)"))
    lineage.relations = [
      RelationFinding(.reparameterised, certificate.json.object ?? [:])
    ]
    lineage.log10E = evidence?.log10E
    lineage.comparisons = comparisons
    lineage.rungs = [
      Rung(1, "digests of files", .no), Rung(2, "digests of tensor values", .no),
      Rung(
        2, "explicit re-parameterisation", .yes, details: ["certificate": certificate.json]),
    ]
    return lineage
  }

  /// Ways of packing that were not decoded, of both models.
  private var packing: [String] {
    Set(suspect.network.parameters.packing + reference.network.parameters.packing).sorted()
  }

  /// Embeddings and norms alone say nothing about the matrices.
  private func unreadable(_ digests: [Rung], _ share: Double) -> WeightLineage {
    var lineage = WeightLineage(
      verdict: .inconclusive, sentence: VerdictSentence.unread(share: share, packing: packing))
    lineage.unreadParameters = share
    lineage.packing = packing
    lineage.comparisons = comparisons
    lineage.rungs =
      digests + [
        Rung(
          3, PositionalEvidence.test, .notTested,
          details: ["reason": "too few of the parameters could be decoded"])
      ]
    return lineage
  }

  private func untested(_ digests: [Rung]) -> WeightLineage {
    let unread =
      suspect.network.parameters.tensors.count
      + reference.network.parameters.tensors.count
    let reason =
      unread > 0
      ? "\(unread) tensors are of types that are not decoded, and no others could be compared"
      : "the models share no units of one kind and no vocabulary, or their tensors have names "
        + "that are not known"
    var lineage = WeightLineage.notTested(reason)
    lineage.comparisons = comparisons
    lineage.rungs = digests + [Rung(3, PositionalEvidence.test, .notTested)]
    return lineage
  }

  private func concludeExact(
    _ lineage: inout WeightLineage, _ evidence: PositionalEvidence, _ relation: PairRelation?
  ) throws(Problem) {
    lineage.verdict = .related
    if let bound = lineage.p {
      lineage.sentence = VerdictSentence.related(
        suspect: names.suspect, reference: names.reference, p: bound,
        test: PositionalEvidence.test, control: "exact")
    }
    if let relation {
      relation.describe(&lineage)
      return
    }
    let share = evidence.projectedUnits.agreementShare ?? 0
    let isScrambled =
      share >= TwoViewCalibration.shareMin
      || evidence.projectedUnits.log10E >= PositionalEvidence.decisionLog10E
    if isScrambled {
      lineage.relations = Self.scrambled(share)
      return
    }
    let layers = Alignment.sameLayers(suspect, reference)
    try PairRelation(suspect, reference, layers: layers, run).describe(&lineage)
  }

  /// Evidence of units without order or basis: moved by a symmetry, and changed.
  static func scrambled(_ share: Double) -> [RelationFinding] {
    [
      RelationFinding(.reparameterised, ["agreement_share": JSON(share)]),
      RelationFinding(.fineTuned),
    ]
  }

  private func aligned(_ layers: [Int: Int]) -> Alignment {
    Alignment(suspect: suspect, reference: reference, layers: layers)
  }
}
