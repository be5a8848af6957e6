// The job `compare`: does a suspect come from a reference, by its weights or by its outputs?
//
// One code for the command line, the daemon and the shards of a fleet. The weight line runs first,
// because a weight descendant gets no output verdict. Every readable model is answered; those that
// cannot be read are listed and make the exit code 4.

import Base
import Evidence
import Formats

/// Compares suspects with references.
public struct CompareJob: Sendable {
  let models: ModelCache
  /// How outputs are compared; nil: they are not.
  let outputs: OutputSettings?

  public init(models: ModelCache = ModelCache(), outputs: OutputSettings? = nil) {
    self.models = models
    self.outputs = outputs
  }

  /// - Throws: usage problems, cancellation, and the problem of a model if there is only one
  ///   suspect or one reference, so that nothing could be answered.
  public func run(
    _ request: CompareRequest, run: Run
  ) throws(Problem) -> CompareResult {
    var unreadable: [Problem] = []
    let suspects = try open(request.suspects, run, &unreadable)
    let references = try open(request.references, run, &unreadable)
    let isDecidable = self.isDecidable(request)
    let panel = isDecidable ? try open(request.panel, run, &unreadable) : []
    guard !suspects.isEmpty || request.recorded != nil, !references.isEmpty else {
      throw unreadable.first
        ?? Problem(.usage, "nothing_to_compare", reason: "there is no suspect or no reference")
    }
    var readable = request
    readable.suspects = suspects.map(\.listed)
    readable.references = references.map(\.listed)
    if isDecidable { readable.panel = panel.map(\.listed) }
    let compared = OpenedModels(suspects: suspects, references: references, panel: panel)
    if let recorded = request.recorded {
      var result = try answer(on: recorded, readable, compared, run)
      result.unreadable = unreadable
      result.record.panel = panel.map(ComparedIdentity.init)
      return result
    }
    var weights = suspects.map { _ in references.map { _ in WeightLineage?.none } }
    var (passes, runs) = (0, 0)
    var record = ComparisonBasis(suspects: suspects, references: references, panel: panel)
    if request.only != .outputs {
      let line = WeightComparison(
        opened: compared, skipsSelf: request.skipsSelf, keepsRecord: request.keepsRecord,
        run: run)
      let answers = try line.answers()
      weights = answers.lineages
      (passes, runs) = (answers.passes, answers.runs)
      record.weights = answers.records
    }
    let line = try outputAnswers(readable, compared, weights, run)
    let outputs = line.answers
    record.outputs = line.records
    record.outcomes = line.outcomes
    var reports: [SuspectReport] = []
    for (row, suspect) in suspects.enumerated() {
      var comparisons: [PairAnswer] = []
      for (column, reference) in references.enumerated()
      where !readable.skips(suspect.listed, reference.listed) {
        comparisons.append(
          PairAnswer(
            reference: reference.compared,
            weightLineage: weights[row][column] ?? .notTested("only outputs were asked for"),
            outputDescent: outputs[row][column]))
      }
      reports.append(SuspectReport(suspect: suspect.compared, comparisons: comparisons))
    }
    var result = CompareResult(
      reports: reports, unreadable: unreadable, passes: passes, asked: request.asked)
    result.only = request.only
    result.runs = runs
    result.record = record
    return result
  }

  /// The answer about a recording: it has outputs and no weights.
  private func answer(
    on recorded: RecordedOutputs, _ request: CompareRequest, _ opened: OpenedModels,
    _ run: Run
  ) throws(Problem) -> CompareResult {
    let references = opened.references
    let outputs = try outputAnswers(request, opened, [references.map { _ in nil }], run)
    let report = SuspectReport(
      suspect: ComparedModel(
        id: recorded.id, path: recorded.path, fingerprint: recorded.digest, isRecording: true),
      comparisons: zip(references, outputs.answers[0]).map { reference, output in
        PairAnswer(
          reference: reference.compared,
          weightLineage: .notTested("a recording holds outputs and no weights"),
          outputDescent: output.noting(RecordedOutputs.note))
      })
    var result = CompareResult(
      reports: [report], unreadable: [], passes: 0, asked: request.asked)
    result.only = request.only
    result.record = ComparisonBasis(suspects: [], references: references, panel: [])
    result.record.recording = RecordedIdentity(recorded)
    result.record.outputs = outputs.records
    result.record.outcomes = outputs.outcomes
    return result
  }

  private func outputAnswers(
    _ request: CompareRequest, _ opened: OpenedModels, _ weights: [[WeightLineage?]],
    _ run: Run
  ) throws(Problem) -> OutputAnswers {
    guard request.only != .weights, let outputs else {
      let reason =
        request.only == .weights
        ? "only weights were asked for" : "no test of outputs is at hand here"
      return OutputAnswers(answers: weights.map { $0.map { _ in .notTested(reason) } })
    }
    if !isDecidable(request) {
      let answers = ListGates(references: request.references, panel: request.panel).answers
      return OutputAnswers(answers: weights.map { _ in answers })
    }
    return try OutputComparison(
      settings: outputs, models: models, opened: opened, request: request, run: run
    ).answers(weights: weights)
  }

  /// Whether some reference can be decided about. If outputs alone are asked about and none can, no
  /// control is read and nothing is scored; with the weights, output spaces may give a certificate.
  private func isDecidable(_ request: CompareRequest) -> Bool {
    guard request.only == .outputs, outputs != nil,
      request.panel.count >= OutputComparison.panelMin
    else { return true }
    return ListGates(references: request.references, panel: request.panel).isDecidable
  }

  private func open(
    _ list: [ListedModel], _ run: Run, _ unreadable: inout [Problem]
  ) throws(Problem) -> [ModelFeatures] {
    var opened: [ModelFeatures] = []
    for (index, model) in list.enumerated() {
      try run.check()
      run.tell(index, of: list.count, "models", "hashing")
      do throws(Problem) {
        opened.append(ModelFeatures(model, try models.open(model, run: run.silent)))
      } catch {
        if error.kind == .interrupted { throw error }
        unreadable.append(error)
      }
    }
    return opened
  }
}

/// The models of one comparison, opened.
struct OpenedModels: Sendable {
  var suspects: [ModelFeatures]
  var references: [ModelFeatures]
  /// The controls.
  var panel: [ModelFeatures]
}

extension ModelFeatures {
  var compared: ComparedModel {
    ComparedModel(
      id: id, path: listed.path, fingerprint: digest, trainingText: listed.trainingText)
  }
}
