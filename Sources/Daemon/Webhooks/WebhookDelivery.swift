// Tells webhooks what they asked to be told (Standard Webhooks, standardwebhooks.com).
//
//     webhook-id         the same on every attempt, so that a receiver can drop repeats
//     webhook-timestamp  seconds since 1970
//     webhook-signature  v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>
//
// News is put into the outbox in the transaction that makes it news; a killed daemon therefore
// tells it after its restart. Any 2xx ends a delivery, 410 removes the webhook, anything else is
// tried again with growing pauses over about a day.

import Base
import Crypto
import Glibc
import HTTP
import Store
import Synchronization

final class WebhookDelivery: Sendable {
  private let queue: Queue
  private let log: Log
  private let allowsPrivate: Bool
  private let stopping = Atomic<Bool>(false)

  /// Seconds between attempts.
  private static let pauses: [Int64] = [2, 10, 60, 300, 1800, 7200, 21_600, 43_200]
  private static let timeoutMs: Int64 = 10_000

  init(queue: Queue, log: Log, allowsPrivate: Bool) {
    self.queue = queue
    self.log = log
    self.allowsPrivate = allowsPrivate
  }

  /// Whether an address may be called at all.
  static func check(_ url: String, allowsPrivate: Bool) throws(Problem) {
    _ = try Delivery.resolve(try WebAddress(url), allowsPrivate: allowsPrivate)
  }

  func start() throws(Problem) -> BackgroundThread {
    try BackgroundThread.start("webhooks") { [self] in
      while !stopping.load(ordering: .relaxed) {
        deliverDue()
        usleep(300_000)
      }
    }
  }

  func stop() {
    stopping.store(true, ordering: .relaxed)
  }

  // MARK: On its own thread

  struct Message: Sendable {
    let id: String
    let body: String
    let attempts: Int
    let webhook: String
    let url: String
    let secret: [UInt8]
  }

  private func deliverDue() {
    let now = queue.clock.now()
    let due = try? queue.reader.readOne { (database) throws(Problem) in
      try Self.due(at: now, in: database)
    }
    for delivery in due ?? [] where !stopping.load(ordering: .relaxed) { attempt(delivery) }
  }

  /// What is to be told now. What is further ahead than its pause can be was put there by a clock
  /// that has been set back since, and is due.
  static func due(at now: Instant, in database: Database) throws(Problem) -> [Message] {
    let pauses = pauses.enumerated().map { attempts, pause in
      "WHEN \(attempts + 1) THEN \(longest(pause))"
    }
    return try database.query(
      """
      SELECT d.id, d.body, d.attempts, w.id, w.url, w.secret
      FROM deliveries d JOIN webhooks w ON w.id = d.webhook
      WHERE d.finished = 0 AND (d.due <= ?1
        OR d.due > ?1 + CASE d.attempts \(pauses.joined(separator: " ")) ELSE 0 END)
      ORDER BY d.due LIMIT 20
      """, [.integer(now.seconds)]
    ) { row in
      Message(
        id: row.text(0), body: row.text(1), attempts: row.int(2), webhook: row.text(3),
        url: row.text(4), secret: row.blob(5))
    }
  }

  /// A pause with the most that is added to it.
  private static func longest(_ pause: Int64) -> Int64 { pause + max(1, pause / 4) }

  private func attempt(_ delivery: Message) {
    let now = queue.clock.now()
    let body = Array(delivery.body.utf8)
    let signed = Array("\(delivery.id).\(now.seconds).".utf8) + body
    let signature = Base64.encode(HMAC.sha256(signed, key: delivery.secret))
    var status = 0
    var failure: String?
    do throws(Problem) {
      status = try Delivery.post(
        try WebAddress(delivery.url),
        fields: [
          ("Content-Type", "application/json"), ("webhook-id", delivery.id),
          ("webhook-timestamp", String(now.seconds)),
          ("webhook-signature", "v1,\(signature)"),
        ], body: body, timeoutMs: Self.timeoutMs, allowsPrivate: allowsPrivate)
      if !(200...299).contains(status) { failure = "status \(status)" }
    } catch {
      failure = error.reason
    }
    record(delivery, status: status, failure: failure, at: now)
  }

  private func record(_ delivery: Message, status: Int, failure: String?, at now: Instant) {
    let isOver = failure == nil || delivery.attempts >= Self.pauses.count
    let pause = Self.pauses[min(delivery.attempts, Self.pauses.count - 1)]
    // Spread, so that many that failed together do not come back together.
    let jitter = Int64.random(in: 0...(Self.longest(pause) - pause))
    do throws(Problem) {
      try queue.writer.write { (state) throws(Problem) in
        if status == 410 {
          try state.database.execute(
            "DELETE FROM webhooks WHERE id = ?", [.text(delivery.webhook)])
          return
        }
        try state.database.execute(
          """
          UPDATE deliveries SET attempts = attempts + 1, finished = ?, due = ?, last_error = ?
          WHERE id = ?
          """,
          [
            .int(isOver ? 1 : 0), .integer(now.seconds + pause + jitter), .text(failure),
            .text(delivery.id),
          ])
      }
    } catch {
      log.warn("delivery_not_recorded", error)
    }
    if let failure {
      log.warn(
        "delivery_failed",
        [
          "webhook": .string(delivery.webhook), "delivery": .string(delivery.id),
          "reason": .string(failure), "given_up": .bool(isOver),
        ])
    }
  }
}
