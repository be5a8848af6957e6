import Foundation
import Testing

@testable import Inference

/// Goal: the scalings of rotary positions are the published ones.
/// Method: their defining properties, computed here from the formulas.
@Suite("A rotary rule")
struct RopeTests {
  private func rope(_ scaling: Rope.Scaling, size: Int = 16) -> Rope {
    Rope(theta: 10000, size: size, scaling: scaling, maxPositions: 64)
  }

  private let plain = (0..<8).map { pow(10000.0, -2 * Double($0) / 16) }

  private func close(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-13 * abs($1) }
  }

  @Test("without scaling is theta to the power -2i/d")
  func none() { #expect(close(rope(.none).frequencies(length: 1), plain)) }

  @Test("linear divides every frequency")
  func linear() {
    #expect(close(rope(.linear(factor: 4)).frequencies(length: 9), plain.map { $0 / 4 }))
  }

  @Test("llama3 keeps fast pairs, divides slow ones, and is monotonic between")
  func llama3() {
    let rule = Rope.Scaling.llama3(factor: 8, low: 1, high: 4, original: 64)
    for (new, old) in zip(rope(rule).frequencies(length: 1), plain) {
      let wavelength = 2 * Double.pi / old
      if wavelength < 16 { #expect(abs(new - old) < 1e-13) }
      if wavelength > 64 { #expect(abs(new - old / 8) < 1e-13) }
      #expect(new <= old * (1 + 1e-12) && new >= old / 8 * (1 - 1e-12))
    }
  }

  @Test("yarn with factor 1 changes nothing; with another it keeps the first pair")
  func yarn() {
    var yarn = Rope.Yarn(factor: 1, original: 64, attentionFactor: 1)
    #expect(close(rope(.yarn(yarn)).frequencies(length: 1), plain))
    yarn.factor = 4
    let scaled = rope(.yarn(yarn)).frequencies(length: 1)
    #expect(abs(scaled[0] - plain[0]) < 1e-13 && abs(scaled[7] - plain[7] / 4) < 1e-13)
  }

  @Test("dynamic changes nothing up to the configured length and stretches beyond")
  func dynamic() {
    let rule = rope(.dynamic(factor: 2))
    #expect(close(rule.frequencies(length: 64), plain))
    let theta = 10000 * pow(2.0 * 96 / 64 - 1, 16.0 / 14)
    #expect(close(rule.frequencies(length: 96), (0..<8).map { pow(theta, -Double($0) / 8) }))
    #expect(rule.variant(length: 3) == rule.variant(length: 64))
    #expect(rule.variant(length: 65) != rule.variant(length: 66))
  }

  @Test("longrope chooses its divisors by the length of the text")
  func longrope() {
    let (short, long) = ([Double](repeating: 1, count: 8), [Double](repeating: 5, count: 8))
    let rule = rope(.longrope(short: short, long: long, original: 32, attentionFactor: 1))
    #expect(close(rule.frequencies(length: 32), plain))
    #expect(close(rule.frequencies(length: 33), plain.map { $0 / 5 }))
  }

  @Test("turns pairs by the angle of their position, and keeps their length")
  func rotation() {
    for isInterleaved in [false, true] {
      var rule = rope(.none, size: 8)
      rule.isInterleaved = isInterleaved
      let table = RopeTable(rule, length: 40, positions: 40)
      var head = (0..<12).map { Float($0 + 1) }
      table.rotate(&head, position: 37, .best)
      #expect(Array(head[8...]) == [9, 10, 11, 12], "values past the rotated part stay")
      for i in 0..<4 {
        let (first, second) = isInterleaved ? (2 * i, 2 * i + 1) : (i, i + 4)
        let angle = 37 * pow(10000.0, -2 * Double(i) / 8)
        let (a, b) = (Double(first + 1), Double(second + 1))
        #expect(abs(Double(head[first]) - (a * cos(angle) - b * sin(angle))) < 1e-5)
        #expect(abs(Double(head[second]) - (b * cos(angle) + a * sin(angle))) < 1e-5)
      }
    }
  }
}
