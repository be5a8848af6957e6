// Holds a declared relation against the weights.
//
// A declaration is confirmed if the comparison finds the relation it names, refuted only if a
// certificate shows another one or the other direction, and open in every other case: that a test
// saw nothing never refutes what a maker says.

import Base
import Evidence

/// What the weights say about a declared relation.
public struct LineageVerification: Equatable, Sendable {
  public enum Outcome: String, Sendable { case confirmed, refuted, open }

  public var outcome: Outcome
  public var declared: Relation
  public var reason: String
  public var comparison: Comparison
  public var suspect: ComparedModel

  /// 0 confirmed, 1 refuted, 3 open.
  public var exitCode: ExitCode {
    switch outcome {
    case .confirmed: .yes
    case .refuted: .no
    case .open: .undecided
    }
  }

  /// The edge to record: ours if confirmed, else none; the declaration stays what it is.
  public var edges: [LineageEdge] {
    outcome == .confirmed ? comparison.edges(suspect: suspect) : []
  }

  public var json: JSON {
    [
      "outcome": .string(outcome.rawValue), "declared": .string(declared.rawValue),
      "reason": .string(reason), "suspect": suspect.json, "comparison": comparison.json,
    ]
  }

  /// - Parameter declared: a relation that passes weights on; others leave nothing to look for.
  public init(declared: Relation, suspect: ComparedModel, comparison: Comparison) {
    self.declared = declared
    self.suspect = suspect
    self.comparison = comparison
    let lineage = comparison.weightLineage
    let seen = lineage.relations.compactMap(\.relation.edge)
    let words = lineage.relations.map(\.relation.rawValue).joined(separator: ", ")
    // What was lost, or bytes that are equal: nothing statistical stands behind it.
    let isCertain = lineage.isCertificate || lineage.direction != .undetermined
    if !Self.passesWeights(declared) {
      outcome = .open
      reason = "\(declared.rawValue) leaves no trace in weights that this test could find"
    } else if !lineage.verdict.isPositive {
      outcome = .open
      reason = lineage.sentence
    } else if lineage.direction == .referenceFromSuspect {
      outcome = .refuted
      reason = "the direction is the other one: the reference was made from the suspect (\(words))"
    } else if seen.contains(declared) {
      outcome = .confirmed
      reason = "the weights show \(words)"
    } else if isCertain, !seen.isEmpty {
      outcome = .refuted
      reason = "the weights show \(words), not \(declared.rawValue)"
    } else {
      outcome = .open
      reason = "the weights are related (\(words)); \(declared.rawValue) is not told apart"
    }
  }

  private static func passesWeights(_ relation: Relation) -> Bool {
    switch relation {
    case .copy, .converted, .quantized, .pruned, .finetuned, .continued, .merged: true
    case .adapter, .distilled, .data, .architecture, .evaluated: false
    }
  }
}
