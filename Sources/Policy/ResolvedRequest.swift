// A question meets a pack: names become facts, values get their types, edges become a graph.
//
// Spec: Policies/README.md, "Facts" and "Overrides".
// Promises: whatever does not fit the vocabulary is refused with its JSON pointer, so nothing that
// was said is silently left out. An override never wins over a signed ledger entry that differs.

import Base

/// A question that fits its pack.
struct ResolvedRequest: Sendable {
  var evaluation: Evaluation
  /// Facts whose override was refused.
  let refusedOverrides: [Int]
  let asOf: CalendarDay
}

extension PolicyPack {
  /// Throws with a JSON pointer if these facts about the one who asks do not fit the vocabulary.
  /// Facts that are missing are no fault.
  public func check(profile: JSON) throws(Problem) {
    guard profile.object != nil else {
      throw Problem(
        .malformed, "bad_value", place: "", reason: "a profile is an object of facts",
        remedy: "see Policies/README.md")
    }
    var request = try PolicyRequest(profile: profile)
    if !request.statements.contains(where: { $0.fact == "request.date" }) {
      request.state("request.date", "2000-01-01", grade: .declared)
    }
    do throws(Problem) { _ = try resolve(request) } catch {
      guard error.code == "missing_request" else { throw error }
    }
  }

  /// - Parameter needsAll: whether a question without its required facts is refused; else they are
  ///   as unknown as others, which is for finding out what to ask.
  func resolve(
    _ request: PolicyRequest, needsAll: Bool = true
  ) throws(Problem) -> ResolvedRequest {
    var facts: [[FactCandidate]] = Array(repeating: [], count: vocabulary.facts.count)
    for statement in request.statements {
      guard let fact = vocabulary.index[ByteName(statement.fact)] else {
        throw Problem(
          .malformed, "unknown_fact", place: statement.namePlace,
          reason: "\(statement.fact) is not in the vocabulary",
          remedy: "the names are in facts.json of the pack")
      }
      guard !statement.value.isNull else { continue }
      let value = try typed(statement.value, vocabulary.facts[fact], at: statement.place)
      let candidate = FactCandidate(
        value: value, grade: statement.grade, origin: statement.origin)
      if !facts[fact].contains(candidate) { facts[fact].append(candidate) }
    }
    let refused = try override(request.overrides, &facts)
    for fact in wellKnown.required where facts[fact].isEmpty && needsAll {
      let name = vocabulary.facts[fact].name.text
      let place = name.hasPrefix("request.") ? "/request/\(name.dropFirst(8))" : "/facts/\(name)"
      throw Problem(
        .malformed, "missing_request", place: place,
        reason: "\(name) is needed to answer: \(vocabulary.facts[fact].meaning)")
    }
    for (position, waiver) in request.waivers.enumerated() where !knows(waiver.rule) {
      throw Problem(
        .malformed, "unknown_rule", place: "/waivers/\(position)/rule",
        reason: "there is no rule \(waiver.rule) to waive")
    }
    let asOf = try day(facts)
    try check(request.edges)
    var evaluation = Evaluation(
      pack: self, asOf: asOf.daysSinceEpoch, horizon: request.horizon,
      waivers: request.waivers, lineage: try Lineage(request.edges, terms: terms),
      facts: facts)
    for bound in request.bounds {
      guard let fact = vocabulary.index[ByteName(bound.fact)] else { continue }
      evaluation.bind(fact, within: bound.regions.compactMap { Region($0) })
    }
    return ResolvedRequest(evaluation: evaluation, refusedOverrides: refused, asOf: asOf)
  }

  private func typed(
    _ value: JSON, _ fact: FactDefinition, at place: String
  ) throws(Problem) -> FactValue {
    do {
      return try fact.value(PolicyReader(file: "", json: value))
    } catch {
      throw Problem(
        error.kind, error.code, place: place, reason: error.reason, remedy: error.remedy)
    }
  }

  /// Puts overrides in place; returns the facts where a ledger entry forbids it.
  private func override(
    _ overrides: [FactOverride], _ facts: inout [[FactCandidate]]
  ) throws(Problem) -> [Int] {
    var refused: [Int] = []
    var seen: Set<Int> = []
    for (position, override) in overrides.enumerated() {
      let place = "/overrides/\(position)"
      guard !override.by.isEmpty, !override.reason.isEmpty else {
        throw Problem(
          .malformed, "override_without_reason", place: place,
          reason: "an override says who decided and why")
      }
      guard let fact = vocabulary.index[ByteName(override.fact)] else {
        throw Problem(
          .malformed, "unknown_fact", place: place + "/fact",
          reason: "\(override.fact) is not in the vocabulary")
      }
      guard seen.insert(fact).inserted else {
        throw Problem(
          .malformed, "bad_value", place: place + "/fact",
          reason: "\(override.fact) is overridden twice")
      }
      let value = try typed(override.value, vocabulary.facts[fact], at: place + "/value")
      if facts[fact].contains(where: { $0.grade == .ledger && $0.value != value }) {
        refused.append(fact)
      } else {
        facts[fact] = [
          FactCandidate(
            value: value, grade: .declared,
            origin: "override by \(override.by): \(override.reason)")
        ]
      }
    }
    return refused
  }

  private func day(_ facts: [[FactCandidate]]) throws(Problem) -> CalendarDay {
    let values = wellKnown.date.map { Set(facts[$0].map(\.value)) } ?? []
    guard values.count == 1, case .day(let day)? = values.first else {
      throw Problem(
        .malformed, values.isEmpty ? "missing_request" : "bad_value", place: "/request/date",
        reason: "a question is asked for one day")
    }
    return CalendarDay(daysSinceEpoch: day)
  }

  /// The values of edges that have a type of their own.
  private func check(_ edges: [LineageEdge]) throws(Problem) {
    let developers = vocabulary.index["model.developer"].map { vocabulary.facts[$0].values } ?? []
    for (position, edge) in edges.enumerated() {
      if let name = edge.developer, !developers.contains(ByteName(name)) {
        throw Problem(
          .malformed, "bad_value", place: "/ancestors/\(position)/developer",
          reason: "\(name) is not a value of model.developer", remedy: "use \"other\"")
      }
      if let origin = edge.origin, Region(origin).map({ $0 == .world }) ?? true {
        throw Problem(
          .malformed, "bad_value", place: "/ancestors/\(position)/origin",
          reason: "\(origin) is not a code of ISO 3166-1 or 3166-2")
      }
    }
  }
}
