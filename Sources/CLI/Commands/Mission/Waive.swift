// `assay waive` and `assay waive withdraw`: exceptions from rules.

import Audit
import Base
import Ledger
import Licensing
import Register
import State

let waiveCommand = Command(
  path: ["waive"],
  summary: "Record an exception from a rule for a model, with its end",
  discussion: """
    Rules of contracts and licences can be waived, by whoever may grant that; law cannot, and
    neither can an unknown licence. A warning about a file is accepted by the file's digest, with
    `--rule file:sha256:HEX`: it counts for that content alone, and an error about a file cannot be
    accepted. The waiver is a signed statement with a name, a reason and two days, and counts
    between them, both included. The rule must be among the findings of the newest decision, or be
    granted --in-advance.
    """,
  positionals: [Positional("MODEL", "path or digest")],
  options: [
    .value("--rule", "ID", "the finding's id, or file:sha256:HEX", required: true),
    .value("--by", "NAME", "who grants it", required: true),
    .value("--reason", "TEXT", "why", required: true),
    .value("--from", "DAY", "first day", required: true),
    .value("--to", "DAY", "last day", required: true),
    .flag("--in-advance", "the rule need not have been found yet"),
    .state, .json,
  ],
  examples: [
    Example(
      "assay waive ./model --rule X#no-train --by Acme --reason letter "
        + "--from 2026-05-03 --to 2027-05-02",
      "one entry in the ledger")
  ]
) { invocation in
  let log = try StateLog(try requiredState(invocation))
  let model = try NamedModel(invocation.positional(0) ?? "", mayBeName: false)
  guard let digest = model.digest, let from = try invocation.day("--from"),
    let to = try invocation.day("--to")
  else { return .usage }
  let now = WallClock.system.now()
  let waiver = WaiverStatement(
    model: digest, modelName: model.name, rule: invocation.value("--rule") ?? "",
    by: invocation.value("--by") ?? "", reason: invocation.value("--reason") ?? "", from: from,
    to: to, time: now)
  let grant = WaiverGrant(waiver, isInAdvance: invocation.flag("--in-advance"))
  let sources = try DecisionSources(
    state: log.state, database: log.database, today: CalendarDay(now),
    catalogue: Licensing.catalogueDigest)
  let receipts = try log.record { (reader) throws(Problem) in
    [try grant.statement(in: reader, sources: sources)]
  }
  return report(receipts, invocation, ["waiver": .object(waiver.members)])
}

let waiveWithdrawCommand = Command(
  path: ["waive", "withdraw"],
  summary: "Withdraw a waiver before its end",
  discussion: """
    The waiver's entry stays in the log; from the withdrawal on it counts no more, and what rested
    on it is decided again.
    """,
  positionals: [Positional("ENTRY", "the ledger index of the waiver")],
  options: [
    .value("--by", "NAME", "who withdraws it", required: true),
    .value("--reason", "TEXT", "why", required: true),
    .state, .json,
  ],
  examples: [
    Example("assay waive withdraw 41 --by 'Licensor' --reason 'not renewed'", "one entry")
  ]
) { invocation in
  let log = try StateLog(try requiredState(invocation))
  let taking = try takingBack(invocation)
  let receipts = try log.record { (reader) throws(Problem) in
    [
      try taking.waiver(at: WallClock.system.now(), key: log.ownKey, in: reader).statement()
    ]
  }
  return report(receipts, invocation, ["withdrawn": JSON(taking.entry)])
}

/// What is to be taken back: ENTRY, --by, --reason.
func takingBack(_ invocation: Invocation) throws(Problem) -> TakingBack {
  let text = invocation.positional(0) ?? ""
  guard let entry = Int(text), entry >= 0 else {
    throw Problem(
      .usage, "bad_value", reason: "\(text): the index of a ledger entry is wanted",
      remedy: "see `assay \(invocation.command.name) --help`")
  }
  return TakingBack(
    entry: entry, by: invocation.value("--by") ?? "", reason: invocation.value("--reason") ?? "")
}

/// Says where a statement stands.
func report(
  _ receipts: [Receipt], _ invocation: Invocation, _ more: JSONObject
) -> ExitCode {
  let index = receipts.first?.index ?? 0
  if invocation.flag("--json") {
    var object = more
    object["ledger_index"] = JSON(index)
    invocation.output.json(.object(object))
  } else {
    invocation.output.line("recorded as entry \(index)")
  }
  return .yes
}
