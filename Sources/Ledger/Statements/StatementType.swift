// What kinds of statements the log holds.
//
// The enumeration is closed on purpose: whoever treats statements switches over it without a
// default, so a new kind does not compile until report, register and schema say what becomes of
// it. Each kind has a file beside this one with its body, writer and reader; the kind `trial` has
// several bodies, which the module Trials keeps. Ledger/schema describes each for others.

import Base
import Crypto

/// A kind of statement.
public enum StatementType: String, CaseIterable, Sendable {
  /// "Child came from ancestor": `LineageStatement`.
  case lineage
  /// A verdict of the gate on one model, asked for or decided again: `CheckStatement`.
  case check
  /// What a comparison of models found.
  case comparison
  /// An event of a randomised trial.
  case trial
  /// Digests of a report's documents: `ReportStatement`.
  case report
  /// What a person concluded from evidence: `ConclusionStatement`.
  case conclusion
  /// A person's exception from a rule, with its end: `WaiverStatement`.
  case waiver
  /// An earlier declaration, conclusion or waiver is taken back: `RetractionStatement`.
  case retraction

  /// The value of `predicateType`.
  public var uri: String { "https://assay.dev/statement/\(rawValue)/v1" }

  /// The kind with this `predicateType`; nil for statements of others.
  public init?(uri: String) {
    guard let known = Self.allCases.first(where: { $0.uri == uri }) else { return nil }
    self = known
  }
}

/// The typed content of a statement of one kind. Reading what was written gives the same value.
public protocol StatementBody: Equatable, Sendable {
  static var type: StatementType { get }
  /// Reads the body; the place of a problem is a JSON pointer into the statement.
  init(_ statement: Statement) throws(Problem)
  /// The in-toto statement.
  func statement() throws(Problem) -> Statement
}
