// `policy eval`: the answer to one question or to a file of them.
//
// Contract: the head of the judge of scenarios. One question: exit 0 allow, 1 deny, 3 review,
// 4 malformed. A file: 0 when all were answered, 4 when one was malformed; the rest is answered.

import Base
import Policy

let policyEvalCommand = Command(
  path: ["policy", "eval"],
  summary: "Decide whether a use is allowed, denied or needs review",
  discussion: """
    A question says what is asked, what is known about the model and the actor, and where the \
    model comes from (assay.scenarios/1). Exit codes: 0 allow, 1 deny, 3 review, 4 malformed; \
    with --scenarios 0 when every question was answered, else 4.
    """,
  options: [
    .policies, .value("--scenario", "FILE", "one question"),
    .value("--scenarios", "FILE", "many questions"),
    .flag("--flips", "also tell which facts alone would change the answer"),
    .flag("--no-missing", "do not look for what is missing (faster)"), .json, .jsonLines,
  ],
  examples: [
    Example("assay policy eval --scenario question.json --json", "decide one question"),
    Example(
      "assay policy eval --policies Policies --scenarios all.json --jsonl", "decide many"),
  ],
  run: { invocation in
    let options = Policy.Options(
      missing: !invocation.flag("--no-missing"), flips: invocation.flag("--flips"))
    switch (invocation.value("--scenario"), invocation.value("--scenarios")) {
    case (let path?, nil): return try evaluateOne(path, options, invocation)
    case (nil, let path?): return try evaluateMany(path, options, invocation)
    default:
      throw Problem(
        .usage, "usage", reason: "give one of --scenario and --scenarios",
        remedy: "see `assay policy eval --help`")
    }
  })

private func evaluateOne(
  _ path: String, _ options: Policy.Options, _ invocation: Invocation
) throws(Problem) -> ExitCode {
  let pack = try PolicyFiles.pack(invocation)
  let request = try PolicyRequest(scenario: PolicyFiles.scenario(path))
  let decision = try Policy.evaluate(pack, request, options: options)
  if invocation.flag("--json") || invocation.flag("--jsonl") {
    invocation.output.json(decision.json())
  } else {
    invocation.output.prose(decision.lines)
  }
  return decision.verdict.exitCode
}

private func evaluateMany(
  _ path: String, _ options: Policy.Options, _ invocation: Invocation
) throws(Problem) -> ExitCode {
  let pack = try PolicyFiles.pack(invocation)
  var code = ExitCode.yes
  for scenario in try PolicyFiles.scenarios(path) {
    try Interrupt.check()
    do throws(Problem) {
      let request = try PolicyRequest(scenario: scenario)
      let decision = try Policy.evaluate(pack, request, options: options)
      invocation.output.jsonLine(decision.json())
    } catch {
      code = .malformed
      invocation.output.jsonLine(["id": scenario["id"] ?? nil, "error": error.json])
    }
  }
  return code
}
