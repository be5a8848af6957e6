// The output line of `compare`: scores suspects, references and panel on the probes, and asks
// Evidence for a verdict on each pair.
//
// N suspects and M references cost N + M passes over the probes, and the panel costs none once it
// is kept; rung 4 adds two documents for each suspect (`OutputSpaces`). Models that share weights
// with a suspect or a reference are left out of that pair's controls; a weight descendant of a
// reference gets no output verdict, because its behaviour came with the weights. So this line runs
// after the weights.

import Base
import Evidence
import Fingerprint
import Formats

/// Rung 5 over a panel of controls, and rung 4 beside it.
struct OutputComparison {
  let settings: OutputSettings
  let models: ModelCache
  let opened: OpenedModels
  let request: CompareRequest
  let run: Run

  private var probes: ProbeSet { settings.probes }

  /// Models below this cannot be a panel.
  static let panelMin = 2

  /// Answers by suspect and reference.
  /// - Parameter weights: `weights[s][r]` is nil where suspect and reference are the same model, or
  ///   where the weight line was not asked for.
  func answers(weights: [[WeightLineage?]]) throws(Problem) -> OutputAnswers {
    guard request.panel.count >= Self.panelMin else {
      return OutputAnswers(
        answers: weights.map { _ in
          request.references.map { _ in
            .notTested("a panel of controls is needed; give one with --panel")
          }
        })
    }
    var scored = ScoredModels(
      scoring: OutcomeScoring(probes: probes), cache: settings.cache, run: run)
    if let recorded = request.recorded { try scored.add(recorded) }
    for model in opened.panel + opened.references + opened.suspects {
      scored.addKept(model.digest, id: model.id)
    }
    if let refused = refusedByTokenizers(scored) { return OutputAnswers(answers: refused) }
    let members = try scoredMembers(scored, weights: weights)
    var pending: [PendingAnswers] = []
    var confirmation = OutputConfirmation(probes: probes, run: run)
    for (index, suspect) in members.suspects.enumerated() {
      run.tell(index, of: members.suspects.count, "suspects", "contrasting")
      try run.check()
      pending.append(try contrasted(suspect, members, &confirmation))
    }
    var answers = adjusted(pending.map(\.answers), members.scored)
    try addOutputSpaces(
      to: &answers, members, isTested: pending.map { $0.answers.map(\.isTested) })
    return OutputAnswers(
      answers: answers, records: pending.map(\.record),
      outcomes: request.keepsRecord ? members.scored.outcomes.mapValues(OutcomeCache.digest) : [:])
  }
}

// MARK: Scoring

/// Who takes part in the output line, scored.
private struct OutputMembers {
  var index: ModelIndex
  var scored: ScoredModels
  var suspects: [Digest]
  var references: [Digest]
  var panel: [Digest]
  var relatives: Relatives
}

extension OutputComparison {
  /// Answers about all pairs, if outputs alone are asked about and no pair has enough controls of
  /// the suspect's tokenizer: with the weights, output spaces may give a certificate.
  private func refusedByTokenizers(_ scored: ScoredModels) -> [[OutputDescentAnswer]]? {
    guard request.only == .outputs else { return nil }
    let gate = TokenizerGate(
      references: opened.references.map { ($0.id, scored.tokenizer(of: $0)) },
      panel: ModelIndex.distinct(opened.panel.map(\.digest)).compactMap { digest in
        opened.panel.first { $0.digest == digest }.map { (digest, scored.tokenizer(of: $0)) }
      })
    var suspects = opened.suspects.map { ($0.digest, scored.tokenizer(of: $0)) }
    if let recorded = request.recorded {
      suspects.append((recorded.digest, scored.outcomes[recorded.digest]?.tokenizer))
    }
    var answers: [[OutputDescentAnswer]] = []
    for (digest, tokenizer) in suspects {
      guard let refused = gate.answers(suspect: digest, tokenizer: tokenizer) else { return nil }
      answers.append(refused)
    }
    return answers
  }

  private func scoredMembers(
    _ kept: ScoredModels, weights: [[WeightLineage?]]
  ) throws(Problem) -> OutputMembers {
    var index = ModelIndex()
    var scored = kept
    func added(_ list: [ModelFeatures], _ role: OutcomeRole) throws(Problem) -> [Digest] {
      var digests: [Digest] = []
      for profile in list {
        index.add(profile)
        try scored.add(profile.opened, id: profile.id, role: role)
        digests.append(profile.digest)
      }
      return digests
    }
    let panel = try added(opened.panel, .control)
    let references = try added(opened.references, .reference)
    var suspects = try added(opened.suspects, .suspect)
    if let recorded = request.recorded {
      index.add(recorded)
      suspects.append(recorded.digest)
    }
    return OutputMembers(
      index: index, scored: scored, suspects: suspects, references: references, panel: panel,
      relatives: try Relatives(opened, known: weights, run: run))
  }
}

// MARK: Contrasts

/// A result that waits for Holm's adjustment, or a reason why there is none.
private struct PendingAnswer {
  var result: ContrastResult?
  var reason = ""
  var isTested: Bool { result != nil }

