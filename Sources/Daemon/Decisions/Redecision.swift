// Keeps the newest decisions current: a thread that looks every second whether something they rest
// on has changed, decides again what no longer stands, and tells webhooks of changed verdicts.
//
// A look costs nothing while nothing moved: the size of the log, the configuration, the stored
// packs and profiles, the directories of packs, and the day are compared first. Whether a gate may
// open is never this thread's word: gates compare by themselves, so they refuse before anything is
// decided again.

import Base
import Crypto
import Glibc
import Ledger
import Register
import State
import Store
import Synchronization

final class Redecision: Sendable {
  private let register: RegisterAccess
  private let log: Log
  private static let pauseMicroseconds: UInt32 = 500_000
  private let stopping = Atomic<Bool>(false)
  /// What was there at the last look; nil before the first.
  private let seen = Mutex<Stamp?>(nil)

  /// What decisions rest on at a moment.
  private struct Stamp: Equatable, Sendable {
    /// Entries of the log.
    var size: Int
    /// Of everything else.
    var others: Digest
  }

  init(register: RegisterAccess, log: Log) {
    self.register = register
    self.log = log
  }

  func start() throws(Problem) -> BackgroundThread {
    try BackgroundThread.start("decisions") { [self] in
      while !stopping.load(ordering: .relaxed) {
        look()
        usleep(Self.pauseMicroseconds)
      }
    }
  }

  func stop() { stopping.store(true, ordering: .relaxed) }

  /// Decides again what no longer stands, and tells of it.
  func look() {
    do throws(Problem) {
      let before = try stamp()
      guard seen.withLock({ $0 != before }) else { return }
      let appended = try decide()
      try tell()
      // What was appended here is no reason to look again; anything else that came meanwhile is.
      var expected = before
      expected.size += appended
      let isQuiet = try stamp() == expected
      seen.withLock { $0 = isQuiet ? expected : before }
    } catch {
      log.warn("decisions_not_looked_at", error)
    }
  }

  /// How many decisions were made again.
  private func decide() throws(Problem) -> Int {
    let clock = register.clock
    let plan = try register.standing { (standing) throws(Problem) in
      try Decider(
        standing: standing, now: clock.now(),
        run: Run(isCancelled: { [self] in stopping.load(ordering: .relaxed) })
      ).plan()
    }
    for failure in plan.result.failed {
      log.warn("not_decided_again", failure.problem.at(failure.name))
    }
    guard !plan.isEmpty else { return 0 }
    let appended = try register.writer.write { (state) throws(Problem) in
      try state.append(try plan.statements(in: try state.register())).count
    }
    log.note(
      "decided_again",
      [
        "decided": JSON(plan.result.decidedCount), "changed": JSON(plan.result.changed.count),
        "unchanged": JSON(plan.result.unchangedCount),
      ])
    return appended
  }

  /// Tells webhooks of every decision since the last one told of whose verdict is another one than
  /// the model's decision before it.
  private func tell() throws(Problem) {
    let now = register.clock.now()
    try register.writer.write { (state) throws(Problem) in
      let reader = try state.register()
      let last = try state.database.first("SELECT entry FROM told") { $0.int(0) }
      let newest = try reader.decisions(of: nil, limit: 1).first?.entry ?? -1
      if let last, try Outbox.isWanted(.decisionChanged, in: state.database) {
        for change in try reader.changes(after: last) {
          try Outbox.put(.decisionChanged, change.json, at: now, in: state.database)
        }
      }
      guard last != newest else { return }
      try state.database.execute(
        "INSERT INTO told(id, entry) VALUES (1, ?1) ON CONFLICT(id) DO UPDATE SET entry = ?1",
        [.int(newest)])
    }
  }

  /// Names everything that decisions rest on, as it is now.
  private func stamp() throws(Problem) -> Stamp {
    let state = register.state
    let today = CalendarDay(register.clock.now())
    let settings = try StateSettings(state)
    var parts = ["\(today)"]
    parts += state.settingsPaths.map { path in
      FileSystem.anyStamp(of: path).map { "\(path) \($0)" } ?? "\(path) none"
    }
    for (name, directory) in settings.packs.sorted(by: { $0.key < $1.key }) {
      parts.append("\(name) \(PackStamp.of(directory))")
    }
    let stored = try register.reader.readOne { (database) throws(Problem) in
      let size = try database.first("SELECT max(position) FROM ledger_entries") {
        $0.optionalInt(0)
      }
      let digests = try database.query(
        "SELECT digest FROM policies UNION ALL SELECT digest FROM profiles"
      ) { $0.text(0) }
      let directories = try database.query(
        """
        SELECT DISTINCT policy_directory FROM register_checks WHERE policy_directory IS NOT NULL
        """
      ) { $0.text(0) }
      return (
        size: ((size ?? nil) ?? -1) + 1, digests: digests, directories: directories
      )
    }
    parts += stored.digests
    parts += stored.directories.map { "\($0) \(PackStamp.of($0))" }
    return Stamp(
      size: stored.size, others: SHA256.hash(Array(parts.joined(separator: "\n").utf8)))
  }
}

/// Tells one state of a pack's directory from another, without reading it.
enum PackStamp {
  static func of(_ directory: String) -> String {
    guard let entries = try? FileSystem.entries(of: directory) else { return "gone" }
    return entries.map { entry in
      let stamp = FileSystem.stamp(of: FileSystem.join(directory, entry.name))
      return "\(entry.name) \(stamp?.ctimeNs ?? 0) \(stamp?.sizeBytes ?? 0)"
    }.joined(separator: "|")
  }
}
