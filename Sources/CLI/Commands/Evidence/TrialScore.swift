// `assay trial score`: what a model makes of the twins.

import Trials
import Base
import Crypto

let trialScoreCommand = Command(
  path: ["trial", "score"],
  summary: "Score both twins of every pair under a model",
  discussion: """
    Writes a line a pair: {"index","log_prob_a","log_prob_b","tokens_a","tokens_b"}, natural logs of
    the whole completion given the prompt, with the digest of the model's files and, as
    "pairs_sha256", that of the pairs: `sha256sum` of the pairs.jsonl of a trial. `trial test`
    refuses scores of other pairs.
    """,
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
  let scores = try TrialScoring.scores(
    of: invocation.positional(0) ?? "", pairs: pairs, run: try invocation.run())
  var bytes: [UInt8] = []
  for score in scores { bytes += score.json.canonicalBytes + [0x0A] }
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
