// The answer of the weight tests for one suspect and one reference.
//
// A positive verdict rests on rung 1 or 2 (equal bytes, equal tensors, a recovered
// re-parameterisation) or on a probability under independent starts. Relations are named beside
// it, each with the numbers it rests on; direction comes from certificates alone.

import Base

/// A relation seen in the weights, with the estimator's numbers.
public struct RelationFinding: Equatable, Sendable {
  public var relation: WeightRelation
  public var details: JSONObject

  public init(_ relation: WeightRelation, _ details: JSONObject = [:]) {
    self.relation = relation
    self.details = details
  }

  public var json: JSON {
    var object = details
    object["relation"] = .string(relation.rawValue)
    return .object(object)
  }
}

/// One verdict of weight lineage.
public struct WeightLineage: Equatable, Sendable {
  public var verdict: WeightVerdict
  /// Nearest first.
  public var relations: [RelationFinding]
  public var direction: LineageDirection
  /// Nil for certificates and where no test ran.
  public var p: TailBound?
  /// log10 of the e-value of the exact tests; nil if they did not run.
  public var log10E: Double?
  /// Comparisons made in the same call; decisions divide the e-value by it.
  public var comparisons: Int
  public var sentence: String
  public var rungs: [Rung]
  public var findings: [Finding]
  /// Layer map, tensor lists and other descriptions.
  public var details: JSONObject

  public init(
    verdict: WeightVerdict, sentence: String, relations: [RelationFinding] = [],
    direction: LineageDirection = .undetermined, p: TailBound? = nil, log10E: Double? = nil,
    comparisons: Int = 1, rungs: [Rung] = [], findings: [Finding] = [],
    details: JSONObject = [:]
  ) {
    self.verdict = verdict
    self.sentence = sentence
    self.relations = relations
    self.direction = direction
    self.p = p
    self.log10E = log10E
    self.comparisons = comparisons
    self.rungs = rungs
    self.findings = findings
    self.details = details
  }

  /// Nothing ran, and why.
  public static func notTested(_ reason: String) -> WeightLineage {
    WeightLineage(verdict: .notTested, sentence: VerdictSentence.notTested(reason: reason))
  }

  /// Equal bytes, equal tensors or an explicit map: no probability needed.
  public var isCertificate: Bool {
    rungs.contains { $0.rung <= 2 && $0.outcome == .yes }
  }

  public var json: JSON {
    var object: JSONObject = [
      "verdict": .string(verdict.rawValue),
      "relation": JSON(relations.first?.relation.rawValue),
      "relations": JSON(relations.map(\.relation.rawValue)),
      "relation_details": .array(relations.map(\.json)),
      "direction": .string(direction.rawValue),
      "p_value": p.map { JSON($0.value) } ?? .null,
      "log10_p_value": p.map { JSON($0.log10) } ?? .null,
      "log10_e_value": log10E.map { JSON($0) } ?? .null,
      "exact": .bool(p?.isExact ?? isCertificate),
      "comparisons_adjusted_for": JSON(comparisons),
      "sentence": .string(sentence),
      "rungs": .array(rungs.map(\.json)),
    ]
    if let p { object["p_adjusted"] = JSON(p.adjusted(for: comparisons).value) }
    if !findings.isEmpty { object["findings"] = .array(findings.map(\.json)) }
    if details.count > 0 { object["details"] = .object(details) }
    return .object(object)
  }
}
