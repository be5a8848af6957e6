import Base
import Testing

@testable import Evidence

/// Goal: rung 5 finds what was inherited and accuses nobody else.
/// Method: made-up models over 40 outcomes. A model's log-probabilities are what the text teaches,
/// plus what its training run made of it; a student adds a share of its teacher's own part.
@Suite("Output descent on made-up models")
struct OutputDescentTests {
  static let outcomes = 40
  static let documents = 30
  static let positionsPerDocument = 12

  /// Log-probabilities of a model: text plus own part (seeded) plus a share of another's own part.
  static func model(
    _ id: String, seed: UInt64, from teacher: UInt64? = nil, share: Double = 0,
    temperature: Double = 1, tokenizer: UInt8 = 1
  ) -> ByteOutcomes {
    var text = CounterRandom(seed: 1)
    var own = CounterRandom(seed: seed, stream: 7)
    var other = CounterRandom(seed: teacher ?? 0, stream: 7)
    var positions: [OutcomePosition] = []
    var logs: [Float] = []
    for document in 0..<documents {
      for byte in 0..<positionsPerDocument {
        positions.append(OutcomePosition(document: document, byte: byte))
        let scores = (0..<outcomes).map { _ in
          let common = 2.5 * normal(&text)
          let departure = 0.6 * normal(&own)
          let inherited = 0.6 * normal(&other) * share
          return (common + departure + inherited) / temperature
        }
        let top = scores.max() ?? 0
        let total = scores.reduce(0.0) { $0 + expValue($1 - top) }
        logs += scores.map { Float($0 - top - logValue(total)) }
      }
    }
    let buckets = (0..<outcomes).map { ByteBucket(code: Int32($0)) }
    return ByteOutcomes(
      id: id, tokenizer: Digest(bytes: [UInt8](repeating: tokenizer, count: 32))!,
      buckets: buckets, positions: positions, logProbabilities: logs, natsPerByte: 1)
  }

  static let controls = (0..<12).map { model("c\($0)", seed: UInt64(100 + $0)) }
  static let teacher = model("teacher", seed: 50)

  static func result(_ suspect: ByteOutcomes, reference: ByteOutcomes = teacher) throws
    -> ContrastResult?
  {
    let models = [suspect, reference] + controls
    let panel = Array(2..<models.count)
    let field = try OutcomeField(models, panel: panel, run: Run())
    let members = models.indices.map { index in
      PanelTest.Member(trainingText: index == 0 ? [] : ["text"], relatives: [])
    }
    return try PanelTest(
      field: field, members: members, suspect: 0, references: [1], panel: panel, seed: 9
    ).results(run: Run())[0]
  }

  @Test("a student is found, whatever its temperature", arguments: [0.5, 1, 2.5])
  func student(temperature: Double) throws {
    let suspect = Self.model("s", seed: 60, from: 50, share: 0.6, temperature: temperature)
    let result = try #require(try Self.result(suspect))
    let descent = result.descent(adjustedP: result.parametricP)
    #expect(descent.verdict == .inherits, "\(descent.json.prettyText)")
    #expect((result.test.z ?? 0) > 5)
  }

  @Test("strangers are no more often above every control than the floor of p allows")
  func strangers() throws {
    var above = 0
    let runs = 60
    for run in 0..<runs {
      let result = try #require(try Self.result(Self.model("s", seed: UInt64(1000 + run))))
      if result.test.isAtFloor { above += 1 }
      #expect(result.test.conformalP >= result.test.floor)
      let verdict = result.descent(adjustedP: min(1, 100 * result.parametricP)).verdict
      #expect(verdict != .inherits)
    }
    // Binomial(60, 1/12): more than 14 has probability below 1e-4.
    #expect(above <= 14)
  }

  @Test("a student of the rival is no student of the reference")
  func rival() throws {
    let suspect = Self.model("s", seed: 61, from: 103, share: 0.8)
    let result = try #require(try Self.result(suspect))
    #expect((result.test.z ?? 9) < 3)
    #expect(result.descent(adjustedP: result.parametricP).verdict != .inherits)
  }

  @Test("a failed gate is inconclusive, never no evidence")
  func gates() throws {
    let suspect = Self.model("s", seed: 60, from: 50, share: 0.6)
    let models = [suspect, Self.teacher] + Self.controls
    let field = try OutcomeField(models, panel: Array(2..<models.count), run: Run())
    let silent = models.map { _ in PanelTest.Member(trainingText: [], relatives: []) }
    let untagged = try PanelTest(
      field: field, members: silent, suspect: 0, references: [1],
      panel: Array(2..<models.count), seed: 9
    ).results(run: Run())[0]
    let descent = try #require(untagged).descent(adjustedP: 1e-6)
    #expect(descent.verdict == .inconclusive)
    #expect(descent.gates.contains { $0.name == "same-data-control" && !$0.passed })
    let few = try PanelTest(
      field: field, members: silent, suspect: 0, references: [1], panel: [2, 3, 4, 5], seed: 9
    ).results(run: Run())[0]
    #expect(try #require(few).descent(adjustedP: 1e-6).verdict == .inconclusive)
  }

  @Test("a student hidden among the controls does not make a stranger guilty")
  func hiddenStudent() throws {
    let suspect = Self.model("s", seed: 60)
    let hidden = Self.model("c0", seed: 70, from: 50, share: 0.9)
    let models = [suspect, Self.teacher, hidden] + Self.controls.dropFirst()
    let panel = Array(2..<models.count)
    let members = models.map { _ in PanelTest.Member(trainingText: ["text"], relatives: []) }
    let result = try PanelTest(
      field: try OutcomeField(models, panel: panel, run: Run()), members: members, suspect: 0,
      references: [1],
      panel: panel, seed: 9
    ).results(run: Run())[0]
    let verdict = try #require(result).descent(adjustedP: 1e-6).verdict
    #expect(verdict != .inherits)
  }

  @Test("relatives by weights are left out of the controls")
  func relatives() throws {
    let suspect = Self.model("s", seed: 62)
    let models = [suspect, Self.teacher] + Self.controls
    var members = models.map { _ in PanelTest.Member(trainingText: ["text"], relatives: []) }
    members[0] = PanelTest.Member(trainingText: [], relatives: [2, 3])
    let panel = Array(2..<models.count)
    let result = try PanelTest(
      field: try OutcomeField(models, panel: panel, run: Run()), members: members, suspect: 0,
      references: [1],
      panel: panel, seed: 9
    ).results(run: Run())[0]
    #expect(try #require(result).test.controls.count == Self.controls.count - 3)
  }

  @Test("the same models give the same bits, on one thread or two")
  func threads() throws {
    let models = [Self.teacher] + Self.controls
    let one = try OutcomeField(models, panel: Array(1..<models.count), run: Run(threads: 1))
    let two = try OutcomeField(models, panel: Array(1..<models.count), run: Run(threads: 2))
    #expect(one.covariances == two.covariances)
  }
}

// MARK: Small mathematics of the test's own

private func normal(_ random: inout CounterRandom) -> Double {
  // Sum of twelve uniforms: near enough to a Gaussian for made-up models.
  (0..<12).reduce(-6.0) { sum, _ in sum + random.uniform() }
}

private func expValue(_ x: Double) -> Double {
  // Repeated squaring of a short series.
  var value = 1 + x / 1024 * (1 + x / 2048 * (1 + x / 3072))
  for _ in 0..<10 { value *= value }
  return value
}

private func logValue(_ x: Double) -> Double {
  var y = 0.0
  for _ in 0..<60 { y += 2 * (x - expValue(y)) / (x + expValue(y)) }
  return y
}
