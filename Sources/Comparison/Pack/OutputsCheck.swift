// The output verdicts of a pack, given again from its sums.

import Base
import Evidence

struct OutputsCheck {
  let documents: PackDocuments

  init(_ documents: PackDocuments) { self.documents = documents }

  /// A sentence on what was found; what only the models can show is added to `open`.
  func run(_ open: inout [String], _ run: Run) throws(Problem) -> String {
    let claims = documents.comparisons.map(\.outputDescent)
    let note = documents.models.suspect.isRecording ? RecordedOutputs.note : nil
    guard claims.allSatisfy({ $0.note == note }) else {
      throw PackVerifier.differs("what an answer on a recording must say is not there")
    }
    guard let record = documents.outputs else {
      guard claims.allSatisfy({ $0.verdict == .notTested }) else {
        throw PackVerifier.differs("a verdict on outputs without outputs.json")
      }
      return "outputs were not tested"
    }
    guard record.panel.isWhole else {
      throw PackVerifier.differs("outputs.json: a contrast that the rules ask for is missing")
    }
    try checkModels(record)
    let references = documents.comparisons.map(\.reference.fingerprint)
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
    for (bundle, model) in zip(record.models, record.panel.models) {
      let entries = models.all.filter { $0.fingerprint == bundle }
      let tags = Set(entries.flatMap(\.trainingText).map { ByteName($0) })
      guard entries.contains(where: { ByteName($0.id) == ByteName(model.id) }),
        tags == Set(model.trainingText.map { ByteName($0) })
      else {
        throw PackVerifier.differs("outputs.json: \(model.id) is not the model of models.json")
      }
    }
    let panel = record.panel
    let (references, controls) = (
      Set(models.references.map(\.fingerprint)), Set(models.controls.map(\.fingerprint))
    )
    guard record.models[panel.suspect] == models.suspect.fingerprint,
      panel.references.allSatisfy({ references.contains(record.models[$0]) }),
      panel.panel.allSatisfy({ controls.contains(record.models[$0]) })
    else { throw PackVerifier.differs("outputs.json: a model stands in another role") }
    guard let probes = documents.probes, probes.seed == panel.seed else {
      throw PackVerifier.differs("the probes are not those of outputs.json")
    }
  }

  /// Whether the claim is a shared output space. That is seen in logits, which a pack does not
  /// hold; that the rule gives the claim for the stated residuals is checked.
  private func sharesOutputSpace(
    _ claim: OutputDescentAnswer, _ index: Int, _ open: inout [String]
  ) throws(Problem) -> Bool {
    let isClaimed = claim.verdict == .sharedOutputSpace
    var follows = false
    if let space = claim.rungs.first(where: { $0.rung == 4 }).flatMap(OutputSpaceClaim.init) {
      open.append("comparison \(index): the residual of the output space, seen in logits")
      guard space.follows == space.isCertificate else {
        throw PackVerifier.differs("comparison \(index): rung 4 is not what its residual gives")
      }
      follows = space.follows && space.nearest != nil
    }
    guard follows == isClaimed else {
      throw PackVerifier.differs("comparison \(index): the verdict is not what rung 4 gives")
    }
    return isClaimed
  }

  private func compare(
    _ claim: OutputDescentAnswer, _ descent: OutputDescent?, _ index: Int,
    _ open: inout [String]
  ) throws(Problem) {
    guard var descent else {
      guard claim.verdict == .notTested else {
        throw PackVerifier.differs("comparison \(index): a verdict on a pair that is not tested")
      }
      return
    }
    if try sharesOutputSpace(claim, index, &open) {
      // The certificate of rung 4 stands in the place of what rung 5 concluded.
      (descent.verdict, descent.sentence) = (claim.verdict, claim.sentence)
    }
    guard let stated = claim.descent else {
      throw PackVerifier.differs("comparison \(index): a pair that was tested has no figures")
    }
    if let difference = stated.difference(from: descent) {
      throw PackVerifier.differs("comparison \(index): \(difference) follows from the sums")
    }
    guard claim.probes == documents.probes?.digest else {
      throw PackVerifier.differs("comparison \(index): the probes have another digest")
    }
  }
}
