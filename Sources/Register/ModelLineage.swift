// Where a model comes from as policy shall see it, and what the log grants it: edges that a trusted
// key signed and nobody took back, what the card declares, waivers, licences of ancestors, and what
// is known of other models with the same tensors.
//
// Nodes are digests or the names that statements give; the model in question is the node `model`.
// An edge whose direction is not known is read as pointing at the model, and stays suspected: it
// leads to a review of both, never to an accusation of one. An edge that would make a model its own
// ancestor is not used, with a finding; if only a direction that was assumed closes the circle,
// nobody said anything wrong and there is none. Another bundle with the same tensors and another
// licence is an edge of unknown direction: who copied from whom the bytes do not say.

import Base
import Ledger
import Policy

/// Edges above a model, its waivers, and what was noticed on the way.
public struct ModelLineage: Equatable, Sendable {
  /// From ancestor to child; the model itself is `model`.
  public internal(set) var edges: [LineageEdge] = []
  /// Names of models by the digest that stands in `edges`.
  public internal(set) var names: [String: String] = [:]
  /// Waivers for the model that were not withdrawn, each with its entry.
  public internal(set) var waivers: [RecordedWaiver] = []
  public internal(set) var findings: [Finding] = []
  /// What of the log all this was taken from; the catalogue is the caller's to set.
  var used = UsedEntries()

  /// The name that policy uses for the model in question.
  public static let node = "model"

  /// An ancestor's name as a node: a folder that is called `model` is not the model in question.
  public static func name(_ ancestor: String) -> String {
    ancestor == node ? "./\(node)" : ancestor
  }

  /// A waiver and where it stands.
  public struct RecordedWaiver: Equatable, Sendable {
    public let entry: Int
    public let waiver: WaiverStatement

    /// As policy reads it.
    public var policy: Waiver {
      Waiver(
        rule: waiver.rule, by: waiver.by, reason: waiver.reason, from: waiver.from, to: waiver.to)
    }
  }

  /// The parts of a `DecisionBasis` that come from the log.
  struct UsedEntries: Equatable, Sendable {
    var edges: [Int] = []
    /// Of each of them: the ancestor.
    var ancestors: [Int: String] = [:]
    /// Of edges that follow from one: the conclusion.
    var conclusions: [Int: Int] = [:]
    /// Of edges that would be on the paths: the entry that took them back.
    var retractions: [Int: Int] = [:]
    var waivers: [Int] = []
    /// Of waivers that were withdrawn: the entry that did it.
    var withdrawals: [Int: Int] = [:]
    var faults: [Int] = []
    var licences: [DecisionBasis.KnownLicence] = []

    func basis(catalogue: Digest) -> DecisionBasis {
      var basis = DecisionBasis(catalogue: catalogue)
      basis.edges = edges.sorted()
      basis.waivers = waivers.sorted()
      basis.others = Set(conclusions.values).union(retractions.values).sorted()
      basis.faults = Set(faults).sorted()
      basis.licences = licences.sorted { ByteName($0.model) < ByteName($1.model) }
      return basis
    }
  }
}

extension ModelLineage {
  /// Without a log, only what the card declares.
  public init(declaredBy facts: ModelFacts) { edges = facts.declaredEdges }

  /// As the register says now, with what the card declares.
  public init(of facts: ModelFacts, in reader: RegisterReader) throws(Problem) {
    try self.init(of: LineageSubject(facts), in: reader)
    for edge in facts.declaredEdges where !edges.contains(edge) { edges.append(edge) }
  }

  /// As the register says now.
  init(of subject: LineageSubject, in reader: RegisterReader) throws(Problem) {
    var walk = LineageWalk(subject: subject, reader: reader)
    self = try walk.run()
  }
}

/// By what the log knows a model.
struct LineageSubject {
  let model: Digest
  let weights: Digest?
  let tensorSet: Digest?
  /// The licences that the model itself names.
  let licences: [String]

  init(_ facts: ModelFacts) {
    model = facts.model
    weights = facts.weights
    tensorSet = facts.tensorSet
    licences = facts.licence?.namedLicences ?? []
  }

