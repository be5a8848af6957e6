// The smallest sets of unknown facts that could turn a review into allow or deny.
//
// Spec: Policies/README.md, "What is missing". A set counts when some assignment of all its facts
// (an edge: confirmed or refuted) gives the verdict, everything else unchanged; sets of at most
// three, none containing another.
// Method: `Partition` gives each fact one value a class. Deny needs one bar to become true. Allow
// needs every undecided part to become false: take a part that is not false yet, try each minimal
// way to make it false, go on under that supposition. Learning never undoes a known truth, so this
// finds every set. Parts without a common unknown need one fact each, which prunes the search.
// Promises: exact while `complete` is true; the work is bounded, and a bound that was met is said.

import Base

/// What could decide a review.
public struct MissingFacts: Equatable, Sendable {
  /// Each a set of fact names and `edge:<ancestor>><child>`, sorted.
  public var toAllow: [[String]] = []
  public var toDeny: [[String]] = []
  /// `lineage:<ancestor>.<field>` or `model.licence`: attributes of edges nobody gave.
  public var attributes: [String] = []
  /// False when the search was cut short at its bound.
  public var complete = true

  public var json: JSON {
    [
      "to_allow": .array(toAllow.map { JSON($0) }), "to_deny": .array(toDeny.map { JSON($0) }),
      "attributes": JSON(attributes), "complete": .bool(complete),
    ]
  }
}

struct MissingSearch {
  static let setSizeMax = 3
  /// Evaluations of one part in one search; some tenths of a second at worst.
  static let stepsMax = 100_000

  /// One supposed value of one unknown.
  private enum Choice {
    case truths([(atom: Int32, truth: Truth)])
    case edges([(edge: Int, truth: Truth)])
  }

  private let base: Evaluation
  private let parts: [Undecided]
  private var unknownsOf: [Undecided: Set<Unknown>] = [:]
  private var choices: [Unknown: [Choice]] = [:]
  private var steps = 0
  private(set) var result = MissingFacts()

  init(_ evaluation: Evaluation, _ outcome: Outcome) {
    base = evaluation
    parts = outcome.verdict == .review ? evaluation.undecided(outcome) : []
    guard outcome.verdict == .review else { return }
    result.attributes = evaluation.missingAttributes(outcome)
    var atoms: Set<Int32> = []
    for part in parts {
      let unknowns = evaluation.unknowns(part)
      unknownsOf[part] = unknowns.items
      atoms.formUnion(unknowns.atoms)
    }
    fillChoices(atoms)
    result.toDeny = names(of: setsToDeny())
    noteBound()
    let blocked = outcome.findings.contains { $0.effect != .deny && $0.truth == .yes }
    if !blocked, !parts.isEmpty { result.toAllow = names(of: setsToAllow()) }
    noteBound()
  }

  /// Says when a search met its bound, and gives the next one its own.
  private mutating func noteBound() {
    if steps >= Self.stepsMax { result.complete = false }
    steps = 0
  }

  // MARK: Choices

  private mutating func fillChoices(_ met: Set<Int32>) {
    let all = unknownsOf.values.reduce(into: Set<Unknown>()) { $0.formUnion($1) }
    for unknown in all {
      switch unknown {
      case .fact(let fact):
        let atoms = base.pack.program.atoms(on: fact).filter(met.contains)
        let (classes, complete) = Partition.classes(
          base.pack.vocabulary.facts[fact], atoms, base.pack.program, within: base.bounds[fact])
        choices[unknown] = classes.map { .truths($0) }
        if !complete { result.complete = false }
      case .edge(let from, let to):
        let edges = base.lineage.edges.indices.filter {
          let edge = base.lineage.edges[$0]
          return edge.from == from && edge.to == to && edge.truth == .unknown
        }
        choices[unknown] = Self.assignments(edges)
        if edges.count > 4 { result.complete = false }
      }
    }
  }

  /// Parallel edges are confirmed or refuted one by one when they are few, else together.
  private static func assignments(_ edges: [Int]) -> [Choice] {
    guard edges.count <= 4 else {
      return [Truth.yes, .no].map { truth in .edges(edges.map { ($0, truth) }) }
    }
    return (0..<(1 << edges.count)).map { bits in
      .edges(edges.enumerated().map { ($1, Truth(bits >> $0 & 1 == 1)) })
    }
  }

  private func supposing(_ choice: Choice, in evaluation: Evaluation) -> Evaluation {
    var supposed = evaluation
    switch choice {
    case .truths(let truths): supposed.suppose(truths)
    case .edges(let edges):
      for truth in [Truth.yes, .no] {
        let some = edges.filter { $0.truth == truth }.map(\.edge)
        if !some.isEmpty { supposed.suppose(edges: some, truth) }
      }
    }
    return supposed
  }

