// One question against one pack: truths of atoms, patterns and expressions.
//
// Spec: Policies/README.md, "Expressions" and "Lineage".
// Promises: an atom is true when every candidate of its fact passes, false when none does, else
// unknown; a fact without a value leaves its atoms unknown. Nothing here has a default.
// Does not: make findings (Evaluation+Rules) or look for what is missing (Explain).

import Base

/// One value of a fact with its source.
public struct FactCandidate: Equatable, Sendable {
  public var value: FactValue
  public var grade: FactGrade
  /// Where it was read: a file, a ledger entry, a person.
  public var origin: String?

  public init(value: FactValue, grade: FactGrade, origin: String? = nil) {
    self.value = value
    self.grade = grade
    self.origin = origin
  }
}

struct Evaluation: Sendable {
  let pack: PolicyPack
  let asOf: Int
  let horizon: Horizon
  let waivers: [Waiver]
  var lineage: Lineage
  /// Of each fact of the vocabulary: what its sources say.
  private(set) var facts: [[FactCandidate]]
  private(set) var atoms: [Truth]
  /// Of places that nobody gave: within which they lie.
  private(set) var bounds: [Int: [Region]] = [:]
  /// Of each rule: its status on the day, nil when it does not count under the horizon.
  let statuses: [RuleStatus?]
  /// Whether terms of a provider that were read with low confidence are taken at their word.
  private(set) var trustsDoubtfulTerms = true
  /// Truth of each rule that was asked, in this supposition.
  private var ruleTruths: [Truth?]

  init(
    pack: PolicyPack, asOf: Int, horizon: Horizon, waivers: [Waiver], lineage: Lineage,
    facts: [[FactCandidate]]
  ) {
    self.pack = pack
    self.asOf = asOf
    self.horizon = horizon
    self.waivers = waivers
    self.lineage = lineage
    self.facts = facts
    var statuses = [RuleStatus?](repeating: nil, count: pack.rules.count)
    for span in pack.spans
    where span.from <= asOf && asOf <= span.to && span.status.counts(horizon) {
      statuses[span.rule] = span.status
    }
    self.statuses = statuses
    atoms = Array(repeating: .unknown, count: pack.program.atoms.count)
    ruleTruths = Array(repeating: nil, count: pack.rules.count)
    for fact in facts.indices where !facts[fact].isEmpty { refresh(fact) }
  }

  private mutating func refresh(_ fact: Int) {
    for atom in pack.program.atoms(on: fact) {
      atoms[Int(atom)] = Self.truth(of: pack.program.atoms[Int(atom)].test, facts[fact])
    }
  }

  static func truth(of test: FactTest, _ candidates: [FactCandidate]) -> Truth {
    guard let first = candidates.first else { return .unknown }
    let passes = test.holds(first.value)
    let agree = candidates.dropFirst().allSatisfy { test.holds($0.value) == passes }
    return agree ? Truth(passes) : .unknown
  }
}

// MARK: Bounds

extension Evaluation {
  /// Of a place that nobody gave it is known within which others it lies: a test that all of them
  /// pass, or none, is known then.
  mutating func bind(_ fact: Int, within regions: [Region]) {
    guard pack.vocabulary.facts[fact].type == .region, facts[fact].isEmpty, !regions.isEmpty,
      !regions.contains(.world)
    else { return }
    bounds[fact] = regions
    for atom in pack.program.atoms(on: fact) {
      let (classes, _) = Partition.classes(
        pack.vocabulary.facts[fact], [atom], pack.program, within: regions)
      let truths = Set(classes.flatMap { $0.map(\.truth) })
      if truths.count == 1, let truth = truths.first { atoms[Int(atom)] = truth }
    }
    forgetRules()
  }
}

extension Evaluation {
  /// Forgets what the bounds gave, though not that there are some.
  mutating func unbind() {
    for fact in bounds.keys {
      for atom in pack.program.atoms(on: fact) { atoms[Int(atom)] = .unknown }
    }
    forgetRules()
  }
}

// MARK: Suppositions

extension Evaluation {
  /// Gives a fact other candidates.
  mutating func suppose(_ fact: Int, _ candidates: [FactCandidate]) {
    facts[fact] = candidates
    refresh(fact)
    forgetRules()
  }

  /// Gives atoms truths directly: a class of values that no atom tells apart.
  mutating func suppose(_ truths: [(atom: Int32, truth: Truth)]) {
    for (atom, truth) in truths { atoms[Int(atom)] = truth }
    forgetRules()
  }

  mutating func suppose(edges: [Int], _ truth: Truth) {
    for edge in edges { lineage.suppose(edge, truth) }
    lineage.findBestPaths()
    forgetRules()
  }

  /// Supposes that what was read with low confidence is not known.
  mutating func distrustTerms() {
    trustsDoubtfulTerms = false
    forgetRules()
  }

  private mutating func forgetRules() {
    for rule in ruleTruths.indices { ruleTruths[rule] = nil }
  }
}

// MARK: Rules

extension Evaluation {
  func isActive(_ rule: Int) -> Bool { statuses[rule] != nil }

  func isStale(_ rule: Int) -> Bool { asOf > pack.reviewBy[rule] }

  func scope(_ rule: Int) -> Truth {
    guard let scope = pack.gates[rule].scope else { return .yes }
    return truth(scope)
  }

