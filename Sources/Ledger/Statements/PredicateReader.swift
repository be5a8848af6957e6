// Reads the predicate of a statement member by member: every fault is named by the kind of the
// statement and a JSON pointer into it.

import Base
import Crypto

/// The predicate of a statement, or an object in it.
typealias PredicateReader = ObjectReader

extension PredicateReader {
  /// The predicate of a statement of the given kind.
  init(_ statement: Statement, as kind: StatementType) throws(Problem) {
    guard statement.predicateType == kind.uri else {
      throw Self.malformed(kind, "/predicateType", "this is no \(kind.rawValue) statement")
    }
    try self.init(
      statement.predicate, code: Self.code(kind), what: Self.title(kind), pointer: "/predicate")
  }

  /// A fault anywhere in a statement.
  static func malformed(_ kind: StatementType, _ place: String, _ reason: String) -> Problem {
    Problem(.malformed, code(kind), place: place, reason: "\(title(kind)): \(reason)")
  }

  private static func code(_ kind: StatementType) -> String { "bad_\(kind.rawValue)" }

  private static func title(_ kind: StatementType) -> String { "\(kind.rawValue) statement" }
}

extension Statement {
  /// The one subject that a statement of this kind has.
  func onlySubject(as kind: StatementType) throws(Problem) -> (name: String?, digest: Digest) {
    guard subjects.count == 1, let digest = subjects[0].sha256 else {
      throw PredicateReader.malformed(kind, "/subject", "one subject with a SHA-256 is needed")
    }
    return (subjects[0].name, digest)
  }

  /// All subjects; each must have a SHA-256.
  func subjectsByDigest(
    as kind: StatementType
  ) throws(Problem) -> [(name: String?, digest: Digest)] {
    let named = subjects.compactMap { subject in subject.sha256.map { (subject.name, $0) } }
    guard named.count == subjects.count else {
      throw PredicateReader.malformed(kind, "/subject", "every subject needs a SHA-256")
    }
    return named
  }
}
