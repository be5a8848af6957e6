// `assay completion SHELL`: a completion script made from the descriptions of the commands.
//
// What a state holds, its profiles and packs, is asked for while somebody types: `--values KIND`.

import Base
import Ledger
import Policy
import State

let completionCommand = Command(
  path: ["completion"],
  summary: "Print a completion script for bash, zsh or fish",
  discussion: """
    The script completes commands, options and the values of options. For values that a state holds
    it calls `assay completion --values KIND`, which prints one a line: profiles, policies (names of
    packs), rules (those that can be waived) or facts.
    """,
  positionals: [Positional("SHELL", "bash, zsh or fish", minimum: 0)],
  options: [
    .value("--values", "KIND", "print what completes a value: profiles, policies, rules or facts"),
    .state,
  ],
  examples: [
    Example("source <(assay completion bash)", "completes commands and options in this shell"),
    Example("assay completion --values rules", "what `waive --rule` takes"),
  ]
) { invocation in
  if let kind = invocation.value("--values") {
    for word in try values(kind, invocation) { invocation.output.line(word) }
    return .yes
  }
  switch invocation.positional(0) {
  case "bash": invocation.output.file(Array(CompletionScript.bash(Registry.commands).utf8))
  case "zsh":
    invocation.output.line("autoload -U +X bashcompinit && bashcompinit")
    invocation.output.file(Array(CompletionScript.bash(Registry.commands).utf8))
  case "fish": invocation.output.file(Array(CompletionScript.fish(Registry.commands).utf8))
  case let other:
    throw Problem(
      .usage, "bad_value", reason: "there is no completion for \"\(other ?? "")\"",
      remedy: "use bash, zsh or fish")
  }
  return .yes
}

private func values(_ kind: String, _ invocation: Invocation) throws -> [String] {
  guard let kind = LiveValues(rawValue: kind) else {
    let known = LiveValues.allCases.map(\.rawValue).joined(separator: ", ")
    throw Problem(
      .usage, "bad_value", reason: "--values \(kind): one of \(known) is wanted",
      remedy: "see `assay completion --help`")
  }
  let pack = try PolicyPack.shipped()
  switch kind {
  case .profiles:
    guard let state = try existingState(invocation) else { return [] }
    return try ProfileBook(state, pack: pack).all().map(\.name)
  case .policies: return try PolicyNames.all(of: try existingState(invocation))
  case .rules: return pack.waivableIDs
  case .facts: return pack.questions.map(\.fact)
  }
}
