// A bare finding becomes one that a person can check: text, source, way, facts.
//
// Promises: reads the same evaluation that decided, so what it tells is what was used; when a
// finding holds by several ways, the surest is told, and of equal ones the first.

import Base

extension Evaluation {
  func described(_ raw: RawFinding) -> PolicyFinding {
    switch raw.source {
    case .rule(let rule): return describedRule(raw, rule)
    case .condition(let licence, let index): return describedCondition(raw, licence, index)
    case .unknownLicence: return describedLicence(raw)
    case .staleRules:
      return plain(
        raw, subject: "model", title: "Rules past their review date",
        sentence: "Some of the rules that apply were not reviewed in time; the law may have "
          + "changed. Update the pack.")
    case .conflict(let fact):
      return plain(
        raw, subject: pack.vocabulary.facts[fact].name.text, title: "Sources contradict each other",
        sentence: "The sources of \(pack.vocabulary.facts[fact].name) disagree, and the answer "
          + "depends on which is right. Settle it by an override with a reason.", facts: [fact])
    case .refusedOverride(let fact):
      return plain(
        raw, subject: pack.vocabulary.facts[fact].name.text, title: "Override refused",
        sentence: "A signed ledger entry says otherwise; an override cannot replace it.",
        facts: [fact])
    }
  }

  private func describedRule(_ raw: RawFinding, _ index: Int) -> PolicyFinding {
    let rule = pack.rules[index]
    let interval = rule.status(on: asOf)
    let way = way(ofRule: index)
    let terms = terms(ofRule: index)
    let names = (terms.read.map(\.name) + terms.missing).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    let read = terms.read.map(\.citation)
    let missing = terms.missing.map { "no terms of \($0) are on file for that day" }
    return PolicyFinding(
      id: raw.id, effect: raw.effect, truth: raw.truth,
      subject: way.first.map { lineage.names[lineage.edges[$0].from] } ?? "model",
      title: rule.clause.title + (names.isEmpty ? "" : ": " + names.joined(separator: ", ")),
      sentence: rule.clause.sentence,
      citation: names.isEmpty ? rule.clause.citation : (read + missing).joined(separator: "; "),
      sources: rule.sources, terms: terms.read, status: interval?.status,
      statusNote: interval?.note,
      confidence: rule.clause.confidence,
      reviewBy: rule.reviewBy.map { CalendarDay(daysSinceEpoch: $0) }, penalty: rule.penalty,
      isWaivable: rule.waivable && !raw.isRefusedDuty, path: way.map { lineage.edges[$0].facts },
      facts: used(
        [rule.clause.gate] + rule.defeatedBy.map { pack.rules[$0].clause.gate },
        raw.isRefusedDuty ? rule.clause : nil),
      isRefusedDuty: raw.isRefusedDuty)
  }

  private func describedCondition(
    _ raw: RawFinding, _ licence: ByteName, _ index: Int
  ) -> PolicyFinding {
    guard let condition = pack.conditions(of: licence)?[index] else {
      return plain(raw, subject: licence.text, title: licence.text, sentence: "")
    }
    let way = way(of: licence, condition.flows)
    return PolicyFinding(
      id: raw.id, effect: raw.effect, truth: raw.truth,
      subject: way.first.map { lineage.names[lineage.edges[$0].from] } ?? "model",
      title: condition.clause.title, sentence: condition.clause.sentence,
      citation: condition.clause.citation, sources: [], terms: [], status: nil, statusNote: nil,
      confidence: condition.clause.confidence, reviewBy: nil, penalty: nil,
      isWaivable: !raw.isRefusedDuty, path: way.map { lineage.edges[$0].facts },
      facts: used(
        [condition.clause.gate], raw.isRefusedDuty ? condition.clause : nil,
        extra: way.isEmpty ? pack.wellKnown.licence : nil),
      isRefusedDuty: raw.isRefusedDuty)
  }

  private func describedLicence(_ raw: RawFinding) -> PolicyFinding {
    let own = ownLicences
    let isOwn = own.isEmpty || own.contains { pack.conditions(of: $0) == nil }
    let edges = lineage.edges.indices.filter { position in
      lineage.edges[position].licence.map { pack.conditions(of: $0) == nil } ?? true
        && max(lineage.truth(.derivation, position), lineage.truth(.training, position)) > .no
    }
    let worst = isOwn ? nil : edges.first
    let way = worst.map { lineage.path(from: $0, bestClass($0)) } ?? []
    let subject = worst.map { lineage.names[lineage.edges[$0].from] } ?? "model"
    let name = worst.map { lineage.edges[$0].licence?.text } ?? own.first?.text
    let what = name.map { "The licence \($0) of" } ?? "No licence is given for"
    return plain(
      raw, subject: subject, title: "Licence not known",
      sentence: "\(what) \(subject == "model" ? "the model" : subject)"
        + (name == nil ? "." : " is not in the catalogue.")
        + " Without a known licence nothing is permitted for sure.",
      facts: isOwn ? [pack.wellKnown.licence].compactMap(\.self) : [], way: way)
  }

