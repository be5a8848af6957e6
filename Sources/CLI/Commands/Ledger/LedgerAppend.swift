// `assay ledger append`: entries into the log, durable when the command says so.

import Base
import Crypto
import Ledger

let ledgerAppendCommand = Command(
  path: ["ledger", "append"],
  summary: "Append entries to a log",
  discussion: """
    With --lines each line of the file is one entry, its newline included; with --entry the whole
    file is one. Without --batch all lines become durable together, or none. An entry has at most
    65,535 bytes: log the digest of anything larger.
    """,
  positionals: [Positional("DIR", "a log, or a state")],
  options: [
    .value("--lines", "FILE", "one entry a line"),
    .value("--entry", "FILE", "the file is one entry"),
    .value("--batch", "N", "make every N lines durable on their own"),
    .json, .jsonLines,
  ],
  examples: [
    Example("assay ledger append log --lines facts.txt --json", "first index, size and root"),
    Example(
      "assay ledger append log --lines facts.txt --batch 16 --jsonl",
      "a line of JSON as soon as each 16 entries are durable"),
  ]
) { invocation in
  let entries = try readEntries(invocation)
  let ledger = try openLedger(invocation)
  let batch = try invocation.integer("--batch") ?? max(1, entries.count)
  if entries.isEmpty {
    let checkpoint = try ledger.checkpoint()
    invocation.output.json(appended(first: checkpoint.size, count: 0, checkpoint))
    return .yes
  }
  for start in stride(from: 0, to: entries.count, by: batch) {
    try Interrupt.check()
    let part = Array(entries[start..<min(start + batch, entries.count)])
    let staged = try ledger.database.transaction { () throws(Problem) in try ledger.stage(part) }
    _ = try ledger.publish(staged)
    let answer = appended(first: staged.firstIndex, count: staged.count, staged.checkpoint)
    if invocation.flag("--jsonl") || invocation.flag("--json") {
      invocation.output.jsonLine(answer)
    } else {
      invocation.output.line(
        "entries \(staged.firstIndex) to \(staged.firstIndex + staged.count - 1) are in the log")
    }
  }
  return .yes
}

private func appended(first: Int, count: Int, _ checkpoint: Checkpoint) -> JSON {
  [
    "first_index": JSON(first), "count": JSON(count), "size": JSON(checkpoint.size),
    "root": .string(checkpoint.root.tagged),
  ]
}

/// The entries of --lines or --entry; exactly one of them must be given.
private func readEntries(_ invocation: Invocation) throws(Problem) -> [[UInt8]] {
  let limit = 1 << 31
  switch (invocation.value("--lines"), invocation.value("--entry")) {
  case (let path?, nil):
    let bytes = try InputFile.read(path, limitBytes: limit)
    var entries: [[UInt8]] = []
    var start = 0
    for end in bytes.indices where bytes[end] == UInt8(ascii: "\n") {
      entries.append(Array(bytes[start...end]))
      start = end + 1
    }
    if start < bytes.count { entries.append(Array(bytes[start...])) }
    return entries
  case (nil, let path?):
    return [try InputFile.read(path, limitBytes: limit)]
  default:
    throw Problem(
      .usage, "usage", reason: "give either --lines or --entry",
      remedy: "see `assay ledger append --help`")
  }
}

/// The log that the first positional names.
func openLedger(_ invocation: Invocation) throws(Problem) -> Ledger {
  try Ledger.open(
    invocation.positional(0) ?? "", passphrase: try StateDirectory.passphrase())
}
