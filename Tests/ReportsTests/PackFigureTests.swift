import Base
import Crypto
import Testing

@testable import Comparison
@testable import Evidence
@testable import Reports

/// Goal: a figure says what the numbers say, also of numbers that a stranger wrote.
@Suite("The figures of a pack")
struct PackFigureTests {
  static func text(
    _ verdict: SuspectReport, _ bits: [TensorBits] = [], _ power: PackPower? = nil
  ) -> [String: String] {
    var out: [String: String] = [:]
    let weights = PackWeights(records: [counts(bits)])
    for figure in PackFigures.of(verdict, weights, power) {
      out[figure.name] = String(decoding: figure.bytes, as: UTF8.self)
    }
    return out
  }

  private static func model(_ id: String) -> ComparedModel {
    ComparedModel(id: id, path: "", fingerprint: SHA256.hash(Array(id.utf8)))
  }

  static func verdict(
    _ weights: WeightVerdict = .related, effect: Double? = 3.5, names: [String] = ["S", "R"]
  ) -> SuspectReport {
    let description = ContrastDescription(
      value: .nan, floor: 0.1, parametricP: 0.5, beta: 1, positions: 1, documents: 1, controls: [],
      plain: PlainSimilarity(
        jensenShannon: 0, kullbackLeibler: 0, totalVariation: 0, topAgreement: 1),
      power: PowerSummary(
        comparisons: 2, effect: effect,
        found: [.init(controls: 8, effect: 4.25), .init(controls: 9, effect: 4.5)]))
    return SuspectReport(
      suspect: model(names[0]),
      comparisons: [
        PairAnswer(
          reference: model(names[1]), weightLineage: WeightLineage(verdict: weights, sentence: ""),
          outputDescent: OutputDescentAnswer(
            verdict: .noEvidence, sentence: "",
            figures: ContrastFigures(
              statistic: 0, p: 1, adjustedP: 1, controls: 9, rival: "q"),
            description: description))
      ])
  }

  static let power = PackPower(comparisons: [
    PowerPoints(
      comparisons: 2, effects: [0, 4, 8],
      curves: [
        .init(controls: 8, powers: [0, 0.75, 1]), .init(controls: 9, powers: [0, 0.7775, 1]),
      ])
  ])

  static func bits(_ tensor: String, _ equal: Int, layer: Int? = 0, of elements: Int = 1000)
    -> TensorBits
  {
    TensorBits(
      tensor: tensor, reference: tensor, layer: layer,
      count: .init(format: .bf16, elements: elements, equal: equal, chance: 0.002))
  }

  /// Equal bits, with no unit compared.
  private static func counts(_ bits: [TensorBits]) -> WeightCounts {
    func family(_ name: String) -> FeatureFamily { FeatureFamily(name, matches: []) }
    return WeightCounts(
      evidence: PositionalEvidence(
        units: family("units"), projectedUnits: family("projected"), coordinates: family("c")),
      referenceLayers: [], suspectLayers: [], key: [], controlShares: [], relatedControls: [],
      activations: nil, bits: bits)
  }

