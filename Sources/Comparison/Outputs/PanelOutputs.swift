// The output line of `compare`: scores suspects, references and panel on the probes, and asks
// Evidence for a verdict on each pair.
//
// N suspects and M references cost N + M passes over the probes, and the panel costs none once it
// is kept; rung 4 adds two documents for each suspect (`OutputSpaces`). Models that share weights
// with a suspect or a reference are left out of that pair's controls; a weight descendant of a
// reference gets no output verdict, because its behaviour came with the weights.

import Base
import Evidence
import Fingerprint
import Formats

/// Rung 5 over a panel of controls.
public struct PanelOutputs: OutputDescentTest {
  let probes: ProbeSet
  let cache: OutcomeCache
  let confirmsAll: Bool

  /// - Parameters:
  ///   - cacheFolder: keeps scored models between runs; nil keeps nothing.
  ///   - confirmsAll: whether every pair is measured again over exact byte distributions, not only
  ///     those across tokenizers that exceed every control.
  public init(probes: ProbeSet, cacheFolder: String? = nil, confirmsAll: Bool = false) {
    self.probes = probes
    self.confirmsAll = confirmsAll
    cache = OutcomeCache(folder: cacheFolder)
  }

  /// Models below this cannot be a panel.
  static let panelMin = 2

  public func answers(
    _ request: CompareRequest, cache models: ModelCache, weights: [[WeightLineage?]],
    progress: Progress
  ) throws(Problem) -> OutputAnswers {
    guard request.panel.count >= Self.panelMin else {
      return OutputAnswers(
        answers: weights.map { _ in
          request.references.map { _ in
            .notTested("a panel of controls is needed; give one with --panel")
          }
        })
    }
    var roster = Roster()
    var scored = ScoredModels(
      scoring: OutcomeScoring(probes: probes, threads: request.threads), cache: cache)
    let panel = try request.panel.map { model throws(Problem) in
      try roster.add(model, models, &scored, role: .control, progress)
    }
    let references = try request.references.map { model throws(Problem) in
      try roster.add(model, models, &scored, role: .reference, progress)
    }
    var suspects = try request.suspects.map { model throws(Problem) in
      try roster.add(model, models, &scored, role: .suspect, progress)
    }
    if let recorded = request.recorded { suspects.append(try roster.add(recorded, &scored)) }
    let relatives = try Relatives(
      roster, request: request, suspects: suspects, references: references, panel: panel,
      known: weights, models: models, progress: progress)
    var drafts: [Drafts] = []
    var confirmation = OutputConfirmation(probes: probes, threads: request.threads)
    for (index, suspect) in suspects.enumerated() {
      progress(index, of: suspects.count, "suspects", "contrasting")
      try Interrupt.check()
      drafts.append(
        try drafted(
          suspect, references, panel, roster, scored, relatives, &confirmation, progress))
    }
    var answers = adjusted(drafts.map(\.answers), scored: scored)
    try addOutputSpaces(
      to: &answers, request, models, relatives, scored,
      isTested: drafts.map { $0.answers.map(\.isTested) },
      suspects: suspects)
    return OutputAnswers(
      answers: answers, records: drafts.map(\.record),
      outcomes: request.keepsRecord ? scored.outcomes.mapValues(OutcomeCache.digest) : [:])
  }

  /// A result that waits for Holm's adjustment, or a reason why there is none.
  private struct Draft {
    var result: ContrastResult?
    var reason = ""
    var isTested: Bool { result != nil }

    static func result(_ result: ContrastResult) -> Draft { Draft(result: result) }
    static func notTested(_ reason: String) -> Draft { Draft(reason: reason) }
  }

  /// The drafts of one suspect, and what they are made of.
  private struct Drafts {
    var answers: [Draft]
    var record: OutputRecord?
  }

