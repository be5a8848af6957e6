// An earlier word is taken back: a declared edge, a conclusion, a waiver. The entry stays in the
// log for ever; from this one on it counts no more.
//
// The subjects are the models that the entry spoke of. The predicate:
//
//     of       "edge" | "waiver"
//     entries  positions of the entries that are taken back; a conclusion and its edge go together
//     by, reason, time?

import Base
import Crypto

/// Takes back entries of the log.
public struct RetractionStatement: StatementBody {
  public static let type = StatementType.retraction

  /// What is taken back.
  public enum Target: String, Sendable, CaseIterable {
    case edge, waiver
  }

  public var target: Target
  /// Positions in the log, ascending.
  public var entries: [Int]
  /// The models whose decisions may change.
  public var models: [Digest]
  public var by: String
  public var reason: String
  public var time: Instant?

  public init(
    target: Target, entries: [Int], models: [Digest], by: String, reason: String, time: Instant?
  ) {
    self.target = target
    self.entries = entries
    self.models = models
    self.by = by
    self.reason = reason
    self.time = time
  }

  public func statement() throws(Problem) -> Statement {
    guard !by.isEmpty, !reason.isEmpty else {
      throw Problem(
        .usage, "bad_value", reason: "a retraction needs a name and a reason",
        remedy: "say who takes it back and why")
    }
    precondition(!entries.isEmpty && !models.isEmpty, "a retraction names what it takes back")
    return Statement(
      subjects: models.map { .init(name: nil, sha256: $0) }, predicateType: Self.type.uri,
      predicate: .object(members))
  }

  /// The members of the predicate.
  public var members: JSONObject {
    var object: JSONObject = [
      "of": .string(target.rawValue), "entries": .array(entries.map { JSON($0) }),
      "by": .string(by), "reason": .string(reason),
    ]
    object["time"] = time.map { .string($0.rfc3339) }
    return object
  }

  public init(_ statement: Statement) throws(Problem) {
    let reader = try PredicateReader(statement, as: Self.type)
    guard let target = try reader.word("of", as: Target.self) else {
      throw reader.malformed("of", "edge or waiver is needed")
    }
    self.target = target
    entries = try reader.indices("entries")
    guard !entries.isEmpty else { throw reader.malformed("entries", "at least one is needed") }
    models = try statement.subjectsByDigest(as: Self.type).map(\.digest)
    by = try reader.filled("by")
    reason = try reader.filled("reason")
    time = try reader.time("time")
  }
}
