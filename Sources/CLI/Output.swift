// The only place that writes to standard output and standard error.
//
// Standard output is data; standard error is for people. A moving progress line appears only on a
// terminal. A closed pipe ends the program quietly.
//
// Promises: a line for people is one line, whatever foreign words are in it (`VisibleText`); JSON
// is exact. Whoever has several lines says so with `lines`: a newline inside a line is foreign.
// Prose is broken to the width of the terminal; lines that another program may read are not.

import Base
import Glibc
import Synchronization

/// Where a command's words go.
public final class Output: Sendable {
  private let writeData: @Sendable ([UInt8]) -> Void
  private let writeNote: @Sendable ([UInt8]) -> Void
  private let wantsJSON: Bool
  private let isTerminal: Bool
  private let isQuiet: Bool
  /// Whether verdicts are coloured: a terminal that shows colours reads standard output.
  private let isColoured: Bool
  /// How wide prose may be.
  let columns: Int
  private let meter = Mutex<ProgressMeter>(ProgressMeter())

  public init(
    json: Bool, isTerminal: Bool, isQuiet: Bool = false, isColoured: Bool = false,
    columns: Int = WrappedText.columns,
    data: @escaping @Sendable ([UInt8]) -> Void, note: @escaping @Sendable ([UInt8]) -> Void
  ) {
    wantsJSON = json
    self.isTerminal = isTerminal
    self.isQuiet = isQuiet
    self.isColoured = isColoured
    self.columns = columns
    writeData = data
    writeNote = note
  }

  /// The process's own streams.
  static func standard(
    json: Bool, isQuiet: Bool = false, showsProgress: Bool = true
  ) -> Output {
    signal(SIGPIPE, SIG_IGN)
    let noColour = FileSystem.environment("NO_COLOR").map { !$0.isEmpty } ?? false
    return Output(
      json: json, isTerminal: isatty(2) == 1 && showsProgress && !isQuiet, isQuiet: isQuiet,
      isColoured: isatty(1) == 1 && !noColour && FileSystem.environment("TERM") != "dumb",
      columns: TerminalWidth.ofStandardOutput(), data: { writeAll(1, $0) },
      note: { writeAll(2, $0) })
  }

  /// One JSON object and a newline on standard output.
  public func json(_ value: JSON) { write(Array((VisibleText.json(value) + "\n").utf8)) }

  /// The same for an object with a long array under `key`: no more of it exists at a time than is
  /// written at once.
  public func json(_ object: JSONObject, _ key: String, _ elements: some Sequence<JSON>) {
    let frame = object.canonicalFrame(of: key)
    var piece = Array(VisibleText.json(text: frame.head).utf8)
    var isFirst = true
    for element in elements {
      if !isFirst { piece.append(UInt8(ascii: ",")) }
      isFirst = false
      piece += VisibleText.json(element).utf8
      if piece.count >= Self.pieceBytes {
        write(piece)
        piece.removeAll(keepingCapacity: true)
      }
    }
    write(piece + Array((VisibleText.json(text: frame.tail) + "\n").utf8))
  }

  private static let pieceBytes = 1 << 16

  /// One JSON object for `--jsonl`; flushed at once, so that a reader sees each line when it is
  /// made.
  public func jsonLine(_ value: JSON) { json(value) }

  /// A line on standard output.
  public func line(_ text: String) { lines([text]) }

  /// Lines on standard output.
  public func lines(_ lines: [String]) { write(VisibleText.document(lines)) }

  /// Lines of prose on standard output, each broken to the width of the terminal.
  public func prose(_ lines: [String], hanging: Int = 2) {
    self.lines(lines.flatMap { broken($0, hanging) })
  }

  private func broken(_ line: String, _ hanging: Int) -> [String] {
    WrappedText.lines(line, columns: columns, hanging: hanging)
  }

