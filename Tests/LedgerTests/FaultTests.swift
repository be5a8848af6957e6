import Base
import Crypto
import Store
import Synchronization
import Testing

@testable import Ledger

/// Goal: whatever write fails, and in whichever form, the log reopens sound and holds everything
/// that was acknowledged. Method: count the writes of a run; then run once more for each of them,
/// failing it before it is stored, or after; reopen; check from outside.
@Suite("A ledger on a failing disk")
struct FaultTests {
  /// Lets the first `healthy` writes pass and fails the next one, in one of two forms.
  final class FaultyDisk: Sendable {
    enum Form: CaseIterable, Sendable { case notStored, storedButReportedFailed }

    private let healthy: Int
    private let form: Form
    private let done = Mutex(0)
    static let fault = Problem(.failure, "fault", reason: "the disk failed")

    init(healthy: Int, form: Form) {
      self.healthy = healthy
      self.form = form
    }

    /// How many writes there were.
    var count: Int { done.withLock { $0 } }

    private func isDue() -> Bool {
      done.withLock { count in
        defer { count += 1 }
        return count == healthy
      }
    }

    /// The files of one call are written one by one, so that each can be the one that fails.
    var files: FileWriter {
      FileWriter { [self] (files) throws(Problem) in
        for file in files {
          let due = isDue()
          if due, form == .notStored { throw Self.fault }
          try DurableFile.replace(file.path, with: file.bytes)
          if due { throw Self.fault }
        }
      }
    }

    func commit(_ moment: CommitMoment) throws(Problem) {
      switch (moment, form) {
      case (.before, .notStored), (.after, .storedButReportedFailed):
        if isDue() { throw Self.fault }
      default: break
      }
    }

    func attach(to ledger: Ledger) {
      ledger.files = files
      ledger.database.commitFault = { (moment) throws(Problem) in try self.commit(moment) }
    }
  }

  /// Three appends over a tile boundary; returns the sizes that were acknowledged.
  static func run(_ ledger: Ledger) -> (acknowledged: Int, attempted: [Int]) {
    var acknowledged = 0
    var attempted: [Int] = []
    for range in [0..<3, 3..<256, 256..<260] {
      attempted.append(range.upperBound)
      guard let size = try? ledger.size(), size == range.lowerBound else { break }
      guard let receipts = try? ledger.append(TestLog.entries(range)) else { break }
      acknowledged = receipts.last?.size ?? acknowledged
    }
    return (acknowledged, attempted)
  }

  @Test("loses nothing that was acknowledged", arguments: FaultyDisk.Form.allCases)
  func everyWrite(form: FaultyDisk.Form) throws {
    var healthy = 0
    while true {
      let log = try TestLog()
      let disk = FaultyDisk(healthy: healthy, form: form)
      disk.attach(to: log.ledger)
      let (acknowledged, attempted) = Self.run(log.ledger)

      // As another process would find it, before and after it opened the log.
      let before = log.check()
      #expect(before.problem == nil, "write \(healthy): \(before.problem?.description ?? "")")
      #expect((before.checkpoint?.size ?? -1) >= acknowledged)
      let reopened = try Ledger.open(log.path)
      let size = try reopened.size()
      #expect(size >= acknowledged, "write \(healthy)")
      #expect(size == 0 || attempted.contains(size), "write \(healthy): a part of an append stayed")
      #expect(try reopened.entries(0..<size).map(\.bytes) == TestLog.entries(0..<size))
      #expect(log.check().checkpoint?.size == size)
      _ = try reopened.append([[1]])
      #expect(log.check().checkpoint?.size == size + 1)

      if disk.count <= healthy { break }  // the run had no such write: all were tried
      healthy += 1
    }
    #expect(healthy > 15, "commits, tiles, bundles, marks and checkpoints of three appends")
  }
}
