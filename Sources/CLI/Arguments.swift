// Reading the words of a command line against a command's description.
//
// `--name value` and `--name=value` are one; `--` ends the options; `-` alone is a positional
// (standard input). An unknown option, a missing value and a word too many are errors that name
// the word and what was possible.

import Base

/// The words of one invocation, sorted.
public struct Arguments: Sendable {
  public private(set) var positionals: [String] = []
  private var values: [String: [String]] = [:]

  /// Throws `usage` if the words do not fit the command.
  init(_ words: [String], for command: Command) throws(Problem) {
    var rest = words[...]
    var optionsEnded = false
    while let word = rest.popFirst() {
      if optionsEnded || !word.hasPrefix("-") || word == "-" {
        positionals.append(word)
      } else if word == "--" {
        optionsEnded = true
      } else {
        try readOption(word, rest: &rest, command)
      }
    }
    try check(command)
  }

  func values(_ name: String) -> [String] { values[name] ?? [] }

  private mutating func readOption(
    _ word: String, rest: inout ArraySlice<String>, _ command: Command
  ) throws(Problem) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let typed = String(parts[0])
    let spellings = [typed] + (Option.spellings[typed] ?? [])
    let known = spellings.compactMap { name in command.options.first { $0.name == name } }.first
    let name = known?.name ?? typed
    guard let option = known else {
      let nearest = NearestWord.to(name, in: command.options.map(\.name))
      throw usage(
        "unknown option \(name)" + (nearest.map { "; did you mean \($0)?" } ?? ""), command)
    }
    if option.form == .flag {
      guard parts.count == 1 else { throw usage("\(name) takes no value", command) }
      values[name] = [""]
      return
    }
    let given = parts.count == 2 ? String(parts[1]) : rest.popFirst()
    guard let given else { throw usage("\(name) needs a value", command) }
    if case .value = option.form, values[name] != nil {
      throw usage("\(name) is given twice", command)
    }
    values[name, default: []].append(given)
  }

  private func check(_ command: Command) throws(Problem) {
    for option in command.options where option.required && values[option.name] == nil {
      throw usage("\(option.name) is missing", command)
    }
    let minimum = command.positionals.reduce(0) { $0 + $1.minimum }
    let maximum = command.positionals.reduce(0) { $0 &+ min($1.maximum, 1 << 30) }
    if positionals.count < minimum {
      let names = command.positionals.map(\.name).joined(separator: " ")
      throw usage("too few arguments: \(names) expected", command)
    }
    if positionals.count > maximum {
      throw usage("unexpected argument \"\(positionals[maximum])\"", command)
    }
  }

  private func usage(_ reason: String, _ command: Command) -> Problem {
    Problem(
      .usage, "usage", reason: reason, remedy: "see `assay \(command.name) --help`")
  }
}
