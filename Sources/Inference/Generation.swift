// Generation: tokens one after another, greedy or drawn from a seeded generator.
//
// The arithmetic is the one of scoring, so the log-probabilities given here are those that
// `score` gives for the same tokens, bit for bit. Many requests are decoded together: a step reads
// each weight once for all of them. A drawn token depends on the seed, on the request's stream and
// on the step, not on the other requests. Keys and values of all layers are kept in memory;
// requests are taken in groups that fit.

import Base
import CKernels

/// What to continue, and how.
public struct GenerationRequest: Sendable {
  public var prompt: [Int32]
  /// How many tokens to make at most.
  public var count: Int
  public var choice: TokenChoice
  /// Tokens that end a text; they are part of the result.
  public var ends: Set<Int32>

  public init(prompt: [Int32], count: Int, choice: TokenChoice, ends: Set<Int32> = []) {
    self.prompt = prompt
    self.count = count
    self.choice = choice
    self.ends = ends
  }

  /// The length that length-dependent rotations go by.
  public var wholeLength: Int { prompt.count + count }
}

/// How the next token is chosen.
public enum TokenChoice: Equatable, Sendable {
  /// The most probable token, the lowest of equals.
  case greedy
  /// Drawn with probability proportional to p^(1/temperature), of the `top` most probable ones
  /// if that is given.
  case drawn(seed: UInt64, stream: UInt64, temperature: Double, top: Int?)
}

/// What came of a request.
public struct Generation: Sendable {
  /// The tokens made.
  public internal(set) var tokens: [Int32] = []
  /// The log-probability of each, before temperature.
  public internal(set) var logProbabilities: [Float] = []
  /// Whether it ended with one of the request's ends.
  public internal(set) var ended = false
}

extension TransformerModel {
  /// Continues the prompts. Throws as `score` does, and if a text would be longer than the model
  /// allows or the memory too small for one request.
  public func generate(
    _ requests: [GenerationRequest], options: ScoreOptions
  ) throws(Problem) -> [Generation] {
    try check(requests.map(\.prompt))
    if let limit = architecture.learnedPositions,
      let long = requests.firstIndex(where: { $0.wholeLength > limit })
    {
      throw Problem(
        .usage, "sequence_too_long", place: "sequence \(long)",
        reason: "\(requests[long].wholeLength) tokens, the model has \(limit) positions",
        remedy: "ask for fewer tokens")
    }
    var results: [Generation] = []
    for group in try groups(requests, options) {
      var decoding = Decoding(self, Array(requests[group]), options)
      results += try decoding.run()
      options.run.tell(results.count, of: requests.count, "texts", "generating")
    }
    return results
  }

  /// Runs of requests whose keys and values fit the memory together.
  private func groups(
    _ requests: [GenerationRequest], _ options: ScoreOptions
  ) throws(Problem) -> [Range<Int>] {
    let cacheBytes = architecture.blocks.reduce(0) { $0 + KeyValueCache.byteCount($1.attention) }
    let row = Activations.byteCount(rows: 1, columns: vocabularySize)
    let plan = MemoryPlan(self, options)
    var groups: [Range<Int>] = []
    var used = 0
    for (index, request) in requests.enumerated() {
      let need =
        request.wholeLength * cacheBytes + request.prompt.count * plan.tokenBytes + row
      guard need <= plan.groupBytes else {
        throw Problem(
          .usage, "memory_too_small", place: "sequence \(index)",
          reason: "\(request.wholeLength) tokens need \(need >> 20) MiB",
          remedy: "give more --memory, or ask for fewer tokens")
      }
      let isFull = groups.last.map { $0.count >= options.batch ?? .max } ?? true
      if isFull || used + need > plan.groupBytes {
        groups.append(index..<index)
        used = 0
      }
      groups[groups.count - 1] = groups[groups.count - 1].lowerBound..<index + 1
      used += need
    }
    return groups
  }
}

/// A group of requests being decoded.
private struct Decoding {
  let model: TransformerModel
  let requests: [GenerationRequest]
  let arithmetic: Arithmetic
  let tables: RopeTables
  /// By layer, then by request.
  let caches: [[KeyValueCache]]
  var results: [Generation]
  var randoms: [CounterRandom]

