// What keeps a question undecided: the rules and conditions whose truth is unknown, and the facts
// and edges that could settle each of them.
//
// Promises: only what evaluation met as unknown is listed; a part whose truth is known already
// cannot be changed by learning more (strong Kleene), so it is never looked into.

import Base

/// A rule, condition or staleness whose truth decides with.
enum Undecided: Hashable, Sendable {
  case rule(Int, denies: Bool, isDuty: Bool)
  case condition(licence: ByteName, index: Int, denies: Bool, isDuty: Bool)
  case unknownLicence
  case staleScope(Int)

  var denies: Bool {
    switch self {
    case .rule(_, let denies, _), .condition(_, _, let denies, _): denies
    case .unknownLicence, .staleScope: false
    }
  }
}

/// Something that could become known.
enum Unknown: Hashable, Sendable {
  case fact(Int)
  /// All suspected edges between two nodes.
  case edge(from: Int, to: Int)
}

/// What could settle a part, and the atoms through which it would.
struct Unknowns: Sendable {
  var items: Set<Unknown> = []
  var atoms: Set<Int32> = []
}

extension Evaluation {
  /// The undecided parts behind the findings of an outcome.
  func undecided(_ outcome: Outcome) -> [Undecided] {
    var result: [Undecided] = []
    for finding in outcome.findings where finding.truth == .unknown {
      let denies = finding.effect == .deny
      switch finding.source {
      case .rule(let rule):
        result.append(.rule(rule, denies: denies, isDuty: finding.isRefusedDuty))
      case .condition(let licence, let index):
        result.append(
          .condition(
            licence: licence, index: index, denies: denies, isDuty: finding.isRefusedDuty))
      case .unknownLicence: result.append(.unknownLicence)
      case .staleRules:
        for rule in pack.rules.indices
        where isStale(rule) && isActive(rule) && scope(rule) == .unknown {
          result.append(.staleScope(rule))
        }
      case .conflict, .refusedOverride: break
      }
    }
    return result
  }

  /// The truth of the part under the present suppositions.
  mutating func truth(_ part: Undecided) -> Truth {
    switch part {
    case .rule(let rule, _, let isDuty):
      let truth = truth(rule: rule)
      return isDuty ? min(truth, refused(pack.rules[rule].clause)) : truth
    case .condition(let licence, let index, _, let isDuty):
      guard let condition = pack.conditions(of: licence)?[index] else { return .no }
      let use = licenceUses().known.first { $0.licence == licence }?.use ?? LicenceUse()
      let truth = min(use.path(condition.flows), truth(of: condition.clause.gate))
      return isDuty ? min(truth, refused(condition.clause)) : truth
    case .unknownLicence: return licenceUses().unknown
    case .staleScope(let rule): return scope(rule)
    }
  }

  /// The facts and edges that could settle the part.
  func unknowns(_ part: Undecided) -> Unknowns {
    var result = Unknowns()
    switch part {
    case .rule(let rule, _, _): collect(rule: rule, &result)
    case .condition(let licence, let index, _, _):
      guard let gate = pack.conditions(of: licence)?[index].clause.gate else { return result }
      collect(gate.when, &result)
      if let unless = gate.unless { collect(unless, &result) }
      for (position, edge) in lineage.edges.enumerated() where edge.licence == licence {
        collect(edge: position, &result)
      }
    case .unknownLicence:
      for (position, edge) in lineage.edges.enumerated()
      where edge.licence.map({ pack.conditions(of: $0) == nil }) ?? true {
        collect(edge: position, &result)
      }
    case .staleScope(let rule):
      if let scope = pack.rules[rule].clause.gate.scope { collect(scope, &result) }
    }
    return result
  }

  /// Of them, those to learn first. An exception (`unless`, a permission) matters only once it is
  /// known that the rule holds otherwise.
  func leading(_ part: Undecided) -> Set<Unknown> {
    var result = Unknowns()
    switch part {
    case .rule(let rule, _, _):
      for node in [pack.gates[rule].scope, pack.gates[rule].when].compactMap(\.self) {
        collect(node, &result)
      }
    case .condition(let licence, let index, _, _):
      if let gate = pack.conditions(of: licence)?[index].clause.gate { collect(gate.when, &result) }
    case .unknownLicence, .staleScope: break
    }
    return result.items.isEmpty ? unknowns(part).items : result.items
  }

  private func collect(rule: Int, _ result: inout Unknowns) {
    let gate = pack.gates[rule]
    for node in [gate.scope, gate.when, gate.unless].compactMap(\.self) { collect(node, &result) }
    for defeater in pack.rules[rule].defeatedBy where isActive(defeater) {
      collect(rule: defeater, &result)
    }
  }

  private func collect(_ node: Int32, _ result: inout Unknowns) {
    guard truth(node) == .unknown else { return }
    switch pack.program.nodes[Int(node)] {
    case .const, .asOf: break
    case .atom(let atom): collect(atom: atom, &result)
    case .not(let part): collect(part, &result)
    case .all(let first, let count), .any(let first, let count):
      for position in Int(first)..<Int(first + count) {
        collect(pack.program.children[position], &result)
      }
    case .needsCompleteLineage(let when, let atom):
      collect(atom: atom, &result)
      collect(when, &result)
    case .some(let path, let pattern, _), .every(let path, let pattern):
      for atom in pack.program.patterns[Int(pattern)].modelAtoms { collect(atom: atom, &result) }
      guard let path else { return }
      for edge in lineage.edges.indices where lineage.truth(path, edge) == .unknown {
        collect(edge: edge, &result)
      }
    }
  }

  private func collect(atom: Int32, _ result: inout Unknowns) {
    let fact = pack.program.atoms[Int(atom)].fact
    guard atoms[Int(atom)] == .unknown, facts[fact].isEmpty, fact != pack.wellKnown.licence else {
      return
    }
    result.items.insert(.fact(fact))
    result.atoms.insert(atom)
  }

  /// The suspected edges on the ways from this edge to the model.
  private func collect(edge: Int, _ result: inout Unknowns) {
    for position in lineage.onward(from: edge) where lineage.edges[position].truth == .unknown {
      let edge = lineage.edges[position]
      result.items.insert(.edge(from: edge.from, to: edge.to))
    }
  }
}
