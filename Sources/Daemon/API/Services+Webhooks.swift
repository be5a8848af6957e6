// /v1/webhooks: who wants to be told. The secret of a webhook is shown once.

import Audit
import Base
import HTTP

extension Services {
  var webhookRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/webhooks", scopes: [.admin], summary: "webhooks",
        success: .inline(
          200,
          Schemas.object(["webhooks": ["type": "array", "items": ["type": "object"]]], all: true))
      ) { (_) throws(APIError) in
        let found = try read { (database) throws(Problem) in
          try database.query("SELECT id, url, events FROM webhooks ORDER BY id") { row -> JSON in
            [
              "id": .string(row.text(0)), "url": .string(row.text(1)),
              "events": JSON(row.text(2).split(separator: ",").map(String.init)),
            ]
          }
        }
        return .json(200, ["webhooks": .array(found)])
      },
      Route(
        method: .post, template: "/v1/webhooks", scopes: [.admin],
        summary: "be told when jobs end or decisions change; the secret is shown once",
        body: Schemas.reference("WebhookRequest"),
        success: .inline(
          201, Schemas.object(["id": ["type": "string"], "secret": ["type": "string"]], all: true)),
        takesIdempotencyKey: true, handle: addWebhook),
      Route(
        method: .delete, template: "/v1/webhooks/{id}", scopes: [.admin],
        summary: "remove a webhook and what it was still to be told", success: .empty(204)
      ) { (call) throws(APIError) in
        let id = call.path("id")
        let removed = try write { (state) throws(Problem) -> Bool in
          try state.database.execute("DELETE FROM webhooks WHERE id = ?", [.text(id)])
          return state.database.changedRowCount == 1
        }
        guard removed else { throw APIError.notFound("webhook") }
        return Response(204)
      },
    ]
  }

  private func addWebhook(_ call: Call) throws(APIError) -> Response {
    guard let object = try call.json().object else {
      throw APIError(BodyFault("", "an object is wanted"))
    }
    for key in object.keys where key != "url" && key != "events" {
      throw APIError(BodyFault("", "only url and events are known here"))
    }
    guard let text = object["url"]?.string else {
      throw APIError(BodyFault("/url", "an http address is wanted"))
    }
    do throws(Problem) {
      try WebhookDelivery.check(text, allowsPrivate: allowsPrivateWebhooks)
    } catch {
      throw APIError(422, error.code, error.reason, faults: [BodyFault("/url", error.reason)])
    }
    let events = try Self.events(object["events"])
    let now = clock.now()
    return try idempotency.perform(call) { (state) throws(Problem) in
      let id = "wh_" + Hex.encode(SystemRandom.bytes(12))
      let secret = SystemRandom.bytes(32)
      try state.database.execute(
        "INSERT INTO webhooks(id, url, events, secret, created_at) VALUES (?, ?, ?, ?, ?)",
        [
          .text(id), .text(text), .text(events), .blob(secret), .text(now.rfc3339),
        ])
      return Created(
        status: 201,
        json: ["id": .string(id), "secret": .string("whsec_" + Base64.encode(secret))])
    }
  }

  /// The events of a webhook, as they are stored.
  private static func events(_ json: JSON?) throws(APIError) -> String {
    let known = WebhookEvent.allCases.map(\.rawValue)
    let asked = json?.array?.compactMap(\.string) ?? []
    guard !asked.isEmpty, asked.count == json?.array?.count, Set(asked).count == asked.count,
      asked.allSatisfy(known.contains)
    else {
      throw APIError(
        BodyFault("/events", "some of \(known.joined(separator: ", ")) are wanted, each once"))
    }
    return asked.joined(separator: ",")
  }
}
