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
    let words = Array(arguments.dropFirst())
    // With --jsonl every line on standard output answers a line of input, so an error of the whole
    // command goes to standard error alone.
    let output = Output.standard(json: words.contains("--json"))
    do {
      return try run(words, output: output)
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
    if words.isEmpty || ["help", "--help", "-h"].contains(words[0]) {
      return try help(Array(words.dropFirst()), output: output)
    }
    if words[0] == "--version" || words[0] == "version" {
      output.line("assay \(assayVersion)")
      return .yes
    }
    let (command, rest) = try Registry.find(words)
    if rest.contains("--help") || rest.contains("-h") {
      output.lines(HelpPage.of(command))
      return .yes
    }
    let arguments = try Arguments(rest, for: command)
    return try command.run(Invocation(command: command, arguments: arguments, output: output))
  }

  private static func help(_ words: [String], output: Output) throws -> ExitCode {
    if words.isEmpty {
      output.lines(HelpPage.overview(Registry.commands))
    } else if let command = Registry.commands.first(where: { $0.path == words }) {
      output.lines(HelpPage.of(command))
    } else {
      let below = Registry.commands.filter { $0.path.starts(with: words) }
      guard !below.isEmpty else { throw Registry.unknown(words) }
      output.lines(HelpPage.overview(below))
    }
    return .yes
  }
}
