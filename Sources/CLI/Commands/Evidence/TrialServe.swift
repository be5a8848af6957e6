// `assay trial serve|reveal`: what a customer gets, and what everybody gets in the end.

import Trials
import Base

let trialServeCommand = Command(
  path: ["trial", "serve"],
  summary: "Hand out the served twins of a committed trial, never the withheld ones",
  discussion: """
    A server of files: writes JSON lines {"index","prompt","completion"} for whoever delivers the
    answers. Refused (exit 1) until the commitment is in a ledger, and if a text or a secret has
    changed since. Before a line leaves, DIR/customers/NAME/deliveries.jsonl says so, durably: the
    pair, the SHA-256 of the line without its end, the time. The same pair again is the same line
    and another entry. With --state the ledger gets a statement of the root over that record, one
    for each run, with its receipt. One customer must never get another one's file: two that pool
    theirs hold both twins of every second pair, which costs power, though no validity.
    """,
  positionals: [Positional("DIR", "the folder of a committed trial")],
  options: [
    .value("--customer", "NAME", "who is served; needed if there are several"),
    .value("--prompt-index", "I", "the answer to one prompt"),
    .flag("--all", "the answers to all prompts"),
    .value("--out", "FILE", "write here instead of standard output"),
    .value("--state", "DIR", "put the root over the record of deliveries into its ledger"), .json,
  ],
  examples: [
    Example(
      "assay trial serve trial --customer acme --all --out acme.jsonl --state state",
      "every answer for acme, and a statement of what was delivered"),
    Example("assay trial serve trial --customer acme --prompt-index 17", "one answer"),
  ]
) { invocation in
  let index = try invocation.integer("--prompt-index", in: 0...Int.max)
  guard (index != nil) != invocation.flag("--all") else {
    throw Problem(
      .usage, "usage", reason: "one of --prompt-index and --all is wanted",
      remedy: "see `assay trial serve --help`")
  }
  let out = invocation.value("--out")
  guard out != nil || !invocation.flag("--json") else {
    throw Problem(.usage, "usage", reason: "--json needs --out: the lines go there")
  }
  let serving = try TrialServing(TrialFolder(invocation.positional(0) ?? ""))
  let state = try invocation.value("--state") == nil ? nil : requiredState(invocation)
  var kept: [UInt8] = []
  let served = try serving.serve(
    customer: invocation.value("--customer"), index: index, state: state,
    run: try invocation.run()
  ) { (lines) throws(Problem) in
    if out == nil { invocation.output.file(lines) } else { kept += lines }
  }
  if served.tornByteCount > 0 {
    invocation.output.note(
      "assay: \(served.tornByteCount) bytes at the end of the record were no entry: an earlier run "
        + "was cut off before it handed out what they were to name; the record says so")
  }
  guard let out else { return .yes }
  try DurableFile.replace(out, with: kept)
  if invocation.flag("--json") {
    var object = served.json.object ?? [:]
    object["out"] = .string(out)
    invocation.output.json(.object(object))
  } else {
    invocation.output.line("\(served.count) answers: \(out)")
    if let entry = served.ledgerIndex {
      invocation.output.line("entry \(entry) states \(served.recorded) lines of the record")
    }
  }
  return .yes
}

let trialRevealCommand = Command(
  path: ["trial", "reveal"],
  summary: "Publish key, texts and coins of a trial, so that anybody can run it again",
  discussion: """
    Makes a folder with everything: secrets, salts, both twins, coins, records of deliveries,
    commitment, plan, entries and receipts. `assay trial verify` checks it, `assay trial score` and
    `trial test` run it again. It cannot be taken back: whoever has the withheld twins can train on
    them too, so test your suspects first. Customers that are not named keep their secrets.
    """,
  positionals: [Positional("DIR", "the folder of a committed trial")],
  options: [
    .repeated("--customer", "NAME", "whose coins are revealed (default: all)"),
    .value("--out", "DIR", "the folder to make; nothing may be there", required: true),
    .value("--state", "DIR", "put a statement that it was revealed into its ledger"), .json,
  ],
  examples: [
    Example("assay trial reveal trial --out public-trial", "everything, for everybody"),
    Example(
      "assay trial verify public-trial --vkey \"$VKEY\" --json", "what a stranger then does"),
  ]
) { invocation in
  let out = invocation.value("--out") ?? ""
  let customers = try TrialReveal.reveal(
    TrialFolder(invocation.positional(0) ?? ""), customers: invocation.values("--customer"),
    to: out, state: try invocation.value("--state") == nil ? nil : requiredState(invocation))
  if invocation.flag("--json") {
    invocation.output.json(["out": .string(out), "customers": JSON(customers)])
  } else {
    invocation.output.line("revealed: \(out)")
  }
  return .yes
}
