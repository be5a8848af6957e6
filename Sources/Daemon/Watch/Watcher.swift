// Checks models that appear or change in a watched directory, once each has been quiet for a while.
//
// The truth is the survey of the files; hints of the system only make it come sooner, and a rescan
// makes it come at all where there are none. The stamp of what was checked is kept with the job, in
// one transaction: a restart neither checks a model again nor forgets a change.
//
// What cannot be checked is named (`status`, one line in the log) and tried again, whether or not
// anything in the directory changes: a disk that reads again sends no hint.

import Audit
import Base
import Glibc
import Store
import Synchronization

final class Watcher: Sendable {
  /// What a watcher is told at its start.
  struct Settings: Sendable {
    var settleMs: Int64
    var rescanMs: Int64
    /// A lock younger than this holds a model back.
    var lockSeconds: Int64
  }

  private let directory: String
  private let queue: Queue
  private let log: Log
  private let settings: Settings
  private let stopping = Atomic<Bool>(false)
  private let shown: Mutex<WatchStatus>

  /// Surveys come at least this far apart, however many hints there are.
  private static let pauseMs: Int64 = 150
  private static let collectMs: Int64 = 500

  /// A child whose stamp is not the one that was checked.
  private struct Candidate {
    let stamp: Digest
    /// When this stamp was first seen.
    let sinceMs: Int64
  }

  /// What the watcher's thread knows between two looks.
  private struct Memory {
    var candidates: [String: Candidate] = [:]
    var jobs = WatchedJobs()
    var book = UncheckedBook()
    var hasRecalled = false
  }

  init(directory: String, queue: Queue, log: Log, settings: Settings) {
    self.directory = directory
    self.queue = queue
    self.log = log
    self.settings = settings
    shown = Mutex(WatchStatus(directory: directory))
  }

  func start() throws(Problem) -> BackgroundThread {
    let hints = try? ChangeHints()
    if hints == nil { log.warn("no_change_hints", ["directory": .string(directory)]) }
    return try BackgroundThread.start("watcher") { [self] in watch(hints) }
  }

  func stop() {
    stopping.store(true, ordering: .relaxed)
  }

  /// What the last look found. From any thread.
  var status: WatchStatus { shown.withLock { $0 } }

  // MARK: On the watcher's thread

  private func watch(_ hints: ChangeHints?) {
    var memory = Memory()
    var lookAtMs = Self.nowMs()
    var collectAtMs = lookAtMs
    var toldOfLimit = false
    while !stopping.load(ordering: .relaxed) {
      let waitMs = min(max(lookAtMs - Self.nowMs(), 0), 250)
      if waitForHint(hints, milliseconds: Int(waitMs)) {
        lookAtMs = min(lookAtMs, Self.nowMs() + Self.pauseMs)
      }
      if Self.nowMs() >= collectAtMs {
        collectAtMs = Self.nowMs() + Self.collectMs
        if collect(&memory) { lookAtMs = Self.nowMs() }
      }
      guard Self.nowMs() >= lookAtMs else { continue }
      let surveys = look(&memory)
      if let hints, !follow(surveys, hints), !toldOfLimit {
        toldOfLimit = true
        log.warn("watches_exhausted", ["directory": .string(directory)])
      }
      let settling = memory.candidates.values.map { $0.sinceMs + settings.settleMs }.min() ?? .max
      let nextMs = min(settling, memory.book.nextMs, Self.nowMs() + settings.rescanMs)
      lookAtMs = max(Self.nowMs() + Self.pauseMs, nextMs)
    }
  }

  private func waitForHint(_ hints: ChangeHints?, milliseconds: Int) -> Bool {
    if let hints { return hints.wait(milliseconds: milliseconds) }
    usleep(UInt32(clamping: milliseconds * 1000))
    return false
  }

  /// Whether every directory could be watched.
  private func follow(_ surveys: [ModelSurvey], _ hints: ChangeHints) -> Bool {
    let all = [directory] + surveys.flatMap(\.directories)
    return all.reduce(true) { $1.isEmpty ? $0 : hints.watch(directory: $1) && $0 }
  }

  /// True if the end of a job changed what counts as unchecked.
  private func collect(_ memory: inout Memory) -> Bool {
    guard !memory.jobs.pending.isEmpty else { return false }
    var jobs = memory.jobs
    let hasChanged = try? queue.reader.readOne { (database) throws(Problem) in
      try jobs.collect(in: database)
    }
    memory.jobs = jobs
    return hasChanged ?? false
  }

