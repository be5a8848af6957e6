import Base
import Foundation
import Testing

@testable import Evidence

/// Goal: the bounds of `Coincidence.swift` hold for our matcher, whatever independent models have
/// in common besides their training start. Method: exact enumeration where it is possible, else
/// many independent pairs from generators that imitate universal features, ties, padding and hubs.
@Suite("Positional coincidences")
struct WeightCoincidenceTests {
  @Test(
    "have the e-values of the facts",
    arguments: [
      (0, -0.9), (1, -0.75), (3, -0.16), (5, 0.93), (8, 3.3), (10, 5.1), (16, 11.7), (32, 33.7),
      (64, 87.0),
    ])
  func table(count: Int, expected: Double) {
    let slack = expected > 10 ? 0.5 : 0.06
    #expect(abs(Coincidence.log10E(count) - expected) <= slack)
  }

  @Test("have e-values of mean at most one over all permutations", arguments: 1...12)
  func exactMean(size: Int) {
    // Fixed points of a uniform permutation: P(F = k) = D(n-k) / (k! (n-k)!).
    var derangements = [1.0, 0.0]
    for n in 2...13 {
      derangements.append(Double(n - 1) * (derangements[n - 1] + derangements[n - 2]))
    }
    var mean = 0.0
    for k in 0...size {
      let probability =
        derangements[size - k] / (tgamma(Double(k) + 1) * tgamma(Double(size - k) + 1))
      mean += probability * pow(10, Coincidence.log10E(k))
    }
    #expect(mean <= 1 + 1e-9, "n = \(size): mean \(mean)")
  }

  /// What two independent models may share.
  enum Kinship: String, CaseIterable, Sendable {
    case nothing, universalFeatures, oneDictionary, commonDirection, duplicates, deadUnits
    case ternary, hubs
  }

  @Test("stay within 1/k! for independent models that share", arguments: Kinship.allCases)
  func independent(kinship: Kinship) {
    let runs = isSweep ? 20_000 : 1_500
    var counts = [Int](repeating: 0, count: 40)
    var total = 0
    for run in 0..<runs {
      var gauss = Gauss(7, stream: UInt64(run))
      let (reference, suspect) = Self.pair(kinship, &gauss)
      let match = UnitMatcher.match(
        reference: UnitViews([UnitViews.View(width: 16, values: reference)]),
        suspect: UnitViews([UnitViews.View(width: 16, values: suspect)]),
        key: BlindingKey(["test", "\(run)"]))
      let found = match?.coincidences ?? 0
      counts[min(found, 39)] += 1
      total += found
    }
    #expect(Double(total) / Double(runs) <= 1 + 4 / Double(runs).squareRoot(), "\(kinship)")
    var factorial = 1.0
    for k in 1...6 {
      factorial *= Double(k)
      let share = Double(counts[k...].reduce(0, +)) / Double(runs)
      let error = 4 * (1 / (factorial * Double(runs))).squareRoot()
      #expect(share <= 1 / factorial + error, "\(kinship): P(F >= \(k)) = \(share)")
    }
  }

  /// 32 units of width 16, twice, independent given what they share. The reference's labels are
  /// shuffled: that is what an exchangeable start means.
  static func pair(_ kinship: Kinship, _ gauss: inout Gauss) -> ([Float], [Float]) {
    let n = 32
    let width = 16
    var shared = Gauss(99)
    let dictionary = shared.values(n * width)
    let direction = shared.values(width, scale: 3)
    func side(_ gauss: inout Gauss) -> [Float] {
      var own = gauss.values(n * width)
      for unit in 0..<n {
        for column in 0..<width {
          let index = unit * width + column
          switch kinship {
          case .nothing: break
          case .universalFeatures: if unit < 8 { own[index] = dictionary[index] + 0.1 * own[index] }
          case .oneDictionary: own[index] = dictionary[index] + 0.5 * own[index]
          case .commonDirection: own[index] += direction[column]
          case .duplicates: own[index] = own[(unit / 4 * 4) * width + column]
          case .deadUnits: if unit >= 20 { own[index] = 0 }
          case .ternary: own[index] = own[index] > 1.2 ? 1 : (own[index] < -1.2 ? -1 : 0)
          case .hubs: if unit == 0 { own[index] *= 0.01 } else { own[index] += 2 * own[column] }
          }
        }
      }
      return own
    }
    let reference = side(&gauss)
    let suspect = side(&gauss)
    // Dead units keep their places, as padding does; everything else is shuffled.
    let alive = kinship == .deadUnits ? 20 : n
    let order = gauss.random.permutation(alive) + Array(alive..<n)
    return (rows(reference, order, width: width), suspect)
  }

