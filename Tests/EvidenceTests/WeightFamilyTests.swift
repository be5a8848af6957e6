import Base
import Foundation
import Testing

@testable import Evidence

/// Goal: the ways in which blocks are put together give e-values: mean at most one for a reference
/// that is independent of the suspect, whatever its blocks have in common. Method: exact sums over
/// permutations where that is possible, else many independent pairs.
@Suite("A family of features")
struct WeightFamilyTests {
  typealias Block = Coincidence.SmallBlock

  /// P(F = k) for a uniform permutation of n.
  static func fixedPoints(_ n: Int) -> [Double] {
    var derangements = [1.0, 0.0]
    for m in stride(from: 2, through: max(2, n), by: 1) {
      derangements.append(Double(m - 1) * (derangements[m - 1] + derangements[m - 2]))
    }
    return (0...n).map { k in
      derangements[n - k] / (tgamma(Double(k) + 1) * tgamma(Double(n - k) + 1))
    }
  }

  @Test("pools small blocks into an e-value of mean at most one", arguments: 1...9)
  func pooledMean(units: Int) {
    let odds = Self.fixedPoints(units)
    var one = 0.0
    var two = 0.0
    for (k, p) in odds.enumerated() {
      let block = Block(coincidences: k, units: units)
      one += p * pow(10, Coincidence.log10Pooled([[block]]))
      for (j, q) in odds.enumerated() {
        two +=
          p * q
          * pow(
            10,
            Coincidence.log10Pooled(
              [[block], [Block(coincidences: j, units: units)]]))
      }
    }
    #expect(one <= 1 + 1e-9, "\(one)")
    #expect(two <= 1 + 1e-9, "\(two)")
  }

  @Test("is worth nearly n! a layer when every head is in place", arguments: [2, 4, 8])
  func pooledPower(units: Int) {
    let layers = (0..<28).map { _ in [Block(coincidences: units, units: units)] }
    let log10E = Coincidence.log10Pooled(layers)
    let limit = 28 * lgamma(Double(units) + 1) / log(10)
    #expect(log10E > limit - 2 && log10E <= limit)
  }

  @Test("never gets mean above one from a matcher that is not one to one", arguments: 2...5)
  func anyMatcher(units: Int) {
    // Every map of content to targets, every labelling: exact.
    let total = Int(pow(Double(units), Double(units)))
    var orders: [[Int]] = []
    func extend(_ order: [Int]) {
      if order.count == units { orders.append(order) }
      for next in 0..<units where !order.contains(next) { extend(order + [next]) }
    }
    extend([])
    for map in 0..<total {
      var targets: [Int] = []
      var code = map
      for _ in 0..<units {
        targets.append(code % units)
        code /= units
      }
      let mean = orders.reduce(0.0) { sum, labels in
        let count = (0..<units).filter { labels[$0] == targets[$0] }.count
        return sum
          + pow(10, Coincidence.log10Pooled([[Block(coincidences: count, units: units)]]))
      }
      #expect(mean / Double(orders.count) <= 1 + 1e-9)
    }
  }

  /// A block match with a count and nothing else.
  static func match(_ count: Int, of units: Int, likeness: Double = 0) -> BlockMatch {
    BlockMatch(
      tested: units, suspectCount: units, coincidences: count, agreements: nil, mutual: 0,
      longestRun: 0, meanBest: likeness)
  }

  @Test("counts copies within the reference once")
  func copies() {
    let row = [Self.match(9, of: 64)]
    let alone = FeatureFamily("f", matches: [row])
    let copied = FeatureFamily("f", matches: [row, row, row, row], clusters: [0, 0, 0, 0])
    let apart = FeatureFamily("f", matches: [row, row, row, row])
    #expect(abs(alone.log10E - copied.log10E) < 1e-9)
    #expect(apart.log10E > 3.9 * alone.log10E)
  }

  @Test("stays an e-value when a reference holds one block eight times, and only so")
  func upcycledReference() {
    // Independent suspects of an upcycled reference: one chance count in all eight experts.
    let odds = Self.fixedPoints(12)
    func mean(_ clusters: [Int]) -> Double {
      odds.enumerated().reduce(0.0) { sum, entry in
        let row = [Self.match(entry.offset, of: 12)]
        let family = FeatureFamily(
          "f", matches: Array(repeating: row, count: 8), clusters: clusters)
        return sum + entry.element * pow(10, family.log10E)
      }
    }
    #expect(mean([Int](repeating: 0, count: 8)) <= 1 + 1e-9)
    #expect(mean(Array(0..<8)) > 100)  // what multiplying would have claimed
  }

  @Test("chooses the suspect's layer by likeness, never by count")
  func choice() {
    let family = FeatureFamily(
      "f",
      matches: [
        [Self.match(8, of: 8, likeness: 0.1), Self.match(0, of: 8, likeness: 0.9)],
        [Self.match(8, of: 8, likeness: 0.2), Self.match(0, of: 8, likeness: 0.8)],
      ], isPooled: true)
    #expect(family.log10E < 0)
  }

  @Test("notices blocks of one model that are copies, and only those")
  func detection() {
    var gauss = Gauss(5)
    let values = gauss.values(64 * 24)
    let noise = gauss.values(64 * 24, scale: 0.7)
    let block = UnitViews([UnitViews.View(width: 24, values: values)])
    let trained = UnitViews([
      UnitViews.View(width: 24, values: zip(values, noise).map { $0 + $1 })
    ])
    let other = UnitViews([UnitViews.View(width: 24, values: gauss.values(64 * 24))])
    let moved = UnitViews([
      UnitViews.View(width: 24, values: rows(values, Array((0..<64).reversed()), width: 24))
    ])
    #expect(block.isCopy(of: block) && block.isCopy(of: trained))
    #expect(!block.isCopy(of: other) && !block.isCopy(of: moved))
  }

  @Test("stays within 1/k! for quantised and for coarsely equal references", arguments: [0, 1])
  func quantised(kind: Int) {
    let runs = isSweep ? 20_000 : 1_500
    var counts = [Int](repeating: 0, count: 33)
    for run in 0..<runs {
      var gauss = Gauss(23, stream: UInt64(run))
      let (a, b) = WeightCoincidenceTests.pair(.oneDictionary, &gauss)
      func stored(_ values: [Float]) -> [Float] {
        kind == 0
          ? BlockForm.q4_0.roundTrip(values)
          : values.map { ($0 * 0.7).rounded() }  // few values, many equal units
      }
      let match = UnitMatcher.match(
        reference: UnitViews([UnitViews.View(width: 16, values: stored(a))]),
        suspect: UnitViews([UnitViews.View(width: 16, values: stored(b))]),
        key: BlindingKey(["quantised", "\(kind)", "\(run)"]))
      counts[match?.coincidences ?? 0] += 1
    }
    var factorial = 1.0
    for k in 1...6 {
      factorial *= Double(k)
      let share = Double(counts[k...].reduce(0, +)) / Double(runs)
      let error = 4 * (1 / (factorial * Double(runs))).squareRoot()
      #expect(share <= 1 / factorial + error, "P(F >= \(k)) = \(share)")
    }
  }
}
