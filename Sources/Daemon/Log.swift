// The daemon's log: one JSON object a line, for whoever reads standard error. Never a token, a key
// or a body; paths and digests only.

import Base

/// Writes log lines.
public struct Log: Sendable {
  private let sink: @Sendable (String) -> Void
  private let clock: WallClock

  /// - Parameter sink: takes one line, without its end.
  public init(clock: WallClock = .system, sink: @escaping @Sendable (String) -> Void) {
    self.sink = sink
    self.clock = clock
  }

  func note(_ event: String, _ details: JSONObject = [:]) {
    write("info", event, details)
  }

  func warn(_ event: String, _ details: JSONObject = [:]) {
    write("warning", event, details)
  }

  func warn(_ event: String, _ problem: Problem) {
    write("warning", event, ["problem": problem.json])
  }

  private func write(_ level: String, _ event: String, _ details: JSONObject) {
    var line = details
    line["at"] = .string(clock.now().rfc3339)
    line["level"] = .string(level)
    line["event"] = .string(event)
    sink(JSON.object(line).canonicalText)
  }
}
