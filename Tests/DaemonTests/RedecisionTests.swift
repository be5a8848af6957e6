// What the daemon decides again by itself, when something changes at the worst moment.

import Base
import GateSupport
import Ledger
import Register
import State
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// A clock that does something once, the given time somebody looks at it.
private final class Interruption: Sendable {
  private let looks = Atomic<Int>(0)
  private let moment: Int
  private let act: @Sendable () -> Void

  init(at moment: Int, _ act: @escaping @Sendable () -> Void) {
    self.moment = moment
    self.act = act
  }

  var hasCome: Bool { looks.load(ordering: .relaxed) > moment }

  func clock(_ stage: StageClock) -> WallClock {
    WallClock { [self] in
      if looks.add(1, ordering: .relaxed).oldValue == moment { act() }
      return stage.now
    }
  }
}

@Suite("Deciding again in a daemon")
struct RedecisionTests {
  /// A state with an allowed model under each name and one that denies its children, and the edge
  /// that turns the second of them.
  private func stage() throws -> (GateStage, LineageStatement) {
    let stage = try GateStage()
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    for (seed, name) in ["first", "second"].enumerated() {
      try stage.add(name, TinyFolder(seed: UInt64(10 + seed)))
    }
    for name in ["nc", "first", "second"] { try stage.check(name) }
    let edge = LineageEdge(
      ancestor: try stage.digest("nc").tagged, child: try stage.digest("second").tagged,
      relation: .finetuned, grade: .declared)
    return (stage, LineageStatement(edge: edge))
  }

  @Test("a change is decided on, whenever it comes while others are decided")
  func interrupted() throws {
    var moments = 0
    while true {
      let (stage, statement) = try stage()
      // The other program's own connection to the state.
      let state = stage.state
      let interruption = Interruption(at: moments) {
        _ = try? StateLog(state).append([try statement.statement()])
      }
      let redecision = Redecision(
        register: RegisterAccess(
          state: state, reader: StateReader(path: state.databasePath),
          writer: try StateWriter(state), clock: interruption.clock(stage.clock)),
        log: Log { _ in })
      try stage.declare("first", from: "nc")
      redecision.look()
      guard interruption.hasCome else { break }
      redecision.look()
      for name in ["first", "second"] {
        let newest = try stage.newest(name)
        #expect(newest.decision.check.verdict == .deny, "\(name), change at look \(moments)")
        #expect(newest.state == .current, "\(name), change at look \(moments)")
      }
      moments += 1
    }
    #expect(moments >= 4, "a look asks for the time before, during and after it decides")
  }
}
