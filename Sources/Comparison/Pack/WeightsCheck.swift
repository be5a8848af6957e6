// The weight verdicts of a pack, given again from its digests and counts.
//
// Equal files and equal tensors follow from digests. "Related" follows from the counts: e-values
// multiplied and averaged, p at most 1/E, or two views of a unit against the controls. A recovered
// re-parameterisation and the name of a relation rest on the weights themselves, which no pack
// holds: they are listed as open.

import Base
import Evidence

struct WeightsCheck {
  let documents: PackDocuments

  init(_ documents: PackDocuments) { self.documents = documents }

  func run(_ open: inout [String]) throws(Problem) -> String {
    let claims = documents.comparisons.map(\.weightLineage)
    guard let weights = documents.weights else {
      guard claims.allSatisfy({ $0.verdict == .notTested }) else {
        throw PackVerifier.differs("a verdict on weights without weights.json")
      }
      return "weights were not tested"
    }
    guard weights.records.count == claims.count else {
      throw PackVerifier.differs("weights.json has another number of comparisons")
    }
    for (index, claim) in claims.enumerated() {
      let pair = WeightPairCheck(
        documents: documents, index: index, claim: claim, record: weights.records[index],
        comparisons: claims.count)
      do throws(Problem) { try pair.run(&open) } catch {
        throw error.at("comparison \(index)")
      }
    }
    return "digests, counts, e-values, p and verdict of \(claims.count) comparisons agree"
  }
}

/// One pair.
private struct WeightPairCheck {
  let documents: PackDocuments
  let index: Int
  let claim: WeightLineage
  let record: WeightCounts?
  let comparisons: Int

  private enum Kinship { case sameBytes, sameTensors, unknown }

  private var suspect: Digest { documents.verdict.suspect.fingerprint }
  private var reference: Digest { documents.comparisons[index].reference.fingerprint }

  func run(_ open: inout [String]) throws(Problem) {
    if let record, record.key != [reference, suspect] {
      throw PackVerifier.differs("the blinding key is not made of the two bundles")
    }
    if record?.bits.isEmpty == false {
      open.append("comparison \(index): equal bits, counted from the tensors; a description")
    }
    switch kinship {
    case .sameBytes: return try want(.sameBytes)
    case .sameTensors: return try want(.sameTensors)
    case .unknown: break
    }
    guard claim.verdict != .sameBytes else {
      throw PackVerifier.differs("the files of the two models are not equal")
    }
    if claim.unreadParameters > ReadingRule.unreadShareMax {
      open.append("comparison \(index): how many of the parameters could be decoded")
      return try want(.inconclusive)
    }
    try numbers()
    if claim.verdict == .sameTensors {
      open.append("comparison \(index): the map that makes one model's tensors the other's")
      return
    }
    try statistics()
    if !claim.relations.isEmpty {
      open.append("comparison \(index): the relation, named from the tensors")
    }
  }

  private func want(_ wanted: WeightVerdict) throws(Problem) {
    guard claim.verdict == wanted else {
      throw PackVerifier.differs(
        "the verdict is \(claim.verdict.rawValue), and \(wanted.rawValue) follows")
    }
  }

  private var kinship: Kinship {
    if suspect == reference { return .sameBytes }
    guard let mine = documents.models.digests(suspect),
      let theirs = documents.models.digests(reference)
    else { return .unknown }
    let files = mine.weightFiles
    if !files.isEmpty, files == theirs.weightFiles { return .sameBytes }
    for (a, b) in [(mine.weights, theirs.weights), (mine.values, theirs.values)] {
      if let a, a == b { return .sameTensors }
    }
    return .unknown
  }

  /// E-value and families as the counts give them.
  private func numbers() throws(Problem) {
    guard claim.comparisons == comparisons else {
      throw PackVerifier.differs("the number of comparisons is not that of the pack")
    }
    guard claim.log10E == record?.evidence.log10E else {
      throw PackVerifier.differs(
        "log10_e_value is \(Self.text(claim.log10E)), and "
          + "\(Self.text(record?.evidence.log10E)) follows from the counts")
    }
    let shown = claim.rungs.lazy.compactMap(PositionalEvidence.shownFamilies).first
    if let shown, shown != record?.evidence.shownFamilies {
      throw PackVerifier.differs("the families of the verdict are not those of the counts")
    }
  }

  private func statistics() throws(Problem) {
    guard let evidence = record?.evidence, let exact = evidence.p else {
      return try want(.notTested)
    }
    guard !evidence.isDecisive(comparisons: comparisons) else {
      try want(.related)
      return try probability(exact)
    }
    let views = TwoViewEvidence(
      onVocabulary: evidence.projectedUnits.agreementShare.map {
        TwoViewCalibration(share: $0, controls: record?.controlShares ?? [])
      }, onActivations: record?.activations)
    try want(views.verdict(evidence))
    try probability(views.positive?.p ?? exact)
  }

  /// What else is stated of p is a function of the bound and of the number of comparisons.
  private func probability(_ wanted: TailBound) throws(Problem) {
    guard claim.p == wanted else {
      throw PackVerifier.differs(
        "log10_p_value is \(Self.text(claim.p?.log10)), and \(wanted.log10) follows from the "
          + "counts")
    }
  }

  private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "null" }
}
