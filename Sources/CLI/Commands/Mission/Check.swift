// `assay check MODEL`: the gate.

import Audit
import Base
import Crypto
import Ledger
import Policy
import Reports

let checkCommand = Command(
  path: ["check"],
  summary: "Decide whether a model may be used here: identity, files, licence, lineage, law",
  discussion: """
    Prints allow (exit 0), deny (1) or review (3), with every finding behind it. Nothing in the
    model is executed. Facts about you and your use are given with --profile, a JSON file in the
    form of a scenario (see Policies/README.md); what is missing and would decide is asked back.
    With a state directory, lineage is read from its ledger and the result is recorded there.
    """,
  positionals: [Positional("MODEL", "a model's directory or file")],
  options: [
    .value("--profile", "FILE", "facts about actor, request and service"),
    .value("--policies", "DIR", "a pack of your own instead of the shipped one"),
    .value("--as-of", "DAY", "the day the law is asked for (default: today)"),
    .value("--horizon", "WORD", "in_force, enacted or proposed (default: in_force)"),
    .value("--models", "FILE", "base models that add to the shipped table"),
    .value("--format", "FORMAT", "table, json or sarif (default: table)"),
    .flag("--no-record", "write nothing to the ledger"),
    .state, .threads, .json,
  ],
  examples: [
    Example("assay check ./model --profile company.json", "the verdict, why, and what to do"),
    Example("assay check ./model --format sarif > check.sarif", "for code scanning"),
    Example(
      "assay check ./model --horizon proposed --json", "with bills that are not law yet"),
  ],
  run: runCheck)

private func runCheck(_ invocation: Invocation) throws -> ExitCode {
  let state = try existingState(invocation)
  let job = CheckJob(pack: try chosenPack(invocation), state: state)
  let result = try job.run(try checkRequest(invocation), run: try invocation.run())
  if let state, !invocation.flag("--no-record") {
    let bytes = result.json.canonicalBytes
    let digest = SHA256.hash(bytes)
    _ = try state.blobs.put(bytes)
    try Recorder(state: state).record([result.statement(resultDigest: digest)])
  }
  switch try format(invocation) {
  case "json": invocation.output.json(result.json)
  case "sarif":
    invocation.output.json(SARIFLog.document(CheckSummary(result)))
  default: invocation.output.line(CheckText.text(result))
  }
  return result.exitCode
}

private func format(_ invocation: Invocation) throws(Problem) -> String {
  if invocation.flag("--json") { return "json" }
  let word = invocation.value("--format") ?? "table"
  guard ["table", "json", "sarif"].contains(word) else {
    throw Problem(
      .usage, "bad_value", reason: "--format \(word): table, json or sarif is wanted",
      remedy: "see `assay check --help`")
  }
  return word
}

private func checkRequest(_ invocation: Invocation) throws(Problem) -> CheckRequest {
  var request = CheckRequest(
    path: invocation.positional(0) ?? "")
  if let file = invocation.value("--profile") { request.profile = try readJSON(file) }
  if let file = invocation.value("--models") { request.models = try readJSON(file) }
  if let text = invocation.value("--as-of") {
    guard let day = CalendarDay(text) else {
      throw Problem(
        .usage, "bad_value", reason: "--as-of \(text): a day YYYY-MM-DD is wanted",
        remedy: "see `assay check --help`")
    }
    request.asOf = day
  }
  if let word = invocation.value("--horizon") {
    guard let horizon = Horizon(rawValue: word) else {
      throw Problem(
        .usage, "bad_value", reason: "--horizon \(word): in_force, enacted or proposed is wanted",
        remedy: "see `assay check --help`")
    }
    request.horizon = horizon
  }
  return request
}

private func chosenPack(_ invocation: Invocation) throws(Problem) -> PolicyPack {
  guard let directory = invocation.value("--policies") else { return try PolicyPack.shipped() }
  return try PolicyPack.load(directory)
}

/// The state a command works on if there is one; a state that was named must exist.
func existingState(_ invocation: Invocation) throws(Problem) -> StateDirectory? {
  let named = invocation.value("--state")
  let state = try StateDirectory.located(named)
  if state.exists { return state }
  guard named == nil else {
    throw Problem(
      .usage, "no_state", place: state.path, reason: "there is no state here yet",
      remedy: "make one with `assay init --state \(state.path)`")
  }
  return nil
}

/// The state a command cannot do without.
func requiredState(_ invocation: Invocation) throws(Problem) -> StateDirectory {
  let state = try StateDirectory.located(invocation.value("--state"))
  guard state.exists else {
    throw Problem(
      .usage, "no_state", place: state.path, reason: "there is no state here yet",
      remedy: "make one with `assay init --state \(state.path)`")
  }
  return state
}

/// A JSON file of at most 16 MiB.
func readJSON(_ file: String) throws(Problem) -> JSON {
  let bytes = try FileSystem.read(file, limitBytes: 16 << 20)
  do throws(JSONError) { return try JSON.parse(bytes) } catch {
    throw error.problem(file: file)
  }
}
