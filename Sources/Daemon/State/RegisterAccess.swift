// Asking the register from any thread of the daemon, always brought up to date before.
//
// Keys and configuration are files that anybody may change at any time, so each question looks at
// their stamps; they are read again only when a stamp is another one.

import Base
import Crypto
import Ledger
import Licensing
import Register
import State
import Store
import Synchronization

/// The register as the daemon's routes and threads ask it.
final class RegisterAccess: Sendable {
  let state: StateDirectory
  let reader: StateReader
  let writer: StateWriter
  let clock: WallClock
  private let known = Mutex<Known?>(nil)

  /// What was read of keys and configuration, and what the files were then.
  private struct Known: Sendable {
    /// The directory of keys is among them: while its stamp stands, there are no others.
    let paths: [String]
    let stamps: [FileStamp?]
    let trustedName: [UInt8]
    let settings: StateSettings
  }

  init(state: StateDirectory, reader: StateReader, writer: StateWriter, clock: WallClock) {
    self.state = state
    self.reader = reader
    self.writer = writer
    self.clock = clock
  }

  /// Runs `body` on one view of the register with the packs and profiles of this moment. What
  /// another program appended is taken in first, by the writer.
  func standing<T>(_ body: (Standing) throws(Problem) -> T) throws(Problem) -> T {
    let files = try current()
    if let answer = try ask(files, body) { return answer }
    try writer.write { (state) throws(Problem) in _ = try state.register() }
    if let answer = try ask(files, body) { return answer }
    // Somebody appends faster than this looks; the writer's own view is never behind.
    throw Problem(
      .failure, "database_busy", reason: "the register is still being brought up to date",
      remedy: "ask again in a moment")
  }

  /// Nil if the register is behind its log.
  private func ask<T>(
    _ files: Known, _ body: (Standing) throws(Problem) -> T
  ) throws(Problem) -> T? {
    let today = CalendarDay(clock.now())
    return try reader.read { (database) throws(Problem) in
      guard try Register.isUpToDate(database, trustedName: files.trustedName) else { return nil }
      let sources = DecisionSources(
        settings: files.settings, database: database, today: today,
        catalogue: Licensing.catalogueDigest)
      return try body(
        Standing(reader: RegisterReader(database), sources: sources, blobs: state.blobs))
    }
  }

  private static func stamps(_ paths: [String]) -> [FileStamp?] {
    paths.map { FileSystem.anyStamp(of: $0) }
  }

  private func current() throws(Problem) -> Known {
    if let known = known.withLock({ $0 }), known.stamps == Self.stamps(known.paths) {
      return known
    }
    let paths = state.settingsPaths
    let fresh = Known(
      paths: paths, stamps: Self.stamps(paths),
      trustedName: Register.name(of: try state.trustedKeys()),
      settings: try StateSettings(state))
    // A file that came in between would be watched by nobody.
    known.withLock { $0 = paths == state.settingsPaths ? fresh : nil }
    return fresh
  }
}
