// `assay completion SHELL`: a completion script made from the descriptions of the commands.

import Base

let completionCommand = Command(
  path: ["completion"],
  summary: "Print a completion script for bash, zsh or fish",
  positionals: [Positional("SHELL", "bash, zsh or fish")],
  examples: [
    Example("source <(assay completion bash)", "completes commands and options in this shell")
  ]
) { invocation in
  switch invocation.positional(0) {
  case "bash": invocation.output.file(Array(bashScript(Registry.commands).utf8))
  case "zsh":
    invocation.output.line("autoload -U +X bashcompinit && bashcompinit")
    invocation.output.file(Array(bashScript(Registry.commands).utf8))
  case "fish": invocation.output.file(Array(fishScript(Registry.commands).utf8))
  case let other:
    throw Problem(
      .usage, "bad_value", reason: "there is no completion for \"\(other ?? "")\"",
      remedy: "use bash, zsh or fish")
  }
  return .yes
}

private func bashScript(_ commands: [Command]) -> String {
  let cases = commands.map { command in
    "    \"\(command.name)\") words=\"\(command.options.map(\.name).joined(separator: " "))\" ;;"
  }
  let parents = Set(commands.filter { $0.path.count > 1 }.map { $0.path[0] }).sorted()
  let children = parents.map { parent in
    let names = commands.filter { $0.path.count > 1 && $0.path[0] == parent }.map { $0.path[1] }
    return "    \"\(parent)\") words=\"\(Set(names).sorted().joined(separator: " "))\" ;;"
  }
  let top = Set(commands.map { $0.path[0] }).sorted().joined(separator: " ")
  return """
    _assay() {
      local current="${COMP_WORDS[COMP_CWORD]}" words="" path="" word
      for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$word" in -*) break ;; *) path="${path:+$path }$word" ;; esac
      done
      if [ -z "$path" ]; then words="\(top)"; fi
      case "$path" in
    \(children.joined(separator: "\n"))
      esac
      while [ -n "$path" ] && [ -z "$words" ]; do
        case "$path" in
    \(cases.joined(separator: "\n"))
        esac
        case "$path" in *" "*) path="${path% *}" ;; *) path="" ;; esac
      done
      COMPREPLY=($(compgen -W "$words" -- "$current"))
      if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
    }
    complete -o filenames -F _assay assay

    """
}

private func fishScript(_ commands: [Command]) -> String {
  commands.flatMap { command -> [String] in
    let first = command.path[0]
    let parent =
      command.path.count > 1
      ? "__fish_seen_subcommand_from \(first)" : "__fish_use_subcommand"
    let name = command.path.last ?? first
    let condition = command.path.map { "__fish_seen_subcommand_from \($0)" }
      .joined(separator: "; and ")
    return [
      "complete -c assay -n '\(parent)' -a \(name) -d '\(quoted(command.summary))'"
    ]
      + command.options.map { option in
        "complete -c assay -n '\(condition)' \(option.name.hasPrefix("--") ? "-l" : "-s") "
          + "\(option.name.drop { $0 == "-" }) "
          + "-d '\(quoted(option.help))'"
      }
  }.joined(separator: "\n") + "\n"
}

private func quoted(_ text: String) -> String {
  String(text.flatMap { $0 == "'" ? Array("\\'") : [$0] })
}
