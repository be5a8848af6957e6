// `assay generate`: continues texts, greedily or by a seeded generator.

import Base
import Formats
import Inference

let generateCommand = Command(
  path: ["generate"],
  summary: "Continue texts with a model, reproducibly",
  discussion: """
    Prints one object for each line of input: the tokens made, their log-probabilities (bit for
    bit those that `assay score` gives) and everything needed to make them again. The same seed
    gives the same tokens on every machine; each line, and each of its samples, has a stream of
    its own, counted from 0.
    """,
  positionals: [Positional("MODEL", "a model directory or a .gguf file")],
  options: [
    .value("--prompt", "TEXT", "one text to continue, in the model's own tokens"),
    .value("--texts", "FILE", "lines {\"id\", \"text\"} to continue"),
    .value("--ids", "FILE", "lines {\"id\", \"ids\"} to continue, used as they are"),
    .value("--max-tokens", "N", "make at most N tokens (default 64)"),
    .flag("--greedy", "take the most probable token each time (the default)"),
    .value("--seed", "N", "draw tokens, from the generator of this seed"),
    .value("--temperature", "T", "with --seed: draw by p^(1/T) (default 1)"),
    .value("--top-k", "K", "with --seed: draw of the K most probable tokens"),
    .value("--samples", "N", "with --seed: continue each text N times (default 1)"),
    .flag("--ignore-end", "do not stop at the model's end token"),
    .value("--memory", "SIZE", "stay within SIZE bytes; K, M and G are powers of 1024"),
    .value("--batch", "N", "decode at most N texts together"),
    .threads, .json, .jsonLines,
  ] + Option.modelChoice,
  examples: [
    Example("assay generate model/ --prompt \"Once upon\" --greedy --json", "one continuation"),
    Example(
      "assay generate model/ --texts t.jsonl --seed 7 --samples 100 --jsonl",
      "a hundred samples of each text"),
  ]
) { invocation in
  let address = try invocation.model()
  let plan = try GenerationPlan(invocation)
  let run = try invocation.run()
  let model = try TransformerModel.load(OpenModel.open(address, run: run))
  let tokenizer = plan.needsTokenizer ? try Tokenizer.load(address, run: run) : nil
  let prompts = try plan.prompts(tokenizer)
  let ends = invocation.flag("--ignore-end") ? [] : try model.endTokens()
  let requests = plan.requests(prompts.map(\.tokens), ends)
  let options = ScoreOptions(
    run: run, batch: try invocation.integer("--batch"),
    memoryBytes: try invocation.memory() ?? ScoreOptions.standardMemoryBytes,
    kernel: try Kernel.selected())
  let results = try model.generate(requests, options: options)
  for (index, result) in results.enumerated() {
    let line = generationLine(
      prompts[index / plan.samples].id, requests[index], result, tokenizer, options.kernel)
    if invocation.flag("--json") || invocation.flag("--jsonl") {
      invocation.output.jsonLine(line)
    } else {
      invocation.output.line(line["text"]?.string ?? line.canonicalText)
    }
  }
  return .yes
}

/// The command line of `generate`, checked.
private struct GenerationPlan {
  enum Source {
    case prompt(String)
    case texts(String)
    case ids(String)
  }

  let source: Source
  let count: Int
  let samples: Int
  private let seed: UInt64?
  private let temperature: Double
  private let top: Int?

  var needsTokenizer: Bool { if case .ids = source { false } else { true } }

