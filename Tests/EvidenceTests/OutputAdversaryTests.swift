import Base
import Testing

@testable import Evidence

/// Goal: what an adversary does to a suspect, or what is wrong with the evidence, has the outcome
/// that facts/detection.md section D states: weaker, undecided, and never an accusation of a
/// stranger.
/// Method: the made-up models of `OutputDescentTests`, changed as the adversary would.
@Suite("Adversaries of output descent")
struct OutputAdversaryTests {
  typealias Models = OutputDescentTests
  static let student = Models.model("s", seed: 60, from: 50, share: 0.8)

  /// The model after `change` was made to each row of log-probabilities.
  static func changed(
    _ model: ByteOutcomes, _ change: (inout [Float], inout CounterRandom) -> Void
  ) -> ByteOutcomes {
    var random = CounterRandom(seed: 77, stream: 3)
    var rows: [Float] = []
    let count = model.buckets.count
    for position in model.positions.indices {
      var row = Array(model.logProbabilities[position * count..<(position + 1) * count])
      change(&row, &random)
      rows += row
    }
    return ByteOutcomes(
      id: model.id, tokenizer: model.tokenizer, buckets: model.buckets,
      positions: model.positions, logProbabilities: rows, natsPerByte: model.natsPerByte)
  }

  static func judged(
    _ suspect: ByteOutcomes, references: [ByteOutcomes] = [Models.teacher],
    controls: [ByteOutcomes] = Models.controls
  ) throws -> [OutputDescent] {
    let models = [suspect] + references + controls
    let panel = Array((1 + references.count)..<models.count)
    let members = models.map { _ in PanelTest.Member(trainingText: ["text"], relatives: []) }
    let results = try PanelTest(
      field: try OutcomeField(models, panel: panel, run: Run()), members: members, suspect: 0,
      references: Array(1...references.count), panel: panel, seed: 9
    ).results(run: Run()).compactMap { $0 }
    try #require(results.count == references.count)
    let adjusted = Holm.adjusted(results.map(\.parametricP))
    return zip(results, adjusted).map { $0.descent(adjustedP: $1) }
  }

  @Test("noise on the logits weakens the finding and does not turn it", arguments: [0.5, 0.8])
  func noise(deviation: Double) throws {
    let plain = try Self.judged(Self.student)[0]
    let noisy = try Self.judged(
      Self.changed(Self.student) { row, random in
        for index in row.indices {
          // Twelve uniforms make a Gaussian of deviation 1.
          let draw = (0..<12).reduce(-6.0) { sum, _ in sum + random.uniform() }
          row[index] += Float(deviation * draw)
        }
      })[0]
    #expect(plain.verdict == .inherits)
    #expect(noisy.verdict == .inherits || noisy.verdict == .inconclusive)
    #expect(try #require(noisy.z) < #require(plain.z))
    #expect(try #require(noisy.z) > 3)
  }

  @Test("an answer cut to its most likely outcomes is still found")
  func cut() throws {
    let found = try Self.judged(
      Self.changed(Self.student) { row, _ in
        // What an interface that reports ten outcomes leaves: the rest at the floor.
        let least = row.sorted(by: >)[9]
        for index in row.indices where row[index] < least { row[index] = -13.8 }
      })[0]
    #expect(found.verdict == .inherits, "\(found.json.prettyText)")
  }

  @Test("a student of two teachers is found for both, and a stranger beside them is not named")
  func twoTeachers() throws {
    let other = Models.model("teacher-b", seed: 51)
    let stranger = Models.model("teacher-c", seed: 52)
    let suspect = Self.changed(Models.model("s", seed: 60, from: 50, share: 0.8)) { _, _ in }
    let half = Models.model("h", seed: 61, from: 51, share: 0.8)
    let merged = ByteOutcomes(
      id: "m", tokenizer: suspect.tokenizer, buckets: suspect.buckets,
      positions: suspect.positions,
      logProbabilities: zip(suspect.logProbabilities, half.logProbabilities).map { ($0 + $1) / 2 },
      natsPerByte: 1)
    let answers = try Self.judged(merged, references: [Models.teacher, other, stranger])
    #expect(answers[0].verdict == .inherits || answers[0].verdict == .inconclusive)
    #expect(answers[1].verdict == .inherits || answers[1].verdict == .inconclusive)
    #expect(answers[2].verdict != .inherits)
    #expect(try #require(answers[0].z) > #require(answers[2].z))
  }

  @Test("nine parts of other text leave a trace that is not enough to accuse")
  func diluted() throws {
    let answer = try Self.judged(Models.model("s", seed: 60, from: 50, share: 0.02))[0]
    #expect(answer.verdict != .inherits)
  }

  @Test(
    "a model that says the same everywhere, or nothing finite, is no student", arguments: [0, 1])
  func senseless(kind: Int) throws {
    let flat = Self.changed(Self.student) { row, _ in
      for index in row.indices { row[index] = kind == 0 ? -3.7 : .nan }
    }
    let models = [flat, Models.teacher] + Models.controls
    let panel = Array(2..<models.count)
    let members = models.map { _ in PanelTest.Member(trainingText: ["text"], relatives: []) }
    let result = try PanelTest(
      field: try OutcomeField(models, panel: panel, run: Run()), members: members, suspect: 0,
      references: [1],
      panel: panel, seed: 9
    ).results(run: Run())[0]
    guard let result else { return }
    let answer = result.descent(adjustedP: result.parametricP)
    #expect(answer.verdict != .inherits, "\(answer.json.prettyText)")
  }

  @Test("a suspect that stands among the controls under another name is no evidence against it")
  func twinInPanel() throws {
    var copy = Self.student
    copy = ByteOutcomes(
      id: "c0", tokenizer: copy.tokenizer, buckets: copy.buckets, positions: copy.positions,
      logProbabilities: copy.logProbabilities, natsPerByte: copy.natsPerByte)
    let answer = try Self.judged(Self.student, controls: [copy] + Models.controls.dropFirst())[0]
    #expect(answer.verdict != .inherits)
  }
}

extension OutputDescent {
  /// The statistic of the pair.
  fileprivate var z: Double? { figures.statistic }
}