  @Test("multiply over layers into an e-value, with one dictionary in all layers")
  func layers() {
    let runs = isSweep ? 1_500 : 150
    var large = 0
    var mean = 0.0
    for run in 0..<runs {
      var gauss = Gauss(11, stream: UInt64(run))
      let models = (0..<2).map { _ in
        (0..<3).map { _ in Self.pair(.oneDictionary, &gauss) }
      }
      let table = (0..<3).map { r in
        (0..<3).map { s in
          UnitMatcher.match(
            reference: UnitViews([UnitViews.View(width: 16, values: models[0][r].0)]),
            suspect: UnitViews([UnitViews.View(width: 16, values: models[1][s].1)]),
            key: BlindingKey(["layers", "\(run)", "\(r)"]))?.log10E ?? 0
        }
      }
      let log10E = Coincidence.log10Product(table)
      if log10E >= log10(20) { large += 1 }
      mean += pow(10, log10E) / Double(runs)
    }
    #expect(Double(large) / Double(runs) <= 1.0 / 20 + 0.03)
    #expect(mean <= 1.5)
  }

  @Test("find a fine-tuned block, and not a permuted one")
  func related() throws {
    var gauss = Gauss(3)
    let base = gauss.values(64 * 32)
    let tuned = zip(base, gauss.values(64 * 32, scale: 0.3)).map { $0 + $1 }
    let key = BlindingKey(["related"])
    let views = UnitViews([UnitViews.View(width: 32, values: base)])
    let same = try #require(
      UnitMatcher.match(
        reference: views, suspect: UnitViews([UnitViews.View(width: 32, values: tuned)]), key: key))
    #expect(same.coincidences == 64)
    #expect(same.longestRun == 64)
    let order = gauss.random.permutation(64)
    let moved = try #require(
      UnitMatcher.match(
        reference: views,
        suspect: UnitViews([UnitViews.View(width: 32, values: rows(tuned, order, width: 32))]),
        key: key))
    #expect((moved.coincidences ?? 64) <= 6)
    #expect(moved.mutual == 64)
  }

  @Test("do not depend on the order in which the reference's units are stored")
  func blinding() {
    var gauss = Gauss(5)
    let base = gauss.values(40 * 24)
    let order = gauss.random.permutation(40)
    let straight = UnitViews([UnitViews.View(width: 24, values: base)])
    let moved = UnitViews([UnitViews.View(width: 24, values: rows(base, order, width: 24))])
    // Content is equal to the last bit, label by label: no position leaks into it.
    let stride = straight.strides[0]
    for (row, source) in order.enumerated() {
      let a = moved.views[0][row * stride..<(row + 1) * stride]
      let b = straight.views[0][source * stride..<(source + 1) * stride]
      #expect(a.elementsEqual(b))
    }
  }

  @Test("are not tested with fewer than sixteen usable units")
  func tooFew() {
    var gauss = Gauss(6)
    var values = gauss.values(32 * 8)
    for index in 15 * 8..<32 * 8 { values[index] = 0 }
    let dead = UnitViews([UnitViews.View(width: 8, values: values)])
    #expect(dead.rowCount == 15)
    #expect(UnitMatcher.match(reference: dead, suspect: dead, key: BlindingKey(["x"])) == nil)
    var broken = gauss.values(32 * 8)
    broken[3] = .nan
    broken[40] = .infinity
    #expect(UnitViews([UnitViews.View(width: 8, values: broken)]).rowCount == 30)
  }
}

