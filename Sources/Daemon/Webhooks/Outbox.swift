// What webhooks are to be told: rows that are written in the transaction of what happened, so that
// nothing is told that did not happen and nothing that happened stays untold.

import Base
import Store

/// What somebody can ask to be told of.
enum WebhookEvent: String, CaseIterable, Sendable {
  case jobDone = "job.done"
  /// A model's newest decision has another verdict than the one before.
  case decisionChanged = "decision.changed"
}

enum Outbox {
  static func isWanted(_ event: WebhookEvent, in database: Database) throws(Problem) -> Bool {
    try !webhooks(event, in: database).isEmpty
  }

  /// A delivery for every webhook that asked for the event.
  static func put(
    _ event: WebhookEvent, _ data: JSON, at now: Instant, in database: Database
  ) throws(Problem) {
    let body: JSON = [
      "type": .string(event.rawValue), "timestamp": .string(now.rfc3339), "data": data,
    ]
    for webhook in try webhooks(event, in: database) {
      try database.execute(
        "INSERT INTO deliveries(id, webhook, body, due) VALUES (?, ?, ?, ?)",
        [
          .text("msg_" + Hex.encode(SystemRandom.bytes(12))), .text(webhook),
          .text(body.canonicalText), .integer(now.seconds),
        ])
    }
  }

  private static func webhooks(
    _ event: WebhookEvent, in database: Database
  ) throws(Problem) -> [String] {
    try database.query("SELECT id, events FROM webhooks ORDER BY id") { row in
      (id: row.text(0), events: row.text(1).split(separator: ","))
    }.filter { $0.events.contains(Substring(event.rawValue)) }.map(\.id)
  }
}
