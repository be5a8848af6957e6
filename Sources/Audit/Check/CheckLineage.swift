// Where the model in question comes from, as policy shall see it: edges of the ledger that a
// trusted key signed, and what the card declares.
//
// Nodes are digests or the names a card gives; the model in question is the node `model`. An edge
// whose direction is not known is read as pointing at the model, and stays suspected: it leads to
// a review of both, never to an accusation of one. A ledger that contradicts itself in a circle
// loses the edge that closes it, with a finding.

import Base
import Crypto
import Formats
import Ledger
import Policy

/// Edges above a model, with what was noticed on the way.
public struct CheckLineage: Equatable, Sendable {
  /// From ancestor to child; the model itself is `model`.
  public var edges: [LineageEdge] = []
  /// Names of models by the digest that stands in `edges`.
  public var names: [String: String] = [:]
  /// Exceptions that were recorded for the model.
  public var waivers: [Waiver] = []
  public var findings: [Finding] = []

  /// The name that policy uses for the model in question.
  public static let node = "model"
}

/// Reads lineage from the log and from a card.
struct LineageReader {
  let ledger: Ledger?
  let trusted: [ECDSA.PublicKey]

  func read(
    model: Digest, card: ModelCard?, report: LicenceReport?
  ) throws(Problem) -> CheckLineage {
    var result = CheckLineage()
    if let ledger { try add(ledger, model, to: &result) }
    for edge in Self.declared(card, report) where !result.edges.contains(edge) {
      result.edges.append(edge)
    }
    return result
  }

  // MARK: Ledger

  private func add(
    _ ledger: Ledger, _ model: Digest, to result: inout CheckLineage
  ) throws(Problem) {
    let lineage = try ledger.lineage(of: model, trusted: trusted)
    result.findings += lineage.findings
    let recorded = try RecordedWaiver.read(ledger, model, trusted: trusted)
    result.waivers = recorded.waivers
    result.findings += recorded.findings
    if lineage.isTruncated {
      result.findings.append(
        Finding(
          id: "lineage.truncated", severity: .warning,
          message: "The lineage is too large to be followed to its end."))
    }
    var pending = [model.tagged]
    var seen: Set<String> = [model.tagged]
    var used: Set<Int> = []
    while let child = pending.popLast() {
      for recorded in lineage.ancestors where !used.contains(recorded.index) {
        guard let edge = Self.oriented(recorded.edge, at: child) else { continue }
        used.insert(recorded.index)
        guard edge.ancestor != model.tagged, !reaches(edge.ancestor, from: child, result.edges)
        else {
          result.findings.append(Self.circle(recorded))
          continue
        }
        result.names[edge.ancestor] =
          result.names[edge.ancestor] ?? recorded.statement.ancestorName
        result.edges.append(try completed(edge, ledger, &result.names))
        if seen.insert(edge.ancestor).inserted { pending.append(edge.ancestor) }
      }
    }
    result.edges = result.edges.map { edge in
      var edge = edge
      if edge.child == model.tagged { edge.child = CheckLineage.node }
      return edge
    }
  }

  /// The edge as pointing at `child`, or nil if it does not touch it.
  private static func oriented(_ edge: LineageEdge, at child: String) -> LineageEdge? {
    if edge.child == child { return edge }
    guard edge.direction == .undetermined, edge.ancestor == child else { return nil }
    var turned = edge
    turned.ancestor = edge.child
    turned.child = child
    return turned
  }

  /// Whether `node` is already below `start`: an edge from it would close a circle.
  private func reaches(_ node: String, from start: String, _ edges: [LineageEdge]) -> Bool {
    var pending = [start]
    var seen: Set<String> = []
    while let current = pending.popLast() {
      if current == node { return true }
      guard seen.insert(current).inserted else { continue }
      pending += edges.filter { $0.ancestor == current }.map(\.child)
    }
    return false
  }

  /// The edge with the licence that the ancestor's own check recorded, if none is stated.
  private func completed(
    _ edge: LineageEdge, _ ledger: Ledger, _ names: inout [String: String]
  ) throws(Problem) -> LineageEdge {
    var edge = edge
    if let origin = edge.origin, !Self.isRegion(origin) { edge.origin = nil }
    guard let digest = Digest(tagged: edge.ancestor) else { return edge }
    // The newest check counts; several ids leave the licence open.
    if let recorded = try ledger.newestStatement(.check, about: digest, trusted: trusted) {
      names[edge.ancestor] = recorded.statement.predicate["name"]?.string ?? names[edge.ancestor]
      let licences = recorded.statement.predicate["licences"]?.array?.compactMap(\.string) ?? []
      if edge.licence == nil || licences.count == 1 { edge.licence = licences.only }
    }
    return edge
  }

  /// ISO 3166-1 or -2 in form; an edge may carry other words there, which are not for policy.
  private static func isRegion(_ text: String) -> Bool {
    let parts = text.split(separator: "-")
    return parts.first?.utf8.count == 2
      && text.utf8.allSatisfy {
        (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
      }
  }

  private static func circle(_ recorded: RecordedEdge) -> Finding {
    Finding(
      id: "lineage.circle", severity: .warning,
      message: "Entry \(recorded.index) of the ledger makes a model its own ancestor; the edge is "
        + "not used.",
      place: "ledger entry \(recorded.index)")
  }

  // MARK: Card

  /// Edges that the card declares.
  private static func declared(_ card: ModelCard?, _ report: LicenceReport?) -> [LineageEdge] {
    guard let card else { return [] }
    let bases = card.baseModels
    let relation = relation(card)
    return bases.map { base in
      LineageEdge(
        ancestor: base, child: CheckLineage.node, relation: relation, grade: .declared,
        licence: report?.ancestors.first { ByteName($0.model) == ByteName(base) }?.licence)
    }
  }

  private static func relation(_ card: ModelCard) -> Relation {
    switch card.baseModelRelation {
    case "adapter": .adapter
    case "merge": .merged
    case "quantized": .quantized
    case "finetune": .finetuned
    default: card.baseModels.count > 1 ? .merged : .finetuned
    }
  }
}

extension Array {
  /// The element of an array of one.
  var only: Element? { count == 1 ? self[0] : nil }
}
