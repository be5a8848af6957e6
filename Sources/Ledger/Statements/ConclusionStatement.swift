// What a person concluded from evidence: that an edge holds. The edge itself follows as a lineage
// statement of its own, which names this one by the digest of its payload.
//
// The subject is the child. The predicate:
//
//     by, reason, time?
//     edge    the edge in the vocabulary of lineage statements, with child and ancestor as text

import Base
import Crypto

/// A person's conclusion.
public struct ConclusionStatement: StatementBody {
  public static let type = StatementType.conclusion

  public var by: String
  public var reason: String
  /// The edge that holds; its child is named by digest.
  public var edge: LineageEdge
  /// For people.
  public var childName: String?
  public var time: Instant?

  public init(
    by: String, reason: String, edge: LineageEdge, childName: String?, time: Instant?
  ) {
    self.by = by
    self.reason = reason
    self.edge = edge
    self.childName = childName
    self.time = time
  }

  public func statement() throws(Problem) -> Statement {
    guard !by.isEmpty, !reason.isEmpty else {
      throw Problem(
        .usage, "bad_value", reason: "a conclusion needs a name and a reason",
        remedy: "say who concludes and on what evidence")
    }
    guard let child = Digest(tagged: edge.child) else {
      throw Problem(
        .usage, "child_without_digest", place: edge.child,
        reason: "the child of an edge is named by its digest")
    }
    return Statement(
      subjects: [.init(name: childName, sha256: child)], predicateType: Self.type.uri,
      predicate: .object(members))
  }

  /// The members of the predicate.
  public var members: JSONObject {
    var object: JSONObject = [
      "by": .string(by), "reason": .string(reason), "edge": edge.json,
    ]
    object["time"] = time.map { .string($0.rfc3339) }
    return object
  }

  /// The conclusion and the edge that follows from it, in the order in which they are appended.
  public func statements(ancestorName: String?) throws(Problem) -> [Statement] {
    let conclusion = try statement()
    let lineage = LineageStatement(
      edge: edge, childName: childName, ancestorName: ancestorName, time: time,
      evidence: [
        "concluded_by": .string(by), "reason": .string(reason),
        "conclusion": .string(SHA256.hash(conclusion.bytes).tagged),
      ])
    return [conclusion, try lineage.statement()]
  }

  public init(_ statement: Statement) throws(Problem) {
    let reader = try PredicateReader(statement, as: Self.type)
    let subject = try statement.onlySubject(as: Self.type)
    by = try reader.filled("by")
    reason = try reader.filled("reason")
    guard let edge = try reader.object("edge") else {
      throw reader.malformed("edge", "an edge is needed")
    }
    self.edge = try edge.edge(ancestor: try edge.filled("ancestor"), child: subject.digest.tagged)
    childName = subject.name
    time = try reader.time("time")
  }
}
