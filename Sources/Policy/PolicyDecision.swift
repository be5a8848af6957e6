// The answer as a value: verdict, findings with citation, path and facts, duties, what is missing.
//
// Spec: Policies/README.md, "Answers"; the JSON is the result of `assay policy eval`.
// Promises: the same question to the same pack gives the same bytes; every finding names the rule,
// its sentence, citation, status and confidence, the edges it went along with their grades, and
// the facts it used with grade and origin.

import Base

/// A fact that a finding looked at.
public struct UsedFact: Equatable, Sendable {
  public let name: String
  /// Empty: the fact is not known.
  public let candidates: [FactCandidate]

  public var json: JSON {
    guard let first = candidates.first else { return ["name": .string(name), "value": nil] }
    if candidates.count > 1 {
      return ["name": .string(name), "candidates": .array(candidates.map(Self.candidate))]
    }
    var object = Self.candidate(first).object ?? [:]
    object["name"] = .string(name)
    return .object(object)
  }

  private static func candidate(_ candidate: FactCandidate) -> JSON {
    var object: JSONObject = [
      "value": candidate.value.json, "grade": .string(candidate.grade.rawValue),
    ]
    object["origin"] = candidate.origin.map(JSON.string)
    return .object(object)
  }
}

/// Something a rule or licence has against the use, or cannot decide.
public struct PolicyFinding: Equatable, Sendable {
  /// The rule, `<licence>#<condition>`, or one of `licence.unknown`, `rules.stale`,
  /// `facts.conflict:<fact>`, `override.refused:<fact>`.
  public let id: String
  public let effect: RuleEffect
  public let truth: Truth
  /// The node of the lineage, or the fact, it is about.
  public let subject: String
  public let title: String
  /// What the text says, in our words.
  public let sentence: String
  public let citation: String
  public let sources: [String]
  /// The terms of providers that it rests on.
  public let terms: [ProviderTerms]
  public let status: RuleStatus?
  public let statusNote: String?
  public let confidence: Confidence?
  public let reviewBy: CalendarDay?
  public let penalty: String?
  public let isWaivable: Bool
  /// From the ancestor to the model.
  public let path: [LineageEdge]
  public let facts: [UsedFact]
  /// A duty of this rule was refused.
  public let isRefusedDuty: Bool

  public var severity: Severity { effect == .deny && truth == .yes ? .error : .warning }

  public var json: JSON {
    var object: JSONObject = [
      "id": .string(id), "severity": .string(severity.rawValue), "message": .string(sentence),
      "effect": .string(effect.rawValue), "truth": .string(truth.word),
      "subject": .string(subject), "status": JSON(status?.rawValue),
      "title": .string(title), "citation": .string(citation),
      "confidence": JSON(confidence?.rawValue), "waivable": .bool(isWaivable),
      "path": .array(path.map(\.json)), "facts": .array(facts.map(\.json)),
    ]
    if !sources.isEmpty { object["sources"] = JSON(sources) }
    if !terms.isEmpty { object["terms"] = .array(terms.map(\.json)) }
    object["status_note"] = statusNote.map(JSON.string)
    object["review_by"] = reviewBy.map { .string($0.description) }
    object["penalty"] = penalty.map(JSON.string)
    if isRefusedDuty { object["refused_duty"] = true }
    return .object(object)
  }

  /// The same for reports that mix findings of all parts.
  public var finding: Finding {
    var details = json.object ?? [:]
    for key in ["id", "severity", "message"] { details[key] = nil }
    return Finding(id: id, severity: severity, message: sentence, details: details)
  }
}

/// What a pack answers to a question.
public struct PolicyDecision: Sendable {
  public let id: String
  public let verdict: Verdict
  public let asOf: CalendarDay
  public let horizon: Horizon
  /// Sorted by id; an id stands once.
  public let findings: [PolicyFinding]
  public let duties: [Duty]
  public let possibleDuties: [Duty]
  /// Findings that a waiver took away.
  public let waived: [PolicyFinding]
  public let notes: [String]
  /// Rules past their review date.
  public let stale: [String]
  /// Nil: not asked for.
  public var missing: MissingFacts?
  public var flips: [Flip]?
  /// The files the answer rests on.
  public let packFiles: [PackFile]

  init(id: String, resolved: ResolvedRequest, outcome: Outcome, horizon: Horizon) {
    self.id = id
    self.horizon = horizon
    asOf = resolved.asOf
    verdict = outcome.verdict
    findings = outcome.findings.map { resolved.evaluation.described($0) }
    duties = outcome.duties
    possibleDuties = outcome.possibleDuties
    waived = outcome.waived.map { resolved.evaluation.described($0) }
    notes = outcome.notes
    stale = outcome.stale
    packFiles = resolved.evaluation.pack.files
  }

  /// `pack: false` leaves the digests out, for batches that print them elsewhere.
  public func json(pack: Bool = true) -> JSON {
    var object: JSONObject = [
      "id": .string(id), "verdict": .string(verdict.rawValue), "as_of": .string(asOf.description),
      "horizon": .string(horizon.rawValue), "findings": .array(findings.map(\.json)),
      "obligations": .array(
        duties.map {
          [
            "id": .string($0.id), "state": .string($0.state.rawValue), "text": .string($0.text),
            "rule": .string($0.rule),
          ]
        }),
      "possible_obligations": JSON(possibleDuties.map(\.id)),
      "waived": JSON(waived.map(\.id)), "notes": JSON(notes), "stale": JSON(stale),
    ]
    object["missing"] = missing?.json
    object["flips"] = flips.map { .array($0.map(\.json)) }
    if pack { object["policies"] = .array(packFiles.map(\.json)) }
    return .object(object)
  }
}
