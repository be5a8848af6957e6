import Base
import Synchronization
import Testing

/// Goal: a run that is no longer wanted ends soon, says so, and loses nothing that was finished
/// before. Method: runs that are cancelled after a given number of questions.
@Suite("A run")
struct RunTests {
  /// Counts the questions; from the question `number` on the answer is "no longer wanted".
  private final class Countdown: Sendable {
    private let asked = Atomic<Int>(0)
    private let number: Int
    init(_ number: Int) { self.number = number }
    var isOver: Bool { asked.add(1, ordering: .relaxed).oldValue >= number }
  }

  private static func cancelled(after number: Int) -> Run {
    let countdown = Countdown(number)
    return Run(threads: 1, isCancelled: { countdown.isOver })
  }

  @Test("gives results in the order of the indices", arguments: [1, 2, 7])
  func order(threads: Int) throws {
    let values = try Run(threads: threads).map(500) { index in index * index }
    #expect(values == (0..<500).map { $0 * $0 })
    #expect(try Run(threads: threads).map(0) { $0 }.isEmpty)
  }

  @Test("begins nothing more once it is cancelled, and says that it was", arguments: [0, 1, 20])
  func cancelled(after: Int) throws {
    let done = Mutex(0)
    let problem = try #require(throws: Problem.self) {
      try Self.cancelled(after: after).map(100) { index in
        done.withLock { $0 += 1 }
        return index
      }
    }
    #expect(problem.kind == .interrupted && problem.exitCode == .interrupted)
    #expect(done.withLock { $0 } == after)
  }

  @Test("is cancelled even where the last index had begun")
  func lastIndex() {
    #expect(throws: Problem.self) { try Self.cancelled(after: 3).map(3) { $0 } }
  }

  @Test("gives the problem of the lowest index that failed", arguments: [1, 2, 5])
  func failure(threads: Int) throws {
    let problem = try #require(throws: Problem.self) {
      try Run(threads: threads).map(200) { index throws(Problem) -> Int in
        guard index < 50 else {
          throw Problem(.malformed, "bad", place: "\(index)", reason: "it is bad")
        }
        return index
      }
    }
    #expect(problem.place == "50")
  }

  @Test("tells its listener, and is silent as a silent one")
  func progress() {
    let heard = Mutex<[RunProgress]>([])
    let run = Run(threads: 3, progress: { now in heard.withLock { $0.append(now) } })
    run.tell(1, of: 2, "models", "hashing")
    run.silent.tell(2, of: 2, "models", "hashing")
    #expect(
      heard.withLock { $0 } == [RunProgress(done: 1, total: 2, unit: "models", label: "hashing")])
    #expect(run.silent.threads == 3 && run.on(threads: 0).threads == 1)
  }
}
