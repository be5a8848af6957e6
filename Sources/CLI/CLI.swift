// The command line: finds the command, reads its arguments, runs it, turns errors into exit codes.
//
// Standard output carries data alone, standard error is for people. Nothing below this module
// prints or exits.

import Base

/// The program, as a function of its arguments.
public enum Assay {
  /// Runs one command; `arguments` holds the program's name first.
  public static func run(_ arguments: [String]) -> ExitCode {
    Interrupt.install()
    let manners = Manners(Array(arguments.dropFirst()))
    // With --jsonl every line on standard output answers a line of input, so an error of the whole
    // command goes to standard error alone.
    let output = Output.standard(
      json: manners.words.contains("--json"), isQuiet: manners.isQuiet,
      showsProgress: manners.showsProgress)
    do {
      return try run(manners.words, output: output)
    } catch let problem as Problem {
      output.problem(problem)
      return problem.exitCode
    } catch {
      output.problem(Problem(.failure, "internal", reason: "unexpected: \(error)"))
      return .failure
    }
  }

  /// The same with a given output, for tests.
  public static func run(_ words: [String], output: Output) throws -> ExitCode {
    var words = words
    if words.isEmpty || ["help", "--help", "-h"].contains(words[0]) {
      return try help(Array(words.dropFirst()), output: output)
    }
    if ["--version", "-V", "version"].contains(words[0]) {
      output.line("assay \(assayVersion)")
      return .yes
    }
    words[0] = CommandGroup.spellings[words[0]] ?? words[0]
    if let last = words.last, ["--help", "-h"].contains(last), Registry.isGroup(words.dropLast()) {
      return try help(words.dropLast(), output: output)
    }
    let (command, rest) = try Registry.find(words)
    if rest.contains("--help") || rest.contains("-h") {
      output.lines(HelpPage.of(command))
      return .yes
    }
    let arguments = try Arguments(rest, for: command)
    return try command.run(Invocation(command: command, arguments: arguments, output: output))
  }

  private static func help(_ given: [String], output: Output) throws -> ExitCode {
    var words = given
    if let first = words.first { words[0] = CommandGroup.spellings[first] ?? first }
    if words.isEmpty {
      output.lines(HelpPage.overview())
    } else if let command = Registry.commands.first(where: { $0.path == words }) {
      output.lines(HelpPage.of(command))
    } else {
      let below = Registry.commands.filter { $0.path.starts(with: words) }
      guard !below.isEmpty else { throw Registry.unknown(words) }
      output.lines(HelpPage.group(words, below))
    }
    return .yes
  }
}

/// How the program is to behave whatever the command, said anywhere before `--`.
private struct Manners {
  var isQuiet = false
  var showsProgress = true
  /// The other words.
  var words: [String] = []

  init(_ arguments: [String]) {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    for word in arguments[..<end] {
      switch word {
      case "-q", "--quiet": isQuiet = true
      case "--no-progress": showsProgress = false
      default: words.append(word)
      }
    }
    words += arguments[end...]
  }
}
