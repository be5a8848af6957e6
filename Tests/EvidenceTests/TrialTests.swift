import Base
import Crypto
import Testing

@testable import Evidence

/// Goal: the trial's p holds under every null, and finds what is there.
/// Method: exact small cases, re-tossed coins, planted effects.
@Suite("A randomised trial")
struct TrialTests {
  static func commitment(_ name: String, pairs: Int) -> TrialCommitment {
    let secret = Array(name.utf8)
    return TrialCommitment(
      commitment: SHA256.hash(secret), secret: secret, pairCount: pairs)
  }

  static func coins(_ commitment: TrialCommitment) -> [Int: Bool] {
    Dictionary(
      uniqueKeysWithValues: (0..<commitment.pairCount).map { ($0, commitment.servesB($0)) })
  }

  @Test("the sign test is the binomial tail")
  func signTest() {
    #expect(SignFlip.signTest(wins: 0, count: 7) == 0)
    #expect(abs(SignFlip.signTest(wins: 7, count: 7) - (-7 * 0.30102999566)) < 1e-9)
    // P(Bin(10, ½) ≥ 8) = 56/1024.
    #expect(abs(SignFlip.signTest(wins: 8, count: 10) - (-1.2621127)) < 1e-6)
  }

  @Test("the e-value has mean one under fair coins, for every number of pairs")
  func fairBet() {
    for count in [1, 5, 20] {
      var mean = 0.0
      var probability = 1.0
      for _ in 0..<count { probability /= 2 }
      var ways = 1.0
      for wins in 0...count {
        var value = 1.0
        let logarithm = Betting.log10EValue(wins: wins, count: count)
        value = power(10, logarithm)
        mean += ways * probability * value
        ways = ways * Double(count - wins) / Double(wins + 1)
      }
      #expect(abs(mean - 1) < 1e-6, "\(count): \(mean)")
    }
  }

  @Test("p is not too small when the coins are tossed again and again")
  func validity() {
    var random = CounterRandom(seed: 4)
    // Sizes with a heavy tail, and b always the likelier one.
    let differences = Dictionary(
      uniqueKeysWithValues: (0..<40).map { ($0, -1 - 1 / max(random.uniform(), 0.02)) })
    var small = 0
    let runs = 300
    for run in 0..<runs {
      let commitment = Self.commitment("toss \(run)", pairs: 40)
      let result = TrialData(differences: differences, references: []).test(
        commitment: commitment, coins: Self.coins(commitment), seed: UInt64(run))
      if result.p.value <= 0.05 { small += 1 }
    }
    // Binomial(300, 0.05): more than 30 has probability below 1e-4.
    #expect(small <= 30, "\(small) of \(runs)")
  }

  @Test("a planted preference is found, and another model's scores sharpen it")
  func power() {
    let commitment = Self.commitment("planted", pairs: 300)
    let coins = Self.coins(commitment)
    var random = CounterRandom(seed: 8)
    var own: [Int: Double] = [:]
    var other: [Int: Double] = [:]
    for index in 0..<300 {
      let common = 6 * (random.uniform() - 0.5)
      other[index] = common + 0.4 * (random.uniform() - 0.5)
      own[index] = common + 0.4 * (random.uniform() - 0.5) + (coins[index] == true ? -0.5 : 0.5)
    }
    let plain = TrialData(differences: own, references: []).test(
      commitment: commitment, coins: coins, seed: 1)
    let sharp = TrialData(differences: own, references: [other]).test(
      commitment: commitment, coins: coins, seed: 1)
    #expect(sharp.p.log10 < plain.p.log10 - 5)
    #expect(TrialData.adjusted([sharp])[0].verdict == .trainedOnServed)
  }

  @Test("the strength and the signs depend on no order of customers, and Holm keeps them apart")
  func customers() {
    let served = Self.commitment("served", pairs: 200)
    let others = (0..<4).map { Self.commitment("other \($0)", pairs: 200) }
    var random = CounterRandom(seed: 3)
    var own: [Int: Double] = [:]
    for index in 0..<200 {
      own[index] = 2 * (random.uniform() - 0.5) + (served.servesB(index) ? -0.6 : 0.6)
    }
    let data = TrialData(differences: own, references: [])
    let all = others + [served]
    let results = TrialData.adjusted(data.tests(all.map { ($0, $0.coins) }, seed: 0))
    #expect(results.map(\.verdict.isPositive) == [false, false, false, false, true])
    #expect(results.allSatisfy { $0.adjustedP >= $0.p.value })
    let alone = data.test(commitment: served, coins: served.coins, seed: 0)
    #expect(results[4].p == alone.p && results[4].winCount == alone.winCount)
  }

