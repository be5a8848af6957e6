// The output verdicts of a pack, given again from its sums.

import Base
import Evidence

struct OutputsCheck {
  let documents: PackDocuments

  init(_ documents: PackDocuments) { self.documents = documents }

  /// A sentence on what was found; what only the models can show is added to `open`.
  func run(_ open: inout [String], _ run: Run) throws(Problem) -> String {
    let claims = documents.comparisons.map { $0["output_descent"] ?? .null }
    let isRecording = documents.models["suspect"]?["kind"] != nil
    guard claims.allSatisfy({ $0["note"]?.string == (isRecording ? RecordedOutputs.note : nil) })
    else { throw PackVerifier.differs("what an answer on a recording must say is not there") }
    guard let json = documents.outputs else {
      guard claims.allSatisfy({ $0["verdict"]?.string == "not-tested" }) else {
        throw PackVerifier.differs("a verdict on outputs without outputs.json")
      }
      return "outputs were not tested"
    }
    let record = try OutputSums(json: json)
    guard record.json == json else {
      throw PackVerifier.differs("outputs.json holds more or other than a record")
    }
    guard record.panel.isWhole else {
      throw PackVerifier.differs("outputs.json: a contrast that the rules ask for is missing")
    }
    try checkModels(record)
    let references = try documents.comparisons.map { comparison throws(Problem) in
      guard
        let digest = comparison["reference"]?["fingerprint"]?.string.flatMap(
          Digest.init(tagged:))
      else { throw PackVerifier.differs("a comparison names no reference") }
      return digest
    }
    let descents = ContrastResult.descents([try record.results(for: references, run: run)])[0]
    for (index, descent) in descents.enumerated() {
      try compare(claims[index], descent, index, &open)
    }
    let count = descents.compactMap { $0 }.count
    let exact = record.panel.confirmations.count
    return "statistic, p, gates and verdict of \(count) comparisons follow from the sums over "
      + "\(record.panel.contrasts.first?.documentCount ?? 0) documents"
      + (exact > 0 ? ", of \(exact) contrasts over exact byte distributions too" : "")
  }

  /// Names, tags and bundles of the record are those of the pack; the draws are those of the
  /// probes.
  private func checkModels(_ record: OutputSums) throws(Problem) {
    let models = documents.models
    let all =
      [models["suspect"] ?? .null] + IdentityCheck.list(models, "references")
      + IdentityCheck.list(models, "controls")
    for (bundle, model) in zip(record.models, record.panel.models) {
      let entries = all.filter { $0["fingerprint"]?.string == bundle.tagged }
      let tags = Set(
        entries.flatMap { ($0["training_text"]?.array ?? []).compactMap(\.string) })
      guard entries.contains(where: { $0["id"]?.string == model.id }),
        tags == Set(model.trainingText)
      else {
        throw PackVerifier.differs("outputs.json: \(model.id) is not the model of models.json")
      }
    }
    let roles = { (key: String) in
      Set(IdentityCheck.list(models, key).compactMap { $0["fingerprint"]?.string })
    }
    let panel = record.panel
    guard record.models[panel.suspect].tagged == models["suspect"]?["fingerprint"]?.string,
      panel.references.allSatisfy({ roles("references").contains(record.models[$0].tagged) }),
      panel.panel.allSatisfy({ roles("controls").contains(record.models[$0].tagged) })
    else { throw PackVerifier.differs("outputs.json: a model stands in another role") }
    guard let probes = documents.probes, probes.seed == panel.seed else {
      throw PackVerifier.differs("the probes are not those of outputs.json")
    }
  }

  /// Whether the claim is a shared output space. That is seen in logits, which a pack does not
  /// hold; that the rule gives the claim for the stated residuals is checked.
  private func sharesOutputSpace(
    _ claim: JSON, _ index: Int, _ open: inout [String]
  ) throws(Problem) -> Bool {
    let isClaimed = claim["verdict"]?.string == OutputVerdict.sharedOutputSpace.rawValue
    let rung = claim["rungs"]?.array?.first { $0["rung"]?.int == 4 }
    var follows = false
    if let rung, let residual = rung["residual"]?.double, let limit = rung["tolerance"]?.double {
      open.append("comparison \(index): the residual of the output space, seen in logits")
      let nearest = rung["nearest_control"]?.double
      follows = OutputSpaceFinding.isCertificate(
        residual: residual, tolerance: limit, nearest: nearest)
      guard follows == (rung["outcome"]?.string == RungOutcome.yes.rawValue) else {
        throw PackVerifier.differs("comparison \(index): rung 4 is not what its residual gives")
      }
      follows = follows && nearest != nil
    }
    guard follows == isClaimed else {
      throw PackVerifier.differs("comparison \(index): the verdict is not what rung 4 gives")
    }
    return isClaimed
  }

  private func compare(
    _ claim: JSON, _ descent: OutputDescent?, _ index: Int, _ open: inout [String]
  ) throws(Problem) {
    guard let descent else {
      guard claim["verdict"]?.string == "not-tested" else {
        throw PackVerifier.differs("comparison \(index): a verdict on a pair that is not tested")
      }
      return
    }
    let isOfLogits = try sharesOutputSpace(claim, index, &open)
    for (key, value) in descent.json.object ?? [:] {
      if isOfLogits, key == "verdict" || key == "sentence" { continue }
      let said =
        key == "rungs"
        ? .array((claim[key]?.array ?? []).filter { $0["rung"]?.int == 5 }) : claim[key]
      guard said?.canonicalBytes == value.canonicalBytes else {
        throw PackVerifier.differs(
          "comparison \(index): \(key) is \(said?.canonicalText ?? "missing"), and "
            + "\(value.canonicalText) follows from the sums")
      }
    }
    guard claim["probes"]?.string == documents.probes?.digest.tagged else {
      throw PackVerifier.differs("comparison \(index): the probes have another digest")
    }
  }
}
