import Base
import Foundation
import Testing

@testable import Evidence

@Suite("Stored forms")
struct WeightStoredFormTests {
  @Test("round to BF16 to nearest, ties to even")
  func bfloat() {
    #expect(StoredFloat.bf16.rounded(1.00390625) == 1)  // halfway: to even
    #expect(StoredFloat.bf16.rounded(1.01171875) == 1.015625)  // halfway: to even
    #expect(StoredFloat.bf16.truncated(1.0078) == 1)
    #expect(StoredFloat.bf16.truncated(-1.0078) == -1)
    #expect(StoredFloat.f16.rounded(65520).isInfinite)
    #expect(StoredFloat.f16.truncated(1.0009) == 1)
  }

  @Test("have the rounding floors of the facts", arguments: StoredFloat.allCases)
  func floors(type: StoredFloat) {
    var gauss = Gauss(31)
    let values = gauss.values(60_000)
    var error = 0.0
    var size = 0.0
    for value in values {
      // F32 values are already F32: their floor is that of a product rounded once.
      let exact = type == .f32 ? Double(value) * 1.1 : Double(value)
      let stored = type == .f32 ? Double(value * 1.1) : Double(type.rounded(value))
      error += (exact - stored) * (exact - stored)
      size += exact * exact
    }
    let relative = (error / size).squareRoot()
    #expect(relative < 1.5 * type.roundingFloor && relative > 0.5 * type.roundingFloor)
  }

  @Test("have the block errors of the facts", arguments: BlockForm.allCases)
  func blocks(form: BlockForm) {
    var gauss = Gauss(32)
    let values = gauss.values(64_000)
    let made = form.roundTrip(values)
    let sums = Residual.squares(made, values)
    let relative = (sums.distance / sums.size).squareRoot()
    #expect(relative < 1.2 * form.roundingFloor && relative > 0.8 * form.roundingFloor)
    // Making it again changes almost nothing for a symmetric form: the largest value is kept.
    if form == .q8_0 { #expect(Residual.squares(form.roundTrip(made), made).distance < 1e-3) }
  }

  @Test("keep blocks of zeros, and blocks of one value")
  func flat() {
    for form in BlockForm.allCases {
      #expect(form.roundTrip([Float](repeating: 0, count: 32)).allSatisfy { $0 == 0 })
      #expect(
        form.roundTrip([Float](repeating: 0.5, count: 32)).allSatisfy { abs($0 - 0.5) < 0.01 })
    }
  }

  @Test("cells hold the parent, not a parent that moved, not a stranger")
  func cells() {
    var gauss = Gauss(33)
    let parent = gauss.values(32_000)
    let child = BlockForm.q4_0.roundTrip(parent)
    let moved = zip(parent, gauss.values(32_000, scale: 0.1)).map { $0 + $1 }
    let stranger = gauss.values(32_000)
    #expect(CellContainment.share(parent: parent, child: child) >= 0.999)
    #expect(CellContainment.share(parent: moved, child: child) < 0.9)
    #expect(CellContainment.share(parent: stranger, child: child) < 0.3)
    #expect(CellContainment.share(parent: parent, child: stranger) < 0.3)
  }
}

@Suite("A mixture of two models")
struct WeightMixtureTests {
  private func products(_ s: [Float], _ x: [Float], _ y: [Float]) -> MixtureProducts {
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return MixtureProducts(
      xx: dot(x, x), yy: dot(y, y), xy: dot(x, y), sx: dot(s, x), sy: dot(s, y), ss: dot(s, s))
  }

  /// Five tensors of two children of one base.
  private func parents(_ gauss: inout Gauss) -> [([Float], [Float])] {
    (0..<5).map { _ in
      let base = gauss.values(4_000, scale: 0.1)
      let x = zip(base, gauss.values(4_000, scale: 0.02)).map { $0 + $1 }
      let y = zip(base, gauss.values(4_000, scale: 0.02)).map { $0 + $1 }
      return (x, y)
    }
  }

