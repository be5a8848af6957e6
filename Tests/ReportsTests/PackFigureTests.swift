import Base
import Testing

@testable import Reports

/// Goal: a figure says what the numbers say, also of numbers that a stranger wrote.
@Suite("The figures of a pack")
struct PackFigureTests {
  static func text(
    _ verdict: JSON, _ weights: JSON? = nil, _ power: JSON? = nil
  ) -> [String: String] {
    var out: [String: String] = [:]
    for figure in PackFigures.of(verdict, weights, power) {
      out[figure.name] = String(decoding: figure.bytes, as: UTF8.self)
    }
    return out
  }

  static func verdict(_ weights: String = "related", effect: JSON = 3.5) -> JSON {
    [
      "suspect": ["id": "S"],
      "comparisons": [
        [
          "reference": ["id": "R"], "weight_lineage": ["verdict": .string(weights)],
          "output_descent": [
            "controls": 9,
            "power": [
              "comparisons": 2, "effect": effect,
              "z80": [["n": 8, "z80": 4.25], ["n": 9, "z80": 4.5]],
            ],
          ],
        ]
      ],
    ]
  }

  static let power: JSON = [
    "comparisons": [
      [
        "comparisons": 2, "effects": [0, 4, 8],
        "curves": [["n": 8, "power": [0, 0.75, 1]], ["n": 9, "power": [0, 0.7775, 1]]],
      ]
    ]
  ]

  static func bits(_ tensor: JSON, _ equal: JSON, layer: JSON = 0) -> JSON {
    [
      "tensor": tensor, "reference_tensor": tensor, "layer": layer, "format": "BF16",
      "elements": 1000, "equal": equal, "chance": 0.002,
    ]
  }

  static func weights(_ bits: [JSON]) -> JSON { ["comparisons": [["bits": .array(bits)]]] }

  @Test("tell the power of each panel in words, and mark the suspect on the curve of its own")
  func powerCurve() throws {
    let figure = try #require(Self.text(Self.verdict(), nil, Self.power)["0-power.svg"])
    #expect(figure.contains("8 controls: power 0.8 at an effect of 4.25"))
    #expect(figure.contains("9 controls, as here: power 0.8 at an effect of 4.5"))
    #expect(figure.contains("class=\"suspect\"") && figure.contains("measured at 3.5"))
    let left = try #require(
      Self.text(Self.verdict(effect: -2), nil, Self.power)["0-power.svg"])
    #expect(!left.contains("class=\"suspect\"") && left.contains("left of the figure"))
    #expect(Self.text(Self.verdict())["0-power.svg"] == nil)
  }

  @Test("show equal bits against chance, and zero beside the axis")
  func bits() throws {
    let figure = try #require(
      Self.text(Self.verdict(), Self.weights([Self.bits("a", 500), Self.bits("b", 0)]))[
        "0-bits.svg"])
    #expect(figure.contains("0.5 / 0.002") && figure.contains("0 / 0.002"))
    #expect(figure.contains("2 tensors, 2000 elements, as BF16: 0.25 equal, 0.002 by chance"))
  }

  @Test("of models that are equal say so and draw nothing")
  func equal() throws {
    let same = try #require(Self.text(Self.verdict("same-bytes"))["0-bits.svg"])
    #expect(same.contains("Every bit of S is that of R") && !same.contains("class=\"mark\""))
    let counted = try #require(
      Self.text(Self.verdict(), Self.weights([Self.bits("a", 1000)]))["0-bits.svg"])
    #expect(counted.contains("Every bit of S is that of R"))
  }

  @Test("take many tensors together by layer")
  func layers() throws {
    let many = (0..<100).map { Self.bits(.string("t\($0)"), 100, layer: JSON($0 % 4)) }
    let figure = try #require(Self.text(Self.verdict(), Self.weights(many))["0-bits.svg"])
    #expect(figure.contains("layer 3") && !figure.contains(">t7<"))
    #expect(figure.contains("layer by layer") && figure.contains("100 tensors"))
  }

  @Test("of nonsense are drawn or left out, foreign names escaped, and the same each time")
  func hostile() {
    let odd: [JSON] = [nil, -1, JSON(1e308), "x", [], JSON(Int.max)]
    for value in odd {
      let weights = Self.weights([
        Self.bits("<b>&\"", value, layer: value), ["elements": value, "chance": value],
      ])
      let power: JSON = [
        "comparisons": [
          ["effects": [0, value], "curves": [["n": value, "power": [value, value]]]]
        ]
      ]
      let once = Self.text(Self.verdict(effect: value), weights, power)
      #expect(once == Self.text(Self.verdict(effect: value), weights, power))
      for figure in once.values { #expect(!figure.contains("<b>")) }
    }
  }
}