  init(_ model: TransformerModel, _ requests: [GenerationRequest], _ options: ScoreOptions) {
    self.model = model
    self.requests = requests
    arithmetic = Arithmetic(kernel: options.kernel, run: options.run)
    tables = model.ropeTables(
      requests.map {
        Segment(firstRow: 0, count: $0.wholeLength, start: 0, length: $0.wholeLength)
      })
    caches = model.architecture.blocks.map { block in
      requests.map { KeyValueCache(block.attention, capacity: $0.wholeLength) }
    }
    results = requests.map { _ in Generation() }
    randoms = requests.map { request in
      if case .drawn(let seed, let stream, _, _) = request.choice {
        return CounterRandom(seed: seed, stream: stream)
      }
      return CounterRandom(seed: 0)
    }
  }

  mutating func run() throws(Problem) -> [Generation] {
    var active = requests.indices.filter { requests[$0].count > 0 }
    var inputs = active.map { requests[$0].prompt }
    while !active.isEmpty {
      try arithmetic.run.check()
      try step(active, inputs)
      active = active.filter {
        !results[$0].ended && results[$0].tokens.count < requests[$0].count
      }
      inputs = active.map { results[$0].tokens.suffix(1) }
    }
    return results
  }

  /// Feeds each active request its new tokens and chooses one more.
  private mutating func step(_ active: [Int], _ inputs: [[Int32]]) throws(Problem) {
    var segments: [Segment] = []
    var row = 0
    for (index, input) in zip(active, inputs) {
      let known = requests[index].prompt.count + results[index].tokens.count
      segments.append(
        Segment(
          firstRow: row, count: input.count, start: known - input.count,
          length: requests[index].wholeLength))
      row += input.count
    }
    let x = Activations(rows: row, columns: model.architecture.hiddenSize)
    for (segment, input) in zip(segments, inputs) {
      for (offset, token) in input.enumerated() {
        unsafe model.embed(
          token, position: segment.start + offset, into: x.row(segment.firstRow + offset),
          arithmetic.kernel)
      }
    }
    let pass = BlockPass(arithmetic, Workspace(tokens: row), segments)
    for (layer, block) in model.architecture.blocks.enumerated() {
      _ = pass.run(
        block, model.blocks[layer], x, active.map { caches[layer][$0] },
        tables.tables(block.attention.rope, segments))
      try arithmetic.run.check()
    }
    try choose(active, x, lastRows: segments.map { $0.firstRow + $0.count - 1 })
  }

  private mutating func choose(
    _ active: [Int], _ x: Activations, lastRows: [Int]
  ) throws(Problem) {
    let head = OutputHead(
      model.outputNorm, model.output, model.architecture.logitSoftCap, arithmetic)
    let normed = Activations(rows: active.count, columns: x.columns)
    let logits = Activations(rows: active.count, columns: model.vocabularySize)
    let isFinite = head.logProbabilities(of: lastRows, in: x, normed: normed, into: logits)
    try arithmetic.run.check()
    guard isFinite else { throw model.notFinite() }
    for (place, index) in active.enumerated() {
      let row = unsafe UnsafeBufferPointer(start: logits.row(place), count: model.vocabularySize)
        .span
      let token = requests[index].choice.token(from: row, &randoms[index])
      results[index].tokens.append(token)
      results[index].logProbabilities.append(row[Int(token)])
      results[index].ended = requests[index].ends.contains(token)
    }
  }
}

extension TokenChoice {
  /// The next token, given the log-probabilities of all.
  func token(from row: Span<Float>, _ random: inout CounterRandom) -> Int32 {
    switch self {
    case .greedy: return bestTokens(row, 1).first?.id ?? 0
    case .drawn(_, _, let temperature, let top):
      let candidates =
        top.map { bestTokens(row, $0) } ?? row.indices.map { (id: Int32($0), value: row[$0]) }
      let largest = candidates.reduce(-Float.infinity) { max($0, $1.value) }
      let weights = candidates.map { exponential(Double($0.value - largest) / temperature) }
      var left = random.uniform() * weights.reduce(0, +)
      for (candidate, weight) in zip(candidates, weights) {
        left -= weight
        if left < 0 { return candidate.id }
      }
      return candidates.last?.id ?? 0
    }
  }
}
