// Edges between models as statements: "this child came from that ancestor".
//
// The subject is the child. The predicate:
//
//     ancestor   {name?, digest: {sha256}?}      at least one of the two
//     relation   a word of `Relation`, or null: there is one, and it is not known which
//     grade      signed | declared | suspected
//     route?  date?  by?  licence?  developer?  origin?  direction?  evidence?
//
// Promises: reading what was written gives the same value; a word that is not in the vocabulary
// is an error, never a guess. Does not: say who signed; see `Lineage`.

import Base
import Crypto

/// An edge as it is stated in the log.
public struct LineageStatement: Equatable, Sendable {
  /// The edge; `child` is `sha256:…`, `ancestor` that or a name.
  public var edge: LineageEdge
  /// For people.
  public var childName: String?
  /// For people, beside a digest.
  public var ancestorName: String?
  /// What the edge rests on: digests of evidence, measured figures.
  public var evidence: JSON?

  /// A statement from its parts.
  public init(
    edge: LineageEdge, childName: String? = nil, ancestorName: String? = nil,
    evidence: JSON? = nil
  ) {
    self.edge = edge
    self.childName = childName
    self.ancestorName = ancestorName
    self.evidence = evidence
  }
}

// MARK: Writing

extension LineageStatement {
  /// The in-toto statement. The child must be named by its digest.
  public func statement() throws(Problem) -> Statement {
    guard let child = Digest(tagged: edge.child) else {
      throw Problem(
        .usage, "child_without_digest", place: edge.child,
        reason: "the child of an edge is named by its digest, sha256:<hex>",
        remedy: "take files_root from `assay fingerprint`")
    }
    var ancestor: JSONObject = [:]
    if let digest = Digest(tagged: edge.ancestor) {
      ancestor["digest"] = ["sha256": .string(digest.hex)]
      ancestor["name"] = ancestorName.map(JSON.string)
    } else {
      ancestor["name"] = .string(edge.ancestor)
    }
    // The edge's own JSON has the vocabulary; subject and ancestor stand elsewhere here.
    var predicate = edge.json.object ?? [:]
    predicate["child"] = nil
    predicate["ancestor"] = .object(ancestor)
    predicate["evidence"] = evidence
    return Statement(
      subjects: [.init(name: childName, sha256: child)],
      predicateType: StatementType.lineage.uri, predicate: .object(predicate))
  }
}

// MARK: Reading

extension LineageStatement {
  /// Reads the edge of a statement.
  public init(_ statement: Statement) throws(Problem) {
    guard statement.predicateType == StatementType.lineage.uri else {
      throw malformed("/predicateType", "this is not a lineage statement")
    }
    guard statement.subjects.count == 1, let child = statement.subjects[0].sha256 else {
      throw malformed("/subject", "one subject with a SHA-256 is needed")
    }
    let predicate = statement.predicate
    let name = try text(predicate["ancestor"] ?? .null, "name")
    let digest = try text(predicate["ancestor"]?["digest"] ?? .null, "sha256")
    guard let ancestor = digest.flatMap({ Digest(hex: $0)?.tagged }) ?? (digest == nil ? name : nil)
    else { throw malformed("/predicate/ancestor", "a name or a SHA-256 is needed") }
    guard let grade = try word(predicate, "grade", as: EdgeGrade.self) else {
      throw malformed("/predicate/grade", "a grade is needed")
    }
    var day: CalendarDay?
    if let date = try text(predicate, "date") {
      guard let value = CalendarDay(date) else {
        throw malformed("/predicate/date", "YYYY-MM-DD is needed")
      }
      day = value
    }
    edge = LineageEdge(
      ancestor: ancestor, child: child.tagged,
      relation: try word(predicate, "relation", as: Relation.self), grade: grade,
      direction: try word(predicate, "direction", as: EdgeDirection.self) ?? .known, date: day,
      route: try word(predicate, "route", as: EdgeRoute.self), by: try text(predicate, "by"),
      licence: try text(predicate, "licence"), developer: try text(predicate, "developer"),
      origin: try text(predicate, "origin"))
    childName = statement.subjects[0].name
    ancestorName = digest == nil ? nil : name
    evidence = predicate["evidence"]
  }
}

/// A member that is a string, or absent or null.
private func text(_ object: JSON, _ key: String) throws(Problem) -> String? {
  let value = object[key] ?? .null
  guard value.isNull || value.string != nil else {
    throw malformed("/predicate/\(key)", "a string is needed")
  }
  return value.string
}

/// A member that is a word of a vocabulary, or absent or null.
private func word<T: RawRepresentable<String>>(
  _ object: JSON, _ key: String, as type: T.Type
) throws(Problem) -> T? {
  guard let text = try text(object, key) else { return nil }
  guard let value = T(rawValue: text) else {
    throw malformed("/predicate/\(key)", "\"\(text)\" is not a word of the vocabulary")
  }
  return value
}

private func malformed(_ place: String, _ reason: String) -> Problem {
  Problem(.malformed, "bad_lineage", place: place, reason: "lineage statement: \(reason)")
}