  // MARK: Search

  /// Calls `found` for each minimal way to give the part the wanted truth: the unknowns it uses
  /// and the evaluation under it.
  private mutating func ways(
    to wanted: Truth, _ part: Undecided, in evaluation: Evaluation, without used: Set<Unknown>,
    size: Int, _ found: (inout MissingSearch, Set<Unknown>, Evaluation) -> Void
  ) {
    let order = Self.sorted((unknownsOf[part] ?? []).subtracting(used))
    var level: [(unknowns: [Int], evaluation: Evaluation)] = [([], evaluation)]
    for _ in 0..<size {
      var next: [(unknowns: [Int], evaluation: Evaluation)] = []
      for (chosen, state) in level {
        for position in (chosen.last.map { $0 + 1 } ?? 0)..<order.count {
          for choice in choices[order[position]] ?? [] {
            guard steps < Self.stepsMax else { return }
            steps += 1
            var supposed = supposing(choice, in: state)
            let truth = supposed.truth(part)
            if truth == wanted {
              found(&self, Set((chosen + [position]).map { order[$0] }), supposed)
            } else if truth == .unknown {
              next.append((chosen + [position], supposed))
            }
          }
        }
      }
      level = next
    }
  }

  private mutating func setsToDeny() -> Set<Set<Unknown>> {
    var sets: Set<Set<Unknown>> = []
    for part in parts where part.denies {
      ways(to: .yes, part, in: base, without: [], size: Self.setSizeMax) { _, unknowns, _ in
        sets.insert(unknowns)
      }
    }
    return sets
  }

  private mutating func setsToAllow() -> Set<Set<Unknown>> {
    var sets: Set<Set<Unknown>> = []
    searchAllow(base, used: [], &sets)
    return sets
  }

  private mutating func searchAllow(
    _ evaluation: Evaluation, used: Set<Unknown>, _ sets: inout Set<Set<Unknown>>
  ) {
    var evaluation = evaluation
    let open = parts.filter { evaluation.truth($0) > .no }
    steps += parts.count
    guard !open.isEmpty else {
      sets.insert(used)
      return
    }
    let budget = Self.setSizeMax - used.count
    guard !sets.contains(where: { $0.isSubset(of: used) }),
      leastFacts(open, used) <= budget, let part = open.min(by: isSmaller)
    else { return }
    var branches: [(Set<Unknown>, Evaluation)] = []
    ways(to: .no, part, in: evaluation, without: used, size: budget) { _, unknowns, supposed in
      branches.append((unknowns, supposed))
    }
    for (unknowns, supposed) in branches {
      searchAllow(supposed, used: used.union(unknowns), &sets)
    }
  }

  /// A lower bound: parts without a common unknown need one fact each.
  private func leastFacts(_ open: [Undecided], _ used: Set<Unknown>) -> Int {
    var taken: Set<Unknown> = []
    var count = 0
    for part in open.sorted(by: isSmaller) {
      let unknowns = (unknownsOf[part] ?? []).subtracting(used)
      if unknowns.isEmpty { return Int.max }
      if taken.isDisjoint(with: unknowns) {
        count += 1
        taken.formUnion(unknowns)
      }
    }
    return count
  }

  private func isSmaller(_ a: Undecided, _ b: Undecided) -> Bool {
    (unknownsOf[a]?.count ?? 0) < (unknownsOf[b]?.count ?? 0)
  }

  private static func sorted(_ unknowns: Set<Unknown>) -> [Unknown] {
    func key(_ unknown: Unknown) -> (Int, Int, Int) {
      switch unknown {
      case .fact(let fact): (0, fact, 0)
      case .edge(let from, let to): (1, from, to)
      }
    }
    return unknowns.sorted { key($0) < key($1) }
  }

  // MARK: Names

  /// The sets that contain no other, as sorted names.
  private func names(of sets: Set<Set<Unknown>>) -> [[String]] {
    let minimal = sets.filter { set in !sets.contains { $0.isStrictSubset(of: set) } }
    let named = minimal.map { set in set.map(name).sorted { ByteName($0) < ByteName($1) } }
    return named.sorted { a, b in
      a.count != b.count
        ? a.count < b.count
        : a.map { ByteName($0) }.lexicographicallyPrecedes(b.map { ByteName($0) })
    }
  }

  private func name(_ unknown: Unknown) -> String {
    switch unknown {
    case .fact(let fact): base.pack.vocabulary.facts[fact].name.text
    case .edge(let from, let to): "edge:\(base.lineage.names[from])>\(base.lineage.names[to])"
    }
  }
}
