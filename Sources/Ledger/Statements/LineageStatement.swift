// Edges between models as statements: "this child came from that ancestor".
//
// The subject is the child. The predicate:
//
//     ancestor   {name?, digest: {sha256}?}      at least one of the two
//     relation   a word of `Relation`, or null: there is one, and it is not known which
//     grade      signed | declared | suspected
//     route?  date?  by?  licence?  developer?  origin?  direction?  evidence?  time?
//
// Promises: reading what was written gives the same value; a word that is not in the vocabulary
// is an error, never a guess. Does not: say who signed; see `Lineage`.

import Base
import Crypto

/// An edge as it is stated in the log.
public struct LineageStatement: StatementBody {
  public static let type = StatementType.lineage

  /// The edge; `child` is `sha256:…`, `ancestor` that or a name.
  public var edge: LineageEdge
  /// For people.
  public var childName: String?
  /// For people, beside a digest.
  public var ancestorName: String?
  /// When it was recorded; nil where it follows from a comparison, which has the time.
  public var time: Instant?
  /// What the edge rests on: digests of evidence, measured figures. Nil: somebody's word alone.
  public var evidence: JSON?

  /// A statement from its parts.
  public init(
    edge: LineageEdge, childName: String? = nil, ancestorName: String? = nil,
    time: Instant? = nil, evidence: JSON? = nil
  ) {
    self.edge = edge
    self.childName = childName
    self.ancestorName = ancestorName
    self.time = time
    self.evidence = evidence
  }

  /// The digest of the conclusion's payload that this edge follows from.
  public var conclusion: Digest? {
    evidence?["conclusion"]?.string.flatMap(Digest.init(tagged:))
  }

  /// Whether a person concluded it; older entries lack the digest.
  public var isConcluded: Bool { evidence?["concluded_by"] != nil }

  /// Whether it is a person's word: a declaration or a conclusion, and no measurement.
  public var isDeclaration: Bool { edge.grade == .declared && (evidence == nil || isConcluded) }
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
    predicate["time"] = time.map { .string($0.rfc3339) }
    predicate["evidence"] = evidence
    return Statement(
      subjects: [.init(name: childName, sha256: child)], predicateType: Self.type.uri,
      predicate: .object(predicate))
  }
}

// MARK: Reading

extension LineageStatement {
  /// Reads the edge of a statement.
  public init(_ statement: Statement) throws(Problem) {
    let reader = try PredicateReader(statement, as: Self.type)
    let subject = try statement.onlySubject(as: Self.type)
    guard let named = try reader.object("ancestor") else {
      throw reader.malformed("ancestor", "a name or a SHA-256 is needed")
    }
    let name = try named.text("name")
    let digest = try named.object("digest")?.text("sha256")
    guard let ancestor = digest.flatMap({ Digest(hex: $0)?.tagged }) ?? (digest == nil ? name : nil)
    else { throw reader.malformed("ancestor", "a name or a SHA-256 is needed") }
    edge = try reader.edge(ancestor: ancestor, child: subject.digest.tagged)
    childName = subject.name
    ancestorName = digest == nil ? nil : name
    time = try reader.time("time")
    evidence = reader.member("evidence")
  }
}

extension PredicateReader {
  /// The edge whose words stand here, between the given ends.
  func edge(ancestor: String, child: String) throws(Problem) -> LineageEdge {
    // What is stated at a check stands in the statement of the check, never as an edge of its own.
    guard let grade = try word("grade", as: EdgeGrade.self), grade != .stated else {
      throw malformed("grade", "a grade is needed")
    }
    return LineageEdge(
      ancestor: ancestor, child: child, relation: try word("relation", as: Relation.self),
      grade: grade, direction: try word("direction", as: EdgeDirection.self) ?? .known,
      date: try day("date"), route: try word("route", as: EdgeRoute.self), by: try text("by"),
      licence: try text("licence"), developer: try text("developer"), origin: try text("origin"))
  }
}
