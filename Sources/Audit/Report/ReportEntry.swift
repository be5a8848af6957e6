// An entry of the log as a report lists it: where it stands, what it is about, and the words that
// were signed. The words are kept whole, also those that this program does not know, because the
// report prints them as they were signed; the typed reading stands beside them.

import Base
import Crypto
import Ledger

/// Where an entry stands, what it is about, and what was signed.
public struct ReportEntry: Equatable, Sendable {
  /// Its position in the log.
  public let index: Int
  /// The first subject of the statement, and what it is called.
  public let subject: Digest?
  public let subjectName: String?
  /// The members of the predicate as they were signed.
  let members: JSONObject

  init(index: Int, subject: Digest?, subjectName: String?, members: JSONObject) {
    self.index = index
    self.subject = subject
    self.subjectName = subjectName
    self.members = members
  }

  /// A statement of the log; `statement` is the recorded one with its whole body.
  init(_ recorded: RecordedStatement, _ statement: Statement) {
    self.init(
      index: recorded.index, subject: statement.subjects.first?.sha256,
      subjectName: statement.subjects.first?.name, members: statement.predicate.object ?? [:])
  }

  /// The same entry with members of the same statement in another form, which go before.
  func with(_ others: JSONObject) -> ReportEntry {
    ReportEntry(
      index: index, subject: subject, subjectName: subjectName, members: members.merging(others))
  }
}
