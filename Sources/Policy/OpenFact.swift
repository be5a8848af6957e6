// Everything that is not known and would settle something, all at once, the most useful first.
//
// Spec: Policies/README.md, "What is missing".
// Method: each open finding names the facts, edges and attributes that evaluation met as unknown
// in it. A fact is tried with one value of each class that the rules can tell apart (`Partition`);
// what the best of them settles by itself is its rank.
// Promises: a fact stands once, none that is known stands, and with all of them answered no
// finding stays open for want of a fact. A place that is bound (`FactBound`) is asked only where
// nothing else could settle a finding.

import Base

/// A fact that somebody could give.
public struct OpenFact: Equatable, Sendable {
  /// A name of the vocabulary, `edge:<ancestor>><child>`, or `lineage:<ancestor>.<field>`.
  public let fact: String
  public let question: String
  /// What it would settle.
  public let why: String
  /// How many open findings one answer to it alone can settle.
  public let wouldClose: Int
}

extension Policy {
  /// What to ask about a question that is under review; a question without its required facts may
  /// be asked about too. Throws what `evaluate` throws for facts that do not fit.
  public static func openFacts(
    _ pack: PolicyPack, _ request: PolicyRequest
  ) throws(Problem) -> [OpenFact] {
    var resolved = try pack.resolve(request, needsAll: false)
    let outcome = resolved.evaluation.decided(resolved.refusedOverrides)
    return OpenFactSearch(resolved.evaluation, outcome).facts
  }
}

private struct OpenFactSearch {
  /// A finding that something unknown keeps open.
  private struct OpenFinding {
    let title: String
    let parts: [Undecided]
    /// The unknowns that one would ask for first.
    var leading: Set<Unknown> = []
    var unknowns = Unknowns()
    var attributes: [String] = []
  }

  private let evaluation: Evaluation
  private var findings: [OpenFinding] = []

  init(_ evaluation: Evaluation, _ outcome: Outcome) {
    self.evaluation = evaluation
    for raw in outcome.findings {
      var single = Outcome()
      single.findings = [raw]
      let parts = raw.truth == .unknown ? evaluation.undecided(single) : []
      var open = OpenFinding(title: evaluation.described(raw).title, parts: parts)
      for part in parts {
        let unknowns = evaluation.unknowns(part)
        open.unknowns.items.formUnion(unknowns.items)
        open.unknowns.atoms.formUnion(unknowns.atoms)
        open.leading.formUnion(evaluation.leading(part))
      }
      open.attributes = evaluation.missingAttributes(raw)
      dropBound(&open)
      if !open.unknowns.items.isEmpty || !open.attributes.isEmpty { findings.append(open) }
    }
  }

  /// A place of which it is known where it lies is not asked for beside another way to settle.
  private func dropBound(_ open: inout OpenFinding) {
    let others = open.unknowns.items.filter { unknown in
      if case .fact(let fact) = unknown { evaluation.bounds[fact] == nil } else { true }
    }
    if !others.isEmpty || !open.attributes.isEmpty { open.unknowns.items = others }
  }

  /// Most useful first; then in the order of the vocabulary, edges and attributes by name.
  var facts: [OpenFact] {
    let unknowns = findings.reduce(into: Set<Unknown>()) { $0.formUnion($1.unknowns.items) }
    let attributes = findings.reduce(into: Set<String>()) { $0.formUnion($1.attributes) }
    var found = unknowns.map { (order: order($0), fact: fact($0)) }
    let named = Set(found.map(\.fact.fact))
    for attribute in attributes where !named.contains(attribute) {
      found.append((Int.max, self.attribute(attribute)))
    }
    return found.sorted { a, b in
      if a.fact.wouldClose != b.fact.wouldClose { return a.fact.wouldClose > b.fact.wouldClose }
      return a.order != b.order ? a.order < b.order : ByteName(a.fact.fact) < ByteName(b.fact.fact)
    }.map(\.fact)
  }

  private func order(_ unknown: Unknown) -> Int {
    if case .fact(let fact) = unknown { fact } else { Int.max - 1 }
  }