  @Test("is recovered with its share when linear", arguments: [0.1, 0.3, 0.5, 0.8])
  func linear(share: Double) throws {
    var gauss = Gauss(41)
    let tables = parents(&gauss).map { x, y in
      products(
        zip(x, y).map { StoredFloat.bf16.rounded($0 * Float(1 - share) + $1 * Float(share)) }, x, y)
    }
    let fit = try #require(MixtureFit(tables, floor: StoredFloat.bf16.roundingFloor))
    #expect(fit.kind == .linear)
    #expect(abs(fit.share - share) < 0.005)
  }

  @Test("is recovered with its share when spherical", arguments: [0.2, 0.4, 0.7])
  func spherical(share: Double) throws {
    var gauss = Gauss(42)
    // Nearly unrelated parents: the curve differs from the chord.
    let tables = (0..<4).map { _ -> MixtureProducts in
      let x = gauss.values(4_000)
      let y = zip(x, gauss.values(4_000)).map { 0.5 * $0 + $1 }
      let angle = acos(
        products(x, x, y).xy / (products(x, x, y).xx * products(x, x, y).yy).squareRoot())
      let a = Float(sin((1 - share) * angle) / sin(angle))
      let b = Float(sin(share * angle) / sin(angle))
      return products(zip(x, y).map { StoredFloat.bf16.rounded(a * $0 + b * $1) }, x, y)
    }
    let fit = try #require(MixtureFit(tables, floor: StoredFloat.bf16.roundingFloor))
    #expect(fit.kind == .slerp)
    #expect(abs(fit.share - share) < 0.005)
  }

  @Test("is not seen in a child of one parent, nor in a parent itself")
  func others() {
    var gauss = Gauss(43)
    let pairs = parents(&gauss)
    let tuned = pairs.map { x, y in
      products(zip(x, gauss.values(4_000, scale: 0.01)).map { $0 + $1 }, x, y)
    }
    #expect(MixtureFit(tuned, floor: StoredFloat.bf16.roundingFloor) == nil)
    let copy = pairs.map { x, y in products(x, x, y) }
    #expect(MixtureFit(copy, floor: StoredFloat.bf16.roundingFloor) == nil)
  }
}

@Suite("The name of a relation")
struct WeightNamingTests {
  private func evidence(
    _ name: String, _ reference: [Float], _ suspect: [Float], isMatrix: Bool = true,
    forward: Remake? = nil
  ) -> TensorEvidence {
    var delta = TensorDelta()
    delta.add(reference: reference, suspect: suspect)
    return TensorEvidence(
      name: name, layer: 0, isMatrix: isMatrix, isEmbedding: false, delta: delta,
      forward: forward, suspectFloor: 0.00166)
  }

  @Test("is pruned, with direction, where values vanished and the rest stayed")
  func pruned() {
    var gauss = Gauss(51)
    let base = gauss.values(2_000)
    let cut = base.map { abs($0) < 0.6 ? 0 : $0 }
    let ones = [Float](repeating: 1, count: 20)
    let forward = RelationNaming([
      evidence("a", base, cut), evidence("n", ones, ones, isMatrix: false),
    ])
    #expect(forward.relations.map(\.relation) == [.pruned])
    #expect(forward.direction == .suspectFromReference)
    let backward = RelationNaming([evidence("a", cut, base)])
    #expect(backward.relations.map(\.relation) == [.pruned])
    #expect(backward.direction == .referenceFromSuspect)
  }

  @Test("is quantised only if every tensor was made again")
  func quantised() {
    var gauss = Gauss(52)
    let base = gauss.values(2_048)
    let small = BlockForm.q8_0.roundTrip(base)
    let made = evidence("a", base, small, forward: .blocks(.q8_0))
    #expect(RelationNaming([made]).relations.map(\.relation) == [.quantised])
    let tuned = evidence("b", base, zip(base, gauss.values(2_048, scale: 0.1)).map { $0 + $1 })
    #expect(!RelationNaming([made, tuned]).relations.map(\.relation).contains(.quantised))
  }

