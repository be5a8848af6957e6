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
  /// Whether it is among the few whose answers can settle every open finding; the others matter
  /// only if those answers do not.
  public var isOnShortList = false

  /// Whether it is about the one who asks and the use, so that one answer holds for every model;
  /// what data a counterparty reaches is a matter of each transaction.
  public var isAboutAsker: Bool {
    !["model.", "training.", "data.", "edge:", "lineage:"].contains { fact.hasPrefix($0) }
  }
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

struct OpenFactSearch {
  /// A finding that something unknown keeps open.
  struct OpenFinding {
    let title: String
    let parts: [Undecided]
    /// The unknowns that one would ask for first.
    var leading: Set<Unknown> = []
    var unknowns = Unknowns()
    var attributes: [String] = []
  }

  let evaluation: Evaluation
  private(set) var findings: [OpenFinding] = []

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

  /// A fact, where it stands in the vocabulary, and the findings that it bears on.
  struct Candidate {
    /// Nil: an attribute of an edge.
    let unknown: Unknown?
    let order: Int
    var fact: OpenFact
    let concerned: [Int]
  }

  /// Most useful first; then in the order of the vocabulary, edges and attributes by name.
  var facts: [OpenFact] {
    let unknowns = findings.reduce(into: Set<Unknown>()) { $0.formUnion($1.unknowns.items) }
    let attributes = findings.reduce(into: Set<String>()) { $0.formUnion($1.attributes) }
    var found = unknowns.map(candidate)
    let named = Set(found.map(\.fact.fact))
    for attribute in attributes where !named.contains(attribute) {
      found.append(candidate(attribute: attribute))
    }
    found.sort { a, b in
      if a.fact.wouldClose != b.fact.wouldClose { return a.fact.wouldClose > b.fact.wouldClose }
      return a.order != b.order ? a.order < b.order : ByteName(a.fact.fact) < ByteName(b.fact.fact)
    }
    let list = shortList(found)
    for position in found.indices {
      found[position].fact.isOnShortList = list.contains(found[position].fact.fact)
    }
    return found.map(\.fact)
  }

  private func order(_ unknown: Unknown) -> Int {
    if case .fact(let fact) = unknown { fact } else { Int.max - 1 }
  }

  func name(_ unknown: Unknown) -> String {
    switch unknown {
    case .fact(let fact): evaluation.pack.vocabulary.facts[fact].name.text
    case .edge(let from, let to):
      "edge:\(evaluation.lineage.names[from])>\(evaluation.lineage.names[to])"
    }
  }

  private func question(_ unknown: Unknown) -> String {
    switch unknown {
    case .fact(let fact): evaluation.pack.vocabulary.facts[fact].question
    case .edge(let from, let to):
      "Did \(evaluation.lineage.names[to] == "model" ? "the model" : evaluation.lineage.names[to]) "
        + "come from \(evaluation.lineage.names[from])?"
    }
  }

  private func candidate(_ unknown: Unknown) -> Candidate {
    let concerned = findings.indices.filter { findings[$0].unknowns.items.contains(unknown) }
    let closed = suppositions(unknown, concerned, in: evaluation).map {
      settled(concerned, by: unknown, $0)
    }
    return Candidate(
      unknown: unknown, order: order(unknown),
      fact: OpenFact(
        fact: name(unknown), question: question(unknown), why: why(concerned),
        wouldClose: closed.max() ?? 0),
      concerned: concerned)
  }

  // MARK: Trying values

  /// The evaluation with one value of each class supposed.
  func suppositions(
    _ unknown: Unknown, _ concerned: [Int], in evaluation: Evaluation
  ) -> [Evaluation] {
    switch unknown {
    case .fact(let fact):
      let met = concerned.reduce(into: Set<Int32>()) { $0.formUnion(findings[$1].unknowns.atoms) }
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
    _ concerned: [Int], by unknown: Unknown, _ supposed: Evaluation
  ) -> Int {
    var supposed = supposed
    return concerned.count { position in
      findings[position].leading.contains(unknown) && truth(position, &supposed) != .unknown
    }
  }

  /// The strongest truth of the parts of a finding.
  func truth(_ position: Int, _ supposed: inout Evaluation) -> Truth {
    var truth = Truth.no
    for part in findings[position].parts { truth = max(truth, supposed.truth(part)) }
    return truth
  }

  // MARK: Attributes

  /// One that alone keeps a finding open would close it.
  private func candidate(attribute name: String) -> Candidate {
    let concerned = findings.indices.filter { findings[$0].attributes.contains(name) }
    return Candidate(
      unknown: nil, order: Int.max,
      fact: OpenFact(
        fact: name, question: question(attribute: name), why: why(concerned),
        wouldClose: concerned.count(where: waitsForOneAttribute)),
      concerned: concerned)
  }

  func waitsForOneAttribute(_ position: Int) -> Bool {
    findings[position].unknowns.items.isEmpty && findings[position].attributes.count == 1
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
  private func why(_ concerned: [Int]) -> String {
    var titles: [String] = []
    for open in concerned.map({ findings[$0] }) where !titles.contains(open.title) {
      titles.append(open.title)
    }
    let more = titles.count > 2 ? ", and \(titles.count - 2) more" : ""
    return "It bears on: " + titles.prefix(2).joined(separator: "; ") + more + "."
  }
}
