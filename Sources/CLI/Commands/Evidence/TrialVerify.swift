// `assay trial verify`: coins against a commitment, or a whole revealed trial.

import Trials
import Base
import Crypto

let trialVerifyCommand = Command(
  path: ["trial", "verify"],
  summary: "Say whether a revealed trial, or its coins, are what was committed to",
  discussion: """
    With DIR, a revealed trial: texts against the Merkle root, secrets against their commitments,
    coins against the secrets, the plan, every recorded delivery against its coin, the roots over
    the records, and the signed statements (with --key) with their receipts from the log (with
    --vkey). What was not checked is named and never counted as passed. With --coins and
    --commitment: the coins alone. Exit 0: all that was checked holds; 1: something does not;
    4: unreadable.
    """,
  positionals: [Positional("DIR", "a revealed trial", minimum: 0)],
  options: [
    .value("--vkey", "VKEY", "public key of the log: name+id+base64"),
    .value("--key", "FILE", "public key of whoever signed the statement, PEM"),
    .value("--coins", "FILE", "JSON lines {\"index\",\"served\"}"),
    .value("--commitment", "FILE", "commitment, secret and number of pairs"),
    .value("--pairs", "FILE", "the pairs, if they were committed to"), .json,
  ],
  examples: [
    Example("assay trial verify public-trial --vkey \"$VKEY\" --json", "every check by name"),
    Example(
      "assay trial verify --coins coins.jsonl --commitment commitment.json --json", "yes or no"),
  ]
) { invocation in
  if let path = invocation.positional(0) { return try verifyFolder(path, invocation) }
  guard let coins = invocation.value("--coins"), let commitment = invocation.value("--commitment")
  else {
    throw Problem(
      .usage, "usage", reason: "DIR, or --coins with --commitment, is missing",
      remedy: "see `assay trial verify --help`")
  }
  return try verifyCoins(coins, commitment, invocation)
}

private func verifyFolder(
  _ path: String, _ invocation: Invocation
) throws(Problem) -> ExitCode {
  for option in ["--coins", "--commitment", "--pairs"] where invocation.value(option) != nil {
    throw Problem(.usage, "usage", reason: "\(option) goes without DIR, which holds its own")
  }
  let log = try invocation.value("--vkey").map { text throws(Problem) in
    try readVKey(text, option: "--vkey")
  }
  let signer = try invocation.value("--key").map { (file) throws(Problem) in
    try KeyFile.readPublic(file)
  }
  let result = try TrialVerification(TrialFolder(path), log: log, signer: signer)
  if invocation.flag("--json") {
    invocation.output.json(result.json)
  } else {
    let open = result.checks.contains { $0.outcome == .notChecked }
    invocation.output.line(
      result.holds
        ? (open ? "yes, as far as it was checked" : "yes: the trial is the one committed to")
        : "no: the trial is not the one that was committed to")
    for check in result.checks {
      invocation.output.line("  \(check.outcome.rawValue): \(check.name): \(check.detail)")
    }
  }
  return result.holds ? .yes : .no
}

private func verifyCoins(
  _ coinsFile: String, _ commitmentFile: String, _ invocation: Invocation
) throws(Problem) -> ExitCode {
  let commitment = try TrialFiles.commitment(commitmentFile)
  let coins = try TrialFiles.coins(coinsFile)
  var holds = commitment.matches(coins)
  if let file = invocation.value("--pairs") {
    let pairs = try TrialFiles.pairs(file)
    holds = holds && Set(pairs.map(\.index)) == Set(0..<commitment.pairCount)
    if let digest = commitment.pairsDigest {
      let bytes = try FileSystem.read(file, limitBytes: 1 << 30)
      holds = holds && SHA256.hash(bytes) == digest
    }
  }
  if invocation.flag("--json") {
    invocation.output.json(["commitment_ok": .bool(holds), "pairs": JSON(coins.count)])
  } else {
    invocation.output.line(
      holds
        ? "yes: \(coins.count) coins are the committed ones"
        : "no: the coins or the pairs do not match the commitment")
  }
  return holds ? .yes : .no
}
