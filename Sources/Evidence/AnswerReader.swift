// Reads an answer of the lines of evidence member by member.
//
// A member that is absent has the empty value of its form, since a statement of the ledger holds
// less of an answer than the answer itself. Whoever must know that nothing is missing and nothing
// is added writes the value that was read again and compares: so do the checks of evidence packs.

import Base

/// An answer, or an object in it.
public typealias AnswerReader = ObjectReader

extension AnswerReader {
  /// - Parameter place: the file's name, or empty; a JSON pointer follows it.
  public init(_ json: JSON, at place: String = "") throws(Problem) {
    try self.init(json, code: "bad_answer", what: "answer", pointer: place)
  }
}