  init(_ invocation: Invocation) throws(Problem) {
    let given: [Source] = [
      invocation.value("--prompt").map { .prompt($0) },
      invocation.value("--texts").map { .texts($0) }, invocation.value("--ids").map { .ids($0) },
    ].compactMap { $0 }
    guard let source = given.first, given.count == 1 else {
      throw Self.usage("expected one of --prompt, --texts and --ids")
    }
    self.source = source
    count = try invocation.integer("--max-tokens") ?? 64
    samples = try invocation.integer("--samples", in: 1...1_000_000) ?? 1
    top = try invocation.integer("--top-k")
    seed = try invocation.integer("--seed", in: 0...Int.max).map(UInt64.init)
    let text = invocation.value("--temperature") ?? "1"
    guard let temperature = Double(text), temperature > 0, temperature.isFinite else {
      throw Self.usage("--temperature \(text): expected a positive number")
    }
    self.temperature = temperature
    let drawing = ["--temperature", "--top-k", "--samples"]
    if seed == nil, let strange = drawing.first(where: { invocation.value($0) != nil }) {
      throw Self.usage("\(strange) is for drawn tokens; give --seed too")
    }
    if seed != nil, invocation.flag("--greedy") {
      throw Self.usage("--greedy and --seed exclude each other")
    }
    if invocation.flag("--json"), samples > 1 || given.contains(where: \.isFile) {
      throw Self.usage("--json prints one object; use --jsonl for many texts")
    }
  }

  func prompts(_ tokenizer: Tokenizer?) throws(Problem) -> [(id: JSON, tokens: [Int32])] {
    func encode(_ text: String) -> [Int32] {
      tokenizer?.encode(Array(text.utf8), addSpecial: true) ?? []
    }
    var result: [(id: JSON, tokens: [Int32])] = []
    switch source {
    case .prompt(let text): result.append((.string("prompt"), encode(text)))
    case .texts(let file):
      for line in try SequenceFile.lines(file) { result.append((line.id, encode(try line.text()))) }
    case .ids(let file):
      for line in try SequenceFile.lines(file) { result.append((line.id, try line.tokens())) }
    }
    return result
  }

  /// `samples` requests for each prompt, each drawn from a stream of its own.
  func requests(_ prompts: [[Int32]], _ ends: Set<Int32>) -> [GenerationRequest] {
    prompts.enumerated().flatMap { index, prompt in
      (0..<samples).map { sample in
        let stream = UInt64(index * samples + sample)
        let choice: TokenChoice =
          seed.map { .drawn(seed: $0, stream: stream, temperature: temperature, top: top) }
          ?? .greedy
        return GenerationRequest(prompt: prompt, count: count, choice: choice, ends: ends)
      }
    }
  }

  private static func usage(_ reason: String) -> Problem {
    Problem(.usage, "bad_option", reason: reason, remedy: "see `assay generate --help`")
  }
}

extension GenerationPlan.Source {
  fileprivate var isFile: Bool { if case .prompt = self { false } else { true } }
}

/// The output line of one continuation.
private func generationLine(
  _ id: JSON, _ request: GenerationRequest, _ result: Generation, _ tokenizer: Tokenizer?,
  _ kernel: Kernel
) -> JSON {
  func list(_ tokens: [Int32]) -> JSON { .array(tokens.map { JSON(Int($0)) }) }
  var sampling: JSONObject = ["method": "greedy"]
  if case .drawn(let seed, let stream, let temperature, let top) = request.choice {
    sampling = [
      "method": "drawn", "generator": "philox4x32-10", "seed": .number(JSONNumber(seed)),
      "stream": .number(JSONNumber(stream)), "temperature": JSON(temperature),
    ]
    if let top { sampling["top_k"] = JSON(top) }
  }
  var object: JSONObject = [
    "id": id, "prompt_ids": list(request.prompt), "ids": list(result.tokens),
    "logprobs": .array(result.logProbabilities.map { JSON(Double($0)) }),
    "finish": result.ended ? "end" : "length", "max_tokens": JSON(request.count),
    "rope_length": JSON(request.wholeLength), "arithmetic": "exact",
    "kernel": .string(kernel.name), "sampling": .object(sampling),
  ]
  if let tokenizer {
    object["text"] = .string(String(decoding: tokenizer.decode(result.tokens), as: UTF8.self))
  }
  return .object(object)
}
