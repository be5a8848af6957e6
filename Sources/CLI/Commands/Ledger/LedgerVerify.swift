// `assay ledger verify`: a whole log from its files and a key, or batches of proofs and notes.

import Base
import Crypto
import Ledger

let ledgerVerifyCommand = Command(
  path: ["ledger", "verify"],
  summary: "Check a log, proofs, notes or receipts with a public key alone",
  discussion: """
    PATH is a log, a state, or an export from anywhere. Every entry is hashed and every tile
    compared. Exit 0: sound; 1: altered, forked or set back; 4: unreadable. With --since, an older
    checkpoint that was kept elsewhere, a log that rewrote its history is found, with evidence
    that anybody can check with --evidence.
    The batch forms read JSON lines from standard input and answer each with its id.
    """,
  positionals: [Positional("PATH", "a log, a state or an export", minimum: 0)],
  options: [
    .value("--vkey", "VKEY", "the log's public key: name+id+base64"),
    .value("--since", "FILE", "an older checkpoint of this log"),
    .value("--evidence", "FILE", "check the evidence of a fork instead of a log"),
    .value("--proofs", "-", "check Merkle proofs: {id, kind, size, index|old, …, path}"),
    .value("--notes", "-", "check signed notes: {id, note_b64, vkeys}"),
    .value("--checkpoints", "-", "check checkpoints: {id, note_b64, vkeys, origin}"),
    .value("--tlog-proofs", "-", "check receipts: {id, proof_b64, entry_b64, policy}"),
    .json, .jsonLines,
  ],
  examples: [
    Example("assay ledger verify public --vkey \"$VKEY\"", "is this copy of the log sound?"),
    Example(
      "assay ledger verify public --vkey \"$VKEY\" --since kept.checkpoint",
      "has it only grown since then?"),
  ]
) { invocation in
  for batch in verifyBatches {
    if let source = invocation.value(batch.option) {
      guard invocation.positionals.isEmpty else {
        throw Problem(.usage, "usage", reason: "\(batch.option) takes no PATH")
      }
      return try verifyLines(source, batch.check, invocation)
    }
  }
  guard let vkey = invocation.value("--vkey") else {
    throw Problem(
      .usage, "usage", reason: "--vkey is missing",
      remedy: "give the log's public key, as `assay init` printed it")
  }
  let log = try readVKey(vkey, option: "--vkey")
  if let path = invocation.value("--evidence") {
    return try verifyEvidence(path, log, invocation)
  }
  guard let path = invocation.positional(0) else {
    throw Problem(.usage, "usage", reason: "PATH is missing")
  }
  let since = try invocation.value("--since").map { (path) throws(Problem) in
    try FileSystem.read(path, limitBytes: SignedNote.byteCountMax)
  }
  let directory = StateDirectory(containing: path)?.ledgerPath ?? path
  let report = LogVerifier(directory: directory, log: log)
    .check(since: since, run: try invocation.run())
  invocation.output.clearProgress()
  return show(report, invocation)
}

private func show(_ report: LogReport, _ invocation: Invocation) -> ExitCode {
  if invocation.flag("--json") {
    invocation.output.json(report.json)
  } else if let problem = report.problem {
    invocation.output.line("not verified: \(problem)")
  } else if let checkpoint = report.checkpoint {
    invocation.output.line(
      "verified: \(checkpoint.body.origin.text), \(checkpoint.size) entries, root "
        + checkpoint.root.tagged)
  }
  return report.problem?.exitCode ?? .yes
}

private func verifyEvidence(
  _ path: String, _ log: NoteVerifier, _ invocation: Invocation
) throws(Problem) -> ExitCode {
  let bytes = try FileSystem.read(path, limitBytes: SignedNote.byteCountMax)
  let json: JSON
  do { json = try JSON.parse(bytes) } catch { throw error.problem(file: path) }
  // The evidence itself, or the whole answer of `verify --since` around it.
  let evidence = json["error"]?["evidence"] ?? json
  var failure: Problem?
  do throws(Refusal) {
    try ForkEvidence(json: evidence).check(log: log)
  } catch {
    failure = error.problem("no_fork", at: path)
  }
  if invocation.flag("--json") {
    var object: JSONObject = ["fork": .bool(failure == nil)]
    if let failure { object["error"] = failure.json }
    invocation.output.json(.object(object))
  } else {
    invocation.output.line(
      failure.map { "no fork is proven: \($0)" }
        ?? "proven: \(log.name.text) signed two histories that contradict each other")
  }
  return failure?.exitCode ?? .yes
}