  /// Prose under a line that begins with a verdict in capitals; on a terminal in its colour. That
  /// line stays whole.
  public func prose(_ lines: [String], under verdict: Verdict) {
    guard let first = lines.first else { return }
    let below = lines.dropFirst().flatMap { broken($0, 2) }
    let word = verdict.rawValue.uppercased()
    guard isColoured, first.hasPrefix(word) else {
      self.lines([first] + below)
      return
    }
    let colour =
      switch verdict {
      case .allow: 32
      case .deny: 31
      case .review: 33
      }
    let rest = VisibleText.line(String(first.dropFirst(word.count)))
    write(
      Array("\u{1B}[1;\(colour)m\(word)\u{1B}[0m\(rest)\n".utf8)
        + VisibleText.document(below))
  }

  /// Data, once the progress line is out of its way.
  private func write(_ bytes: [UInt8]) {
    clearProgress()
    writeData(bytes)
  }

  /// A line of cells with a tab between them.
  public func columns(_ cells: [String]) {
    let line = cells.map(VisibleText.line).joined(separator: "\t")
    write(Array((line + "\n").utf8))
  }

  /// Bytes on standard output, as they are: files of a format of their own, never words for people.
  public func file(_ bytes: [UInt8]) { write(bytes) }

  /// A line for people on standard error; nothing if they want quiet.
  public func note(_ text: String) {
    if !isQuiet { warn(text) }
  }

  /// A line for people on standard error that they must see.
  public func warn(_ text: String) {
    clearProgress()
    writeNote(VisibleText.document([text]))
  }

  /// What a person is asked to answer behind, on standard error.
  public func prompt(_ text: String) {
    clearProgress()
    writeNote(Array(VisibleText.line(text).utf8))
  }

  /// An error: a sentence on standard error and, if JSON was asked for, `{"error": …}`.
  public func problem(_ problem: Problem) {
    warn("assay: \(problem)")
    if wantsJSON { json(["error": problem.json]) }
  }

  // MARK: Progress

  /// A moving line with rate and time left; on a terminal only.
  public var progress: @Sendable (RunProgress) -> Void {
    guard isTerminal else { return { _ in } }
    return { [self] now in
      let text = meter.withLock { $0.line(now.done, now.total, now.unit, now.label) }
      if let text { writeNote(Array("\r\u{1B}[K\(VisibleText.line(text))".utf8)) }
    }
  }

  /// Takes the progress line away before something else is written.
  public func clearProgress() {
    let wasShown = meter.withLock { $0.end() }
    if wasShown { writeNote(Array("\r\u{1B}[K".utf8)) }
  }
}

/// How fast it goes and how long it will take.
private struct ProgressMeter {
  private var label = ""
  private var startedAt = 0.0
  private var shownAt = 0.0

  /// The line to show, or nil if the last one is younger than a tenth of a second.
  mutating func line(_ done: Int, _ total: Int, _ unit: String, _ label: String) -> String? {
    let now = WallClock.monotonicSeconds()
    if label != self.label {
      self.label = label
      startedAt = now
      shownAt = 0
    }
    guard now - shownAt >= 0.1 || done == total else { return nil }
    shownAt = now
    let seconds = max(now - startedAt, 1e-3)
    let rate = Double(done) / seconds
    let amount = unit == "bytes" ? size(Double(done)) : "\(done) \(unit)"
    let speed = unit == "bytes" ? size(rate) : "\(Int(rate)) \(unit)"
    guard total > 0 else { return "\(label)  \(amount)  \(speed)/s" }
    let left = rate > 0 ? "\(Int((Double(total - done) / rate).rounded(.up))) s left" : ""
    return "\(label)  \(100 * done / total) %  \(amount)  \(speed)/s  \(left)"
  }

  /// Forgets the line; true if one was shown.
  mutating func end() -> Bool {
    let wasShown = shownAt > 0
    label = ""
    shownAt = 0
    return wasShown
  }

  private func size(_ bytes: Double) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = bytes
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let tenths = Int((value * 10).rounded())
    return unit == 0 ? "\(Int(value)) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}

private func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
  var offset = 0
  while offset < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + offset }, bytes.count - offset)
    }
    if count < 0 {
      if errno == EINTR { continue }
      // The reader has gone (EPIPE), or the disk behind the stream is full: data that was asked
      // for is lost, so the run must not end with a good code.
      if descriptor == 1 { _exit(errno == EPIPE ? 141 : ExitCode.failure.rawValue) }
      return
    }
    offset += count
  }
}
