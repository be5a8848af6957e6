// `assay ledger witness`: answers one add-checkpoint request of the public witness protocol.

import Base
import Crypto
import Ledger

let ledgerWitnessCommand = Command(
  path: ["ledger", "witness"],
  summary: "Cosign another log's checkpoint if that log only grew",
  discussion: """
    Reads one add-checkpoint request of c2sp.org/tlog-witness and answers as a witness would over
    HTTP. STATE is the witness's own memory, made on first use: it holds the largest checkpoint
    seen of each log. Exit 0: cosigned; 1: refused, with the status that tells why.
    """,
  positionals: [Positional("STATE", "the witness's memory")],
  options: [
    .value("--key", "FILE", "the witness's signer key, of type 4", required: true),
    .repeated("--log", "VKEY", "a log to witness: name+id+base64", required: true),
    .value("--request", "FILE", "the request", required: true),
    .value("--time", "UNIX", "the time of the cosignature in seconds (default: now)"),
    .json,
  ],
  examples: [
    Example(
      "assay ledger witness w --key w.key --log \"$VKEY\" --request add.txt --json",
      "status, content_type and body of the answer")
  ]
) { invocation in
  let signer = try readSigner(invocation.value("--key") ?? "", kind: .cosignature)
  let logs = try invocation.values("--log").map { (text) throws(Problem) in
    try readVKey(text, option: "--log")
  }
  let request = try InputFile.read(
    invocation.value("--request") ?? "", limitBytes: SignedNote.byteCountMax)
  let time =
    try invocation.integer("--time") ?? Int(clamping: WallClock.system.now().seconds)
  let witness = try Witness(
    state: invocation.positional(0) ?? "", signer: signer, logs: logs)
  let answer = try witness.add(request, time: UInt64(time))
  if invocation.flag("--json") {
    invocation.output.json(answer.json)
  } else {
    invocation.output.lines(
      answer.body.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    invocation.output.note("status \(answer.status)")
  }
  return answer.status == 200 ? .yes : .no
}
