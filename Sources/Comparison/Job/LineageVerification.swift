// Holds a declared relation against the weights.
//
// A declaration is confirmed if the comparison finds the relation it names, refuted only if a
// certificate shows another one or the other direction, and open in every other case: that a test
// saw nothing never refutes what a maker says. What was confirmed or refuted can be recorded: the
// edge that the weights show, under its own grade (signed from a certificate, else suspected). The
// declaration stays what it is.

import Base
import Crypto
import Evidence
import Ledger

/// What the weights say about a declared relation.
public struct LineageVerification: Equatable, Sendable {
  public enum Outcome: String, Sendable { case confirmed, refuted, open }

  public var outcome: Outcome
  public var declared: Relation
  public var reason: String
  public var comparison: PairAnswer
  public var suspect: ComparedModel

  /// 0 confirmed, 1 refuted, 3 open.
  public var exitCode: ExitCode {
    switch outcome {
    case .confirmed: .yes
    case .refuted: .no
    case .open: .undecided
    }
  }

  /// The edges to record: what the weights show, where that settles the declaration.
  public var edges: [LineageEdge] {
    outcome == .open ? [] : comparison.edges(suspect: suspect)
  }

  /// Statements of these edges, and the body that they name by its digest.
  public func statements() throws(Problem) -> (statements: [Statement], body: [UInt8]) {
    let body = json.canonicalBytes
    let evidence: JSON = [
      "verification": .string(SHA256.hash(body).tagged), "declared": .string(declared.rawValue),
      "outcome": .string(outcome.rawValue),
    ]
    let statements = try edges.map { edge throws(Problem) in
      let isReversed = edge.child == comparison.reference.fingerprint.tagged
      return try LineageStatement(
        edge: edge, childName: isReversed ? comparison.reference.id : suspect.id,
        ancestorName: isReversed ? suspect.id : comparison.reference.id, evidence: evidence
      ).statement()
    }
    return (statements, body)
  }

  public var json: JSON {
    [
      "outcome": .string(outcome.rawValue), "declared": .string(declared.rawValue),
      "reason": .string(reason), "suspect": suspect.json, "comparison": comparison.json,
    ]
  }

  /// - Parameter declared: a relation that passes weights on; others leave nothing to look for.
  public init(declared: Relation, suspect: ComparedModel, comparison: PairAnswer) {
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
