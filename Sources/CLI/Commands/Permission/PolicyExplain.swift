// `policy explain`: one answer for people.

import Base
import Policy

let policyExplainCommand = Command(
  path: ["policy", "explain"],
  summary: "Explain one decision: the verdict, why, and what to do",
  discussion: """
    Each rule that stands against the use is told with its source, its status, the way through \
    the lineage and the facts it used. Exit codes as in `policy eval`.
    """,
  options: [.policies, .value("--scenario", "FILE", "the question", required: true), .json],
  examples: [Example("assay policy explain --scenario question.json", "why, and what to do")],
  run: { invocation in
    guard let path = invocation.value("--scenario") else {
      throw Problem(.usage, "usage", reason: "--scenario is missing")
    }
    let pack = try PolicyFiles.pack(invocation)
    let request = try PolicyRequest(scenario: PolicyFiles.scenario(path))
    let decision = try Policy.evaluate(pack, request, options: .init(flips: true))
    if invocation.flag("--json") {
      invocation.output.json(decision.json())
    } else {
      invocation.output.prose(decision.lines)
    }
    return decision.verdict.exitCode
  })
