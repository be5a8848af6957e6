// What a command is handed when it runs.

import Base

/// One run of a command: its arguments and where its words go.
public struct Invocation: Sendable {
  public let command: Command
  public let arguments: Arguments
  public let output: Output

  /// The positional at `index`, or nil.
  public func positional(_ index: Int) -> String? {
    arguments.positionals.indices.contains(index) ? arguments.positionals[index] : nil
  }
  public var positionals: [String] { arguments.positionals }

  public func flag(_ name: String) -> Bool { !arguments.values(name).isEmpty }
  public func value(_ name: String) -> String? { arguments.values(name).last }
  public func values(_ name: String) -> [String] { arguments.values(name) }

  /// The value of an option as a whole number within `range`; nil if it is not given.
  public func integer(
    _ name: String, in range: ClosedRange<Int> = 1...Int.max
  ) throws(Problem) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let most = range.upperBound == Int.max ? "" : " to \(range.upperBound)"
      throw Problem(
        .usage, "bad_value",
        reason: "\(name) \(text): expected a whole number from "
          + "\(range.lowerBound)\(most)",
        remedy: "see `assay \(command.name) --help`")
    }
    return number
  }

  /// The value of an option as a day; nil if it is not given.
  public func day(_ name: String) throws(Problem) -> CalendarDay? {
    guard let text = value(name) else { return nil }
    guard let day = CalendarDay(text) else {
      throw Problem(
        .usage, "bad_value", reason: "\(name) \(text): a day YYYY-MM-DD is wanted",
        remedy: "see `assay \(command.name) --help`")
    }
    return day
  }

  /// `--threads`, or the number of processors.
  public func threads() throws(Problem) -> Int {
    try integer("--threads", in: 1...1024) ?? Parallel.defaultThreads
  }

  /// The run that this command starts: its threads, stopped by Ctrl-C, told on the terminal.
  public func run() throws(Problem) -> Run {
    Run(threads: try threads(), isCancelled: { Interrupt.isRequested }, progress: output.progress)
  }
}
