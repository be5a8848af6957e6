// Every command there is, in the order of the overview.

import Base

enum Registry {
  static let commands: [Command] =
    missionCommands + identityCommands + evidenceCommands + trialCommands + permissionCommands
    + profileCommands + inferenceCommands + ledgerCommands + daemonCommands + [completionCommand]

  /// The command that the first words name, and the words behind its name.
  static func find(_ words: [String]) throws(Problem) -> (Command, [String]) {
    let matches = commands.filter { words.starts(with: $0.path) }
    guard let command = matches.max(by: { $0.path.count < $1.path.count }) else {
      throw unknown(words)
    }
    return (command, Array(words.dropFirst(command.path.count)))
  }

  /// Whether words stand before names of commands and name none themselves.
  static func isGroup(_ words: some Collection<String>) -> Bool {
    !words.isEmpty && !commands.contains { $0.path.elementsEqual(words) }
      && commands.contains { $0.path.starts(with: words) }
  }

  static func unknown(_ words: [String]) -> Problem {
    let names = words.prefix { !$0.hasPrefix("-") }
    let group = names.indices.last { isGroup(names[...$0]) }.map { Array(names[...$0]) } ?? []
    if !group.isEmpty {
      let below = commands.filter { $0.path.starts(with: group) }
      let typed = names.count > group.count ? names[group.count] : ""
      let nearest = NearestWord.to(typed, in: below.map { $0.path[group.count] })
      let list = below.map(\.name).joined(separator: ", ")
      let name = group.joined(separator: " ")
      return Problem(
        .usage, "usage",
        reason: nearest.map { "unknown command \"\(name) \(typed)\"; did you mean \(name) \($0)?" }
          ?? "`\(name)` needs one of: \(list)",
        remedy: "see `assay \(name) --help`")
    }
    let first = words.first ?? ""
    let known = Set(commands.map { $0.path[0] }).sorted()
    let nearest = NearestWord.to(first, in: known).map { "; did you mean \($0)?" } ?? ""
    return Problem(
      .usage, "usage", reason: "unknown command \"\(first)\"\(nearest)",
      remedy: "see `assay help` for the list")
  }
}
