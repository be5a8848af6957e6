// `assay-bench inference [MODEL [TOKENS]]`: speed of exact arithmetic.
//
// With a model: tokens scored per second of processor time, one thread, every position's full
// distribution included, for each instruction set but the portable one. Processor time and not
// wall time, so that other work on the machine does not count. The time to open the model and of
// one token is taken off, so that the figure is the slope.

import Base
import Formats
import Glibc
import Inference

/// Scores random tokens and prints tokens per processor second for each instruction set.
func inferenceBenchmark(_ words: [String]) throws {
  guard let path = words.first else {
    throw Problem(
      .usage, "missing_argument", reason: "there is no model to measure",
      remedy: "give a model directory or a .gguf file")
  }
  let count = words.dropFirst().first.flatMap { Int($0) } ?? 512
  let model = try TransformerModel.load(OpenModel.open(path))
  var random = CounterRandom(seed: 1)
  let tokens = (0..<count).map { _ in Int32(random.below(model.vocabularySize)) }
  for kernel in Kernel.available where kernel.name != "portable" {
    let options = ScoreOptions(run: Run(threads: 1), kernel: kernel)
    func seconds(_ tokens: [Int32]) throws -> Double {
      let recorder = ScoreRecorder([tokens], vocabularySize: model.vocabularySize, top: 10)
      let start = processorSeconds()
      try model.score([tokens], options: options) { recorder.take($0, $1, $2) }
      return processorSeconds() - start
    }
    _ = try seconds(Array(tokens.prefix(8)))
    let one = try seconds(Array(tokens.prefix(1)))
    let best = try (0..<3).map { _ in try seconds(tokens) }.min() ?? 0
    let rate = Double(count - 1) / max(best - one, 1e-9)
    complain("\(kernel.name): \(Int(rate)) tokens per processor second (\(count) tokens)\n")
  }
}

/// Processor time of this process.
private func processorSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
