// The fields of edges that nobody gave and that evaluation asked for.
//
// Spec: Policies/README.md, "What is missing" (attributes).
// Promises: `lineage:<ancestor>.<field>` for an edge that may stand on a path, and
// `model.licence`; sorted, each once.

import Base

extension Evaluation {
  func missingAttributes(_ outcome: Outcome) -> [String] {
    var result: Set<ByteName> = []
    for finding in outcome.findings { addAttributes(of: finding, &result) }
    return result.sorted().map(\.text)
  }

  /// The same for one finding.
  func missingAttributes(_ finding: RawFinding) -> [String] {
    var result: Set<ByteName> = []
    addAttributes(of: finding, &result)
    return result.sorted().map(\.text)
  }

  private func addAttributes(of finding: RawFinding, _ result: inout Set<ByteName>) {
    switch finding.source {
    case .rule(let rule) where finding.truth == .unknown:
      let gate = pack.rules[rule].clause.gate
      for node in [gate.scope, gate.when, gate.unless].compactMap(\.self) {
        addAttributes(node, &result)
      }
    case .condition(let licence, _) where finding.truth == .unknown:
      for position in lineage.edges.indices where lineage.edges[position].licence == licence {
        addWay(position, &result)
      }
    case .unknownLicence: addLicences(&result)
    default: break
    }
  }

  private func add(_ field: String, _ edge: Lineage.Edge, _ result: inout Set<ByteName>) {
    result.insert(ByteName("lineage:\(lineage.names[edge.from]).\(field)"))
  }

  /// Relation, and the route of what may be training.
  private func addWay(_ position: Int, _ result: inout Set<ByteName>) {
    for step in lineage.onward(from: position) where lineage.edges[step].facts.relation == nil {
      add("relation", lineage.edges[step], &result)
    }
    let edge = lineage.edges[position]
    if edge.facts.route == nil, lineage.truth(.training, position) > .no {
      add("route", edge, &result)
    }
  }

  private func addLicences(_ result: inout Set<ByteName>) {
    if ownLicences.isEmpty { result.insert("model.licence") }
    for (position, edge) in lineage.edges.enumerated() where edge.licence == nil {
      let training = lineage.truth(.training, position)
      guard max(lineage.truth(.derivation, position), training) > .no else { continue }
      add("licence", edge, &result)
      addWay(position, &result)
    }
  }

  private func addAttributes(_ node: Int32, _ result: inout Set<ByteName>) {
    guard truth(node) == .unknown else { return }
    switch pack.program.nodes[Int(node)] {
    case .const, .asOf, .atom: break
    case .not(let part), .needsCompleteLineage(let part, _): addAttributes(part, &result)
    case .all(let first, let count), .any(let first, let count):
      for position in Int(first)..<Int(first + count) {
        addAttributes(pack.program.children[position], &result)
      }
    case .some(let path, let pattern, _), .every(let path, let pattern):
      guard let path else { return }
      let wanted = pack.program.patterns[Int(pattern)]
      for position in lineage.edges.indices where lineage.truth(path, position) > .no {
        addFields(wanted, position, path, &result)
      }
    }
  }

  private func addFields(
    _ wanted: LineagePattern, _ position: Int, _ path: PathClass, _ result: inout Set<ByteName>
  ) {
    guard matches(wanted, position) > .no else { return }
    let edge = lineage.edges[position]
    if lineage.truth(path, position) == .unknown {
      for step in lineage.onward(from: position) where lineage.edges[step].facts.relation == nil {
        add("relation", lineage.edges[step], &result)
      }
    }
    if wanted.licence != nil, edge.licence == nil { add("licence", edge, &result) }
    if wanted.origin != nil, lineage.origins[edge.from].isEmpty { add("origin", edge, &result) }
    if wanted.developer != nil || wanted.training != nil,
      lineage.developers[edge.from].isEmpty
    {
      add("developer", edge, &result)
    }
    if wanted.route != nil, edge.facts.route == nil { add("route", edge, &result) }
    if wanted.relation != nil, edge.facts.relation == nil { add("relation", edge, &result) }
    if wanted.date != nil || wanted.training != nil, edge.facts.date == nil {
      add("date", edge, &result)
    }
  }
}
