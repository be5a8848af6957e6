// Scores both twins of every pair under one model: the log-probability of the whole completion
// given the prompt, in exact arithmetic.
//
// The tokens that the pairs carry are used where the model's own tokenizer reads them as the same
// text; else the text is tokenized anew.

import Base
import Fingerprint
import Formats
import Inference
import Synchronization

/// Scores pairs.
public enum TrialScoring {
  /// A score for each pair, in their order.
  public static func scores(
    of path: String, pairs: [TrialFiles.Pair], run: Run
  ) throws(Problem) -> [TrialScore] {
    let model = try OpenModel.open(path, run: run)
    let digest = try Fingerprint.compute(model: path, filesOnly: true, run: run.silent).filesRoot
    let tokenizer = try Tokenizer.load(model, run: run)
    let scorer = try TransformerModel.load(model)
    var sequences: [[Int32]] = []
    var starts: [Int] = []
    for pair in pairs {
      for isB in [false, true] {
        let (prompt, completion) = tokens(pair, isB: isB, tokenizer)
        sequences.append(prompt + completion)
        starts.append(prompt.count)
      }
    }
    let sums = Mutex([Double](repeating: 0, count: sequences.count))
    let (fixed, begins) = (sequences, starts)
    try scorer.score(fixed, options: ScoreOptions(run: run)) { sequence, position, row in
      let next = position + 1
      guard next >= begins[sequence], next < fixed[sequence].count else { return }
      let value = Double(row[Int(fixed[sequence][next])])
      sums.withLock { $0[sequence] += value }
    }
    let totals = sums.withLock { $0 }
    let pairsDigest = TrialFiles.digest(of: pairs)
    return pairs.enumerated().map { number, pair in
      let (a, b) = (2 * number, 2 * number + 1)
      return TrialScore(
        index: pair.index, logProbA: totals[a], logProbB: totals[b],
        tokenCountA: fixed[a].count - begins[a], tokenCountB: fixed[b].count - begins[b],
        model: digest, pairs: pairsDigest)
    }
  }

  private static func tokens(
    _ pair: TrialFiles.Pair, isB: Bool, _ tokenizer: Tokenizer
  ) -> (prompt: [Int32], completion: [Int32]) {
    let text = isB ? pair.b : pair.a
    if let ids = pair.identifiers {
      let completion = isB ? ids.b : ids.a
      if reads(ids.prompt, as: pair.prompt, tokenizer), reads(completion, as: text, tokenizer) {
        return (ids.prompt, completion)
      }
    }
    return (
      promptTokens(pair.prompt, tokenizer),
      tokenizer.encode(Array(text.utf8), specialAsText: true)
    )
  }

  /// A prompt as it is scored and continued: the token that begins a text, then its own.
  static func promptTokens(_ text: String, _ tokenizer: Tokenizer) -> [Int32] {
    let begin = tokenizer.beginOfText ?? tokenizer.endOfText
    return (begin.map { [$0] } ?? []) + tokenizer.encode(Array(text.utf8), specialAsText: true)
  }

  private static func reads(_ ids: [Int32], as text: String, _ tokenizer: Tokenizer) -> Bool {
    let plain = ids.filter { !tokenizer.isSpecial($0) }
    return plain.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize }
      && tokenizer.decode(plain) == Array(text.utf8)
  }
}
