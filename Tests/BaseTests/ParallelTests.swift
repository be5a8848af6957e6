import Base
import Synchronization
import Testing

@Suite("Running in parallel")
struct ParallelTests {
  @Test("every index is visited once, whatever the number of threads", arguments: [1, 2, 3, 64])
  func indices(threads: Int) {
    let seen = Mutex([Int](repeating: 0, count: 1000))
    Parallel.forEach(1000, threads: threads) { index in seen.withLock { $0[index] += 1 } }
    #expect(seen.withLock { $0.allSatisfy { $0 == 1 } })
    Parallel.forEach(0, threads: threads) { _ in Issue.record("there is no index") }
  }

  @Test("the exit code of a batch is the gravest one")
  func combined() {
    #expect(ExitCode.combined([.yes, .undecided, .no]) == .no)
    #expect(ExitCode.combined([.yes, .undecided, .no, .malformed]) == .malformed)
    #expect(ExitCode.combined([]) == .yes)
  }
}
