// /v1/decisions: reading them, and waiving rules of one. A waiver is a person's word, recorded in
// the ledger; it never changes the verdict that was given.

import Audit
import Base
import HTTP
import Ledger

extension Services {
  var decisionRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/decisions", scopes: [.read],
        summary: "decisions, newest first",
        query: [
          QueryParameter(name: "model", schema: Schemas.reference("Digest")), .limit, .cursor,
        ],
        success: .inline(200, Schemas.list("decisions", of: "Decision")), isQuick: true,
        handle: listDecisions),
      Route(
        method: .get, template: "/v1/decisions/{id}", scopes: [.read], summary: "one decision",
        success: .schema(200, "Decision"), isQuick: true
      ) { (call) throws(APIError) in
        let id = call.path("id")
        let found = try read { (database) throws(Problem) in
          try DecisionTable.find(id: id, in: database)
        }
        guard let found else { throw APIError.notFound("decision") }
        return .json(200, found.json)
      },
      Route(
        method: .post, template: "/v1/decisions/{id}/waivers", scopes: [.admin],
        summary: "waive rules of a decision until a day, for a reason",
        body: Schemas.reference("WaiverRequest"), success: .schema(201, "Decision"),
        takesIdempotencyKey: true, handle: waive),
    ]
  }

  private func listDecisions(_ call: Call) throws(APIError) -> Response {
    let (limit, before) = try call.page()
    var model: Digest?
    if let text = try call.query("model") {
      guard let digest = Digest(tagged: text) else {
        throw APIError(422, "bad_parameter", "The parameter model is not a digest.")
      }
      model = digest
    }
    let wanted = model?.tagged
    let found = try read { (database) throws(Problem) in
      try DecisionTable.list(model: wanted, before: before, limit: limit + 1, in: database)
    }
    return .json(200, page("decisions", found, limit: limit, number: \.number, json: \.json))
  }

  private struct Waiver: Sendable {
    let reason: String
    let expiresAt: Instant
    let rules: [String]

    init(_ json: JSON, now: Instant) throws(BodyFault) {
      guard let object = json.object else { throw BodyFault("", "an object is wanted") }
      for key in object.keys where !["reason", "expires_at", "rules"].contains(key) {
        throw BodyFault("", "only reason, expires_at and rules are known here")
      }
      guard let reason = object["reason"]?.string, (10...2000).contains(reason.count) else {
        throw BodyFault("/reason", "a reason of 10 to 2000 characters is wanted")
      }
      guard let until = object["expires_at"]?.string.flatMap(Instant.init(rfc3339:)) else {
        throw BodyFault("/expires_at", "an RFC 3339 time is wanted")
      }
      guard until > now else { throw BodyFault("/expires_at", "it has passed already") }
      guard let rules = object["rules"]?.array, (1...100).contains(rules.count),
        rules.allSatisfy({ (1...200).contains($0.string?.utf8.count ?? 0) })
      else { throw BodyFault("/rules", "the ids of 1 to 100 rules are wanted") }
      self.reason = reason
      expiresAt = until
      self.rules = rules.compactMap(\.string)
    }
  }

  private func waive(_ call: Call) throws(APIError) -> Response {
    let now = clock.now()
    let id = call.path("id")
    let json = try call.json()
    let waiver: Waiver
    do throws(BodyFault) { waiver = try Waiver(json, now: now) } catch { throw APIError(error) }
    let known = try read { (database) throws(Problem) in
      try DecisionTable.find(id: id, in: database)
    }
    guard let known, let model = Digest(tagged: known.model) else {
      throw APIError.notFound("decision")
    }
    let by = call.caller?.name ?? ""
    return try idempotency.perform(call) { (state) throws(Problem) in
      let predicate: JSON = [
        "decision": .string(id), "reason": .string(waiver.reason),
        "expires_at": .string(waiver.expiresAt.rfc3339), "rules": JSON(waiver.rules),
        "by": .string(by), "at": .string(now.rfc3339),
      ]
      let statement = JobStatement(
        predicateType: StatementType.waiver.uri,
        subjects: [.init(name: "model", digest: model)], predicate: predicate)
      let index = try state.append([statement]).first
      try state.database.execute(
        """
        INSERT INTO waivers(decision, reason, expires_at, rules, created_at, by, ledger_index)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
          .text(id), .text(waiver.reason), .text(waiver.expiresAt.rfc3339),
          .text(JSON(waiver.rules).canonicalText), .text(now.rfc3339), .text(by), .int(index),
        ])
      guard let decision = try DecisionTable.find(id: id, in: state.database) else {
        throw Problem(.failure, "decision_lost", reason: "the decision is gone")
      }
      return Created(status: 201, json: decision.json, location: "/v1/decisions/\(id)")
    }
  }
}