  @Test(
    "of more references than the pairs can bear the first ones are used, none is dropped unsaid")
  func manyReferences() {
    let commitment = Self.commitment("many", pairs: 30)
    var random = CounterRandom(seed: 5)
    var own: [Int: Double] = [:]
    var references = [[Int: Double]](repeating: [:], count: 14)
    for index in 0..<30 {
      own[index] = random.uniform() - 0.5
      for place in references.indices { references[place][index] = random.uniform() - 0.5 }
      references[3][index] = 0
    }
    let result = TrialData(differences: own, references: references).test(
      commitment: commitment, coins: commitment.coins, seed: 0)
    #expect(result.coefficients?.count == 10 && result.coefficients?[3] == 0)
    let said = result.json(suspect: "x")["control_variate"]
    #expect(said?["references"] == 14 && said?["references_used"] == 10)
  }

  @Test("the fit turns with the twins: renaming a and b of some pairs changes signs alone")
  func equivariance() {
    var random = CounterRandom(seed: 6)
    let count = 40
    let own = (0..<count).map { _ in random.uniform() - 0.5 }
    let references = (0..<7).map { _ in (0..<count).map { _ in random.uniform() - 0.5 } }
    let flips = (0..<count).map { _ in random.uniform() < 0.5 ? -1.0 : 1 }
    func flipped(_ values: [Double]) -> [Double] { zip(values, flips).map { $0 * $1 } }
    let plain = ControlVariates(own, regressors: references)
    let turned = ControlVariates(flipped(own), regressors: references.map(flipped))
    #expect(plain != nil && plain?.coefficients == turned?.coefficients)
    #expect(plain.map { flipped($0.residuals) } == turned?.residuals)
    // Noise explains nothing: the ridge makes less of it than plain least squares would.
    let size = { (values: [Double]?) in values?.reduce(0) { $0 + $1 * $1 } ?? 0 }
    #expect(size(plain?.residuals) <= size(own))
  }

  @Test("a copy of a reference leaves nothing to test")
  func copy() {
    let commitment = Self.commitment("copy", pairs: 50)
    var random = CounterRandom(seed: 7)
    let own = Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, random.uniform() - 0.5) })
    let other = Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, random.uniform() - 0.5) })
    let result = TrialData(differences: own, references: [other, own]).test(
      commitment: commitment, coins: commitment.coins, seed: 0)
    #expect(result.verdict == .inconclusive && result.tieCount == 50)
  }

  @Test("a beacon changes the coins, and only the right one gives them")
  func beacon() {
    let secret = [UInt8](repeating: 7, count: 32)
    let plain = TrialCommitment(secret: secret, pairCount: 64)
    let mixed = TrialCommitment(secret: secret, pairCount: 64, beacon: [1, 2, 3])
    let other = TrialCommitment(secret: secret, pairCount: 64, beacon: [1, 2, 4])
    #expect(plain.coins != mixed.coins && mixed.coins != other.coins)
    #expect(mixed.matches(mixed.coins) && !mixed.matches(other.coins))
    // By definition: bit 0 of the first byte of SHA-256(secret, beacon, index).
    let bytes = secret + [1, 2, 3] + [0, 0, 0, 0, 0, 0, 0, 5]
    #expect(mixed.servesB(5) == (SHA256.hash(bytes).bytes[0] & 1 == 1))
  }

  @Test("coins that were changed, too few pairs and ties decide nothing")
  func undecided() {
    let commitment = Self.commitment("x", pairs: 20)
    var coins = Self.coins(commitment)
    let data = TrialData(
      differences: Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, 0.0) }), references: [])
    #expect(data.test(commitment: commitment, coins: coins, seed: 0).verdict == .inconclusive)
    #expect(data.test(commitment: commitment, coins: coins, seed: 0).tieCount == 20)
    coins[3] = !(coins[3] ?? false)
    let broken = data.test(commitment: commitment, coins: coins, seed: 0)
    #expect(broken.verdict == .notTested)
    #expect(!broken.commitmentHolds)
    coins[3] = nil
    #expect(!commitment.matches(coins))
  }

  private func power(_ base: Double, _ exponent: Double) -> Double {
    // By squaring of the integer part and a series of the rest.
    var result = 1.0
    let whole = Int(exponent.rounded(.down))
    for _ in 0..<abs(whole) { result = whole < 0 ? result / base : result * base }
    let rest = (exponent - Double(whole)) * 2.302585092994046
    var term = 1.0
    var sum = 1.0
    for n in 1..<40 {
      term *= rest / Double(n)
      sum += term
    }
    return result * sum
  }
}
