// The lineage of one question as a graph, and the best path from every edge to the model.
//
// Spec: Policies/README.md, "Lineage". Truth of a path = min over its edges of (class fits, grade);
// a quantifier or a licence takes the maximum over all simple paths.
// Promises: the graph has no cycle (refused), so every path is simple; since min and max
// distribute over each other, the maximum over all paths is found edge by edge from the model
// outwards, in O(edges), whatever the number of paths.
// Does not: read files or decide rules.

import Base

/// The graph of a question. Node 0 is the model.
struct Lineage: Sendable {
  struct Edge: Sendable {
    let from: Int
    let to: Int
    /// What the grade makes of the edge; the explanations try yes and no for a suspected one.
    var truth: Truth
    let facts: LineageEdge
    /// What the provider's terms say about training on that day: all candidates.
    let training: [ByteName]?
    /// The versions of the terms that this was read in.
    let terms: [ProviderTerms]
    let licence: ByteName?
  }

  private(set) var names: [String]
  private(set) var edges: [Edge]
  /// Edges that leave each node, towards the model.
  private let leaving: [[Int]]
  /// Edges, those near the model first: an edge stands after all edges of its child.
  private let outwards: [Int]
  /// Of each node: the developers and origins its edges give.
  let developers: [[ByteName]]
  let origins: [[Region]]
  /// `best[class][edge]`: the best path that starts with the edge.
  private(set) var best: [[Truth]] = []

  static let edgeCountMax = 100_000

  func truth(_ path: PathClass, _ edge: Int) -> Truth { best[path.rawValue][edge] }
}

// MARK: Building

extension Lineage {
  init(_ given: [LineageEdge], terms: [ByteName: [ProviderTerms]]) throws(Problem) {
    guard given.count <= Self.edgeCountMax else {
      throw Problem(
        .malformed, "too_large", place: "/ancestors",
        reason: "\(given.count) edges; at most \(Self.edgeCountMax) are read")
    }
    var names = ["model"]
    var index: [ByteName: Int] = ["model": 0]
    let oriented = given.map(Self.oriented)
    for edge in oriented where index[ByteName(edge.ancestor)] == nil {
      index[ByteName(edge.ancestor)] = names.count
      names.append(edge.ancestor)
    }
    var ends: [(from: Int, to: Int)] = []
    for (position, edge) in oriented.enumerated() {
      guard let to = index[ByteName(edge.child)] else {
        throw Problem(
          .malformed, "unknown_node", place: "/ancestors/\(position)/child",
          reason: "the edge leads to \(edge.child), which no edge of this lineage starts from",
          remedy: "give the edge of \(edge.child), or correct the name")
      }
      ends.append((index[ByteName(edge.ancestor)] ?? 0, to))
    }
    var leaving: [[Int]] = Array(repeating: [], count: names.count)
    var arriving = leaving
    for (position, end) in ends.enumerated() {
      leaving[end.from].append(position)
      arriving[end.to].append(position)
    }
    outwards = try Self.ordered(leaving, arriving, ends)
    var developers: [[ByteName]] = Array(repeating: [], count: names.count)
    var origins: [[Region]] = Array(repeating: [], count: names.count)
    for (edge, end) in zip(oriented, ends) {
      if let name = edge.developer, !developers[end.from].contains(ByteName(name)) {
        developers[end.from].append(ByteName(name))
      }
      if let region = edge.origin.flatMap({ Region($0) }), !origins[end.from].contains(region) {
        origins[end.from].append(region)
      }
    }
    edges = zip(oriented, ends).map { edge, end in
      Edge(
        from: end.from, to: end.to, truth: edge.grade == .suspected ? .unknown : .yes,
        facts: edge, training: Self.training(edge, developers[end.from], terms),
        terms: Self.terms(edge, developers[end.from], terms),
        licence: edge.licence.map { ByteName($0) })
    }
    self.names = names
    self.leaving = leaving
    self.developers = developers
    self.origins = origins
    findBestPaths()
  }

  /// An edge whose direction was not found counts as suspected; it is read towards the model.
  private static func oriented(_ edge: LineageEdge) -> LineageEdge {
    guard edge.direction == .undetermined else { return edge }
    var copy = edge
    copy.grade = .suspected
    if edge.ancestor == "model" {
      copy.ancestor = edge.child
      copy.child = "model"
    }
    return copy
  }

