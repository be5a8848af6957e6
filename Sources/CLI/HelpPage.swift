// Help pages, made from the descriptions of the commands.

import Base

enum HelpPage {
  /// The page of one command.
  static func of(_ command: Command) -> [String] {
    var lines = ["\(command.summary).", "", "usage: assay \(usage(command))"]
    if !command.discussion.isEmpty { lines += [""] + split(command.discussion) }
    let arguments = command.positionals.map { ($0.name, $0.help) }
    let options = command.options.map {
      (spelling($0), $0.help + ($0.required ? " (required)" : ""))
    }
    lines += table("arguments", arguments) + table("options", options)
    if !command.examples.isEmpty {
      lines += ["", "examples:"]
      for example in command.examples {
        lines += ["  \(example.line)", "      \(example.shows)"]
      }
    }
    return lines
  }

  /// The list of commands.
  static func overview(_ commands: [Command]) -> [String] {
    let header = [
      "Assay answers three questions about a model, each with evidence that a stranger can check:",
      "what is it, where does it come from, may we use it here.",
      "", "usage: assay COMMAND [ARGUMENTS]",
    ]
    let codes = [
      "", "exit codes: 0 yes or clean, 1 no, 2 wrong command line, 3 undecided,",
      "            4 unreadable input, 5 internal or I/O failure, 130 interrupted",
      "", "`assay COMMAND --help` explains one command and shows examples.",
    ]
    return header + table("commands", commands.map { ($0.name, $0.summary) }) + codes
  }

  private static func split(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static func usage(_ command: Command) -> String {
    let positionals = command.positionals.map { positional in
      let name = positional.maximum > 1 ? positional.name + "…" : positional.name
      return positional.minimum == 0 ? "[\(name)]" : name
    }
    let required = command.options.filter(\.required).map(spelling)
    let rest = command.options.contains { !$0.required } ? ["[OPTIONS]"] : []
    return ([command.name] + positionals + required + rest).joined(separator: " ")
  }

  private static func spelling(_ option: Option) -> String {
    switch option.form {
    case .flag: option.name
    case .value(let name): "\(option.name) \(name)"
    case .repeated(let name): "\(option.name) \(name)…"
    }
  }

  private static func table(_ title: String, _ rows: [(String, String)]) -> [String] {
    guard !rows.isEmpty else { return [] }
    let width = min(28, rows.map(\.0.count).max() ?? 0)
    return ["", "\(title):"]
      + rows.flatMap { name, help in
        name.count > width
          ? ["  \(name)", "  \(String(repeating: " ", count: width))  \(help)"]
          : ["  \(name)\(String(repeating: " ", count: width - name.count))  \(help)"]
      }
  }
}
