// The daemon's log: one line an event, as a JSON object or as logfmt, for whoever reads standard
// error. Never a token, a key or a body; paths and digests only.
//
// Promises: a line is one line, and nobody's words act on the terminal that shows it. JSON is exact
// for a parser. In logfmt a value stands in quotes where it needs them, a quote and a backslash of
// its own behind a backslash, and a hidden character as `\u{HEX}`.

import Base

/// Writes log lines.
public struct Log: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    case json, logfmt
  }

  private let sink: @Sendable (String) -> Void
  private let clock: WallClock
  private let format: Format

  /// - Parameter sink: takes one line, without its end.
  public init(
    format: Format = .json, clock: WallClock = .system,
    sink: @escaping @Sendable (String) -> Void
  ) {
    self.sink = sink
    self.clock = clock
    self.format = format
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

  /// What ends the daemon.
  func fail(_ event: String, _ problem: Problem) {
    write("error", event, ["problem": problem.json])
  }

  private func write(_ level: String, _ event: String, _ details: JSONObject) {
    var line = details
    line["time"] = .string(clock.now().rfc3339)
    line["level"] = .string(level)
    line["event"] = .string(event)
    switch format {
    case .json: sink(VisibleText.json(.object(line)))
    case .logfmt: sink(Self.logfmt(line))
    }
  }

  /// `time=… level=… event=…`, then the rest by name.
  private static func logfmt(_ line: JSONObject) -> String {
    let first = ["time", "level", "event"]
    let rest = line.keys.filter { !first.contains($0) }.sorted()
    return (first + rest).map { "\($0)=\(value(line[$0] ?? .null))" }.joined(separator: " ")
  }

  private static func value(_ value: JSON) -> String {
    let text = value.string ?? (value == .null ? "" : value.canonicalText)
    let isBare = !text.unicodeScalars.contains { scalar in
      scalar == " " || scalar == "\"" || scalar == "=" || scalar == "\\"
        || VisibleText.isHidden(scalar)
    }
    if isBare { return text }
    let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(VisibleText.line(quoted))\""
  }
}
