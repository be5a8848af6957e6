// Evidence: what can be shown about two models, with which error control.
//
// Numbers in, a verdict with its error out. The module never sees a model, a file or a clock:
// `Audit` turns models into units, matrices and distributions and brings them here, so that numbers
// recorded elsewhere take the same path.
//
//   VerdictSentence.swift  the fixed vocabulary, and the sentence that must stand beside a verdict
//   TailBound.swift        a p-value or an e-value that knows whether it is exact
//   Weights/               were these weights computed from those?
//   Outputs/               was this model trained on that one's outputs?
//   Trial/                 randomised trials: withheld and served twins, committed coins
//
// Rules that hold everywhere: a failed gate gives *inconclusive*, never *no-evidence*; no bare
// similarity is a finding; no p-value is zero; every verdict is about one suspect, one reference
// and one line of evidence.

import Base

/// What a rung of the ladder of evidence answered.
public enum RungOutcome: String, Sendable {
  case yes
  case no
  case notTested = "not-tested"
}

/// One test that ran, or says why it did not.
public struct Rung: Equatable, Sendable {
  /// Place on the ladder: 1 same bytes … 7 text only.
  public var rung: Int
  public var test: String
  public var outcome: RungOutcome
  /// Descriptive numbers of the test; never a verdict by themselves.
  public var details: JSONObject

  public init(_ rung: Int, _ test: String, _ outcome: RungOutcome, details: JSONObject = [:]) {
    self.rung = rung
    self.test = test
    self.outcome = outcome
    self.details = details
  }

  public var json: JSON {
    var object = details
    object["rung"] = .number(JSONNumber(rung))
    object["test"] = .string(test)
    object["outcome"] = .string(outcome.rawValue)
    return .object(object)
  }
}

/// A condition that must hold before a verdict may be drawn.
public struct Gate: Equatable, Sendable {
  public var name: String
  public var passed: Bool
  public var detail: String

  public init(_ name: String, passed: Bool, detail: String) {
    self.name = name
    self.passed = passed
    self.detail = detail
  }

  public var json: JSON {
    ["name": .string(name), "passed": .bool(passed), "detail": .string(detail)]
  }
}
