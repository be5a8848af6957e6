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
  /// For so long after a look at the files a list may do without another. A gate never does.
  private static let listPauseSeconds = 0.001

  /// What was read of keys and configuration, and what the files were then.
  private struct Known: Sendable {
    /// The directory of keys is among them: while its stamp stands, there are no others.
    let paths: [String]
    let stamps: [FileStamp?]
    let trustedName: [UInt8]
    let settings: StateSettings
    /// By the clock that only grows.
    var lookedAt: Double
  }

  init(state: StateDirectory, reader: StateReader, writer: StateWriter, clock: WallClock) {
    self.state = state
    self.reader = reader
    self.writer = writer
    self.clock = clock
  }

  /// Runs `body` on one view of the register with the packs and profiles of this moment. What
  /// another program appended is taken in first, by the writer.
  /// - Parameter forList: nobody decides by the answer, so that keys and configuration may be a
  ///   millisecond old: a busy daemon looks at them once for many pages.
  func standing<T>(
    forList: Bool = false, _ body: (Standing) throws(Problem) -> T
  ) throws(Problem) -> T {
    let files = try current(forList: forList)
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

  private func current(forList: Bool) throws(Problem) -> Known {
    let now = WallClock.monotonicSeconds()
    if var known = known.withLock({ $0 }) {
      if forList, now - known.lookedAt < Self.listPauseSeconds { return known }
      if known.stamps == Self.stamps(known.paths) {
        known.lookedAt = now
        self.known.withLock { $0 = known }
        return known
      }
    }
    let paths = state.settingsPaths
    let fresh = Known(
      paths: paths, stamps: Self.stamps(paths),
      trustedName: Register.name(of: try state.trustedKeys()),
      settings: try StateSettings(state), lookedAt: now)
    // A file that came in between would be watched by nobody.
    known.withLock { $0 = paths == state.settingsPaths ? fresh : nil }
    return fresh
  }
}
