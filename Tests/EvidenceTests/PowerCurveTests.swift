import Base
import Testing

@testable import Evidence

/// Goal: the power that is stated is the power that the test has.
/// Method: the test itself, run on seeded normal contrasts, against the computed probability.
@Suite("The power of the output test")
struct PowerCurveTests {
  /// The share of simulated comparisons that are found, and its standard error.
  static func simulated(
    controls: Int, comparisons: Int, effect: Double, runs: Int = 20_000
  ) -> (share: Double, error: Double) {
    var random = Gauss(11, stream: UInt64(controls * 1000 + comparisons))
    var found = 0
    for _ in 0..<runs {
      let test = ControlTest(
        value: effect + Double(random.next()),
        controls: (0..<controls).map { _ in Double(random.next()) })
      let p = test.parametricP * Double(comparisons)
      if test.isAtFloor, p <= ContrastResult.level { found += 1 }
    }
    let share = Double(found) / Double(runs)
    return (share, (max(share * (1 - share), 1e-4) / Double(runs)).squareRoot())
  }

  @Test(
    "is the share of simulated suspects that the test finds",
    arguments: [
      (3, 1, 2.0), (8, 1, 0), (8, 1, 2.5), (8, 10, 4), (16, 1, 3), (16, 10, 3), (32, 1, 2.5),
      (64, 1, 3), (64, 20, 3),
    ] as [(Int, Int, Double)])
  func simulation(controls: Int, comparisons: Int, effect: Double) throws {
    let curve = try #require(PowerCurve(controls: controls, comparisons: comparisons))
    let (share, error) = Self.simulated(
      controls: controls, comparisons: comparisons, effect: effect)
    #expect(abs(curve.power(effect: effect) - share) <= 3 * error)
  }

  @Test("without an effect is at most the level, and at most the floor of the conformal p")
  func level() throws {
    for controls in [2, 8, 11, 16, 32, 64, 256] {
      for comparisons in [1, 3, 50] {
        let curve = try #require(PowerCurve(controls: controls, comparisons: comparisons))
        let bound = min(ContrastResult.level / Double(comparisons), 1 / Double(controls + 1))
        #expect(curve.power(effect: 0) <= bound + 3e-4, "\(controls), \(comparisons)")
      }
    }
  }

  @Test("rises with the effect, to one")
  func effects() throws {
    let curve = try #require(PowerCurve(controls: 11, comparisons: 4))
    let powers = (0...80).map { curve.power(effect: Double($0) / 4) }
    #expect(zip(powers, powers.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(try #require(powers.last) > 0.999_9)
    #expect(abs(curve.power(effect: curve.wantedEffect) - PowerCurve.wanted) < 1e-6)
  }

  @Test("rises with the controls where the level decides, and falls where each must be exceeded")
  func panels() throws {
    func wanted(_ comparisons: Int) throws -> [Double] {
      try PowerTable.panels.map {
        try #require(PowerCurve(controls: $0, comparisons: comparisons)).wantedEffect
      }
    }
    let many = try wanted(40)
    #expect(many == many.sorted(by: >))
    let single = try wanted(1)
    #expect(try #require(single.last) > single[1])
  }

  @Test("what would decide an open answer is the first panel whose p reaches the level")
  func deciding() throws {
    let wanted = try #require(PowerCurve.controlsDeciding(z: 3, comparisons: 10))
    #expect(StudentT.upperTail(3, degrees: wanted) * 10 <= 0.05)
    #expect(StudentT.upperTail(3, degrees: wanted - 1) * 10 > 0.05)
    #expect(PowerCurve.controlsDeciding(z: 2, comparisons: 10) == nil)
    let open = result(z: 3).descent(adjustedP: 0.06, comparisons: 10)
    #expect(open.verdict == .inconclusive)
    let detail = try #require(open.gates.last { $0.name == "adjusted" }?.detail)
    #expect(detail.contains("with \(wanted) controls"))
    let weak = result(z: 2).descent(adjustedP: 0.3, comparisons: 10).gates
    #expect(try #require(weak.last?.detail).contains("not even 256 controls"))
  }

  @Test("has no curve for one control, for very many, or for hopeless numbers of comparisons")
  func refused() {
    #expect(PowerCurve(controls: 1, comparisons: 1) == nil)
    #expect(PowerCurve(controls: 257, comparisons: 1) == nil)
    #expect(PowerCurve(controls: 8, comparisons: 0) == nil)
    #expect(PowerCurve(controls: 8, comparisons: Int.max) == nil)
    #expect(PowerTable(controls: 300, comparisons: 2).curves.map(\.controls) == [8, 16, 32, 64])
    #expect(PowerTable(controls: 11, comparisons: 2).curves.count == 5)
  }

  /// A result whose statistic is `z` over eight controls of spread one.
  private func result(z: Double) -> ContrastResult {
    let controls = [1.0, -1, 1, -1, 1, -1, 1, -1]
    return ContrastResult(
      suspect: "s", reference: "r", rival: "q",
      test: ControlTest(value: z * (1 + 1.0 / 8).squareRoot(), controls: controls),
      parametricP: 0.01, group: [], gates: [], beta: 1, positions: 1, documents: 1,
      controlNames: controls.map { "\($0)" },
      plain: PlainSimilarity(
        jensenShannon: 0, kullbackLeibler: 0, totalVariation: 0, topAgreement: 1),
      confirmation: nil)
  }
}
