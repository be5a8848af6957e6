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
    let claims = documents.comparisons.map { $0["weight_lineage"] ?? .null }
    guard let json = documents.weights else {
      guard claims.allSatisfy({ $0["verdict"]?.string == "not-tested" }) else {
        throw PackVerifier.differs("a verdict on weights without weights.json")
      }
      return "weights were not tested"
    }
    let weights = try PackWeights(json: json)
    guard weights.records.count == claims.count else {
      throw PackVerifier.differs("weights.json has another number of comparisons")
    }
    guard weights.json == json else {
      throw PackVerifier.differs("weights.json: e-values or curves do not follow from the counts")
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
  let claim: JSON
  let record: WeightCounts?
  let comparisons: Int

  private enum Kinship { case sameBytes, sameTensors, unknown }

  func run(_ open: inout [String]) throws(Problem) {
    let verdict = claim["verdict"]?.string ?? ""
    let pair = try bundles()
    if let record, record.key != pair.reversed() {
      throw PackVerifier.differs("the blinding key is not made of the two bundles")
    }
    if record?.bits.isEmpty == false {
      open.append("comparison \(index): equal bits, counted from the tensors; a description")
    }
    switch kinship(pair) {
    case .sameBytes: return try want(verdict, .sameBytes)
    case .sameTensors: return try want(verdict, .sameTensors)
    case .unknown: break
    }
    guard verdict != WeightVerdict.sameBytes.rawValue else {
      throw PackVerifier.differs("the files of the two models are not equal")
    }
    try numbers()
    if verdict == WeightVerdict.sameTensors.rawValue {
      open.append("comparison \(index): the map that makes one model's tensors the other's")
      return
    }
    try statistics(verdict)
    if claim["relation"]?.string != nil {
      open.append("comparison \(index): the relation, named from the tensors")
    }
  }

  private func want(_ verdict: String, _ wanted: WeightVerdict) throws(Problem) {
    guard verdict == wanted.rawValue else {
      throw PackVerifier.differs("the verdict is \(verdict), and \(wanted.rawValue) follows")
    }
  }

  /// The suspect's bundle, then the reference's.
  private func bundles() throws(Problem) -> [String] {
    guard let suspect = documents.verdict["suspect"]?["fingerprint"]?.string,
      let reference = documents.comparisons[index]["reference"]?["fingerprint"]?.string
    else { throw PackVerifier.differs("a model is not named") }
    return [suspect, reference]
  }

  private func kinship(_ pair: [String]) -> Kinship {
    let identities = pair.map { documents.models["identities"]?[$0] ?? .null }
    if pair[0] == pair[1] { return .sameBytes }
    let files = identities.map(Self.weightFiles)
    if !files[0].isEmpty, files[0] == files[1] { return .sameBytes }
    for key in ["weights_digest", "values_digest"] {
      if let one = identities[0][key]?.string, one == identities[1][key]?.string {
        return .sameTensors
      }
    }
    return .unknown
  }

  /// Digests of the files that hold tensors, sorted.
  private static func weightFiles(_ identity: JSON) -> [String] {
    let names = Set((identity["tensors"]?.array ?? []).compactMap { $0["file"]?.string })
    return (identity["files"]?.array ?? [])
      .filter { $0["path"]?.string.map(names.contains) ?? false }
      .compactMap { $0["sha256"]?.string }.sorted()
  }

  /// E-value and families as the counts give them.
  private func numbers() throws(Problem) {
    guard claim["comparisons_adjusted_for"]?.int == comparisons else {
      throw PackVerifier.differs("the number of comparisons is not that of the pack")
    }
    try equal("log10_e_value", record?.evidence.log10E.map { JSON($0) } ?? .null)
    let families = claim["rungs"]?.array?.first {
      $0["test"]?.string == "positional coincidences"
    }?[
      "families"]
    if let families, families.canonicalBytes != record?.evidence.json.canonicalBytes {
      throw PackVerifier.differs("the families of the verdict are not those of the counts")
    }
  }

  private func statistics(_ verdict: String) throws(Problem) {
    guard let evidence = record?.evidence, let exact = evidence.p else {
      return try want(verdict, .notTested)
    }
    guard !evidence.isDecisive(comparisons: comparisons) else {
      try want(verdict, .related)
      return try probability(exact)
    }
    let views = TwoViewEvidence(
      onVocabulary: evidence.projectedUnits.agreementShare.map {
        TwoViewCalibration(share: $0, controls: record?.controlShares ?? [])
      }, onActivations: record?.activations)
    try want(verdict, views.verdict(evidence))
    try probability(views.positive?.p ?? exact)
  }

  private func probability(_ p: TailBound) throws(Problem) {
    try equal("p_value", JSON(p.value))
    try equal("log10_p_value", JSON(p.log10))
    try equal("p_adjusted", JSON(p.adjusted(for: comparisons).value))
    try equal("exact", .bool(p.isExact))
  }

  private func equal(_ key: String, _ wanted: JSON) throws(Problem) {
    let said = claim[key] ?? .null
    guard said.canonicalBytes == wanted.canonicalBytes else {
      throw PackVerifier.differs(
        "\(key) is \(said.canonicalText), and \(wanted.canonicalText) follows from the counts")
    }
  }
}