  private func drafted(
    _ suspect: Digest, _ references: [Digest], _ panel: [Digest], _ roster: Roster,
    _ scored: ScoredModels, _ relatives: Relatives, _ confirmation: inout OutputConfirmation,
    _ progress: Progress
  ) throws(Problem) -> Drafts {
    if let reason = scored.refusals[suspect] {
      return Drafts(answers: references.map { _ in .notTested(reason) })
    }
    let usable = { (model: Digest) in scored.outcomes[model] != nil }
    let order = Roster.distinct([suspect] + references + panel).filter(usable)
    let index = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
    let controls = Roster.distinct(panel).compactMap { index[$0] }
    let tested = references.filter { usable($0) && $0 != suspect }
    guard controls.count >= Self.panelMin, !tested.isEmpty else {
      return Drafts(
        answers: references.map { .notTested(scored.refusals[$0] ?? "the panel is too small") })
    }
    let field = OutcomeField(
      order.compactMap { scored.outcomes[$0]?.named(roster.id(of: $0)) }, panel: controls,
      threads: confirmation.threads)
    let members = order.map { model in
      PanelTest.Member(
        trainingText: roster.trainingText(of: model),
        relatives: Set(order.indices.filter { relatives.share(model, order[$0]) }))
    }
    let distinct = Roster.distinct(tested)
    var record = PanelTest(
      field: field, members: members, suspect: 0, references: distinct.compactMap { index[$0] },
      panel: controls, seed: probes.seed
    ).record()
    record.confirmsAll = confirmsAll
    try confirmation.confirm(&record, models: order, roster, scored, progress)
    let results = record.results()
    let answers = references.map { reference -> Draft in
      if reference == suspect { return .notTested("suspect and reference are one model") }
      if let reason = scored.refusals[reference] { return .notTested(reason) }
      if relatives.share(suspect, reference) {
        return .notTested(
          "the two share weights, and behaviour comes with the weights; see weight lineage")
      }
      guard let place = distinct.firstIndex(of: reference), let result = results[place] else {
        return .notTested("too few controls are unrelated to both models")
      }
      return .result(result)
    }
    return Drafts(answers: answers, record: OutputRecord(panel: record, models: order))
  }

  /// Asks rung 4 for every pair that rung 5 spoke of.
  private func addOutputSpaces(
    to answers: inout [[OutputDescentAnswer]], _ request: CompareRequest, _ models: ModelCache,
    _ relatives: Relatives, _ scored: ScoredModels, isTested: [[Bool]], suspects: [Digest]
  ) throws(Problem) {
    var spaces = OutputSpaces(probes: probes, threads: request.threads)
    let panel = try request.panel.map { model throws(Problem) in try models.open(model.path) }
      .filter { scored.outcomes[$0.digest] != nil }
    for (row, suspect) in suspects.enumerated() {
      var known: VocabularyRows??
      for (column, listed) in request.references.enumerated() where isTested[row][column] {
        try Interrupt.check()
        guard let tokenizer = scored.outcomes[suspect]?.tokenizer else { continue }
        let reference = try models.open(listed.path)
        let controls = panel.filter { control in
          ![suspect, reference.digest].contains(control.digest)
            && !relatives.share(suspect, control.digest)
            && !relatives.share(reference.digest, control.digest)
        }
        let answer = try spaces.answer(
          tokenizer: tokenizer, reference: reference, controls: controls
        ) { () throws(Problem) in
          if let known { return known }
          let rows = try vocabularyRows(request, row, models)
          known = .some(rows)
          return rows
        }
        answers[row][column] = answers[row][column].with(
          answer, suspect: request.recorded?.id ?? request.suspects[row].id, reference: listed.id)
      }
    }
  }

  private func vocabularyRows(
    _ request: CompareRequest, _ row: Int, _ models: ModelCache
  ) throws(Problem) -> VocabularyRows? {
    if let recorded = request.recorded { return recorded.vocabularyRows(on: probes) }
    return try VocabularyRows(
      models.open(request.suspects[row].path).model, probes: probes, threads: request.threads)
  }

  private func adjusted(_ drafts: [[Draft]], scored: ScoredModels) -> [[OutputDescentAnswer]] {
    let descents = ContrastResult.descents(drafts.map { $0.map(\.result) })
    return zip(drafts, descents).map { row, descents in
      zip(row, descents).map { draft, descent in
        guard var descent else { return .notTested(draft.reason) }
        descent.numbers["probes"] = .string(probes.digest.tagged)
        descent.numbers["passes"] = scored.passesJSON
        return OutputDescentAnswer(verdict: descent.verdict, json: descent.json)
      }
    }
  }
}
