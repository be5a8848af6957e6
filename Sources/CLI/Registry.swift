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

  static func unknown(_ words: [String]) -> Problem {
    let first = words.first ?? ""
    let below = commands.filter { $0.path.first == first && $0.path.count > 1 }
    if !below.isEmpty {
      let names = below.map(\.name).joined(separator: ", ")
      return Problem(
        .usage, "usage", reason: "`\(first)` needs one of: \(names)",
        remedy: "see `assay help \(first)`")
    }
    return Problem(
      .usage, "usage", reason: "unknown command \"\(first)\"",
      remedy: "see `assay help` for the list")
  }
}
