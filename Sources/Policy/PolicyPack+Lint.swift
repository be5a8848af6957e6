// What a pack is allowed to contain and its keeper should know about.
//
// Spec: Policies/README.md, "Lint".
// Promises: deterministic, sorted by place; a rule, condition or duty that no scenario of the pack
// exercises is named, so an untested rule is a choice and not an accident.
// Does not: repeat what loading refuses.

import Base

extension PolicyPack {
  /// Warnings about the pack. `asOf` nil: do not look at review dates.
  public func lint(asOf: CalendarDay? = nil) -> [Finding] {
    var findings = intervalGaps() + constantAtoms() + untested()
    if let asOf { findings += overdue(asOf) }
    return findings.sorted {
      (ByteName($0.place ?? ""), ByteName($0.id)) < (ByteName($1.place ?? ""), ByteName($1.id))
    }
  }

  private func intervalGaps() -> [Finding] {
    rules.flatMap { rule -> [Finding] in
      let sorted = rule.applies.sorted { $0.from < $1.from }
      return zip(sorted, sorted.dropFirst()).filter { $0.to < $1.from - 1 }.map { earlier, later in
        Finding(
          id: "policy.interval-gap", severity: .warning,
          message: "No status between \(CalendarDay(daysSinceEpoch: earlier.to)) and "
            + "\(CalendarDay(daysSinceEpoch: later.from)).",
          place: rule.clause.id)
      }
    }
  }

  /// Atoms that hold for every value of their fact, or for none.
  private func constantAtoms() -> [Finding] {
    program.atoms.indices.compactMap { position in
      let fact = vocabulary.facts[program.atoms[position].fact]
      let test = program.atoms[position].test
      let passes = Set(Partition.values(fact, [test]).0.map(test.holds))
      guard passes.count == 1, let always = passes.first else { return nil }
      return Finding(
        id: "policy.constant-test", severity: .warning,
        message: "A test of \(fact.name) is \(always) for every value.", place: fact.name.text)
    }
  }

  private func overdue(_ asOf: CalendarDay) -> [Finding] {
    rules.filter { ($0.reviewBy ?? Int.max) < asOf.daysSinceEpoch }.map { rule in
      Finding(
        id: "policy.overdue", severity: .warning,
        message: "The rule was to be reviewed by "
          + "\(CalendarDay(daysSinceEpoch: rule.reviewBy ?? 0)).",
        place: rule.clause.id)
    }
  }

  // MARK: Coverage

  /// What the scenarios of the pack bring about.
  struct Coverage {
    var fired: Set<ByteName> = []
    var silent: Set<ByteName> = []
    var owed: Set<ByteName> = []
  }

  func coverage() -> Coverage {
    var result = Coverage()
    for scenario in scenarios {
      guard let request = try? PolicyRequest(scenario: scenario.question),
        var evaluation = try? resolve(request).evaluation
      else { continue }
      for rule in rules.indices {
        let holds = evaluation.isActive(rule) && evaluation.truth(rule: rule) == .yes
        let name = ByteName(rules[rule].clause.id)
        if holds { result.fired.insert(name) } else { result.silent.insert(name) }
      }
      for (licence, use) in evaluation.licenceUses().known {
        for condition in conditions(of: licence) ?? [] {
          let path = use.path(condition.flows)
          let truth = min(path, evaluation.truth(of: condition.clause.gate))
          let name = ByteName(condition.clause.id)
          if truth == .yes { result.fired.insert(name) }
          if truth == .no { result.silent.insert(name) }
        }
      }
      result.owed.formUnion(evaluation.outcome().duties.map { ByteName($0.id) })
    }
    return result
  }

  private func untested() -> [Finding] {
    guard !scenarios.isEmpty else {
      return [
        Finding(
          id: "policy.no-scenarios", severity: .warning,
          message: "The pack has no scenarios; nothing proves that its rules do what is meant.",
          place: "scenarios.json")
      ]
    }
    let coverage = coverage()
    var clauses = rules.map(\.clause)
    for licence in licences.keys.sorted() where !compiledLicences.contains(licence) {
      clauses += (licences[licence] ?? []).map(\.clause)
    }
    var findings: [Finding] = []
    func warn(_ id: String, _ message: String, _ place: String) {
      findings.append(Finding(id: id, severity: .warning, message: message, place: place))
    }
    for clause in clauses where isOwn(clause.id) {
      let name = ByteName(clause.id)
      if !coverage.fired.contains(name) {
        warn("policy.never-fired", "No scenario makes this rule hold.", clause.id)
      }
      if !coverage.silent.contains(name), clause.gate.effect != .obligation {
        warn("policy.never-silent", "No scenario leaves this rule silent.", clause.id)
      }
      for duty in clause.obligations where !coverage.owed.contains(ByteName(duty.id)) {
        warn("policy.never-owed", "No scenario owes the duty \(duty.id).", clause.id)
      }
    }
    return findings
  }

  /// Whether the rule came with the last layer: a company answers for its own rules only.
  private func isOwn(_ id: String) -> Bool { !inherited.contains(ByteName(id)) }
}