  private func plain(
    _ raw: RawFinding, subject: String, title: String, sentence: String, facts: [Int] = [],
    way: [Int] = []
  ) -> PolicyFinding {
    PolicyFinding(
      id: raw.id, effect: raw.effect, truth: raw.truth, subject: subject, title: title,
      sentence: sentence, citation: "", sources: [], terms: [], status: nil, statusNote: nil,
      confidence: nil, reviewBy: nil, penalty: nil, isWaivable: false,
      path: way.map { lineage.edges[$0].facts },
      facts: facts.map {
        UsedFact(name: pack.vocabulary.facts[$0].name.text, candidates: self.facts[$0])
      }, isRefusedDuty: false)
  }
}

// MARK: Ways

extension Evaluation {
  private func bestClass(_ edge: Int) -> PathClass {
    lineage.truth(.derivation, edge) >= lineage.truth(.training, edge) ? .derivation : .training
  }

  /// The surest way of a licence to the model; empty when it is the model's own.
  private func way(of licence: ByteName, _ flows: Flows) -> [Int] {
    if flows.contains(.own), ownLicences == [licence] { return [] }
    var best: (truth: Truth, edge: Int, path: PathClass) = (.no, -1, .derivation)
    for (position, edge) in lineage.edges.enumerated() where edge.licence == licence {
      let training: Flows = [.training, .trainingWeightsUnclear]
      for (path, wanted) in [(PathClass.derivation, Flows.derivation), (.training, training)]
      where !flows.isDisjoint(with: wanted) && lineage.truth(path, position) > best.truth {
        best = (lineage.truth(path, position), position, path)
      }
    }
    return best.edge < 0 ? [] : lineage.path(from: best.edge, best.path)
  }

  /// The way of the first question about lineage that decided in the rule.
  private func way(ofRule index: Int) -> [Int] {
    let gate = pack.rules[index].clause.gate
    for node in [gate.when, gate.scope].compactMap(\.self) {
      if let found = quantifier(node) { return found }
    }
    return []
  }

  private func quantifier(_ node: Int32) -> [Int]? {
    switch pack.program.nodes[Int(node)] {
    case .const, .asOf, .atom: return nil
    case .not(let part), .needsCompleteLineage(let part, _): return quantifier(part)
    case .all(let first, let count), .any(let first, let count):
      for position in Int(first)..<Int(first + count) {
        if let found = quantifier(pack.program.children[position]) { return found }
      }
      return nil
    case .some(let path, let pattern, let own):
      let wanted = pack.program.patterns[Int(pattern)]
      let floor: Truth = own ? matchesModel(wanted) : .no
      return strongest(path, above: floor) { matches(wanted, $0) }
    case .every(let path, let pattern):
      let wanted = pack.program.patterns[Int(pattern)]
      return strongest(path, above: !matchesModel(wanted)) { !matches(wanted, $0) }
    }
  }

  private func strongest(
    _ path: PathClass?, above floor: Truth, _ truth: (Int) -> Truth
  ) -> [Int]? {
    guard let path else { return nil }
    var best = floor
    var edge: Int?
    for position in lineage.edges.indices {
      let here = min(lineage.truth(path, position), truth(position))
      if here > best {
        best = here
        edge = position
      }
    }
    return edge.map { lineage.path(from: $0, path) }
  }
}

// MARK: Facts

extension Evaluation {
  private func used(_ gates: [Gate], _ refused: Clause?, extra: Int? = nil) -> [UsedFact] {
    var found = Set(refused?.obligations.map(\.fact) ?? [])
    if let extra { found.insert(extra) }
    for gate in gates {
      for node in [gate.scope, gate.when, gate.unless].compactMap(\.self) { collect(node, &found) }
    }
    return found.map { (pack.vocabulary.facts[$0].name, facts[$0]) }.sorted { $0.0 < $1.0 }.map {
      UsedFact(name: $0.0.text, candidates: $0.1)
    }
  }

  private func collect(_ node: Int32, _ found: inout Set<Int>) {
    switch pack.program.nodes[Int(node)] {
    case .const, .asOf: break
    case .atom(let atom): found.insert(pack.program.atoms[Int(atom)].fact)
    case .not(let part): collect(part, &found)
    case .needsCompleteLineage(let part, let atom):
      found.insert(pack.program.atoms[Int(atom)].fact)
      collect(part, &found)
    case .all(let first, let count), .any(let first, let count):
      for position in Int(first)..<Int(first + count) {
        collect(pack.program.children[position], &found)
      }
    case .some(_, let pattern, true), .every(_, let pattern):
      for atom in pack.program.patterns[Int(pattern)].modelAtoms {
        found.insert(pack.program.atoms[Int(atom)].fact)
      }
    case .some: break
    }
  }
}
