// `assay lineage verify`: does a declared relation stand up to the weights?

import Audit
import Base

let lineageVerifyCommand = Command(
  path: ["lineage", "verify"],
  summary: "Hold a declared relation between two models against their weights",
  discussion: """
    Exit code 0: the weights show the declared relation; 1: they show another one, by something
    that can be re-derived; 3: open. That nothing is found never refutes a declaration.
    """,
  positionals: [Positional("MODEL", "the model that is said to come from another")],
  options: [
    .value("--ancestor", "MODEL", "the model it is said to come from", required: true),
    .value(
      "--relation", "WORD", "copy, converted, quantized, pruned, finetuned, …", required: true),
    .value("--panel", "LIST", "controls: models known to be unrelated"),
    .threads, .json,
  ],
  examples: [
    Example(
      "assay lineage verify ./model-q8.gguf --ancestor ./model --relation quantized --json",
      "confirmed, refuted or open, with the comparison it rests on")
  ],
  run: runLineageVerify)

private func runLineageVerify(_ invocation: Invocation) throws -> ExitCode {
  let word = invocation.value("--relation") ?? ""
  guard let relation = Relation(rawValue: word) else {
    throw Problem(
      .usage, "bad_value", reason: "--relation \(word): no such relation",
      remedy: "one of " + Relation.allCases.map(\.rawValue).joined(separator: ", "))
  }
  let panel =
    try invocation.value("--panel").map { list throws(Problem) in try ListedModel.list(list) } ?? []
  let request = CompareRequest(
    suspects: [ListedModel(path: invocation.positional(0) ?? "")],
    references: [ListedModel(path: invocation.value("--ancestor") ?? "")], panel: panel,
    only: .weights, threads: try invocation.threads())
  let result = try CompareJob(cache: ModelCache(threads: request.threads))
    .run(request, progress: invocation.output.progress)
  if let problem = result.unreadable.first { throw problem }
  guard let report = result.reports.first, let comparison = report.comparisons.first else {
    throw Problem(.failure, "internal", reason: "the comparison gave no answer")
  }
  let verification = LineageVerification(
    declared: relation, suspect: report.suspect, comparison: comparison)
  if invocation.flag("--json") {
    invocation.output.json(verification.json)
  } else {
    invocation.output.line("\(verification.outcome.rawValue): \(verification.reason)")
  }
  return verification.exitCode
}
