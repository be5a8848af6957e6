// When a webhook is told, by a clock that may be set.

import Base
import Store
import Testing

@testable import Daemon

@Suite("Deliveries to webhooks")
struct WebhookDueTests {
  /// Which of the deliveries are due, each with the attempts so far and when it was put off to.
  private func due(_ deliveries: [(attempts: Int, due: Int64)], at now: Int64) throws -> [String] {
    try withState { state in
      let writer = try StateWriter(state)
      return try writer.write { (state) throws(Problem) in
        try state.database.execute(
          "INSERT INTO webhooks(id, url, secret, events, created_at) VALUES (?, ?, ?, ?, ?)",
          [
            .text("w"), .text("https://example.org/"), .blob([1]), .text("job.done"),
            .text("2026-01-01T00:00:00Z"),
          ])
        for (index, delivery) in deliveries.enumerated() {
          try state.database.execute(
            "INSERT INTO deliveries(id, webhook, body, attempts, due) VALUES (?, 'w', '{}', ?, ?)",
            [.text("\(index)"), .int(delivery.attempts), .integer(delivery.due)])
        }
        return try WebhookDelivery.due(at: Instant(seconds: now), in: state.database).map(\.id)
      }
    }
  }

  @Test("wait for their time, and no longer than a pause can be")
  func due() throws {
    let now: Int64 = 1_800_000_000
    // What was put into the outbox is due at once; after an attempt there are 2 seconds, after the
    // fourth 300, each with a quarter at most.
    #expect(try due([(0, now - 5), (1, now), (4, now - 1)], at: now) == ["0", "2", "1"])
    #expect(try due([(1, now + 2), (1, now + 3), (4, now + 375)], at: now) == [])
    // The clock was years ahead when these were put off, and has been set back.
    let ahead = now + 300_000_000
    #expect(try due([(0, ahead), (1, ahead), (8, ahead)], at: now).count == 3)
    #expect(try due([(0, now + 1), (1, now + 4), (4, now + 376)], at: now).count == 3)
  }
}
