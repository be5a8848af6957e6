// The part that all entries of a report share, as JSON: the signed members, and what the report
// adds to them; and the few words that statements of every kind have in common.

import Base
import Crypto
import Ledger

extension ReportEntry {
  /// What the report adds to the signed members of an entry of every kind.
  private static let added: Set<ByteName> = ["ledger_index", "subject", "subject_name"]

  /// The signed members with the entry's place and subject; `others` follow them and go before.
  func json(_ others: JSONObject = [:]) -> JSON {
    .object(
      members.merging([
        "ledger_index": JSON(index), "subject": JSON(subject?.tagged),
        "subject_name": JSON(subjectName),
      ]).merging(others))
  }

  /// Reads what `json` writes.
  /// - Parameter others: the names of the members that were put beside the signed ones.
  init(_ reader: ObjectReader, without others: Set<ByteName> = []) throws(Problem) {
    self.init(
      index: try reader.count("ledger_index"), subject: try reader.digest("subject"),
      subjectName: try reader.text("subject_name"),
      members: reader.members(without: Self.added.union(others)))
  }

  /// The statement of one subject that was signed, so far as the report keeps it.
  func statement(_ type: StatementType) -> Statement {
    Statement(
      subjects: subject.map { [.init(name: subjectName, sha256: $0)] } ?? [],
      predicateType: type.uri, predicate: .object(members))
  }

  /// When it was recorded, if the statement says so.
  public var time: Instant? {
    (members["time"] ?? members["at"])?.string.flatMap(Instant.init(rfc3339:))
  }

  /// The blob of the whole answer behind the statement.
  var answer: Digest? { members["result"]?.string.flatMap(Digest.init(tagged:)) }
}