  /// Edges in an order in which the edges of a child come first; refuses a cycle.
  private static func ordered(
    _ leaving: [[Int]], _ arriving: [[Int]], _ ends: [(from: Int, to: Int)]
  ) throws(Problem) -> [Int] {
    var waiting = leaving.map(\.count)
    var ready = waiting.indices.filter { waiting[$0] == 0 }
    var order: [Int] = []
    while let node = ready.popLast() {
      for edge in arriving[node] {
        order.append(edge)
        waiting[ends[edge].from] -= 1
        if waiting[ends[edge].from] == 0 { ready.append(ends[edge].from) }
      }
    }
    guard order.count == ends.count else {
      throw Problem(
        .malformed, "lineage_cycle", place: "/ancestors",
        reason: "the edges form a cycle; a model cannot be its own ancestor",
        remedy: "remove or turn round the edge that was recorded the wrong way")
    }
    return order
  }

  /// What the terms of the developers say on the day of the edge. Nil: no developer is known.
  private static func training(
    _ edge: LineageEdge, _ developers: [ByteName], _ terms: [ByteName: [ProviderTerms]]
  ) -> [ByteName]? {
    guard !developers.isEmpty else { return nil }
    var values: [ByteName] = []
    for developer in developers {
      let versions = terms[developer] ?? []
      if let day = edge.date?.daysSinceEpoch {
        let held = versions.first { $0.holds(on: day) }
        values.append(held.map { ByteName($0.training) } ?? "unknown")
      } else {
        // Any day is possible, a day without a version too.
        values += versions.map { ByteName($0.training) } + ["unknown"]
      }
    }
    return Set(values).sorted()
  }
}

// MARK: Paths

extension Lineage {
  /// Whether the edge may stand on a path: of a class of derivation, training, or any but none.
  static func fits(_ relation: Relation?, _ path: PathClass) -> Truth {
    guard let relation else { return .unknown }
    return switch (relation, path) {
    case (.architecture, _), (.evaluated, _): .no
    case (_, .any): .yes
    case (.distilled, .training), (.data, .training): .yes
    case (.distilled, .derivation), (.data, .derivation): .no
    case (_, .derivation): .yes
    case (_, .training): .no
    }
  }

  /// Fills `best`. For training, the first edge is training and the rest derivation.
  mutating func findBestPaths() {
    let none = [Truth](repeating: .no, count: edges.count)
    best = PathClass.allCases.map { _ in none }
    var onward = PathClass.allCases.map { _ in [Truth](repeating: .no, count: names.count) }
    for path in PathClass.allCases { onward[path.rawValue][0] = .yes }
    for position in outwards {
      let edge = edges[position]
      for path in PathClass.allCases {
        let rest: PathClass = path == .any ? .any : .derivation
        let truth = min(
          edge.truth, min(Self.fits(edge.facts.relation, path), onward[rest.rawValue][edge.to]))
        best[path.rawValue][position] = truth
        if path != .training, truth > onward[path.rawValue][edge.from] {
          onward[path.rawValue][edge.from] = truth
        }
      }
    }
  }

  /// Supposes an edge confirmed or refuted. `findBestPaths` must follow.
  mutating func suppose(_ edge: Int, _ truth: Truth) { edges[edge].truth = truth }

  /// The edge and all edges that can follow it on a way to the model.
  func onward(from start: Int) -> [Int] {
    var seen: Set<Int> = [start]
    var result = [start]
    var next = 0
    while next < result.count {
      for edge in leaving[edges[result[next]].to] where seen.insert(edge).inserted {
        result.append(edge)
      }
      next += 1
    }
    return result
  }

  /// One best path that starts with the edge, as edges down to the model.
  func path(from start: Int, _ path: PathClass) -> [Int] {
    let rest: PathClass = path == .any ? .any : .derivation
    var result = [start]
    var node = edges[start].to
    while node != 0 {
      guard let next = leaving[node].max(by: { truth(rest, $0) < truth(rest, $1) }) else { break }
      result.append(next)
      node = edges[next].to
    }
    return result
  }
}
