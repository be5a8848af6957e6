// `assay lineage verify`: does a declared relation stand up to the weights?

import Comparison
import Base
import Ledger

let lineageVerifyCommand = Command(
  path: ["lineage", "verify"],
  summary: "Hold a declared relation between two models against their weights",
  discussion: """
    Exit code 0: the weights show the declared relation; 1: they show another one, by something
    that can be re-derived; 3: open. That nothing is found never refutes a declaration. With
    --record, what is confirmed or refuted becomes an edge in the state's ledger: the relation that
    the weights show, signed where it can be re-derived, else suspected.
    """,
  positionals: [Positional("MODEL", "the model that is said to come from another")],
  options: [
    .value("--ancestor", "MODEL", "the model it is said to come from", required: true),
    .value(
      "--relation", "WORD", "copy, converted, quantized, pruned, finetuned, …", required: true),
    .value("--panel", "LIST", "controls: models known to be unrelated"),
    .flag("--record", "write the edge that the weights show to the ledger"), .state,
    .threads, .json,
  ],
  examples: [
    Example(
      "assay lineage verify ./model-q8.gguf --ancestor ./model --relation quantized --json",
      "confirmed, refuted or open, with the comparison it rests on"),
    Example(
      "assay lineage verify ./tuned --ancestor ./model --relation finetuned --record "
        + "--state state", "the same, and an edge in the ledger"),
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
  let state = try recordingState(invocation)
  let request = CompareRequest(
    suspects: [ListedModel(path: invocation.positional(0) ?? "")],
    references: [ListedModel(path: invocation.value("--ancestor") ?? "")], panel: panel,
    only: .weights)
  let result = try CompareJob().run(request, run: try invocation.run())
  if let problem = result.unreadable.first { throw problem }
  guard let report = result.reports.first, let comparison = report.comparisons.first else {
    throw Problem(.failure, "internal", reason: "the comparison gave no answer")
  }
  let verification = LineageVerification(
    declared: relation, suspect: report.suspect, comparison: comparison)
  // What was found out is printed, whether it can be written down or not.
  var receipts: [Receipt]?
  var problem: Problem?
  do throws(Problem) {
    receipts = try state.map { state throws(Problem) in try record(verification, in: state) }
  } catch { problem = error }
  if let problem { invocation.output.warn("assay: \(problem)") }
  if invocation.flag("--json") {
    var object = verification.json.object ?? [:]
    object["error"] = problem?.json
    if let receipts {
      object["ledger_indices"] = .array(receipts.map { JSON($0.index) })
      object["edges"] = .array(verification.edges.map(\.json))
    }
    invocation.output.json(.object(object))
  } else {
    invocation.output.line("\(verification.outcome.rawValue): \(verification.reason)")
    for (edge, receipt) in zip(verification.edges, receipts ?? []) {
      invocation.output.line(
        "recorded as entry \(receipt.index): \(edge.relation?.rawValue ?? "relation not known"), "
          + edge.grade.rawValue)
    }
    if let receipts, receipts.isEmpty { invocation.output.line("nothing to record") }
  }
  return problem.map { ExitCode.combined([verification.exitCode, $0.exitCode]) }
    ?? verification.exitCode
}

/// The state to record in; nil if nothing is to be recorded.
private func recordingState(_ invocation: Invocation) throws(Problem) -> StateDirectory? {
  guard invocation.flag("--record") else {
    guard invocation.value("--state") == nil else {
      throw Problem(
        .usage, "usage", reason: "--state is for --record", remedy: "give both or neither")
    }
    return nil
  }
  return try requiredState(invocation)
}

private func record(
  _ verification: LineageVerification, in state: StateDirectory
) throws(Problem) -> [Receipt] {
  let (statements, body) = try verification.statements()
  guard !statements.isEmpty else { return [] }
  _ = try state.blobs.put(body)
  return try Recorder(state: state).record(statements)
}
