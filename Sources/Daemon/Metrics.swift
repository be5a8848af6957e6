// What the daemon counts, as OpenMetrics 1.0 text (prometheus/OpenMetrics, specification 1.0).
//
// Promises: label values come from fixed sets (route templates, methods, statuses, states), so the
// number of series is bounded whatever is asked; counters never fall within a run; families are
// whole and in a fixed order; the text ends in `# EOF`.

import Base
import HTTP
import Synchronization

final class Metrics: Sendable {
  private struct Key: Hashable, Comparable {
    let route: String
    let method: String
    let status: Int

    static func < (a: Key, b: Key) -> Bool {
      (a.route, a.method, a.status) < (b.route, b.method, b.status)
    }
  }

  private struct Histogram {
    /// Each with what is above the bound before it; the last is above all bounds.
    private var buckets = [Int](repeating: 0, count: Metrics.bounds.count + 1)
    private(set) var count = 0
    private(set) var sum = 0.0

    mutating func note(_ seconds: Double) {
      count += 1
      sum += seconds
      buckets[Metrics.bounds.firstIndex { seconds <= $0 } ?? Metrics.bounds.count] += 1
    }

    /// How many are at most each bound.
    var cumulative: [Int] {
      var total = 0
      return buckets.dropLast().map { count in
        total += count
        return total
      }
    }
  }

  private struct Counts {
    var requests: [Key: Int] = [:]
    var durations: [String: Histogram] = [:]
    var missedFirings = 0
  }

  private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
  private let counts = Mutex(Counts())
  private let startedAt: Instant

  init(clock: WallClock) {
    startedAt = clock.now()
  }

  func note(_ request: Served) {
    let route = request.route.isEmpty ? "other" : request.route
    let key = Key(
      route: route, method: request.method?.rawValue ?? "other", status: request.status)
    counts.withLock { counts in
      counts.requests[key, default: 0] += 1
      // In place: what is taken out first is copied at every request.
      counts.durations[route, default: Histogram()].note(request.seconds)
    }
  }

  func noteMissedFirings(_ count: Int) {
    counts.withLock { $0.missedFirings += count }
  }

  /// What is measured at the moment of asking.
  struct Gauges {
    var jobs: [JobState: Int]
    var ledgerSize: Int
    var isDegraded: Bool
    var unchecked: Int
    var walBytes: Int
  }

  func text(_ gauges: Gauges) -> String {
    let counts = counts.withLock { $0 }
    var out = Writer()
    out.family("assay_build", "info", "The version of the program.")
    out.line("assay_build_info{version=\"\(assayVersion)\"} 1")
    out.family("assay_http_request_duration_seconds", "histogram", "Time to answer.", "seconds")
    for (route, histogram) in counts.durations.sorted(by: { $0.key < $1.key }) {
      let label = "route=\"\(Writer.escaped(route))\""
      let name = "assay_http_request_duration_seconds"
      for (bound, count) in zip(Self.bounds, histogram.cumulative) {
        out.line("\(name)_bucket{\(label),le=\"\(Writer.bound(bound))\"} \(count)")
      }
      out.line("\(name)_bucket{\(label),le=\"+Inf\"} \(histogram.count)")
      out.line("\(name)_count{\(label)} \(histogram.count)")
      out.line("\(name)_sum{\(label)} \(histogram.sum)")
    }
    out.family("assay_http_requests", "counter", "Requests answered.")
    for (key, count) in counts.requests.sorted(by: { $0.key < $1.key }) {
      out.line(
        "assay_http_requests_total{method=\"\(key.method)\",route=\"\(Writer.escaped(key.route))\","
          + "status=\"\(key.status)\"} \(count)")
    }
    out.family("assay_jobs", "gauge", "Jobs by state.")
    for state in JobState.allCases {
      out.line("assay_jobs{state=\"\(state.rawValue)\"} \(gauges.jobs[state] ?? 0)")
    }
    out.gauge("assay_ledger_size", "Entries in the ledger.", gauges.ledgerSize)
    out.family(
      "assay_schedule_missed", "counter",
      "Firings that made no job because nobody looked: the daemon was down or the clock jumped.")
    out.line("assay_schedule_missed_total \(counts.missedFirings)")
    out.gauge("assay_state_degraded", "1 if the last write failed.", gauges.isDegraded ? 1 : 0)
    out.gauge("assay_state_wal_bytes", "Size of the write-ahead log.", gauges.walBytes, "bytes")
    out.gauge(
      "assay_watch_unchecked", "What is watched and cannot be checked now.", gauges.unchecked)
    out.gauge(
      "process_resident_memory_bytes", "Memory in use.", ProcessMemory.residentBytes(), "bytes")
    out.family("process_start_time_seconds", "gauge", "Unix time of the start.", "seconds")
    out.line("process_start_time_seconds \(startedAt.seconds)")
    return out.text + "# EOF\n"
  }
}

/// Puts families together.
private struct Writer {
  var text = ""

  mutating func family(_ name: String, _ type: String, _ help: String, _ unit: String? = nil) {
    line("# TYPE \(name) \(type)")
    if let unit { line("# UNIT \(name) \(unit)") }
    line("# HELP \(name) \(help)")
  }

  mutating func gauge(_ name: String, _ help: String, _ value: Int, _ unit: String? = nil) {
    family(name, "gauge", help, unit)
    line("\(name) \(value)")
  }

  mutating func line(_ line: String) { text += line + "\n" }

  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { out, character in
      switch character {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.append(character)
      }
    }
  }

  /// The canonical form of a bucket's bound: always with a fraction.
  static func bound(_ value: Double) -> String { "\(value)" }
}
