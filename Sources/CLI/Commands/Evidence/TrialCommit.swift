// `assay trial commit`: texts, coins and plan into the ledger, before anything is served.

import Trials
import Base
import Ledger

let trialCommitCommand = Command(
  path: ["trial", "commit"],
  summary: "Fix texts, coins and plan of a trial in the ledger",
  discussion: """
    Appends a signed statement with the Merkle root over the texts, SHA-256 of each customer's
    secret, and the plan: statistic, clipping, rule of the control variates, scoring, level and
    number of pairs. It tells no coin and no text. The receipt is kept in the folder. Nothing is
    served before; afterwards nothing of it can be changed.
    Against the suspicion that the secret was chosen to suit, name a round of a public beacon that
    lies in the future (--beacon ROUND), and run the command again with its value when it is known
    (--beacon ROUND:VALUE): the value goes into every coin. A value that is given at once is used
    too, but shows nothing to those who do not trust you.
    """,
  positionals: [Positional("DIR", "the folder that `assay trial create` made")],
  options: [
    .value("--beacon", "ROUND[:VALUE]", "mix a public random value, in hex, into the coins"),
    .repeated("--reference", "MODEL", "a model whose scores will be a control variate"),
    .state, .json,
  ],
  examples: [
    Example("assay trial commit trial --state state", "one entry in the ledger, with its receipt"),
    Example(
      "assay trial commit trial --state state --beacon drand-quicknet/22000000",
      "the coins wait for a value that nobody knows yet"),
    Example(
      "assay trial commit trial --state state --beacon drand-quicknet/22000000:5f3a…",
      "the value, as a second entry"),
  ]
) { invocation in
  let folder = TrialFolder(invocation.positional(0) ?? "")
  let beacon = try invocation.value("--beacon").map { text throws(Problem) in
    try TrialBeacon(text)
  }
  let references = try invocation.values("--reference").map {
    text throws(Problem) -> TrialRecord.Reference in
    let model = try NamedModel(text, mayBeName: false)
    guard let digest = Digest(tagged: model.identity) else {
      throw Problem(.usage, "bad_value", reason: "--reference \(text): a model is wanted")
    }
    return .init(name: model.label, digest: digest)
  }
  let receipt = try TrialCommit(state: try requiredState(invocation))
    .commit(folder, beacon: beacon, references: references)
  if invocation.flag("--json") {
    invocation.output.json(receipt.json)
  } else if receipt.isBeaconValue {
    invocation.output.line("entry \(receipt.index) holds the beacon's value; the coins are fixed")
  } else {
    invocation.output.line(
      "committed as entry \(receipt.index): \(receipt.record.pairCount) pairs, root "
        + receipt.record.root.tagged)
    if let beacon, beacon.value == nil {
      invocation.output.line(
        "Nothing can be served before round \(beacon.round) is known: run it again with its value")
    }
  }
  return .yes
}
