// `assay report` and `assay verify report`.

import Audit
import Base
import Ledger
import Register
import Reports

let reportCommand = Command(
  path: ["report"],
  summary: "Write what the ledger recorded in a span of time, as documents",
  discussion: """
    The report is made of signed entries alone; it recomputes nothing. All documents name the
    checkpoint they stand on, and a signed entry over their digests goes to the ledger, so that
    anybody can check later that a file is that report.
    """,
  options: [
    .value("--from", "TIME", "a day from its first instant, or RFC 3339 (default: the beginning)"),
    .value("--to", "TIME", "a day to its last instant, or RFC 3339 (default: now)"),
    .repeated("--model", "DIGEST", "about this model alone"),
    .value("--out", "DIR", "write report.html, report.md and report.json here", required: true),
    .state, .json,
  ],
  examples: [
    Example(
      "assay report --out ./october --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z",
      "three files and an entry of the ledger")
  ]
) { invocation in
  let state = try requiredState(invocation)
  let models = try invocation.values("--model").map { text throws(Problem) in
    guard let digest = Digest(tagged: text) else {
      throw Problem(.usage, "bad_value", reason: "--model \(text): sha256:… is wanted")
    }
    return digest
  }
  let runner = AuditRunner(state: state, documents: ReportDocuments.of)
  let now = WallClock.system.now()
  let outcome = try runner.run(
    .report(
      from: try moment(invocation, "--from", endOfDay: false) ?? Instant(seconds: 0),
      to: try moment(invocation, "--to", endOfDay: true) ?? now, models: models),
    try invocation.run())
  guard case .report(let made) = outcome else { return .failure }
  let folder = invocation.value("--out") ?? "."
  try FileSystem.makeDirectories(folder)
  for document in made.documents {
    try DurableFile.replace(FileSystem.join(folder, document.name), with: document.bytes)
    if !invocation.flag("--json") {
      invocation.output.line(
        "\(FileSystem.join(folder, document.name))  \(document.digest.tagged)")
    }
  }
  let receipts = try StateLog(state).append(
    [made.report.statement(made.documents, at: made.time)])
  if invocation.flag("--json") {
    invocation.output.json([
      "documents": .array(
        made.documents.map { ["name": .string($0.name), "sha256": .string($0.digest.tagged)] }),
      "ledger_index": JSON(receipts.first?.index ?? 0),
    ])
  }
  return .yes
}

let verifyReportCommand = Command(
  path: ["verify", "report"],
  summary: "Say whether a file is a report that a signed entry of the ledger names",
  positionals: [Positional("FILE", "report.html, report.md or report.json")],
  options: [.state, .json],
  examples: [Example("assay verify report report.html", "the entry, or no")]
) { invocation in
  let state = try requiredState(invocation)
  let result = try ReportVerification(state: state).check(invocation.positional(0) ?? "")
  if invocation.flag("--json") {
    invocation.output.json(result.json)
  } else if let index = result.ledgerIndex {
    invocation.output.line("yes: entry \(index) names \(result.digest.tagged)")
  } else {
    invocation.output.line("no: no signed entry of this ledger names \(result.digest.tagged)")
  }
  return result.isVerified ? .yes : .no
}

/// A time, or a day for its first or last instant.
private func moment(
  _ invocation: Invocation, _ option: String, endOfDay: Bool
) throws(Problem) -> Instant? {
  guard let text = invocation.value(option) else { return nil }
  if let day = CalendarDay(text) {
    let first = Instant(seconds: Int64(day.daysSinceEpoch) * 86_400)
    return endOfDay
      ? Instant(seconds: first.seconds + 86_399, nanoseconds: 999_999_999) : first
  }
  guard let instant = Instant(rfc3339: text) else {
    throw Problem(
      .usage, "bad_value", reason: "\(option) \(text): a day or an RFC 3339 time is wanted",
      remedy: "write it as 2026-11-01 or 2026-11-01T00:00:00Z")
  }
  return instant
}
