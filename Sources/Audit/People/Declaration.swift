// A person's word about an edge, looked at before it is written: a declaration, or a conclusion
// from evidence. Nothing that is refused here leaves a trace in the log.
//
// Refused: a model that came from itself; an edge that closes a circle of declared and signed edges
// (a suspicion makes none); words that no rule could read: developers, regions and licences that
// nobody knows.

import Base
import Crypto
import Ledger
import Licensing
import Policy
import Register

/// An edge that somebody wants to state.
public struct Declaration: Sendable {
  public var edge: LineageEdge
  public var childName: String?
  public var ancestorName: String?

  public init(edge: LineageEdge, childName: String?, ancestorName: String?) {
    self.edge = edge
    self.childName = childName
    self.ancestorName = ancestorName
  }

  /// With the words of the vocabulary in place of what was typed. Throws for what no rule could
  /// read.
  public func checked(pack: PolicyPack) throws(Problem) -> Declaration {
    var checked = self
    guard edge.ancestor != edge.child else {
      throw Problem(
        .usage, "self_descent", place: edge.child,
        reason: "a model cannot have come from itself: both digests are the same",
        remedy: "give the model that it was made from")
    }
    if let developer = edge.developer {
      checked.edge.developer = try Self.developer(developer, pack)
    }
    if let origin = edge.origin { checked.edge.origin = try Self.region(origin) }
    if let licence = edge.licence { try Self.check(licence: licence, pack) }
    return checked
  }

  /// The statement of a declaration. Within the transaction that appends it.
  public func statement(
    at time: Instant, in reader: RegisterReader
  ) throws(Problem) -> Statement {
    try refuseCircle(reader)
    return try LineageStatement(
      edge: edge, childName: childName, ancestorName: ancestorName, time: time
    ).statement()
  }

  /// The statements of a conclusion: the conclusion and the edge that follows from it.
  public func conclusion(
    by: String, reason: String, at time: Instant, in reader: RegisterReader
  ) throws(Problem) -> [Statement] {
    try refuseCircle(reader)
    return try ConclusionStatement(
      by: by, reason: reason, edge: edge, childName: childName, time: time
    ).statements(ancestorName: ancestorName)
  }

  private func refuseCircle(_ reader: RegisterReader) throws(Problem) {
    guard let way = try reader.way(from: edge.child, upwardsFrom: edge.ancestor) else { return }
    let entries = way.map(String.init).joined(separator: ", ")
    throw Problem(
      .usage, "circle", place: edge.child,
      reason: "the edge closes a circle with entries \(entries): the ancestor came from the child",
      remedy: "turn the edge round, or take the wrong one back with `assay lineage retract`")
  }

  // MARK: Words

  private static func developer(_ typed: String, _ pack: PolicyPack) throws(Problem) -> String {
    let known = pack.facts.first { $0.name == "model.developer" }?.values.map(\.text) ?? []
    guard let word = known.first(where: { $0 == typed.lowercased() }) else {
      throw Problem(
        .usage, "unknown_value", place: typed,
        reason: "--developer: no rule knows this developer",
        remedy: "use one of the known words, or \"other\"", details: ["known": JSON(known)])
    }
    return word
  }

  private static func region(_ typed: String) throws(Problem) -> String {
    guard let region = Region(typed), region != .world, region.isAssigned else {
      throw Problem(
        .usage, "unknown_value", place: typed,
        reason: "--origin: this is no region of ISO 3166-1",
        remedy: "give two capital letters such as DE, or with a subdivision US-TX")
    }
    return region.code
  }

  private static func check(licence: String, _ pack: PolicyPack) throws(Problem) {
    if pack.covers(licence: licence) || Catalogue.shipped.licences[licence] != nil { return }
    if let expression = try? Expression(licence), expression.unknown.isEmpty,
      expression.licences.count + expression.references.count > 0
    {
      return
    }
    throw Problem(
      .usage, "unknown_licence", place: licence,
      reason: "--licence: neither the catalogue nor SPDX has this licence",
      remedy: "give an SPDX id such as Apache-2.0, or LicenseRef-… for a text of your own")
  }
}