  private func fact(_ unknown: Unknown) -> OpenFact {
    let concerned = findings.filter { $0.unknowns.items.contains(unknown) }
    let name: String
    let question: String
    switch unknown {
    case .fact(let fact):
      name = evaluation.pack.vocabulary.facts[fact].name.text
      question = evaluation.pack.vocabulary.facts[fact].question
    case .edge(let from, let to):
      let (ancestor, child) = (evaluation.lineage.names[from], evaluation.lineage.names[to])
      name = "edge:\(ancestor)>\(child)"
      question = "Did \(child == "model" ? "the model" : child) come from \(ancestor)?"
    }
    return OpenFact(
      fact: name, question: question, why: why(concerned),
      wouldClose: suppositions(unknown, concerned).map { settled(concerned, by: unknown, $0) }.max()
        ?? 0)
  }

  // MARK: Trying values

  private func suppositions(_ unknown: Unknown, _ concerned: [OpenFinding]) -> [Evaluation] {
    switch unknown {
    case .fact(let fact):
      let met = concerned.reduce(into: Set<Int32>()) { $0.formUnion($1.unknowns.atoms) }
      let (classes, _) = Partition.classes(
        evaluation.pack.vocabulary.facts[fact],
        evaluation.pack.program.atoms(on: fact).filter(met.contains), evaluation.pack.program,
        within: evaluation.bounds[fact])
      return classes.map { truths in
        var supposed = evaluation
        supposed.suppose(truths)
        return supposed
      }
    case .edge(let from, let to):
      let edges = evaluation.lineage.edges.indices.filter { position in
        let edge = evaluation.lineage.edges[position]
        return edge.from == from && edge.to == to && edge.truth == .unknown
      }
      return [Truth.no, .yes].map { truth in
        var supposed = evaluation
        supposed.suppose(edges: edges, truth)
        return supposed
      }
    }
  }

  /// How many findings are settled under a supposed answer. An exception settles nothing as long as
  /// it is open whether its rule holds at all.
  private func settled(
    _ concerned: [OpenFinding], by unknown: Unknown, _ supposed: Evaluation
  ) -> Int {
    var supposed = supposed
    var count = 0
    for open in concerned where open.leading.contains(unknown) {
      var truth = Truth.no
      for part in open.parts { truth = max(truth, supposed.truth(part)) }
      if truth != .unknown { count += 1 }
    }
    return count
  }

  // MARK: Attributes

  /// One that alone keeps a finding open would close it.
  private func attribute(_ name: String) -> OpenFact {
    let concerned = findings.filter { $0.attributes.contains(name) }
    return OpenFact(
      fact: name, question: question(attribute: name), why: why(concerned),
      wouldClose: concerned.count { $0.unknowns.items.isEmpty && $0.attributes.count == 1 })
  }

  private func question(attribute: String) -> String {
    if let fact = evaluation.pack.vocabulary.index[ByteName(attribute)] {
      return evaluation.pack.vocabulary.facts[fact].question
    }
    let field = attribute.split(separator: ".").last ?? ""
    let ancestor = attribute.dropFirst("lineage:".count).dropLast(field.count + 1)
    return switch field {
    case "licence": "Under which licence is \(ancestor)?"
    case "developer": "Who developed \(ancestor)?"
    case "origin": "In which country is the developer of \(ancestor) based?"
    case "relation": "What was done to \(ancestor) to get the model?"
    case "route": "Did it learn from \(ancestor) by its weights, its outputs or a service?"
    case "date": "On which day was it made from \(ancestor)?"
    default: "What is \(field) of \(ancestor)?"
    }
  }

  /// The titles of what it bears on, the first two of them.
  private func why(_ concerned: [OpenFinding]) -> String {
    var titles: [String] = []
    for open in concerned where !titles.contains(open.title) { titles.append(open.title) }
    let more = titles.count > 2 ? ", and \(titles.count - 2) more" : ""
    return "It bears on: " + titles.prefix(2).joined(separator: "; ") + more + "."
  }
}