  @Test("tell the power of each panel in words, and mark the suspect on the curve of its own")
  func powerCurve() throws {
    let figure = try #require(Self.text(Self.verdict(), [], Self.power)["0-power.svg"])
    #expect(figure.contains("8 controls: power 0.8 at an effect of 4.25"))
    #expect(figure.contains("9 controls, as here: power 0.8 at an effect of 4.5"))
    #expect(figure.contains("class=\"suspect\"") && figure.contains("measured at 3.5"))
    let left = try #require(
      Self.text(Self.verdict(effect: -2), [], Self.power)["0-power.svg"])
    #expect(!left.contains("class=\"suspect\"") && left.contains("left of the figure"))
    #expect(Self.text(Self.verdict())["0-power.svg"] == nil)
  }

  @Test("show equal bits against chance, and zero beside the axis")
  func bits() throws {
    let figure = try #require(
      Self.text(Self.verdict(), [Self.bits("a", 500), Self.bits("b", 0)])[
        "0-bits.svg"])
    #expect(figure.contains("0.5 / 0.002") && figure.contains("0 / 0.002"))
    #expect(figure.contains("2 tensors, 2000 elements, as BF16: 0.25 equal, 0.002 by chance"))
  }

  @Test("of models that are equal say so and draw nothing")
  func equal() throws {
    let same = try #require(Self.text(Self.verdict(.sameBytes))["0-bits.svg"])
    #expect(same.contains("Every bit of S is that of R") && !same.contains("class=\"mark\""))
    let counted = try #require(
      Self.text(Self.verdict(), [Self.bits("a", 1000)])["0-bits.svg"])
    #expect(counted.contains("Every bit of S is that of R"))
  }

  @Test("take many tensors together by layer")
  func layers() throws {
    let many = (0..<100).map { Self.bits("t\($0)", 100, layer: $0 % 4) }
    let figure = try #require(Self.text(Self.verdict(), many)["0-bits.svg"])
    #expect(figure.contains("layer 3") && !figure.contains(">t7<"))
    #expect(figure.contains("layer by layer") && figure.contains("100 tensors"))
  }

  @Test("of nonsense are drawn or left out, foreign names escaped, and the same each time")
  func hostile() {
    let odd: [Double] = [-1, 0, 1e308, -1e308, .nan]
    for value in odd {
      for count in [-1, 0, 1, Int.max] {
        let bits = [
          Self.bits("<b>&\"", count, layer: count, of: Int.max), Self.bits("b", 1, of: 0),
        ]
        let power = PackPower(comparisons: [
          PowerPoints(
            comparisons: count, effects: [0, value],
            curves: [.init(controls: count, powers: [value, value])])
        ])
        let verdict = Self.verdict(effect: value, names: ["<b>", "&<b>"])
        let once = Self.text(verdict, bits, power)
        #expect(once == Self.text(verdict, bits, power))
        #expect(once["0-bits.svg"] != nil)
        for figure in once.values { #expect(!figure.contains("<b>")) }
      }
    }
  }

  @Test("show a contrast among the controls, a layer map, a merge and coincidences")
  func others() throws {
    var report = Self.verdict()
    report.comparisons[0].outputDescent.description?.value = 0.5
    report.comparisons[0].outputDescent.description?.controls = [
      ControlContrast(id: "c", value: -0.25), ControlContrast(id: "none", value: .nan),
    ]
    var lineage = report.comparisons[0].weightLineage
    lineage.line = TensorLine(
      layers: [
        LayerPair(suspect: 0, reference: 2), LayerPair(suspect: Int.max, reference: -1),
      ], comparedCount: 2, unpaired: [])
    lineage.relations = [
      RelationFinding(
        merge: MergePart(
          role: .parent(share: 0.75), others: ["x"], base: nil,
          fit: .mixture(kind: .linear, share: 0.75, spread: 0.001, residual: 1e-7, tensors: 3),
          alternatives: []))
    ]
    report.comparisons[0].weightLineage = lineage
    let match = BlockMatch(
      tested: 8, suspectCount: 8, coincidences: 6, agreements: nil, mutual: 6, longestRun: 4,
      meanBest: 0.75)
    var counts = Self.counts([])
    counts.evidence.units = FeatureFamily("units", matches: [[match]])
    (counts.referenceLayers, counts.suspectLayers) = ([2], [0])
    var text: [String: String] = [:]
    for figure in PackFigures.of(report, PackWeights(records: [counts]), nil) {
      text[figure.name] = String(decoding: figure.bytes, as: UTF8.self)
    }
    let contrast = try #require(text["0-contrast.svg"])
    #expect(contrast.contains("Contrast of S and of 1 controls") && contrast.contains("rival q"))
    let map = try #require(text["0-layers.svg"])
    #expect(map.contains("layer 2") && map.contains("layer 0") && !map.contains("layer -1"))
    #expect(text["0-merge.svg"]?.contains("R 0.75, x 0.25 (linear)") == true)
    let coincidences = try #require(text["0-coincidences.svg"])
    #expect(coincidences.contains("6 of 8") && coincidences.contains("layer 2"))
  }
}