  /// scope and when and not unless and not (an effective allow-rule that defeats it).
  mutating func truth(rule: Int) -> Truth {
    if let known = ruleTruths[rule] { return known }
    let gate = pack.gates[rule]
    var result = scope(rule)
    if result > .no { result = min(result, truth(gate.when)) }
    if result > .no, let unless = gate.unless { result = min(result, !truth(unless)) }
    guard result > .no, gate.isDefeatable else {
      ruleTruths[rule] = result
      return result
    }
    for defeater in pack.rules[rule].defeatedBy where result > .no {
      guard let status = statuses[defeater] else { continue }
      var defeat = truth(rule: defeater)
      // A permission that is stale, or whose force was not confirmed, frees nobody for sure.
      if isStale(defeater) || status.capsAtReview { defeat = min(defeat, .unknown) }
      result = min(result, !defeat)
    }
    ruleTruths[rule] = result
    return result
  }

  /// When and not unless of a licence condition, without the path.
  func truth(of gate: Gate) -> Truth {
    let when = truth(gate.when)
    guard when > .no, let unless = gate.unless else { return when }
    return min(when, !truth(unless))
  }
}

// MARK: Expressions

extension Evaluation {
  func truth(_ node: Int32) -> Truth {
    switch pack.program.nodes[Int(node)] {
    case .const(let truth): return truth
    case .atom(let atom): return atoms[Int(atom)]
    case .not(let part): return !truth(part)
    case .all(let first, let count):
      var result = Truth.yes
      for position in Int(first)..<Int(first + count) {
        result = min(result, truth(pack.program.children[position]))
        if result == .no { break }
      }
      return result
    case .any(let first, let count):
      var result = Truth.no
      for position in Int(first)..<Int(first + count) {
        result = max(result, truth(pack.program.children[position]))
        if result == .yes { break }
      }
      return result
    case .asOf(let how, let day):
      return Truth(how.map { $0.holds(Double(asOf), day) } ?? (Double(asOf) == day))
    case .needsCompleteLineage(let when, let atom):
      let truth = truth(when)
      return truth == .no && atoms[Int(atom)] != .yes ? .unknown : truth
    case .some(let path, let pattern, let own):
      return some(path, pack.program.patterns[Int(pattern)], own: own)
    case .every(let path, let pattern):
      return every(path, pack.program.patterns[Int(pattern)])
    }
  }

  private func some(_ path: PathClass?, _ pattern: LineagePattern, own: Bool) -> Truth {
    var result: Truth = own ? matchesModel(pattern) : .no
    guard let path else { return result }
    for edge in lineage.edges.indices where result < .yes {
      let onPath = lineage.truth(path, edge)
      guard onPath > result else { continue }
      result = max(result, min(onPath, matches(pattern, edge)))
    }
    return result
  }

  private func every(_ path: PathClass?, _ pattern: LineagePattern) -> Truth {
    var result = matchesModel(pattern)
    guard let path else { return result }
    for edge in lineage.edges.indices where result > .no {
      result = min(result, max(!lineage.truth(path, edge), matches(pattern, edge)))
    }
    return result
  }

  func matchesModel(_ pattern: LineagePattern) -> Truth {
    var result: Truth = pattern.asksTheEdge ? .unknown : .yes
    for atom in pattern.modelAtoms { result = min(result, atoms[Int(atom)]) }
    return result
  }

  /// Whether an ancestor, and the edge that leaves it, look as the pattern wants.
  func matches(_ pattern: LineagePattern, _ position: Int) -> Truth {
    let edge = lineage.edges[position]
    var result = Truth.yes
    if let wanted = pattern.licence { result = min(result, isOne(edge.licence, wanted)) }
    if let wanted = pattern.developer {
      result = min(result, allOf(lineage.developers[edge.from]) { wanted.contains($0) })
    }
    if let wanted = pattern.origin {
      result = min(
        result,
        allOf(lineage.origins[edge.from]) { place in wanted.contains { place.isWithin($0) } })
    }
    if let wanted = pattern.route {
      result = min(result, isOne(edge.facts.route.map { ByteName($0.rawValue) }, wanted))
    }
    if let wanted = pattern.by {
      result = min(result, isOne(ByteName(edge.facts.by ?? "self"), wanted))
    }
    if let wanted = pattern.relation {
      result = min(result, isOne(edge.facts.relation.map { ByteName($0.rawValue) }, wanted))
    }
    if let wanted = pattern.date {
      let day = edge.facts.date?.daysSinceEpoch
      result = min(result, day.map { Truth(wanted.contains($0)) } ?? .unknown)
    }
    if let wanted = pattern.training {
      result = min(result, edge.training.map { allOf($0) { wanted.contains($0) } } ?? .unknown)
      if !trustsDoubtfulTerms, edge.terms.contains(where: { $0.confidence == .low }) {
        result = min(result, .unknown)
      }
    }
    return result
  }

  private func isOne(_ value: ByteName?, _ wanted: [ByteName]) -> Truth {
    value.map { Truth(wanted.contains($0)) } ?? .unknown
  }

  /// Candidates: yes if all pass, no if none does, unknown without any.
  private func allOf<Value>(_ values: [Value], _ passes: (Value) -> Bool) -> Truth {
    guard let first = values.first else { return .unknown }
    let result = passes(first)
    return values.dropFirst().allSatisfy { passes($0) == result } ? Truth(result) : .unknown
  }
}