  @Test("is partly-initialised where most matrices are strangers, and lists them")
  func partly() {
    var gauss = Gauss(53)
    let base = gauss.values(2_048)
    let strangers = (0..<3).map { evidence("s\($0)", gauss.values(2_048), gauss.values(2_048)) }
    let naming = RelationNaming([evidence("e", base, base)] + strangers)
    #expect(naming.relations.map(\.relation) == [.partlyInitialised])
    #expect(naming.unrelated == ["s0", "s1", "s2"])
  }

  @Test("names one swapped tensor in an unchanged model")
  func swapped() {
    var gauss = Gauss(54)
    let same = (0..<5).map { index -> TensorEvidence in
      let values = gauss.values(2_048)
      return evidence("t\(index)", values, values)
    }
    let naming = RelationNaming(same + [evidence("x", gauss.values(2_048), gauss.values(2_048))])
    #expect(naming.unrelated == ["x"])
    #expect(naming.relations.map(\.relation) == [.partlyInitialised])
  }

  @Test("never counts vectors that any two models share")
  func trivial() {
    let ones = [Float](repeating: 1, count: 64)
    let naming = RelationNaming([evidence("norm", ones, ones, isMatrix: false)])
    #expect(naming.relations.isEmpty)
  }
}

@Suite("The words of a verdict")
struct WeightWordsTests {
  static let forbidden = [
    "proves", "proven", "guilty", "stolen", "theft", "definitely", "certainly", "%", "confidence",
  ]

  @Test("never say more than a test shows")
  func sentences() {
    let p = TailBound(log10: -400, isExact: true)
    let all = [
      VerdictSentence.sameBytes(suspect: "S", reference: "R"),
      VerdictSentence.sameTensors(suspect: "S", reference: "R", after: "decoding"),
      VerdictSentence.related(
        suspect: "S", reference: "R", p: p, test: "T", control: "exact"),
      VerdictSentence.noSharedWeights(suspect: "S", reference: "R", tests: ["a", "b"]),
      VerdictSentence.inherits(suspect: "S", reference: "R", controls: 20, adjusted: 0.01),
      VerdictSentence.sharedOutputSpace(
        suspect: "S", reference: "R", residual: 1e-7, controls: 9, nearest: 0.2),
      VerdictSentence.trainedOnServed(suspect: "S", p: p),
      VerdictSentence.inconclusive(because: "g"), VerdictSentence.notTested(reason: "r"),
    ]
    for sentence in all {
      #expect(sentence.hasSuffix("."))
      for word in Self.forbidden { #expect(!sentence.lowercased().contains(word)) }
    }
    #expect(all[2].contains("at most 1e-300"))
    #expect(all[2].contains("does not show direction or permission"))
  }

  @Test("have a p between the floor and one, and a logarithm that goes on")
  func bounds() {
    #expect(TailBound(log10: -1050, isExact: true).value == 1e-300)
    #expect(TailBound(log10: -1050, isExact: true).log10 == -1050)
    #expect(TailBound(log10: 3, isExact: true).value == 1)
    #expect(TailBound(log10: .nan, isExact: true).value == 1)
    #expect(TailBound(0, isExact: false).value == 1e-300)
    #expect(abs(TailBound(0.001, isExact: true).adjusted(for: 5).value - 0.005) < 1e-12)
  }

  @Test(
    "write numbers shortly",
    arguments: [
      (0.00166, "0.00166"), (1.2e-7, "1.2e-7"), (7, "7"), (0.9996, "1"), (1e-300, "1e-300"),
      (123_456, "123000"), (0.05, "0.05"), (-2.5, "-2.5"), (0, "0"), (1e9, "1e9"),
    ] as [(Double, String)])
  func figures(value: Double, text: String) {
    #expect(Figure.text(value) == text)
  }
}
