// The statement that a comparison leaves in the ledger: about the suspect, short, naming the whole
// answer by its digest.

import Base
import Crypto
import Ledger

/// A comparison as it stands in the log.
public struct ComparisonStatement: StatementBody {
  public static let type = StatementType.comparison

  public var suspect: ComparedModel
  /// The blob of the whole answer.
  public var result: Digest
  /// Verdicts and the figures they rest on; a statement holds no more of them.
  public var comparisons: [PairAnswer]
  /// Nil in the statement of a pack that nobody signed.
  public var time: Instant?

  public init(
    suspect: ComparedModel, result: Digest, comparisons: [PairAnswer], time: Instant?
  ) {
    self.suspect = suspect
    self.result = result
    self.comparisons = comparisons
    self.time = time
  }

  public func statement() -> Statement {
    Statement(
      subjects: [.init(name: suspect.id, sha256: suspect.fingerprint)],
      predicateType: Self.type.uri, predicate: json)
  }
}
