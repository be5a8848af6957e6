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
  /// What was there at the last look; empty before the first.
  private let seen = Mutex<[UInt8]>([])

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
      let now = try stamp()
      guard seen.withLock({ $0 != now }) else { return }
      try decide()
      try tell()
      // What was appended here has no part in the next comparison.
      let after = try stamp()
      seen.withLock { $0 = after }
    } catch {
      log.warn("decisions_not_looked_at", error)
    }
  }

  private func decide() throws(Problem) {
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
    guard !plan.isEmpty else { return }
    try register.writer.write { (state) throws(Problem) in
      _ = try state.append(try plan.statements(in: try state.register()))
    }
    log.note(
      "decided_again",
      [
        "decided": JSON(plan.result.decidedCount), "changed": JSON(plan.result.changed.count),
        "unchanged": JSON(plan.result.unchangedCount),
      ])
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
  private func stamp() throws(Problem) -> [UInt8] {
    let state = register.state
    let today = CalendarDay(register.clock.now())
    let settings = try StateSettings(state)
    let configuration = FileSystem.stamp(of: state.configPath).map { "\($0)" } ?? "none"
    var parts = ["\(today)", configuration]
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
      return (size: "\((size ?? nil) ?? -1)", digests: digests, directories: directories)
    }
    parts.append(stored.size)
    parts += stored.digests
    parts += stored.directories.map { "\($0) \(PackStamp.of($0))" }
    return SHA256.hash(Array(parts.joined(separator: "\n").utf8)).bytes
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
