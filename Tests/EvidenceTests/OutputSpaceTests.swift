import Base
import Foundation
import Testing

@testable import Evidence

/// Goal: the residual is rounding for log-probabilities that a head made, whatever temperature,
/// and large for any other; degenerate inputs give no number. Method: synthetic heads.
@Suite("An output space")
struct OutputSpaceTests {
  static let width = 24
  static let tokens = 120

  static func logProbabilities(
    _ head: [Float], positions: Int, seed: UInt64, temperature: Double = 1
  ) -> [Float] {
    var gauss = Gauss(seed, stream: 3)
    return (0..<positions).flatMap { _ -> [Float] in
      let hidden = gauss.values(width).map(Double.init)
      let logits = (0..<head.count / width).map { token in
        (0..<width).reduce(0.0) { $0 + Double(head[token * width + $1]) * hidden[$1] }
          / temperature
      }
      let largest = logits.max() ?? 0
      let sum = log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest
      return logits.map { Float($0 - sum) }
    }
  }

  @Test("holds what its own head says, at any temperature", arguments: [0.3, 1.0, 2.5])
  func own(temperature: Double) throws {
    var gauss = Gauss(1)
    let head = gauss.values(Self.width * Self.tokens)
    let space = try #require(try OutputSpace(head: head, width: Self.width, run: Run()))
    let rows = Self.logProbabilities(head, positions: 40, seed: 2, temperature: temperature)
    #expect(try #require(try space.residual(of: rows, run: Run())) < 1e-6)
    // A rotated, rescaled and gained head has the same space.
    let gained = head.enumerated().map { $1 * Float(1 + $0 % Self.width) }
    let other = try #require(try OutputSpace(head: gained, width: Self.width, run: Run()))
    #expect(try #require(try other.residual(of: rows, run: Run())) < 1e-6)
  }

  @Test("leaves rounding for a rounded head, and most of a stranger's")
  func others() throws {
    var gauss = Gauss(3)
    let head = gauss.values(Self.width * Self.tokens)
    let space = try #require(try OutputSpace(head: head, width: Self.width, run: Run()))
    let rounded = head.map { StoredFloat.bf16.rounded($0) }
    let near = try #require(
      try space.residual(of: Self.logProbabilities(rounded, positions: 40, seed: 4), run: Run()))
    #expect(near > 5e-4 && near < 3 * StoredFloat.bf16.roundingFloor)
    let stranger = gauss.values(Self.width * Self.tokens)
    let far = try #require(
      try space.residual(of: Self.logProbabilities(stranger, positions: 40, seed: 5), run: Run()))
    #expect(far > 0.5)
  }

  @Test("says nothing of too few tokens or rows, of uniform rows, of numbers that are none")
  func degenerate() throws {
    var gauss = Gauss(6)
    let head = gauss.values(Self.width * Self.tokens)
    #expect(
      try OutputSpace(head: Array(head[..<(Self.width * 30)]), width: Self.width, run: Run()) == nil
    )
    #expect(try OutputSpace(head: head.map { _ in 0 }, width: Self.width, run: Run()) == nil)
    #expect(try OutputSpace(head: [.nan] + head.dropFirst(), width: Self.width, run: Run()) == nil)
    let space = try #require(try OutputSpace(head: head, width: Self.width, run: Run()))
    let uniform = [Float](repeating: -log(Float(Self.tokens)), count: 20 * Self.tokens)
    #expect(try space.residual(of: uniform, run: Run()) == nil)
    let rows = Self.logProbabilities(head, positions: 40, seed: 7)
    #expect(try space.residual(of: Array(rows[..<(10 * Self.tokens)]), run: Run()) == nil)
    #expect(try space.residual(of: [.nan] + rows.dropFirst(), run: Run()) == nil)
  }

  @Test("is a certificate only within rounding and far from every control")
  func verdicts() throws {
    var gauss = Gauss(8)
    let space = try #require(
      try OutputSpace(head: gauss.values(Self.width * Self.tokens), width: Self.width, run: Run()))
    func finding(_ residual: Double, floor: Double, controls: [Double]) -> OutputSpaceFinding {
      OutputSpaceFinding(
        residual: residual, floor: floor, controls: controls, positions: 32, space: space)
    }
    #expect(finding(2e-3, floor: 1.66e-3, controls: [0.22, 0.3]).isCertificate)
    #expect(!finding(6e-3, floor: 1.66e-3, controls: [0.22]).isCertificate)
    // Four bits round so coarsely that strangers would pass: the tolerance is capped.
    #expect(!finding(0.05, floor: 0.086, controls: [0.22]).isCertificate)
    // A control that shares the head calibrates nothing.
    #expect(!finding(2e-3, floor: 1.66e-3, controls: [0.22, 1e-3]).isCertificate)
    let between = finding(0.07, floor: 1.66e-3, controls: [0.2, 0.3, 0.25])
    #expect(between.isStriking && between.rung.outcome == .no)
    #expect(between.rung.details["rank_p_value"]?.double == 0.25)
  }
}