  init(_ check: CheckStatement) {
    model = check.model
    weights = check.weights
    tensorSet = check.tensorSet
    licences = check.licences
  }
}

/// One way up from a model.
private struct LineageWalk {
  let subject: LineageSubject
  let reader: RegisterReader
  private var result = ModelLineage()
  private var pending: [String]
  private var seen: Set<String>
  /// Children of each node, for finding circles.
  private var children: [String: [String]] = [:]
  /// Of them, those that an edge of known direction leads to.
  private var knownChildren: [String: [String]] = [:]

  init(subject: LineageSubject, reader: RegisterReader) {
    self.subject = subject
    self.reader = reader
    pending = [subject.model.tagged]
    seen = [subject.model.tagged]
  }

  mutating func run() throws(Problem) -> ModelLineage {
    try follow()
    try addSharedTensors()
    try addWaivers()
    let model = subject.model.tagged
    result.edges = result.edges.map { edge in
      var edge = edge
      edge.ancestor = ModelLineage.name(edge.ancestor)
      if edge.child == model { edge.child = ModelLineage.node }
      return edge
    }
    return result
  }

  /// Edges of known direction first, as far up as they lead: what is assumed of another edge's
  /// direction never stands in their way.
  private mutating func follow() throws(Problem) {
    var assumed: [(row: RegisterReader.RecordedEdgeRow, node: String)] = []
    while true {
      if let node = pending.popLast() {
        try noteFaults(at: node)
        for row in try reader.edges(at: node) {
          if row.statement.edge.direction == .known {
            try take(row, at: node)
          } else {
            assumed.append((row, node))
          }
        }
      } else if let next = assumed.popLast() {
        try take(next.row, at: next.node)
      } else {
        return
      }
    }
  }

  private mutating func noteFaults(at node: String) throws(Problem) {
    for fault in try reader.faults(at: node) where !result.findings.contains(fault) {
      result.findings.append(fault)
      if let entry = fault.details["index"]?.int { result.used.faults.append(entry) }
    }
  }

  private mutating func take(
    _ row: RegisterReader.RecordedEdgeRow, at node: String
  ) throws(Problem) {
    guard let edge = Self.oriented(row.statement.edge, at: node) else { return }
    if let retraction = row.retracted {
      result.used.retractions[row.entry] = retraction
      return
    }
    guard !isBelow(edge.ancestor, node, in: children) else {
      if edge.direction == .known, isBelow(edge.ancestor, node, in: knownChildren) {
        result.findings.append(Self.circle(row.entry))
      }
      return
    }
    try add(edge, row)
  }

  private mutating func add(
    _ edge: LineageEdge, _ row: RegisterReader.RecordedEdgeRow
  ) throws(Problem) {
    result.used.edges.append(row.entry)
    result.used.ancestors[row.entry] = edge.ancestor
    result.used.conclusions[row.entry] = row.conclusion
    if let name = row.statement.ancestorName, result.names[edge.ancestor] == nil {
      result.names[edge.ancestor] = name
    }
    result.edges.append(try completed(edge))
    children[edge.ancestor, default: []].append(edge.child)
    if edge.direction == .known {
      knownChildren[edge.ancestor, default: []].append(edge.child)
    }
    guard Digest(tagged: edge.ancestor) != nil, !seen.contains(edge.ancestor) else { return }
    guard seen.count < Ledger.lineageNodeCountMax else {
      let finding = Finding(
        id: "lineage.truncated", severity: .warning,
        message: "The lineage is too large to be followed to its end.")
      if !result.findings.contains(finding) { result.findings.append(finding) }
      return
    }
    seen.insert(edge.ancestor)
    pending.append(edge.ancestor)
  }

  /// The edge as pointing at `node`, or nil if it does not touch it.
  private static func oriented(_ edge: LineageEdge, at node: String) -> LineageEdge? {
    if edge.child == node { return edge }
    guard edge.direction == .undetermined, edge.ancestor == node else { return nil }
    var turned = edge
    turned.ancestor = edge.child
    turned.child = node
    return turned
  }

