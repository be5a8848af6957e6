import Base
import Formats
import Testing

@testable import Inference

/// Goal: generation is scoring, one token at a time.
/// Method: each generated token and its log-probability are compared with the score of the whole
/// text, bit for bit; drawn tokens against their own seed, and the batch they were drawn in.
@Suite("A generated text")
struct GenerationTests {
  private func requests(_ choice: (UInt64) -> TokenChoice) -> [GenerationRequest] {
    ScoringTests.sequences.enumerated().map { index, prompt in
      GenerationRequest(prompt: prompt, count: 9, choice: choice(UInt64(index)))
    }
  }

  @Test("has the log-probabilities that its score has", arguments: TinyModel.Kind.allCases)
  func equalsScore(kind: TinyModel.Kind) throws {
    try TinyModel(kind).written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      let requests = requests { _ in .greedy }
      let results = try model.generate(requests, options: ScoreOptions(run: Run(threads: 2)))
      let whole = zip(requests, results).map { $0.prompt + $1.tokens }
      let rows = try allRows(model, whole)
      for (index, result) in results.enumerated() {
        #expect(result.tokens.count == 9 && !result.ended)
        for (step, token) in result.tokens.enumerated() {
          let row = rows[index][requests[index].prompt.count + step - 1]
          let best = bestTokens(row.span, 1)[0]
          #expect(token == best.id && result.logProbabilities[step] == best.value)
        }
      }
    }
  }

  @Test("that is drawn depends on seed and stream, not on its batch")
  func drawn() throws {
    try TinyModel(.llama).written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      let requests = requests {
        .drawn(seed: 5, stream: $0, temperature: 0.8, top: $0 == 1 ? 7 : nil)
      }
      let together = try model.generate(requests, options: ScoreOptions(run: Run()))
      let alone = try model.generate(
        requests, options: ScoreOptions(run: Run(threads: 1), batch: 1))
      #expect(together.map(\.tokens) == alone.map(\.tokens))
      let other = self.requests { .drawn(seed: 6, stream: $0, temperature: 0.8, top: nil) }
      let different = try model.generate(other, options: ScoreOptions(run: Run()))
      #expect(different.map(\.tokens) != together.map(\.tokens))
    }
  }

  @Test("stops at its end token, which it contains")
  func ends() throws {
    try TinyModel(.qwen2).written { directory in
      let model = try TransformerModel.load(OpenModel.open(directory))
      var request = GenerationRequest(prompt: [1, 2], count: 6, choice: .greedy)
      let free = try model.generate([request], options: ScoreOptions(run: Run()))[0]
      let end = try #require(free.tokens.dropFirst().first)
      request.ends = [end]
      let stopped = try model.generate([request], options: ScoreOptions(run: Run()))[0]
      let position = try #require(free.tokens.firstIndex(of: end))
      #expect(stopped.tokens == Array(free.tokens.prefix(position + 1)) && stopped.ended)
    }
  }

  @Test("draws tokens as often as their probability says")
  func frequencies() {
    let probabilities = [0.5, 0.25, 0.125, 0.125]
    let row = probabilities.map { Float(naturalLog($0)) }
    var random = CounterRandom(seed: 1)
    var counts = [0, 0, 0, 0]
    let choice = TokenChoice.drawn(seed: 1, stream: 0, temperature: 1, top: nil)
    for _ in 0..<20000 { counts[Int(choice.token(from: row.span, &random))] += 1 }
    for (count, probability) in zip(counts, probabilities) {
      #expect(abs(Double(count) / 20000 - probability) < 0.015)
    }
    let cold = TokenChoice.drawn(seed: 1, stream: 0, temperature: 0.01, top: nil)
    #expect((0..<100).allSatisfy { _ in cold.token(from: row.span, &random) == 0 })
  }
}
