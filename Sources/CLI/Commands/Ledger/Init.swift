// `assay init`: a state with keys and an empty log.

import Base
import Crypto
import Ledger

let initCommand = Command(
  path: ["init"],
  summary: "Make a state directory with keys and an empty log",
  discussion: """
    The state holds the log, the daemon's queue, blobs and keys; it is readable by you alone.
    Give the printed vkey to whoever shall check your log. With $ASSAY_PASSPHRASE_FILE the
    private keys are encrypted with the first line of that file.
    """,
  options: [
    .state,
    .value("--origin", "NAME", "the log's name for ever (default: made from its key)"),
    .json,
  ],
  examples: [
    Example("assay init", "makes ~/.local/state/assay"),
    Example("assay init --state /srv/assay --origin example.org/models --json", "paths and key"),
  ]
) { invocation in
  let state = try StateDirectory.located(invocation.value("--state"))
  let ledger = try state.create(
    origin: invocation.value("--origin"), passphrase: try StateDirectory.passphrase())
  let vkey = ledger.verifier.vkey
  if invocation.flag("--json") {
    invocation.output.json([
      "state": .string(state.path), "ledger": .string(state.ledgerPath),
      "origin": .string(ledger.origin.text), "vkey": .string(vkey),
    ])
  } else {
    invocation.output.line("state   \(state.path)")
    invocation.output.line("ledger  \(state.ledgerPath)")
    invocation.output.line("vkey    \(vkey)")
  }
  return .yes
}
