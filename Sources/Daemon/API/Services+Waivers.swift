// /v1/decisions/{id}/waivers and /v1/waivers/{entry}: a person's exception from rules, and its end.
// The statement is the one that `assay waive` writes; the decision follows from it.

import Audit
import Base
import HTTP
import Ledger
import Register

extension Services {
  var waiverRoutes: [Route] {
    [
      Route(
        method: .post, template: "/v1/decisions/{id}/waivers", scopes: [.admin],
        summary: "waive rules of a decision until a day, for a reason",
        body: Schemas.reference("WaiverRequest"), success: .schema(201, "Decision"),
        takesIdempotencyKey: true, handle: waive),
      Route(
        method: .delete, template: "/v1/waivers/{entry}", scopes: [.admin],
        summary: "withdraw the waiver of a ledger entry",
        body: Schemas.reference("WithdrawalRequest"),
        success: .inline(
          200,
          Schemas.object(
            ["ledger_index": ["type": "integer"], "withdrawn": ["type": "integer"]], all: true)),
        handle: withdraw),
    ]
  }

  private struct WaiverBody: Sendable {
    let reason: String
    let lastDay: CalendarDay
    let rules: [String]

    init(_ json: JSON, now: Instant) throws(BodyFault) {
      guard let object = json.object else { throw BodyFault("", "an object is wanted") }
      for key in object.keys where !["reason", "expires_at", "rules"].contains(key) {
        throw BodyFault("", "only reason, expires_at and rules are known here")
      }
      reason = try Services.reason(object, least: 10)
      guard let until = object["expires_at"]?.string.flatMap(Instant.init(rfc3339:)) else {
        throw BodyFault("/expires_at", "an RFC 3339 time is wanted")
      }
      guard until > now else { throw BodyFault("/expires_at", "it has passed already") }
      lastDay = CalendarDay(until)
      guard let rules = object["rules"]?.array, (1...100).contains(rules.count),
        rules.allSatisfy({ (1...200).contains($0.string?.utf8.count ?? 0) })
      else { throw BodyFault("/rules", "the ids of 1 to 100 rules are wanted") }
      self.rules = rules.compactMap(\.string)
    }
  }

  private static func reason(_ object: JSONObject, least: Int) throws(BodyFault) -> String {
    guard let reason = object["reason"]?.string, (least...2000).contains(reason.count) else {
      throw BodyFault("/reason", "a reason of \(least) to 2000 characters is wanted")
    }
    return reason
  }

  private func waive(_ call: Call) throws(APIError) -> Response {
    let now = clock.now()
    let id = call.path("id")
    let json = try call.json()
    let body: WaiverBody
    do throws(BodyFault) { body = try WaiverBody(json, now: now) } catch { throw APIError(error) }
    let by = call.caller?.name ?? ""
    return try idempotency.perform(call) { (state) throws(Problem) in
      let reader = try state.register()
      guard let decision = try reader.decision(id: id) else { throw unknown("decision") }
      let sources = try state.sources(at: now)
      let statements = try body.rules.map { rule throws(Problem) in
        try WaiverGrant(
          WaiverStatement(
            model: decision.check.model, modelName: decision.check.name, rule: rule, by: by,
            reason: body.reason, from: CalendarDay(now), to: body.lastDay, time: now)
        ).statement(in: reader, sources: sources)
      }
      try state.append(statements)
      let after = RegisterReader(state.database)
      let standing = Standing(reader: after, sources: sources, blobs: state.blobs)
      return Created(
        status: 201, json: try standing.apiJSON(try standing.of(decision)),
        location: "/v1/decisions/\(id)")
    }
  }

  private func withdraw(_ call: Call) throws(APIError) -> Response {
    guard let entry = Int(call.path("entry")), entry >= 0 else {
      throw APIError.notFound("waiver")
    }
    let object = try call.json().object ?? [:]
    let reason: String
    do throws(BodyFault) { reason = try Self.reason(object, least: 1) } catch {
      throw APIError(error)
    }
    let by = call.caller?.name ?? ""
    let now = clock.now()
    let index = try write { (state) throws(Problem) in
      let statement = try TakingBack(entry: entry, by: by, reason: reason)
        .waiver(at: now, key: state.ownKey, in: try state.register()).statement()
      return try state.append([statement]).firstIndex
    }
    return .json(200, ["ledger_index": JSON(index), "withdrawn": JSON(entry)])
  }
}

private func unknown(_ what: String) -> Problem {
  Problem(.usage, "not_found", reason: "There is no such \(what).")
}
