// What the gate answers: one verdict, and everything it rests on.

import Base
import Crypto
import Fingerprint
import Formats
import Ledger
import Licensing
import Policy
import Register
import State

/// The answer of `check`.
public struct CheckResult: Sendable {
  /// Where the model lay.
  public let place: CheckedPlace
  /// What is recorded of the model.
  public let facts: ModelFacts
  public let fingerprint: Fingerprint
  public let licence: LicenceReport?
  public let answer: Answer
  public let policy: PolicyReference
  public let profile: Profile?
  public let depth: CheckDepth
  /// The day that the answer is for.
  public let asOf: CalendarDay
  /// Whether it may stand in the register; else it is an answer to a question.
  public let isDecision: Bool
  /// When the check was made; it stands in the statement and in no answer.
  public let time: Instant

  /// ORG/NAME where its layout says it, else the last part of the path.
  public var name: String { facts.name }
  public var verdict: Verdict { answer.verdict }
  /// Nil for a quick check, and where nobody said what the model is for.
  public var decision: PolicyDecision? { answer.policy }
  public var lineage: ModelLineage { answer.lineage }
  /// Of all parts, gravest first.
  public var findings: [Finding] { answer.findings }
  /// 0 allow, 1 deny, 3 review.
  public var exitCode: ExitCode { verdict.exitCode }
  /// The digest that names the model: `files_root`.
  public var model: Digest { fingerprint.filesRoot }
}

/// Where a model lay when it was checked.
public struct CheckedPlace: Sendable {
  /// A path that leads to it again, without any option.
  public let path: String
  /// The revision of a snapshot of a cache.
  public let revision: String?
  /// Files beside a bare file that were read as speaking of it, and what they were.
  public let companions: [(location: String, stamp: FileStamp?)]

  init(_ contents: ModelContents) {
    path = contents.place.place
    revision = contents.place.revision
    companions = contents.place.companions.map { ($0.location, contents.stamps[$0.name]) }
  }
}

/// A check that became a decision.
public struct RecordedCheck: Sendable {
  public let entry: Int
  public let decisionID: String
  /// Why it was decided anew; nil if nothing was decided before.
  public let because: [DecisionCause]?

  public init(entry: Int, decisionID: String, because: [DecisionCause]?) {
    self.entry = entry
    self.decisionID = decisionID
    self.because = because
  }
}
