// `assay check MODEL`: the gate.

import Audit
import Base
import Crypto
import Ledger
import Policy
import Register
import Reports

let checkCommand = Command(
  path: ["check"],
  summary: "Decide whether a model may be used: files, licence, lineage, law",
  discussion: """
    Prints allow (exit 0), deny (1) or review (3), with every finding behind it. Nothing in the
    model is executed. Facts about you and your use are given with options, with --as, a profile of
    the state, or with --profile, a JSON file in the form of a scenario (see Policies/README.md);
    without these, profile of the state's config.json counts. Everything that is missing and would
    decide is asked back at once. What the model does not say can be stated, with the name of who
    states it; a contradiction never allows. With a state directory, lineage is read
    from its register and the decision is recorded there. With --as-of another day, --horizon other
    than in_force, or --no-record it is a question that decides nothing.
    """,
  positionals: [Positional("MODEL", "a model's directory or file")],
  options: AskerOptions.profile + AskerOptions.request + AskerOptions.stated + [
    .value("--policies", "DIR", "a pack of your own instead of the shipped one"),
    .value("--as-of", "DAY", "the day the law is asked for (default: today)"),
    .value("--horizon", "WORD", "in_force, enacted or proposed (default: in_force)"),
    .value("--models", "FILE", "base models that add to the shipped table"),
    .value(
      "--format", "FORMAT",
      "table, json, html, markdown, sarif, cyclonedx, cyclonedx-1.7, spdx or vsa (default: table)"),
    .value("-o", "FILE", "write the document of --format into this file"),
    .flag("--details", "every open question and rule, with what it rests on"),
    .flag("--no-record", "write nothing to the ledger"),
    .state, .threads, .json,
  ] + Option.modelChoice,
  examples: [
    Example("assay check ./model --profile company.json", "the verdict, why, and what to do"),
    Example(
      "assay check ./model --use internal-business --form internal --in DE",
      "who asks, in one line; what stays open is asked back"),
    Example("assay check ./model --format sarif > check.sarif", "for code scanning"),
    Example(
      "assay check ./model --format vsa -o model.vsa.json",
      "signed with the key of the state; see `assay verify --statement`"),
    Example("assay check ./model --format spdx -o model.spdx.json", "a document in a file"),
    Example(
      "assay check ./model --horizon proposed --json", "with bills that are not law yet"),
  ],
  run: runCheck)

private func runCheck(_ invocation: Invocation) throws -> ExitCode {
  let state = try existingState(invocation)
  let format = try format(invocation)
  guard format != nil || invocation.value("-o") == nil else {
    throw Problem(
      .usage, "usage", place: "-o", reason: "a file is written in a format of its own",
      remedy: "give --format html, markdown, spdx or another with it")
  }
  let key = format == .vsa ? try state?.statementKey(passphrase: StateDirectory.passphrase()) : nil
  guard format != .vsa || key != nil else {
    throw Problem(
      .usage, "no_state",
      reason: "a verification summary is signed with the key of a state, and "
        + "there is none",
      remedy: "make one with `assay init --state DIR` and give --state DIR")
  }
  let result = try CheckJob(state: state).run(
    try checkRequest(invocation, state: state), run: try invocation.run())
  var recorded: RecordedCheck?
  if let state, !invocation.flag("--no-record") {
    recorded = try result.record(in: try StateLog(state))
  }
  if let file = invocation.value("-o"), let format {
    let document =
      try CheckSummary(result).document(format, signedBy: key)
      ?? result.json(recorded: recorded).canonicalBytes + [0x0A]
    try DurableFile.replace(file, with: document)
    invocation.output.note("\(result.verdict.rawValue): \(result.name), written to \(file)")
  } else if invocation.flag("--json") || format == .json {
    invocation.output.json(result.json(recorded: recorded))
  } else if let format, let document = try CheckSummary(result).document(format, signedBy: key) {
    invocation.output.file(document)
  } else {
    let output = invocation.output
    output.prose(
      CheckText.lines(
        result, isDetailed: invocation.flag("--details"), columns: output.columns),
      under: result.verdict)
  }
  return result.exitCode
}

/// Nil: for people.
private func format(_ invocation: Invocation) throws(Problem) -> ReportFormat? {
  let word = invocation.value("--format") ?? "table"
  if word == "table" { return nil }
  guard let format = ReportFormat(rawValue: word) else {
    throw Problem(
      .usage, "bad_value",
      reason: "--format \(word): table or one of \(ReportFormat.names.joined(separator: ", ")) "
        + "is wanted",
      remedy: "see `assay check --help`")
  }
  return format
}

private func checkRequest(
  _ invocation: Invocation, state: StateDirectory?
) throws(Problem) -> CheckRequest {
  var request = CheckRequest(try invocation.model())
  request.profile = try invocation.chosenProfile(state: state)
  request.changes = try invocation.factWords(AskerOptions.request)
  request.stated = try invocation.statedWords()
  if let file = invocation.value("--models") { request.models = try readJSON(file) }
  if let directory = invocation.value("--policies") { request.policy = .directory(directory) }
  request.asOf = try invocation.day("--as-of")
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
  let bytes = try InputFile.read(file, limitBytes: 16 << 20)
  do throws(JSONError) { return try JSON.parse(bytes) } catch {
    throw error.problem(file: file)
  }
}
