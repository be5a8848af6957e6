// The commands on policy: answer, explain, and keep packs honest.

import Base
import Policy

let policyCommands: [Command] = [
  policyEvalCommand, policyExplainCommand, policyTestCommand, policyLintCommand,
  policyDiffCommand,
]

extension Option {
  static let policies = value(
    "--policies", "DIR", "the pack of this directory instead of the shipped one")
}

enum PolicyFiles {
  static let scenarioByteCountMax = 256 << 20

  /// The pack of `--policies`, or the one the program carries.
  static func pack(_ invocation: Invocation) throws(Problem) -> PolicyPack {
    guard let directory = invocation.value("--policies") else { return try .shipped() }
    return try .load(directory)
  }

  /// One question.
  static func scenario(_ path: String) throws(Problem) -> JSON {
    let bytes = try InputFile.read(path, limitBytes: scenarioByteCountMax)
    do throws(JSONError) { return try JSON.parse(bytes) } catch { throw error.problem(file: path) }
  }

  /// A file of questions.
  static func scenarios(_ path: String) throws(Problem) -> [JSON] {
    let json = try scenario(path)
    guard let list = json["scenarios"]?.array else {
      throw Problem(
        .malformed, "bad_value", place: "\(path)#/scenarios",
        reason: "a file of scenarios is an object with the array \"scenarios\"")
    }
    return list
  }
}
