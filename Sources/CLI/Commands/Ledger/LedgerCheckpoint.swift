// `assay ledger checkpoint`, `prove` and `export`: what the log tells others.

import Base
import Crypto
import Ledger

let ledgerCheckpointCommand = Command(
  path: ["ledger", "checkpoint"],
  summary: "Print the newest signed checkpoint",
  discussion: "The text is a C2SP checkpoint: origin, size, root, signature. Keep it elsewhere.",
  positionals: [Positional("DIR", "a log, or a state")],
  options: [.json],
  examples: [
    Example("assay ledger checkpoint log > kept.checkpoint", "for a later `verify --since`")
  ]
) { invocation in
  let checkpoint = try openLedger(invocation).checkpoint()
  if invocation.flag("--json") {
    invocation.output.json([
      "origin": .string(checkpoint.body.origin.text), "size": JSON(checkpoint.size),
      "root": .string(checkpoint.root.tagged),
      "note": .string(String(decoding: checkpoint.bytes, as: UTF8.self)),
    ])
  } else {
    invocation.output.file(checkpoint.bytes)
  }
  return .yes
}

let ledgerProveInclusionCommand = Command(
  path: ["ledger", "prove", "inclusion"],
  summary: "Prove that an entry is in the log",
  discussion: """
    With --tlog-proof the receipt is the text of c2sp.org/tlog-proof: whoever has the log's public
    key checks it without the log.
    """,
  positionals: [Positional("DIR", "a log, or a state")],
  options: [
    .value("--index", "I", "the entry's position, from 0", required: true),
    .value("--size", "S", "prove against the log at this size (default: now)"),
    .flag("--tlog-proof", "print a receipt against the newest checkpoint"),
    .json,
  ],
  examples: [
    Example("assay ledger prove inclusion log --index 7 --tlog-proof > 7.tlog-proof", "a receipt"),
    Example("assay ledger prove inclusion log --index 7 --size 100 --json", "at an older size"),
  ]
) { invocation in
  let ledger = try openLedger(invocation)
  let index = try invocation.integer("--index", in: 0...Int.max) ?? 0
  let size = try invocation.integer("--size", in: 0...Int.max)
  if invocation.flag("--tlog-proof") {
    guard size == nil else {
      throw Problem(
        .usage, "usage", reason: "a receipt is against the newest checkpoint",
        remedy: "leave --size out")
    }
    invocation.output.file(try ledger.receipt(index: index).tlogProof.bytes)
  } else {
    invocation.output.json(try ledger.inclusion(index: index, size: size))
  }
  return .yes
}

let ledgerProveConsistencyCommand = Command(
  path: ["ledger", "prove", "consistency"],
  summary: "Prove that the log only grew",
  positionals: [Positional("DIR", "a log, or a state")],
  options: [
    .value("--old", "M", "the older size", required: true),
    .value("--size", "S", "the newer size (default: now)"),
    .json,
  ],
  examples: [
    Example("assay ledger prove consistency log --old 100 --json", "100 entries are still there")
  ]
) { invocation in
  let old = try invocation.integer("--old", in: 0...Int.max) ?? 0
  let size = try invocation.integer("--size", in: 0...Int.max)
  invocation.output.json(try openLedger(invocation).consistency(old: old, size: size))
  return .yes
}

let ledgerExportCommand = Command(
  path: ["ledger", "export"],
  summary: "Copy what is published of a log to a new directory",
  discussion: """
    OUT holds standard files alone: checkpoint and tiles as c2sp.org/tlog-tiles has them. Any web
    server can offer them, and `assay ledger verify` or golang.org/x/mod can check them.
    """,
  positionals: [
    Positional("DIR", "a log, or a state"), Positional("OUT", "the directory to make"),
  ],
  options: [.json],
  examples: [Example("assay ledger export log public", "makes public/checkpoint and public/tile")]
) { invocation in
  let out = invocation.positional(1) ?? ""
  let checkpoint = try openLedger(invocation).export(to: out)
  if invocation.flag("--json") {
    invocation.output.json([
      "path": .string(out), "size": JSON(checkpoint.size), "root": .string(checkpoint.root.tagged),
    ])
  } else {
    invocation.output.note("exported \(checkpoint.size) entries to \(out)")
  }
  return .yes
}
