// Asking the register from any thread of the daemon, always brought up to date before.

import Base
import Ledger
import Licensing
import Register
import State
import Store

/// The register as the daemon's routes and threads ask it.
struct RegisterAccess: Sendable {
  let state: StateDirectory
  let reader: StateReader
  let writer: StateWriter
  let clock: WallClock

  /// Runs `body` on one view of the register with the packs and profiles of this moment. What
  /// another program appended is taken in first, by the writer.
  func standing<T>(_ body: (Standing) throws(Problem) -> T) throws(Problem) -> T {
    let trusted = try state.trustedKeys()
    let isBehind = try reader.readOne { (database) throws(Problem) in
      try !Register.isUpToDate(database, trusted: trusted)
    }
    if isBehind {
      try writer.write { (state) throws(Problem) in _ = try state.register() }
    }
    let now = clock.now()
    return try reader.read { (database) throws(Problem) in
      let sources = try DecisionSources(
        state: state, database: database, today: CalendarDay(now),
        catalogue: Licensing.catalogueDigest)
      return try body(
        Standing(reader: RegisterReader(database), sources: sources, blobs: state.blobs))
    }
  }
}