  /// One look; the surveys it was made from, none if it failed as a whole.
  private func look(_ memory: inout Memory) -> [ModelSurvey] {
    var surveys: [ModelSurvey] = []
    var reasons: [String: String] = [:]
    do throws(Problem) {
      try recall(&memory)
      surveys = try ModelSurvey.children(
        of: directory, at: queue.clock.now(), lockSeconds: settings.lockSeconds)
      reasons = try judge(surveys, &memory)
    } catch {
      surveys = []
      reasons = memory.book.reasons
      reasons[directory] = "\(error)"
    }
    let now = queue.clock.now()
    let nowMs = Self.nowMs()
    for path in memory.book.note(reasons, at: now, nowMs: nowMs) {
      log.warn(
        "watch_unchecked", ["path": .string(path), "reason": JSON(reasons[path])])
    }
    let unchecked = memory.book.shown(at: now, nowMs: nowMs)
    shown.withLock { status in
      if reasons[directory] == nil { status.models = surveys.count { $0.isModel } }
      status.unchecked = unchecked
    }
    return surveys
  }

  private func recall(_ memory: inout Memory) throws(Problem) {
    guard !memory.hasRecalled else { return }
    var jobs = WatchedJobs()
    try queue.reader.readOne { (database) throws(Problem) in try jobs.recall(in: database) }
    memory.jobs = jobs
    memory.hasRecalled = true
  }

  /// Asks for a check of what has settled; what cannot be checked, with the reason.
  private func judge(
    _ surveys: [ModelSurvey], _ memory: inout Memory
  ) throws(Problem) -> [String: String] {
    let checked = try checkedStamps()
    memory.jobs.keep(only: Set(surveys.map(\.path)))
    var seen: [String: Candidate] = [:]
    var reasons: [String: String] = [:]
    for survey in surveys {
      let stamp: Digest
      switch survey.state {
      case .empty: continue
      case .unchecked(let reason):
        reasons[survey.path] = reason
        continue
      case .whole(let found): stamp = found
      }
      let failure = memory.jobs.failures[survey.path]
      reasons[survey.path] = failure
      if checked[survey.path] == stamp {
        let isAgain = failure != nil && memory.jobs.pending[survey.path] == nil
        guard isAgain, memory.book.isDue(survey.path, atMs: Self.nowMs()) else { continue }
        reasons[survey.path] = try submit(survey, stamp, &memory) ?? failure
        continue
      }
      let known = memory.candidates[survey.path]
      let candidate =
        known?.stamp == stamp
        ? known ?? Candidate(stamp: stamp, sinceMs: Self.nowMs())
        : Candidate(stamp: stamp, sinceMs: Self.nowMs())
      guard Self.nowMs() - candidate.sinceMs >= settings.settleMs else {
        seen[survey.path] = candidate
        continue
      }
      if let reason = try submit(survey, stamp, &memory) { reasons[survey.path] = reason }
    }
    memory.candidates = seen
    return reasons
  }

  private func checkedStamps() throws(Problem) -> [String: Digest] {
    let rows = try queue.reader.readOne { (database) throws(Problem) in
      try database.query("SELECT path, stamp FROM watched") { row in (row.text(0), row.blob(1)) }
    }
    var stamps: [String: Digest] = [:]
    for (path, bytes) in rows { stamps[path] = Digest(bytes: bytes) }
    return stamps
  }

  /// Asks for a check; nil if that went well, otherwise why the files cannot be read.
  private func submit(
    _ survey: ModelSurvey, _ stamp: Digest, _ memory: inout Memory
  ) throws(Problem) -> String? {
    do throws(Problem) { try survey.probe() } catch { return "\(error)" }
    let now = queue.clock.now()
    let request = JobRequest.check(CheckTask(path: survey.path))
    let job = try queue.writer.write { (state) throws(Problem) -> JobRecord? in
      try state.database.execute(
        """
        INSERT INTO watched(path, stamp) VALUES (?1, ?2)
        ON CONFLICT(path) DO UPDATE SET stamp = ?2
        """, [.text(survey.path), .blob(stamp.bytes)])
      return try JobTable.add(
        request, origin: .watch(name: survey.name), at: now, in: state.database)
    }
    if let job {
      memory.jobs.asked(survey.path, job: job.id)
      queue.added(job.id)
    }
    return nil
  }

  private static func nowMs() -> Int64 {
    Int64(WallClock.monotonicSeconds() * 1000)
  }
}
