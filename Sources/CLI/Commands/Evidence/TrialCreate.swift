// `assay trial create`: twins and secrets.

import Trials
import Base
import Inference

let trialCreateCommand = Command(
  path: ["trial", "create"],
  summary: "Draw two answers to every prompt, one of which will be served",
  discussion: """
    Draws both twins of a pair from MODEL with the same sampler, or takes given ones with --pairs:
    JSON lines {"index","prompt","a","b"}, as text, or with MODEL as "prompt_ids", "a_ids",
    "b_ids". Prompts are JSON lines with "prompt" or "text", or "ids"; the order of the lines
    numbers the pairs. The folder holds both twins and the secret of every coin: keep it private,
    and keep the seed as secret as the key, since with it anybody can draw the twins again. Each
    --customer has coins of its own; its name becomes public with the commitment. Pairs whose twins
    are equal tell nothing and are counted. Next: `assay trial commit`.
    """,
  positionals: [Positional("MODEL", "the model that will be served", minimum: 0)],
  options: [
    .value("--prompts", "FILE", "JSON lines {\"prompt\"}, {\"text\"} or {\"ids\"}"),
    .value("--tokens", "N", "tokens of a completion, at most"),
    .value("--temperature", "T", "above 0: draw by p^(1/T)"),
    .value("--seed", "S", "a number, or `fresh` (the default): one that nobody can guess"),
    .value("--pairs", "FILE", "take these twins instead of drawing"),
    .value("--out", "DIR", "the folder to make; nothing may be there", required: true),
    .repeated("--customer", "NAME", "one who will be served, with coins of its own"),
    .value("--memory", "SIZE", "stay within SIZE bytes; K, M and G are powers of 1024"),
    .threads, .json,
  ],
  examples: [
    Example(
      "assay trial create ./model --prompts p.jsonl --tokens 64 --temperature 1 "
        + "--customer acme --out t",
      "pairs and key, with coins for a customer"),
    Example(
      "assay trial create --pairs pairs.jsonl --out trial", "the same from twins made elsewhere"),
  ],
  run: runTrialCreate)

private func runTrialCreate(_ invocation: Invocation) throws -> ExitCode {
  let out = invocation.value("--out") ?? ""
  let options = ScoreOptions(
    run: try invocation.run(),
    memoryBytes: try invocation.memory() ?? ScoreOptions.standardMemoryBytes,
    kernel: try Kernel.selected())
  let creation = TrialCreation(options: options, customers: invocation.values("--customer"))
  let created: CreatedTrial
  if let pairs = invocation.value("--pairs") {
    let drawing = ["--prompts", "--tokens", "--temperature", "--seed"]
    if let strange = drawing.first(where: { invocation.value($0) != nil }) {
      throw usage("\(strange) is for drawn twins; --pairs gives them")
    }
    created = try creation.create(given: pairs, model: invocation.positional(0), at: out)
  } else {
    created = try creation.create(drawing: try twinRequest(invocation), at: out)
  }
  invocation.output.clearProgress()
  if invocation.flag("--json") {
    invocation.output.json([
      "trial": .string(out), "pairs": JSON(created.pairCount), "ties": JSON(created.equalCount),
      "customers": JSON(created.customers),
    ])
  } else {
    invocation.output.line(
      "\(created.pairCount) pairs in \(out), \(created.equalCount) of them with equal twins")
    invocation.output.line("customers: " + created.customers.joined(separator: ", "))
    invocation.output.line(
      "Keep \(out) private. Before anything is served: assay trial commit \(out)")
  }
  return .yes
}

private func twinRequest(_ invocation: Invocation) throws(Problem) -> TwinRequest {
  guard let model = invocation.positional(0), let prompts = invocation.value("--prompts") else {
    throw usage("MODEL and --prompts are needed to draw twins, or --pairs to take given ones")
  }
  guard let count = try invocation.integer("--tokens", in: 1...1_000_000) else {
    throw usage("--tokens is missing")
  }
  guard let text = invocation.value("--temperature") else {
    throw usage("--temperature is missing")
  }
  guard let temperature = Double(text), temperature.isFinite, temperature > 0 else {
    throw usage(
      Double(text) == 0
        ? "--temperature 0 gives two equal twins, of which no coin could choose"
        : "--temperature \(text): a number above 0 is wanted")
  }
  return TwinRequest(
    model: model, prompts: prompts, tokenCount: count, temperature: temperature,
    seed: try seed(invocation))
}

private func seed(_ invocation: Invocation) throws(Problem) -> UInt64 {
  guard let text = invocation.value("--seed"), text != "fresh" else {
    return TwinRequest.freshSeed()
  }
  guard let seed = UInt64(text) else {
    throw usage("--seed \(text): a whole number from 0, or `fresh`, is wanted")
  }
  return seed
}

private func usage(_ reason: String) -> Problem {
  Problem(.usage, "bad_value", reason: reason, remedy: "see `assay trial create --help`")
}
