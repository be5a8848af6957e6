// `assay trial verify|score|test`: the randomised trial.

import Audit
import Base
import Crypto
import Evidence

let trialVerifyCommand = Command(
  path: ["trial", "verify"],
  summary: "Say whether coins are the ones that were committed to",
  options: [
    .value("--coins", "FILE", "JSON lines {\"index\",\"served\"}", required: true),
    .value("--commitment", "FILE", "commitment, secret and number of pairs", required: true),
    .value("--pairs", "FILE", "the pairs, if they were committed to"), .json,
  ],
  examples: [
    Example(
      "assay trial verify --coins coins.jsonl --commitment commitment.json --json", "yes or no")
  ]
) { invocation in
  let commitment = try TrialFiles.commitment(invocation.value("--commitment") ?? "")
  let coins = try TrialFiles.coins(invocation.value("--coins") ?? "")
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

let trialScoreCommand = Command(
  path: ["trial", "score"],
  summary: "Score both twins of every pair under a model",
  positionals: [Positional("MODEL", "a model's directory or GGUF file")],
  options: [
    .value("--pairs", "FILE", "JSON lines {\"index\",\"prompt\",\"a\",\"b\"}", required: true),
    .value("--out", "FILE", "where the scores go", required: true), .threads, .json,
  ],
  examples: [
    Example(
      "assay trial score ./suspect --pairs pairs.jsonl --out suspect.scores", "one line a pair")
  ]
) { invocation in
  let pairs = try TrialFiles.pairs(invocation.value("--pairs") ?? "")
  let scores = try TrialScoring(threads: try invocation.threads()).scores(
    of: invocation.positional(0) ?? "", pairs: pairs, progress: invocation.output.progress)
  var bytes: [UInt8] = []
  for score in scores { bytes += score.canonicalBytes + [0x0A] }
  let out = invocation.value("--out") ?? ""
  try DurableFile.replace(out, with: bytes)
  if invocation.flag("--json") {
    invocation.output.json([
      "pairs": JSON(scores.count), "out": .string(out),
      "sha256": .string(SHA256.hash(bytes).tagged),
    ])
  } else {
    invocation.output.line("\(scores.count) pairs scored: \(out)")
  }
  return .yes
}

let trialTestCommand = Command(
  path: ["trial", "test"],
  summary: "Test whether a suspect prefers the answers that were served",
  discussion: """
    Of each pair of twins one was served, by a coin that was committed to before. A suspect that was
    not trained on the served answers cannot know the coins: the p-value is exact, whatever the
    suspect. Scores of other models take out what every model says about the texts. Several sets
    of coins are several customers; p is adjusted for their number.
    """,
  options: [
    .value("--scores", "FILE", "the suspect's scores", required: true),
    .repeated("--reference-scores", "FILE", "scores of the teacher or of a control"),
    .repeated("--coins", "FILE", "coins, one file a customer", required: true),
    .repeated("--commitment", "FILE", "the commitment of each, in the same order", required: true),
    .value("--seed", "N", "of the Monte Carlo part (default: 0)"), .json,
  ],
  examples: [
    Example(
      "assay trial test --scores suspect.scores --reference-scores teacher.scores "
        + "--coins coins.jsonl --commitment commitment.json --json", "verdict, p and e-value")
  ]
) { invocation in
  let coins = invocation.values("--coins")
  let commitments = invocation.values("--commitment")
  guard coins.count == commitments.count else {
    throw Problem(
      .usage, "usage", reason: "each --coins needs its --commitment, in the same order",
      remedy: "see `assay trial test --help`")
  }
  let data = TrialData(
    differences: try TrialFiles.differences(invocation.value("--scores") ?? ""),
    references: try invocation.values("--reference-scores").map {
      (file) throws(Problem) in try TrialFiles.differences(file)
    })
  let seed = UInt64(try invocation.integer("--seed", in: 0...Int.max) ?? 0)
  let results = TrialData.adjusted(
    try zip(coins, commitments).map { (coins, commitment) throws(Problem) in
      data.test(
        commitment: try TrialFiles.commitment(commitment), coins: try TrialFiles.coins(coins),
        seed: seed)
    })
  return report(results, invocation)
}

private func report(_ results: [TrialResult], _ invocation: Invocation) -> ExitCode {
  let suspect = "the suspect"
  let best = results.indices.min { results[$0].adjustedP < results[$1].adjustedP } ?? 0
  let isBroken = results.contains { $0.verdict == .notTested }
  let shown = isBroken ? results.firstIndex { $0.verdict == .notTested } ?? 0 : best
  if invocation.flag("--json") {
    var object = results[shown].json(suspect: suspect).object ?? [:]
    object["tests"] = .array(results.map { $0.json(suspect: suspect) })
    if isBroken {
      object["error"] = [
        "code": "commitment_broken", "message": "the coins do not match the commitment",
      ]
    }
    invocation.output.json(.object(object))
  } else {
    for result in results {
      invocation.output.line(
        "\(result.verdict.rawValue): \(result.winCount) of "
          + "\(result.pairCount - result.tieCount - result.unusableCount) wins, p "
          + "\(result.p.text), adjusted \(Figure.text(result.adjustedP))")
      invocation.output.line("  \(result.sentence(suspect: suspect))")
    }
  }
  if isBroken { return .malformed }
  if results.contains(where: { $0.verdict == .trainedOnServed }) { return .no }
  return results.contains { $0.verdict == .inconclusive } ? .undecided : .yes
}
