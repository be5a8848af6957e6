// Completion scripts for shells, from the descriptions of the commands.
//
// Promises: words that complete are commands, options and values as this program takes them; what
// it does not know completes to files. Lists of a state are asked for by calling the program again.

import Base

enum CompletionScript {
  /// For bash, and for zsh with its `bashcompinit`.
  static func bash(_ commands: [Command]) -> String {
    let top = Set(commands.map { $0.path[0] }).sorted().joined(separator: " ")
    return """
      _assay_live() {
        local word state="" previous=""
        for word in "${COMP_WORDS[@]}"; do
          if [ "$previous" = --state ]; then state="$word"; fi
          previous="$word"
        done
        assay completion --values "$1" ${state:+--state "$state"} 2>/dev/null
      }
      _assay() {
        local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
        local words="" path="" word
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
          case "$word" in -*) break ;; *) path="${path:+$path }$word" ;; esac
        done
        case "$path:$previous" in
      \(valueCases(commands).joined(separator: "\n"))
        esac
        if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
        if [ -z "$path" ]; then words="\(top)"; fi
        case "$path" in
      \(children(commands).joined(separator: "\n"))
        esac
        while [ -n "$path" ] && [ -z "$words" ]; do
          case "$path" in
      \(optionCases(commands).joined(separator: "\n"))
          esac
          case "$path" in *" "*) path="${path% *}" ;; *) path="" ;; esac
        done
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
      }
      complete -o filenames -F _assay assay

      """
  }

  /// `"check"*:--use) words="…" ;;`, the longer names of commands first.
  private static func valueCases(_ commands: [Command]) -> [String] {
    commands.sorted { $0.path.count > $1.path.count }.flatMap { command in
      command.options.compactMap { option -> String? in
        guard option.form != .flag, let values = OptionValues.of(option.name, command) else {
          return nil
        }
        return "    \"\(command.name)\"*:\(option.name)) words=\"\(bashWords(values))\" ;;"
      }
    }
  }

  private static func bashWords(_ values: OptionValues) -> String {
    switch values {
    case .words(let words): words.joined(separator: " ")
    case .live(let kind): "$(_assay_live \(kind.rawValue))"
    }
  }

  private static func optionCases(_ commands: [Command]) -> [String] {
    commands.map { command in
      var words = command.options.map(\.name).joined(separator: " ")
      if let values = OptionValues.ofPositional(command) { words += " " + bashWords(values) }
      return "    \"\(command.name)\") words=\"\(words)\" ;;"
    }
  }

  private static func children(_ commands: [Command]) -> [String] {
    let parents = Set(commands.filter { $0.path.count > 1 }.map { $0.path[0] }).sorted()
    return parents.map { parent in
      let names = commands.filter { $0.path.count > 1 && $0.path[0] == parent }.map { $0.path[1] }
      return "    \"\(parent)\") words=\"\(Set(names).sorted().joined(separator: " "))\" ;;"
    }
  }

  static func fish(_ commands: [Command]) -> String {
    commands.flatMap { command -> [String] in
      let first = command.path[0]
      let parent =
        command.path.count > 1
        ? "__fish_seen_subcommand_from \(first)" : "__fish_use_subcommand"
      let name = command.path.last ?? first
      let condition = command.path.map { "__fish_seen_subcommand_from \($0)" }
        .joined(separator: "; and ")
      let positional = OptionValues.ofPositional(command).map {
        "complete -c assay -n '\(condition)' -f -a '\(fishWords($0))'"
      }
      return [
        "complete -c assay -n '\(parent)' -a \(name) -d '\(quoted(command.summary))'"
      ] + [positional].compactMap(\.self)
        + command.options.map { option in
          "complete -c assay -n '\(condition)' \(option.name.hasPrefix("--") ? "-l" : "-s") "
            + "\(option.name.drop { $0 == "-" }) \(fishValues(option, command))"
            + "-d '\(quoted(option.help))'"
        }
    }.joined(separator: "\n") + "\n"
  }

  /// How fish completes the value of an option; nothing for a flag.
  private static func fishValues(_ option: Option, _ command: Command) -> String {
    guard option.form != .flag else { return "" }
    guard let values = OptionValues.of(option.name, command) else { return "-r " }
    return "-x -a '\(fishWords(values))' "
  }

  private static func fishWords(_ values: OptionValues) -> String {
    switch values {
    case .words(let words): words.joined(separator: " ")
    case .live(let kind): "(assay completion --values \(kind.rawValue))"
    }
  }

  private static func quoted(_ text: String) -> String {
    String(text.flatMap { $0 == "'" ? Array("\\'") : [$0] })
  }
}