@Suite("The longest run in order")
struct WeightSubsequenceTests {
  @Test("is what trying every subsequence gives", arguments: 0..<40)
  func bruteForce(seed: Int) {
    var random = CounterRandom(seed: UInt64(seed))
    let values = (0..<9).map { _ in Int32(random.below(12)) }
    var best = 0
    for mask in 0..<(1 << values.count) {
      let chosen = values.indices.filter { mask >> $0 & 1 == 1 }.map { values[$0] }
      if zip(chosen, chosen.dropFirst()).allSatisfy({ $0 < $1 }) { best = max(best, chosen.count) }
    }
    #expect(Subsequence.longestIncreasing(values) == best)
  }

  @Test("has the stated tail over all permutations of seven")
  func exhaustive() {
    var lengths = [Int](repeating: 0, count: 8)
    var order: [Int32] = []
    func extend() {
      if order.count == 7 {
        lengths[Subsequence.longestIncreasing(order)] += 1
        return
      }
      for value in Int32(0)..<7 where !order.contains(value) {
        order.append(value)
        extend()
        order.removeLast()
      }
    }
    extend()
    for k in 1...7 {
      let share = Double(lengths[k...].reduce(0, +)) / 5040
      #expect(log10(share) <= Subsequence.log10Tail(count: 7, length: k) + 1e-9)
    }
  }

  @Test("has an e-value of mean at most one over all permutations of six")
  func eValue() {
    var mean = 0.0
    var order: [Int32] = []
    func extend() {
      if order.count == 6 {
        let length = Subsequence.longestIncreasing(order)
        mean += pow(10, Subsequence.log10E(count: 6, length: length)) / 720
        return
      }
      for value in Int32(0)..<6 where !order.contains(value) {
        order.append(value)
        extend()
        order.removeLast()
      }
    }
    extend()
    #expect(mean <= 1)
  }

  @Test("is 10^-89 for sixty-four pairs in full order")
  func fullOrder() {
    #expect(abs(Subsequence.log10Tail(count: 64, length: 64) + 89.1) < 0.1)
    #expect(abs(Subsequence.log10Tail(count: 64, length: 48) + 46) < 1)
  }
}

@Suite("Two views of a unit")
struct WeightTwoViewTests {
  @Test("call nobody related without eight controls")
  func needsControls() {
    let few = TwoViewCalibration(share: 0.9, controls: [0.01, 0.02, 0.03])
    #expect(!few.isPositive)
    #expect(few.isStriking)
  }

  @Test("need a margin over the largest control and a share of a quarter")
  func margin() {
    let controls = [Double](repeating: 0.02, count: 9)
    #expect(TwoViewCalibration(share: 0.95, controls: controls).isPositive)
    #expect(!TwoViewCalibration(share: 0.2, controls: controls).isPositive)
    #expect(!TwoViewCalibration(share: 0.4, controls: controls + [0.3]).isPositive)
    let p = TwoViewCalibration(share: 0.95, controls: controls).p
    #expect(abs(p.value - 0.1) < 1e-12)
    #expect(!p.isExact)
  }

