// The jobs a watcher has asked for, until they have ended: one that failed because the disk or the
// files were not there to be read says nothing about the model, so its model counts as unchecked
// and is asked for again. What a check finds wrong with a model is an answer and stands.

import Audit
import Base
import Store

struct WatchedJobs {
  /// The job of each path that has not ended.
  private(set) var pending: [String: String] = [:]
  /// Why the last job of a path came to nothing.
  private(set) var failures: [String: String] = [:]

  /// Codes of what may be over the next time.
  private static let passing: Set<String> = ["changed", "not_found", "unreadable"]

  /// What an earlier run has left behind below `directory`.
  mutating func recall(in database: Database) throws(Problem) {
    let rows = try database.query(
      """
      SELECT id, request, state, error FROM jobs WHERE number IN (
        SELECT max(number) FROM jobs WHERE origin LIKE '{"kind":"watch"%'
        GROUP BY json_extract(request, '$.path'))
      AND state IN ('queued', 'running', 'failed')
      """
    ) { row in
      (id: row.text(0), request: row.blob(1), state: row.text(2), error: row.optionalBlob(3))
    }
    for row in rows {
      guard let path = try stored(row.request)["path"]?.string else { continue }
      if row.state == JobState.failed.rawValue {
        failures[path] = try row.error.flatMap { (bytes) throws(Problem) in
          Self.passingReason(try stored(bytes))
        }
      } else {
        pending[path] = row.id
      }
    }
  }

  mutating func asked(_ path: String, job: String) {
    pending[path] = job
  }

  /// Looks which jobs have ended. True if that changed what counts as unchecked.
  mutating func collect(in database: Database) throws(Problem) -> Bool {
    guard !pending.isEmpty else { return false }
    let waiting = try database.query(
      "SELECT id FROM jobs WHERE state IN ('queued', 'running')"
    ) { $0.text(0) }
    let open = Set(waiting)
    var hasChanged = false
    for (path, id) in pending where !open.contains(id) {
      guard let job = try JobTable.find(id: id, in: database) else {
        pending[path] = nil
        continue
      }
      guard job.state.isFinal else { continue }
      pending[path] = nil
      let reason = job.state == .failed ? job.error.flatMap(Self.passingReason) : nil
      hasChanged = hasChanged || reason != failures[path]
      failures[path] = reason
    }
    return hasChanged
  }

  /// Forgets what is not in the directory any more.
  mutating func keep(only paths: Set<String>) {
    failures = failures.filter { paths.contains($0.key) }
  }

  private static func passingReason(_ error: JSON) -> String? {
    let isPassing =
      error["exit_code"]?.int == Int(ExitCode.failure.rawValue)
      || passing.contains(error["code"]?.string ?? "")
    return isPassing ? "its check failed: \(error["detail"]?.string ?? "no reason is known")" : nil
  }
}
