// Making a trial: twins drawn from a model, or given, with fresh secrets beside them.
//
// Both twins of a pair come from one sampler with streams of their own of a counter-based
// generator, so which is called a means nothing. The same model, prompts and seed give the same
// pairs on every machine. The folder appears whole or not at all.
//
// Memory: all pairs, and what `generate` needs.

import Base
import Fingerprint
import Formats
import Inference

/// What to draw twins from, and how.
public struct TwinRequest: Sendable {
  public var model: String
  public var prompts: String
  public var tokenCount: Int
  public var temperature: Double
  public var seed: UInt64

  public init(
    model: String, prompts: String, tokenCount: Int, temperature: Double, seed: UInt64
  ) {
    self.model = model
    self.prompts = prompts
    self.tokenCount = tokenCount
    self.temperature = temperature
    self.seed = seed
  }

  /// A seed that nobody can guess.
  public static func freshSeed() -> UInt64 {
    SystemRandom.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// A trial that was made.
public struct CreatedTrial: Sendable {
  public let pairCount: Int
  public let equalCount: Int
  public let customers: [String]

  /// Pairs that can tell anything.
  public var differentCount: Int { pairCount - equalCount }
}

/// Makes the folder of a trial.
public struct TrialCreation: Sendable {
  let options: ScoreOptions
  let customers: [String]

  /// Fewer different pairs can never decide: 2^−9 is above the level.
  static let differentPairsMin = 10

  public init(options: ScoreOptions, customers: [String]) {
    self.options = options
    self.customers = customers
  }

  /// Draws twins and writes the folder.
  public func create(drawing request: TwinRequest, at path: String) throws(Problem) -> CreatedTrial
  {
    try DurableDirectory.checkAbsent(path)
    let model = try OpenModel.open(request.model, run: options.run)
    let digest = try Fingerprint.compute(
      model: request.model, filesOnly: true, run: options.run.silent
    ).filesRoot
    let tokenizer = try Tokenizer.load(model, run: options.run)
    let prompts = try prompts(request.prompts, tokenizer)
    let transformer = try TransformerModel.load(model)
    let ends = try transformer.endTokens().union(tokenizer.endOfText.map { [$0] } ?? [])
    let requests = prompts.indices.flatMap { index in
      (0..<2).map { twin in
        GenerationRequest(
          prompt: prompts[index].identifiers, count: request.tokenCount,
          choice: .drawn(
            seed: request.seed, stream: UInt64(2 * index + twin),
            temperature: request.temperature, top: nil),
          ends: ends)
      }
    }
    let drawn = try transformer.generate(requests, options: options).map { result in
      Completion(result, tokenizer)
    }
    let pairs = prompts.enumerated().map { index, prompt in
      let (a, b) = (drawn[2 * index], drawn[2 * index + 1])
      return TrialFiles.Pair(
        index: index, prompt: prompt.text, a: a.text, b: b.text,
        identifiers: (prompt.identifiers, a.identifiers, b.identifiers))
    }
    return try write(
      pairs,
      sampler: TrialSampler(
        model: digest, tokenCount: request.tokenCount, temperature: request.temperature,
        seed: request.seed),
      at: path)
  }

  /// Takes twins as they are given and writes the folder. `model` gives the text of pairs that
  /// are token ids alone.
  public func create(
    given file: String, model: String?, at path: String
  ) throws(Problem) -> CreatedTrial {
    let tokenizer = try model.map { path throws(Problem) in
      try Tokenizer.load(path: path, run: options.run)
    }
    let pairs = try TrialFiles.pairs(
      file,
      decode: tokenizer.map { tokenizer in
        { ids in
          String(decoding: tokenizer.decode(ids.filter { !tokenizer.isSpecial($0) }), as: UTF8.self)
        }
      })
    return try write(TrialFolder.ordered(pairs, file: file), sampler: nil, at: path)
  }

  private func write(
    _ pairs: [TrialFiles.Pair], sampler: TrialSampler?, at path: String
  ) throws(Problem) -> CreatedTrial {
    let secret = try TrialSecret(customers: customers, sampler: sampler)
    let created = CreatedTrial(
      pairCount: pairs.count, equalCount: pairs.count(where: \.isEqual),
      customers: secret.customers.map(\.name))
    guard created.differentCount >= Self.differentPairsMin else {
      throw Problem(
        .usage, "too_few_pairs",
        reason: "\(created.differentCount) of \(pairs.count) pairs have different twins; "
          + "\(Self.differentPairsMin) are needed for any verdict",
        remedy: "give more prompts, more --tokens or a higher --temperature")
    }
    try options.run.check()
    var lines: [UInt8] = []
    for pair in pairs { lines += pair.json.canonicalBytes + [0x0A] }
    try DurableDirectory.create(
      path,
      files: [
        .init(TrialFolder.pairsName, lines, mode: 0o600),
        .init(TrialFolder.keyName, secret.json.canonicalBytes + [0x0A], mode: 0o600),
      ], mode: 0o700)
    return created
  }

  /// Prompts in the order of the lines: `prompt` or `text`, or `ids`, used as they are.
  private func prompts(
    _ file: String, _ tokenizer: Tokenizer
  ) throws(Problem) -> [(text: String, identifiers: [Int32])] {
    let prompts = try TrialFiles.prompts(file).map {
      prompt, place throws(Problem) -> (text: String, identifiers: [Int32]) in
      switch prompt {
      case .text(let text):
        let ids = TrialScoring.promptTokens(text, tokenizer)
        guard !ids.isEmpty else { throw TrialFiles.bad(place, "the prompt has no tokens") }
        return (text, ids)
      case .tokens(let ids):
        guard ids.allSatisfy({ $0 >= 0 && Int($0) < tokenizer.vocabularySize }) else {
          throw TrialFiles.noPrompt(place)
        }
        let plain = ids.filter { !tokenizer.isSpecial($0) }
        return (String(decoding: tokenizer.decode(plain), as: UTF8.self), ids)
      }
    }
    guard !prompts.isEmpty, prompts.count <= TrialFiles.pairsMax else {
      throw TrialFiles.bad(file, "1 to \(TrialFiles.pairsMax) prompts are needed")
    }
    return prompts
  }
}

/// What was drawn, as text and tokens: without the token that ended it, and without the tokens of
/// a character that the last one left unfinished, so that the text reads back as these tokens.
private struct Completion {
  let text: String
  let identifiers: [Int32]

  /// A character of UTF-8 has at most four bytes: three tokens may stand before its last.
  private static let unfinishedTokensMax = 3

  init(_ generation: Generation, _ tokenizer: Tokenizer) {
    var tokens = generation.tokens
    if generation.ended { tokens.removeLast() }
    func isWhole(_ tokens: ArraySlice<Int32>) -> Bool {
      String(validating: tokens.flatMap { tokenizer.tokenBytes($0) ?? [] }, as: UTF8.self) != nil
    }
    let cut = (0...Self.unfinishedTokensMax).first { isWhole(tokens.dropLast($0)) } ?? 0
    identifiers = Array(tokens.dropLast(cut))
    text = String(decoding: tokenizer.decode(identifiers), as: UTF8.self)
  }
}