  @Test("on activations are asked second, so their p counts twice")
  func secondView() throws {
    let controls = [Double](repeating: 0.02, count: 9)
    let (low, high) = (
      TwoViewCalibration(share: 0.03, controls: controls),
      TwoViewCalibration(share: 0.9, controls: controls)
    )
    let first = try #require(TwoViewEvidence(onVocabulary: high, onActivations: high).positive)
    #expect(abs(first.p.value - 0.1) < 1e-12)
    let second = try #require(TwoViewEvidence(onVocabulary: low, onActivations: high).positive)
    #expect(abs(second.p.value - 0.2) < 1e-12)
    #expect(TwoViewEvidence(onVocabulary: low, onActivations: low).positive == nil)
    let few = TwoViewCalibration(share: 0.9, controls: [0.02])
    #expect(TwoViewEvidence(onVocabulary: low, onActivations: few).uncalibrated == few)
  }

  @Test("lack an anchor only where neither tokens nor activations join the units")
  func anchor() {
    let match = BlockMatch(
      tested: 64, suspectCount: 64, coincidences: 1, agreements: 1, mutual: 3, longestRun: 2,
      meanBest: 0.1)
    let none = FeatureFamily("none", matches: [])
    let units = FeatureFamily("units", matches: [[match]])
    let blind = PositionalEvidence(units: units, projectedUnits: none, coordinates: none)
    let low = TwoViewCalibration(share: 0.03, controls: [Double](repeating: 0.02, count: 9))
    #expect(TwoViewEvidence().verdict(blind) == .inconclusive)
    #expect(TwoViewEvidence(onActivations: low).verdict(blind) == .noEvidence)
    #expect(TwoViewEvidence(onVocabulary: low).verdict(blind) == .noEvidence)
    let few = TwoViewCalibration(share: 0.03, controls: [0.02])
    #expect(TwoViewEvidence(onActivations: few).verdict(blind) == .inconclusive)
    let anchored = PositionalEvidence(units: units, projectedUnits: none, coordinates: units)
    #expect(TwoViewEvidence().verdict(anchored) == .noEvidence)
  }

  @Test("match a row with its negative where a view is up to sign")
  func upToSign() throws {
    var gauss = Gauss(18)
    let views = (0..<2).map { _ in gauss.values(64 * 48) }
    func units(_ second: [Float], isUpToSign: Bool) -> UnitViews {
      UnitViews([
        UnitViews.View(width: 48, values: views[0], centresUnits: false),
        UnitViews.View(
          width: 48, values: second, centresUnits: false, isUpToSign: isUpToSign),
      ])
    }
    let negative = views[1].map { -$0 }
    let key = BlindingKey(["sign"])
    for isUpToSign in [true, false] {
      let match = try #require(
        UnitMatcher.match(
          reference: units(views[1], isUpToSign: isUpToSign),
          suspect: units(negative, isUpToSign: isUpToSign), key: key))
      #expect((match.agreements == 64) == isUpToSign)
    }
  }

  @Test("agree for a permuted copy and hardly for a stranger; ties agree never")
  func statistic() throws {
    var gauss = Gauss(8)
    let views = (0..<3).map { _ in gauss.values(64 * 48) }
    func units(_ raw: [[Float]]) -> UnitViews {
      UnitViews(raw.map { UnitViews.View(width: 48, values: $0) })
    }
    let order = gauss.random.permutation(64)
    let key = BlindingKey(["views"])
    // Up and down may change sign together.
    let moved =
      [rows(views[0], order, width: 48)]
      + views[1...].map { rows($0, order, width: 48).map { -$0 } }
    let copy = try #require(
      UnitMatcher.match(reference: units(views), suspect: units(moved), key: key))
    #expect(copy.agreements == 64)
    let stranger = (0..<3).map { _ in gauss.values(64 * 48) }
    let other = try #require(
      UnitMatcher.match(reference: units(views), suspect: units(stranger), key: key))
    #expect((other.agreements ?? 64) <= 8)
    // Thirty-two pairs of equal units: every best match is tied.
    let half = views.map { Array($0[..<(32 * 48)]) }
    let doubled = half.map { $0 + $0 }
    let tied = try #require(
      UnitMatcher.match(reference: units(doubled), suspect: units(doubled), key: key))
    #expect(tied.agreements == 0)
  }
}
