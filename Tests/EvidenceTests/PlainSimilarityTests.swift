import Base
import Foundation
import Testing

@testable import Evidence

/// Goal: the familiar distances are what their names say, in the direction that is stated.
/// Method: two models over two outcomes, worked out by hand.
@Suite("The plain likeness of two models")
struct PlainSimilarityTests {
  /// A model that gives the first of two outcomes these probabilities, position by position.
  static func model(_ id: String, _ first: [Double]) -> ByteOutcomes {
    ByteOutcomes(
      id: id, tokenizer: Digest(bytes: [UInt8](repeating: 1, count: 32))!,
      buckets: [ByteBucket(code: 0), ByteBucket(code: 1)],
      positions: first.indices.map { OutcomePosition(document: 0, byte: $0) },
      logProbabilities: first.flatMap { [Float(log($0)), Float(log(1 - $0))] }, natsPerByte: 1)
  }

  static func similarity(_ a: [Double], _ b: [Double]) throws -> PlainSimilarity {
    PlainSimilarity(
      try OutcomeField([model("s", a), model("r", b)], panel: [1], run: Run()), 0, 1)
  }

  @Test("of one position is what the formulas give by hand")
  func byHand() throws {
    // p = (3/4, 1/4), q = (1/2, 1/2), middle (5/8, 3/8).
    let plain = try Self.similarity([0.75], [0.5])
    let forward = 0.75 * log(1.5) + 0.25 * log(0.5)
    let js =
      (0.75 * log(0.75 / 0.625) + 0.25 * log(0.25 / 0.375) + 0.5 * log(0.5 / 0.625)
        + 0.5 * log(0.5 / 0.375)) / 2
    #expect(abs(plain.kullbackLeibler - forward) < 1e-6)
    #expect(abs(forward - 0.130_812) < 1e-6)
    #expect(abs(plain.jensenShannon - js) < 1e-6)
    #expect(abs(plain.totalVariation - 0.25) < 1e-6)
    #expect(plain.topAgreement == 1)
  }

  @Test("KL is of the suspect from the reference, not the other way round")
  func direction() throws {
    let backward = try Self.similarity([0.5], [0.75]).kullbackLeibler
    #expect(abs(backward - (0.5 * log(0.5 / 0.75) + 0.5 * log(2))) < 1e-6)
    #expect(abs(backward - 0.143_841) < 1e-6)
  }

  @Test("is a mean over positions")
  func mean() throws {
    let plain = try Self.similarity([0.75, 0.2], [0.5, 0.8])
    let second = 0.2 * log(0.25) + 0.8 * log(4)
    #expect(abs(plain.kullbackLeibler - (0.130_812 + second) / 2) < 1e-6)
    #expect(plain.topAgreement == 0.5)
  }

  @Test("of a model with itself is zero")
  func itself() throws {
    let plain = try Self.similarity([0.3, 0.6], [0.3, 0.6])
    #expect(plain.kullbackLeibler == 0 && plain.totalVariation == 0)
    #expect(abs(plain.jensenShannon) < 1e-12 && plain.topAgreement == 1)
  }
}
