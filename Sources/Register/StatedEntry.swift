// What the register knows of an entry that somebody wants to take back, and whether an edge would
// close a circle.

import Base
import Crypto
import Ledger
import Store

/// An edge or a waiver with the entries that go together.
public struct StatedEntry: Equatable, Sendable {
  /// Ascending: a conclusion and its edge, or one entry.
  public let entries: [Int]
  /// The models that it is about.
  public let models: [Digest]
  /// The key that signed it.
  public let signer: Digest
  /// Whether it is a person's word.
  public let isDeclaration: Bool
  public let isRetracted: Bool
}

extension RegisterReader {
  /// The edge of an entry, or the edge that follows from the conclusion of the entry.
  public func retractableEdge(entry: Int) throws(Problem) -> StatedEntry? {
    var found = try edge(entry: entry)
    if found == nil { found = try edge(conclusion: entry) }
    guard let row = found, let signer = Digest(bytes: row.signer) else { return nil }
    let ends = [row.statement.edge.child, row.statement.edge.ancestor]
    return StatedEntry(
      entries: ([row.conclusion, row.entry] as [Int?]).compactMap(\.self),
      models: ends.compactMap { Digest(tagged: $0) }, signer: signer,
      isDeclaration: row.statement.isDeclaration, isRetracted: row.retracted != nil)
  }

  /// The waivers of an entry.
  public func withdrawableWaiver(entry: Int) throws(Problem) -> StatedEntry? {
    let rows = try waivers(entry: entry)
    guard let row = rows.first, let signer = Digest(bytes: row.signer) else { return nil }
    return StatedEntry(
      entries: [entry], models: [row.statement.model], signer: signer, isDeclaration: true,
      isRetracted: row.withdrawn != nil)
  }

  /// The entries of a way of declared and signed edges up from `start` to `node`; nil if there is
  /// none. An edge from `start` to `node` would then close a circle.
  public func way(from node: String, upwardsFrom start: String) throws(Problem) -> [Int]? {
    var pending = [(node: start, way: [Int]())]
    var seen: Set<String> = [start]
    while let (current, way) = pending.popLast() {
      if current == node { return way }
      for row in try edges(at: current) where row.retracted == nil {
        let edge = row.statement.edge
        guard edge.child == current, edge.direction == .known, edge.grade != .suspected,
          seen.insert(edge.ancestor).inserted
        else { continue }
        pending.append((edge.ancestor, way + [row.entry]))
      }
    }
    return nil
  }

  /// Every edge on the paths up and down from a model, those that were taken back among them.
  public func lineage(of model: Digest) throws(Problem) -> RecordedLineage {
    RecordedLineage(
      ancestors: try walk(from: model, up: true), descendants: try walk(from: model, up: false),
      findings: try faults(at: model.tagged))
  }

  private func walk(from model: Digest, up: Bool) throws(Problem) -> [RecordedLineage.Edge] {
    var found: [Int: RecordedLineage.Edge] = [:]
    var pending = [model.tagged]
    var seen: Set<String> = [model.tagged]
    while let node = pending.popLast() {
      for row in up ? try edges(at: node) : try edges(from: node) {
        found[row.entry] = RecordedLineage.Edge(
          entry: row.entry, statement: row.statement, retracted: row.retracted)
        let edge = row.statement.edge
        let next = edge.child == node ? edge.ancestor : edge.child
        guard row.retracted == nil, Digest(tagged: next) != nil,
          seen.count < Ledger.lineageNodeCountMax, seen.insert(next).inserted
        else { continue }
        pending.append(next)
      }
    }
    return found.values.sorted { $0.entry < $1.entry }
  }
}

/// What the log says of a model's ancestors and descendants.
public struct RecordedLineage: Sendable {
  public struct Edge: Sendable {
    public let entry: Int
    public let statement: LineageStatement
    /// The entry that took it back.
    public let retracted: Int?
  }

  public let ancestors: [Edge]
  public let descendants: [Edge]
  public let findings: [Finding]
}
