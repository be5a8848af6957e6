// A command as a value: what it is called, what it takes, what it does. Help pages, completion
// and the checks of arguments all come from this one description.

import Base

/// One command of the program.
public struct Command: Sendable {
  /// The words that name it: `["ledger", "append"]`.
  public let path: [String]
  /// One line for the overview, without a full stop.
  public let summary: String
  /// A few sentences: what it answers, what the exit codes mean here.
  public let discussion: String
  /// The positional arguments as a usage line shows them: `MODEL`, `[FILE…]`.
  public let positionals: [Positional]
  public let options: [Option]
  /// Command lines that work, each with what it shows.
  public let examples: [Example]
  public let run: @Sendable (Invocation) throws -> ExitCode

  public init(
    path: [String], summary: String, discussion: String = "", positionals: [Positional] = [],
    options: [Option] = [], examples: [Example] = [],
    run: @escaping @Sendable (Invocation) throws -> ExitCode
  ) {
    self.path = path
    self.summary = summary
    self.discussion = discussion
    self.positionals = positionals
    self.options = options
    self.examples = examples
    self.run = run
  }

  public var name: String { path.joined(separator: " ") }
}

/// A positional argument.
public struct Positional: Sendable {
  public let name: String
  public let help: String
  public let minimum: Int
  public let maximum: Int

  public init(_ name: String, _ help: String, minimum: Int = 1, maximum: Int = 1) {
    self.name = name
    self.help = help
    self.minimum = minimum
    self.maximum = maximum
  }
}

/// An option: a flag, or one with a value.
public struct Option: Sendable {
  public enum Form: Equatable, Sendable {
    case flag
    /// Takes a value of this name, once.
    case value(String)
    /// Takes a value of this name, any number of times.
    case repeated(String)
  }

  public let name: String
  public let form: Form
  public let help: String
  public let required: Bool

  public static func flag(_ name: String, _ help: String) -> Option {
    Option(name: name, form: .flag, help: help, required: false)
  }
  public static func value(
    _ name: String, _ placeholder: String, _ help: String, required: Bool = false
  ) -> Option {
    Option(name: name, form: .value(placeholder), help: help, required: required)
  }
  public static func repeated(
    _ name: String, _ placeholder: String, _ help: String, required: Bool = false
  ) -> Option {
    Option(name: name, form: .repeated(placeholder), help: help, required: required)
  }

  /// What people type for an option that a command has under another name.
  static let spellings = [
    "--license": ["--licence"], "--ancestor": ["--reference"], "--reference": ["--ancestor"],
    "--base-model": ["--base"], "--output": ["-o", "--out"], "--out": ["-o"], "-o": ["--out"],
    "--policy": ["--policies"],
  ]

  // What many commands share.
  public static let json = flag("--json", "print one JSON object on standard output")
  public static let jsonLines = flag("--jsonl", "print one JSON object a line, in input order")
  public static let state = value("--state", "DIR", "the state directory (default: $ASSAY_STATE)")
  public static let threads = value("--threads", "N", "use at most N threads (default: all cores)")
}

/// A command line that works.
public struct Example: Sendable {
  public let line: String
  public let shows: String

  public init(_ line: String, _ shows: String) {
    self.line = line
    self.shows = shows
  }
}
