// `assay score`: log-probabilities of the next token at every position of many texts.

import Base
import Formats
import Inference

let scoreCommand = Command(
  path: ["score"],
  summary: "Give a model's log-probabilities at every position of texts",
  discussion: """
    Prints one object for each line of input: the most probable tokens and their natural-log
    probabilities, the probability of the rest, the log-probability of each token that follows,
    and the SHA-256 of all log-probabilities as float32. With exact arithmetic the digest is the
    same on every machine, for every number of threads, batch and amount of memory.
    ASSAY_SIMD=portable|avx2|avx512|neon forces a set of kernels.
    """,
  positionals: [Positional("MODEL", "a model directory or a .gguf file")],
  options: [
    .value(
      "--ids", "FILE", "lines {\"id\", \"ids\"}: tokens, used as they are (- for standard input)"),
    .value("--texts", "FILE", "lines {\"id\", \"text\"}: texts, in the model's own tokens"),
    .value("--top", "N", "give the N most probable tokens of each position (default 10)"),
    .value("--arithmetic", "KIND", "exact: float32 in one fixed order (the default)"),
    .value("--batch", "N", "take at most N texts through a layer together"),
    .value("--memory", "SIZE", "stay within SIZE bytes; K, M and G are powers of 1024"),
    .flag("--experts", "give the experts each token was sent to"),
    .threads, .jsonLines,
  ] + Option.modelChoice,
  examples: [
    Example(
      "assay score model/ --ids ids.jsonl --top 5 --jsonl", "scores tokens, five best a position"),
    Example(
      "assay score big.gguf --texts t.jsonl --memory 300M --jsonl",
      "the same digest in 300 MiB of memory"),
  ]
) { invocation in
  let request = try ScoreRequest(invocation)
  let model = try TransformerModel.load(
    OpenModel.open(request.model, run: request.options.run))
  let lines = try SequenceFile.lines(request.file)
  let sequences = try request.sequences(lines)
  try model.checkLines(sequences, lines)
  let recorder = ScoreRecorder(
    sequences, vocabularySize: model.vocabularySize, top: request.top)
  var options = request.options
  if request.wantsExperts {
    options.experts = { recorder.take($0, $1, $2, experts: $3) }
  }
  try model.score(sequences, options: options) { recorder.take($0, $1, $2) }
  for (index, line) in lines.enumerated() {
    invocation.output.jsonLine(
      scoreLine(
        line.id, sequences[index], recorder.record(index), kernel: options.kernel,
        experts: request.wantsExperts))
  }
  return .yes
}

/// The command line of `score`, checked.
private struct ScoreRequest {
  let model: ModelAddress
  let file: String
  let isTexts: Bool
  let top: Int
  let wantsExperts: Bool
  let options: ScoreOptions

  init(_ invocation: Invocation) throws(Problem) {
    model = try invocation.model()
    let (ids, texts) = (invocation.value("--ids"), invocation.value("--texts"))
    guard let file = ids ?? texts, ids == nil || texts == nil else {
      throw Problem(
        .usage, "missing_option", reason: "expected one of --ids and --texts",
        remedy: "see `assay score --help`")
    }
    self.file = file
    isTexts = texts != nil
    top = try invocation.integer("--top", in: 0...Int(Int32.max)) ?? 10
    wantsExperts = invocation.flag("--experts")
    switch invocation.value("--arithmetic") ?? "exact" {
    case "exact": break
    case "fast":
      throw Problem(
        .usage, "unknown_arithmetic", reason: "this build has exact arithmetic only",
        remedy: "use --arithmetic exact")
    case let other:
      throw Problem(
        .usage, "unknown_arithmetic", reason: "--arithmetic \(other): there is no such arithmetic",
        remedy: "use --arithmetic exact")
    }
    options = ScoreOptions(
      run: try invocation.run(), batch: try invocation.integer("--batch"),
      memoryBytes: try invocation.memory() ?? ScoreOptions.standardMemoryBytes,
      kernel: try Kernel.selected())
  }
}

extension ScoreRequest {
  /// The tokens of each line; texts with what the model's template adds to them.
  func sequences(_ lines: [SequenceLine]) throws(Problem) -> [[Int32]] {
    var result: [[Int32]] = []
    let tokenizer = isTexts ? try Tokenizer.load(model, run: options.run) : nil
    for line in lines {
      if let tokenizer {
        result.append(tokenizer.encode(Array(try line.text().utf8), addSpecial: true))
      } else {
        result.append(try line.tokens())
      }
    }
    return result
  }
}

extension Invocation {
  /// `--memory` in bytes: a whole number, perhaps with K, M or G.
  func memory() throws(Problem) -> Int? {
    guard let text = value("--memory") else { return nil }
    let units: [Character: Int] = ["K": 10, "M": 20, "G": 30]
    let shift = text.last.flatMap { units[$0] }
    let digits = shift == nil ? Substring(text) : text.dropLast()
    guard let number = Int(digits), number > 0, number <= Int.max >> (shift ?? 0) else {
      throw Problem(
        .usage, "bad_value", reason: "--memory \(text): expected a size such as 300M",
        remedy: "see `assay \(command.name) --help`")
    }
    return number << (shift ?? 0)
  }
}

extension TransformerModel {
  /// Names the line of a sequence that this model cannot score.
  func checkLines(_ sequences: [[Int32]], _ lines: [SequenceLine]) throws(Problem) {
    for (sequence, line) in zip(sequences, lines) {
      do throws(Problem) { try check([sequence]) } catch { throw error.at(line.place) }
    }
  }
}

/// The output line of one sequence.
private func scoreLine(
  _ id: JSON, _ tokens: [Int32], _ record: ScoreRecord, kernel: Kernel, experts: Bool
) -> JSON {
  func numbers(_ values: [Float]) -> JSON { .array(values.map { JSON(Double($0)) }) }
  func tokenList(_ values: [Int32]) -> JSON { .array(values.map { JSON(Int($0)) }) }
  var object: JSONObject = [
    "id": id,
    "ids": tokenList(tokens),
    "positions": JSON(tokens.count),
    "vocab_size": JSON(record.vocabularySize),
    "arithmetic": "exact",
    "kernel": .string(kernel.name),
    "top_ids": .array(record.topIDs.map(tokenList)),
    "top_logprobs": .array(record.topLogProbabilities.map(numbers)),
    "tail_mass": .array(record.tailMass.map { JSON($0) }),
    "target_logprobs": numbers(record.targetLogProbabilities),
    "logprobs_digest": .string(record.digest.tagged),
  ]
  if experts {
    let layers = record.experts.sorted { $0.key < $1.key }
    object["experts"] = .object(
      JSONObject(layers.map { (String($0.key), JSON.array($0.value.map(tokenList))) }))
  }
  return .object(object)
}
