// Help pages, made from the descriptions of the commands.
//
// Promises: no line is over 80 columns, but for examples, which are copied whole, and words that
// are longer; whatever is longer goes on below, under its beginning.

import Base

enum HelpPage {
  static let columnsMax = WrappedText.columns

  /// The page of one command.
  static func of(_ command: Command) -> [String] {
    var lines = wrapped("\(command.summary).", indent: 0)
    lines += [""] + wrapped("usage: assay \(usage(command))", indent: 0, hanging: 4)
    if !command.discussion.isEmpty { lines += [""] + split(command.discussion) }
    let arguments = command.positionals.map { ($0.name, $0.help) }
    let options = command.options.map {
      (spelling($0), $0.help + ($0.required ? " (required)" : ""))
    }
    lines += table("arguments:", arguments) + table("options:", options)
    let more = Registry.commands.filter {
      $0.path.count > command.path.count && $0.path.starts(with: command.path)
    }
    lines += table("commands:", more.map { ($0.name, $0.summary) })
    if !command.examples.isEmpty {
      lines += ["", "examples:"]
      for example in command.examples {
        lines += ["  \(example.line)"] + wrapped(example.shows, indent: 6)
      }
    }
    return lines
  }

  /// The page of a word with several commands behind it.
  static func group(_ words: [String], _ commands: [Command]) -> [String] {
    let name = words.joined(separator: " ")
    let summary = words.count == 1 ? CommandGroup.summaries[name] : nil
    return wrapped("\(summary ?? "The commands of \(name)").", indent: 0)
      + ["", "usage: assay \(name) COMMAND [ARGUMENTS]"]
      + table("commands:", commands.map { ($0.name, $0.summary) })
      + ["", "`assay \(name) COMMAND --help` explains one command and shows examples."]
  }

  /// Every command under its heading, a line for each first word.
  static func overview() -> [String] {
    var lines = [
      "Assay answers three questions about a model, each with evidence that a stranger",
      "can check: what is it, where does it come from, may we use it here.",
      "", "usage: assay COMMAND [ARGUMENTS]   first: assay check MODEL --use WORD --in CC",
    ]
    let width = CommandGroup.all.flatMap(\.words).map(\.count).max() ?? 0
    for group in CommandGroup.all {
      lines += table(group.title, group.words.map { ($0, summary($0)) }, width: width)
    }
    return lines + [
      "", "exit codes: 0 yes or clean, 1 no, 2 wrong command line, 3 undecided,",
      "            4 unreadable input, 5 internal or I/O failure, 130 interrupted",
      "", "everywhere: --json, -q (say nothing on the side), --no-progress, -V (version)",
      "`assay COMMAND --help` explains one command and shows examples.",
    ]
  }

  private static func summary(_ word: String) -> String {
    let alone = Registry.commands.first { $0.path == [word] }
    return alone?.summary ?? CommandGroup.summaries[word] ?? ""
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

  // MARK: Lines

  /// Paragraphs anew at the width; a line that begins with a blank is an example and stays.
  private static func split(_ text: String) -> [String] {
    var lines: [String] = []
    var paragraph: [Substring] = []
    func end() {
      if !paragraph.isEmpty { lines += wrapped(paragraph.joined(separator: " "), indent: 0) }
      paragraph = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let first = line.first, first != " " {
        paragraph.append(line)
      } else {
        end()
        lines += wrapped(String(line), indent: 0)
      }
    }
    end()
    return lines
  }

  /// A text at spaces, each line after the first one deeper by `hanging`.
  private static func wrapped(_ text: String, indent: Int, hanging: Int = 0) -> [String] {
    WrappedText.lines(
      String(repeating: " ", count: indent) + text, columns: columnsMax, hanging: hanging)
  }

  private static func table(
    _ title: String, _ rows: [(String, String)], width: Int? = nil
  ) -> [String] {
    guard !rows.isEmpty else { return [] }
    let width = width ?? min(28, rows.map(\.0.count).max() ?? 0)
    var lines = ["", title]
    for (name, help) in rows {
      let texts = wrapped(help, indent: width + 4)
      let head = "  \(name)"
      if name.count > width {
        lines += [head] + texts
      } else {
        let gap = String(repeating: " ", count: width + 4 - head.count)
        lines += [head + gap + texts[0].dropFirst(width + 4)] + texts.dropFirst()
      }
    }
    return lines
  }
}
