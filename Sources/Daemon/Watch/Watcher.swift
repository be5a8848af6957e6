// Checks models that appear or change in a watched directory, once each has been quiet for a while.
//
// The truth is the survey of the files; hints of the system only make it come sooner, and a rescan
// makes it come at all where there are none. The stamp of what was checked is kept with the job, in
// one transaction: a restart neither checks a model again nor forgets a change.

import Audit
import Base
import Glibc
import Store
import Synchronization

final class Watcher: Sendable {
  private let directory: String
  private let queue: Queue
  private let log: Log
  private let settleMs: Int64
  private let rescanMs: Int64
  private let stopping = Atomic<Bool>(false)

  /// Surveys come at least this far apart, however many hints there are.
  private static let pauseMs: Int64 = 150

  /// A child whose stamp is not the one that was checked.
  private struct Candidate {
    let stamp: Digest
    /// When this stamp was first seen.
    let sinceMs: Int64
  }

  init(directory: String, queue: Queue, log: Log, settleMs: Int64, rescanMs: Int64) {
    self.directory = directory
    self.queue = queue
    self.log = log
    self.settleMs = settleMs
    self.rescanMs = rescanMs
  }

  func start() throws(Problem) -> BackgroundThread {
    let hints = try? ChangeHints()
    if hints == nil { log.warn("no_change_hints", ["directory": .string(directory)]) }
    return try BackgroundThread.start("watcher") { [self] in watch(hints) }
  }

  func stop() {
    stopping.store(true, ordering: .relaxed)
  }

  // MARK: On the watcher's thread

  private func watch(_ hints: ChangeHints?) {
    var candidates: [String: Candidate] = [:]
    var lookAtMs = Self.nowMs()
    var toldOfLimit = false
    while !stopping.load(ordering: .relaxed) {
      let waitMs = min(max(lookAtMs - Self.nowMs(), 0), 250)
      if waitForHint(hints, milliseconds: Int(waitMs)) {
        lookAtMs = min(lookAtMs, Self.nowMs() + Self.pauseMs)
      }
      guard Self.nowMs() >= lookAtMs else { continue }
      let surveys = look(&candidates)
      if let hints, !follow(surveys, hints), !toldOfLimit {
        toldOfLimit = true
        log.warn("watches_exhausted", ["directory": .string(directory)])
      }
      let settling = candidates.values.map { $0.sinceMs + settleMs }.min() ?? .max
      lookAtMs = max(Self.nowMs() + Self.pauseMs, min(settling, Self.nowMs() + rescanMs))
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

  private func look(_ candidates: inout [String: Candidate]) -> [ModelSurvey] {
    do throws(Problem) {
      let surveys = try ModelSurvey.children(of: directory)
      let checked = try checkedStamps()
      var seen: [String: Candidate] = [:]
      for survey in surveys {
        guard let stamp = survey.stamp, checked[survey.path] != stamp else { continue }
        let known = candidates[survey.path]
        let candidate =
          known?.stamp == stamp
          ? known ?? Candidate(stamp: stamp, sinceMs: Self.nowMs())
          : Candidate(stamp: stamp, sinceMs: Self.nowMs())
        if Self.nowMs() - candidate.sinceMs >= settleMs {
          try submit(survey, stamp)
        } else {
          seen[survey.path] = candidate
        }
      }
      candidates = seen
      return surveys
    } catch {
      log.warn("directory_not_looked_at", error.at(directory))
      return []
    }
  }

  private func checkedStamps() throws(Problem) -> [String: Digest] {
    let rows = try queue.reader.readOne { (database) throws(Problem) in
      try database.query("SELECT path, stamp FROM watched") { row in (row.text(0), row.blob(1)) }
    }
    var stamps: [String: Digest] = [:]
    for (path, bytes) in rows { stamps[path] = Digest(bytes: bytes) }
    return stamps
  }

  private func submit(_ survey: ModelSurvey, _ stamp: Digest) throws(Problem) {
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
    if let job { queue.added(job.id) }
  }

  private static func nowMs() -> Int64 {
    Int64(WallClock.monotonicSeconds() * 1000)
  }
}
