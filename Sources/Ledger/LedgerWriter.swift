// Group commit: many callers append at once, and share the cost of becoming durable.
//
// What arrives while one batch is on its way to the disk forms the next batch: one transaction
// and one publishing for all of it. A caller hears back when its entry is durable.

import Base
import Crypto

/// The one writer of a log within a process. It owns the ledger and its connection.
public actor LedgerWriter {
  private let ledger: Ledger
  private var waiting: [Waiting] = []
  private var isRunning = false

  /// The most entries of one batch.
  public static let batchCountMax = Ledger.receiptCountMax

  private struct Waiting {
    var entry: [UInt8]
    var caller: CheckedContinuation<Receipt, any Error>
  }

  /// Takes over a ledger.
  public init(_ ledger: sending Ledger) { self.ledger = ledger }

  /// Appends one entry. Throws `Problem`; an entry that is too long harms no other.
  public func append(_ entry: [UInt8]) async throws -> Receipt {
    try Ledger.checkLength(of: entry)
    return try await withCheckedThrowingContinuation { caller in
      waiting.append(Waiting(entry: entry, caller: caller))
      guard !isRunning else { return }
      isRunning = true
      Task { await self.run() }
    }
  }

  /// The newest durable checkpoint.
  public func checkpoint() throws -> Checkpoint { try ledger.checkpoint() }

  private func run() async {
    // Callers that queued up behind this actor come in at each `yield`.
    await Task.yield()
    while !waiting.isEmpty {
      let batch = Array(waiting.prefix(Self.batchCountMax))
      waiting.removeFirst(batch.count)
      let result = Result { () throws(Problem) in try ledger.append(batch.map(\.entry)) }
      for (position, item) in batch.enumerated() {
        item.caller.resume(with: result.map { $0[position] }.mapError { $0 })
      }
      await Task.yield()
    }
    isRunning = false
  }
}