  static func result(_ result: ContrastResult) -> PendingAnswer { PendingAnswer(result: result) }
  static func notTested(_ reason: String) -> PendingAnswer { PendingAnswer(reason: reason) }
}

/// What is pending for one suspect, and what it is made of.
private struct PendingAnswers {
  var answers: [PendingAnswer]
  var record: OutputSums?
}

extension OutputComparison {
  private func contrasted(
    _ suspect: Digest, _ members: OutputMembers, _ confirmation: inout OutputConfirmation
  ) throws(Problem) -> PendingAnswers {
    let scored = members.scored
    if let reason = scored.refusals[suspect] {
      return PendingAnswers(answers: members.references.map { _ in .notTested(reason) })
    }
    let usable = { (model: Digest) in scored.outcomes[model] != nil }
    let tested = members.references.filter { usable($0) && $0 != suspect }
    guard ModelIndex.distinct(members.panel).filter(usable).count >= Self.panelMin, !tested.isEmpty
    else {
      return PendingAnswers(
        answers: members.references.map {
          .notTested(scored.refusals[$0] ?? "the panel is too small")
        })
    }
    let record = try record(suspect, members, tested: tested, &confirmation)
    let results = try record.panel.results(run: run)
    let distinct = ModelIndex.distinct(tested)
    let answers = members.references.map { reference -> PendingAnswer in
      if reference == suspect { return .notTested("suspect and reference are one model") }
      if let reason = scored.refusals[reference] { return .notTested(reason) }
      if members.relatives.share(suspect, reference) {
        return .notTested(
          "the two share weights, and behaviour comes with the weights; see weight lineage")
      }
      guard let place = distinct.firstIndex(of: reference), let result = results[place] else {
        return .notTested("too few controls are unrelated to both models")
      }
      return .result(result)
    }
    return PendingAnswers(answers: answers, record: record)
  }

  /// Everything that the verdicts on one suspect are a function of.
  private func record(
    _ suspect: Digest, _ members: OutputMembers, tested: [Digest],
    _ confirmation: inout OutputConfirmation
  ) throws(Problem) -> OutputSums {
    let scored = members.scored
    let order = ModelIndex.distinct([suspect] + members.references + members.panel)
      .filter { scored.outcomes[$0] != nil }
    let place = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
    let controls = ModelIndex.distinct(members.panel).compactMap { place[$0] }
    let field = try OutcomeField(
      order.compactMap { scored.outcomes[$0]?.named(members.index.id(of: $0)) }, panel: controls,
      run: run)
    let known = order.map { model in
      PanelTest.Member(
        trainingText: members.index.trainingText(of: model),
        relatives: Set(order.indices.filter { members.relatives.share(model, order[$0]) }))
    }
    var record = try PanelTest(
      field: field, members: known, suspect: 0,
      references: ModelIndex.distinct(tested).compactMap { place[$0] }, panel: controls,
      seed: probes.seed
    ).record(run: run)
    record.confirmsAll = settings.confirmsAll
    try confirmation.confirm(&record, models: order, members.index, scored)
    return OutputSums(panel: record, models: order)
  }

  private func adjusted(
    _ pending: [[PendingAnswer]], _ scored: ScoredModels
  ) -> [[OutputDescentAnswer]] {
    let descents = ContrastResult.descents(pending.map { $0.map(\.result) })
    return zip(pending, descents).map { row, descents in
      zip(row, descents).map { waiting, descent in
        guard let descent else { return .notTested(waiting.reason) }
        return OutputDescentAnswer(descent, probes: probes.digest, passes: scored.passes)
      }
    }
  }
}

// MARK: Output spaces

extension OutputComparison {
  /// Asks rung 4 for every pair that rung 5 spoke of.
  private func addOutputSpaces(
    to answers: inout [[OutputDescentAnswer]], _ members: OutputMembers, isTested: [[Bool]]
  ) throws(Problem) {
    var spaces = OutputSpaces(probes: probes, run: run)
    let panel = opened.panel.filter { members.scored.outcomes[$0.digest] != nil }
    for (row, suspect) in members.suspects.enumerated() {
      var known: VocabularyRows??
      for (column, reference) in opened.references.enumerated() where isTested[row][column] {
        try run.check()
        guard let tokenizer = members.scored.outcomes[suspect]?.tokenizer else { continue }
        let controls = panel.filter { control in
          ![suspect, reference.digest].contains(control.digest)
            && !members.relatives.share(suspect, control.digest)
            && !members.relatives.share(reference.digest, control.digest)
        }
        let answer = try spaces.answer(
          tokenizer: tokenizer, reference: reference.opened, controls: controls.map(\.opened)
        ) { () throws(Problem) in
          if let known { return known }
          let rows = try vocabularyRows(row)
          known = .some(rows)
          return rows
        }
        answers[row][column] = answers[row][column].with(
          answer, suspect: request.recorded?.id ?? opened.suspects[row].id,
          reference: reference.id)
      }
    }
  }

  private func vocabularyRows(_ row: Int) throws(Problem) -> VocabularyRows? {
    if let recorded = request.recorded { return recorded.vocabularyRows(on: probes) }
    return try VocabularyRows(opened.suspects[row].opened.model, probes: probes, run: run)
  }
}
