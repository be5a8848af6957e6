// What a watched directory holds that could not be checked: why, since when, and when it is tried
// again. The first try comes after two seconds, each further one after twice as long; in the first
// five minutes tries are less than half a minute apart, because most of what holds a model back is
// over by then.

import Base

/// A watched directory as `/v1/watch` shows it.
struct WatchStatus: Sendable {
  struct Unchecked: Sendable {
    let path: String
    let reason: String
    let since: Instant
    let next: Instant
  }

  let directory: String
  /// Children that hold files, checked or not.
  var models = 0
  var unchecked: [Unchecked] = []

  var json: JSON {
    [
      "path": .string(directory), "models": JSON(models),
      "unchecked": .array(
        unchecked.map { entry in
          [
            "path": .string(entry.path), "reason": .string(entry.reason),
            "since": .string(entry.since.rfc3339), "next": .string(entry.next.rfc3339),
          ]
        }),
    ]
  }
}

struct UncheckedBook {
  private struct Entry {
    var reason: String
    let since: Instant
    let sinceMs: Int64
    var nextMs: Int64
    var delayMs: Int64
  }

  private var entries: [String: Entry] = [:]

  private static let firstDelayMs: Int64 = 2000
  private static let earlyDelayMs: Int64 = 25_000
  private static let earlyMs: Int64 = 300_000
  private static let delayMaxMs: Int64 = 3_600_000

  /// When something is to be tried again; `.max` if nothing is.
  var nextMs: Int64 { entries.values.map(\.nextMs).min() ?? .max }

  /// Whether it is time to try a path again. What is not here yet has its first time to come.
  func isDue(_ path: String, atMs nowMs: Int64) -> Bool {
    entries[path].map { nowMs >= $0.nextMs } ?? false
  }

  /// Takes down what a look found. What is here already keeps its first time; what was due moves
  /// on. Returns the paths that are new. What is not in `reasons` is forgotten.
  mutating func note(
    _ reasons: [String: String], at now: Instant, nowMs: Int64
  ) -> [String] {
    entries = entries.filter { reasons[$0.key] != nil }
    var new: [String] = []
    for (path, reason) in reasons {
      if var entry = entries[path] {
        entry.reason = reason
        if nowMs >= entry.nextMs {
          let most = nowMs - entry.sinceMs < Self.earlyMs ? Self.earlyDelayMs : Self.delayMaxMs
          entry.delayMs = min(entry.delayMs * 2, most)
          entry.nextMs = nowMs + entry.delayMs
        }
        entries[path] = entry
      } else {
        new.append(path)
        entries[path] = Entry(
          reason: reason, since: Instant(seconds: now.seconds), sinceMs: nowMs,
          nextMs: nowMs + Self.firstDelayMs, delayMs: Self.firstDelayMs)
      }
    }
    return new.sorted { ByteName($0) < ByteName($1) }
  }

  /// The reasons as they stand, for a look that could find out nothing new.
  var reasons: [String: String] { entries.mapValues(\.reason) }

  func shown(at now: Instant, nowMs: Int64) -> [WatchStatus.Unchecked] {
    entries.sorted { ByteName($0.key) < ByteName($1.key) }.map { path, entry in
      let wait = (max(0, entry.nextMs - nowMs) + 999) / 1000
      return WatchStatus.Unchecked(
        path: path, reason: entry.reason, since: entry.since,
        next: Instant(seconds: now.seconds + wait))
    }
  }
}
