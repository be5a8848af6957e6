// What a profile leaves open, whatever the model: for asking the one who is to use models.
//
// Does not: ask for facts about a model, which belong to its check.

import Base
import Policy

extension Question {
  /// Facts that rules would ask for, first those whose answers can settle everything, the most
  /// useful of them first; then those that licences ask for.
  public static func openFacts(
    of profile: JSON, pack: PolicyPack, asOf: CalendarDay
  ) throws(Problem) -> [String] {
    var object = profile.object ?? [:]
    var asked = object["request"]?.object ?? [:]
    if asked["date"] == nil { asked["date"] = .string(asOf.description) }
    object["request"] = .object(asked)
    var request = try PolicyRequest(profile: .object(object))
    if let bound = endUserBound(request) { request.bounds.append(bound) }
    let facts = try Policy.openFacts(pack, request)
    let open = (facts.filter(\.isOnShortList) + facts.filter { !$0.isOnShortList }).map(\.fact)
    let known = Set(request.statements.filter { !$0.value.isNull }.map(\.fact))
    var result: [String] = []
    for fact in open + pack.factsOfLicences where !known.contains(fact) && !result.contains(fact) {
      // Of one model or one transaction (`data.`: what a counterparty reaches), not of a person.
      let isOfOneCase = ["model.", "data.", "lineage:", "edge:"].contains { fact.hasPrefix($0) }
      if !isOfOneCase { result.append(fact) }
    }
    return result
  }
}