  /// Whether `ancestor` is below `node` already, so that an edge between them closes a circle.
  private func isBelow(
    _ ancestor: String, _ node: String, in children: [String: [String]]
  ) -> Bool {
    // A node that was never met has nothing above it yet.
    guard seen.contains(ancestor) else { return false }
    var pending = [node]
    var visited: Set<String> = []
    while let current = pending.popLast() {
      if current == ancestor { return true }
      guard visited.insert(current).inserted else { continue }
      pending += children[current] ?? []
    }
    return false
  }

  /// The edge with the licence that the ancestor's own check recorded, if none is stated.
  private mutating func completed(_ edge: LineageEdge) throws(Problem) -> LineageEdge {
    var edge = edge
    if let origin = edge.origin, !RegionCode.isWellFormed(origin) { edge.origin = nil }
    guard Digest(tagged: edge.ancestor) != nil,
      let check = try reader.check(of: edge.ancestor)
    else { return edge }
    result.names[edge.ancestor] = check.name
    // The newest check counts; several ids leave open what an edge does not state.
    if let licence = check.licences.only { edge.licence = licence }
    note(edge.ancestor, check.licences.only, check.entry)
    return edge
  }

  private mutating func note(_ model: String, _ licence: String?, _ entry: Int) {
    guard !result.used.licences.contains(where: { $0.model == model }) else { return }
    result.used.licences.append(.init(model: model, licence: licence, entry: entry))
  }

  private static func circle(_ entry: Int) -> Finding {
    Finding(
      id: "lineage.circle", severity: .warning,
      message: "Entry \(entry) of the ledger makes a model its own ancestor; the edge is not used.",
      place: "ledger entry \(entry)")
  }

  // MARK: The same tensors

  /// One edge for each licence that the log knows of the same tensors and this model does not name.
  private mutating func addSharedTensors() throws(Problem) {
    let own = Set(subject.licences)
    var known: Set<[String]> = []
    for model in try reader.models(sharingTensorsOf: subject) where !seen.contains(model) {
      guard let check = try reader.check(of: model), !check.licences.isEmpty,
        Set(check.licences) != own, known.insert(check.licences.sorted()).inserted,
        try !isDescendant(model)
      else { continue }
      result.names[model] = check.name
      note(model, check.licences.only, check.entry)
      result.edges.append(
        LineageEdge(
          ancestor: model, child: subject.model.tagged, relation: .copy, grade: .signed,
          direction: .undetermined, route: .weights, licence: check.licences.only))
      result.findings.append(
        Finding(
          id: "lineage.same_tensors", severity: .note,
          message: "\(check.name) has the same tensors and names "
            + check.licences.joined(separator: ", ")
            + ". Which of the two came first is not known.", place: model))
    }
  }

  /// Whether the log says that another model came from this one.
  private func isDescendant(_ model: String) throws(Problem) -> Bool {
    try reader.edges(at: model).contains { row in
      row.retracted == nil && row.statement.edge.direction == .known
        && row.statement.edge.ancestor == subject.model.tagged
    }
  }

  // MARK: Waivers

  private mutating func addWaivers() throws(Problem) {
    for row in try reader.waivers(for: subject.model) {
      if let withdrawal = row.withdrawn {
        result.used.withdrawals[row.entry] = withdrawal
      } else {
        result.used.waivers.append(row.entry)
        result.waivers.append(.init(entry: row.entry, waiver: row.statement))
      }
    }
    result.used.waivers = Set(result.used.waivers).sorted()
  }
}

extension ModelFacts.Licence {
  /// The licences that the folder names: the card's, or if it names none those of its texts.
  public var namedLicences: [String] {
    declared.isEmpty ? texts.flatMap(\.ids) : declared
  }
}

/// Codes of regions by their form.
enum RegionCode {
  /// ISO 3166-1 or -2 in form; an edge may carry other words there, which are not for policy.
  static func isWellFormed(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.first?.utf8.count == 2
      && text.utf8.allSatisfy {
        (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
      }
  }
}

extension Array {
  /// The element of an array of one.
  var only: Element? { count == 1 ? self[0] : nil }
}
