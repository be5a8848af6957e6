import Base
import Testing

@testable import Evidence

/// Goal: equal bits and their chance are what counting by hand gives.
@Suite("Equal bits of two tensors")
struct BitCoincidenceTests {
  static func count(
    _ suspect: [Float], _ reference: [Float], _ a: StoredFloat = .bf16, _ b: StoredFloat = .bf16
  ) -> BitCoincidence.Count {
    var bits = BitCoincidence(a, b)
    bits.add(suspect: suspect, reference: reference)
    return bits.count
  }

  @Test("are counted, with the chance of the two histograms")
  func byHand() {
    // Words: 1 thrice and 2 once, against 1 once, 2 twice and 3 once: (3·1 + 1·2) / 16.
    let count = Self.count([1, 1, 1, 2], [1, 2, 3, 2])
    #expect(count == .init(format: .bf16, elements: 4, equal: 2, chance: 5.0 / 16))
  }

  @Test("are bits, not values: zeros of two signs differ, and what is no number equals itself")
  func bits() {
    #expect(Self.count([0, .nan], [-0.0, .nan]).equal == 1)
    let pair: [Float] = [Float(bitPattern: 0x7F80_0001), Float(bitPattern: 0xFFFF_FFFF)]
    #expect(Self.count(pair, [.infinity, -0.0], .f32, .f32).equal == 0)
  }

  @Test(
    "are those of the narrower format, rounded to nearest with ties to even",
    arguments: [
      (StoredFloat.f32, StoredFloat.bf16, StoredFloat.bf16), (.f16, .bf16, .bf16),
      (.f32, .f16, .f16), (.f16, .f16, .f16), (.f32, .f32, .bf16), (.bf16, .bf16, .bf16),
    ])
  func format(a: StoredFloat, b: StoredFloat, narrower: StoredFloat) {
    var random = Gauss(3)
    let wide = random.values(4000)
    let narrow = wide.map(narrower.rounded)
    for (one, other) in [(a, b), (b, a)] {
      let count = Self.count(wide, narrow, one, other)
      #expect(count.format == narrower && count.equal == wide.count)
    }
    #expect(Self.count(wide.map(narrower.truncated), narrow, a, b).equal < wide.count * 3 / 4)
  }

  @Test("of independent tensors are as many as chance says, and of a copy all")
  func chance() {
    var random = Gauss(8)
    let (a, b) = (random.values(200_000), random.values(200_000))
    let count = Self.count(a, b, .f32, .f32)
    let expected = count.chance * 200_000
    #expect(expected > 100)
    #expect(abs(Double(count.equal) - expected) < 4 * expected.squareRoot())
    #expect(Self.count(a, a).equal == 200_000)
  }

  @Test("added in parts are the same")
  func parts() {
    var bits = BitCoincidence(.f16, .f16)
    bits.add(suspect: [1, 2], reference: [1, 1])
    bits.add(suspect: [3], reference: [2])
    #expect(bits.count == Self.count([1, 2, 3], [1, 1, 2], .f16, .f16))
  }
}
