import Base
import Crypto
import Foundation
import TestSupport
import Testing

@testable import Evidence

/// Goal: the laws that the trial's p-values rest on hold for real scores, and the fast forms equal
/// the slow ones.
/// Method: enumeration of all signs, coins tossed again and again over stored scores of two models
/// (one trained on one set of twins, one that saw none), a bet computed twice.
@Suite("The laws of a trial")
struct TrialLawTests {
  /// 256 pairs, three references.
  struct Stored {
    let suspect: [Int: Double]
    let stranger: [Int: Double]
    let references: [[Int: Double]]

    init() throws {
      let json = try vectors("trial-scores.json")
      func values(_ json: JSON?) -> [Int: Double] {
        let list = json?.array?.compactMap(\.double) ?? []
        return Dictionary(uniqueKeysWithValues: list.enumerated().map { ($0.offset, $0.element) })
      }
      suspect = values(json["suspect"])
      stranger = values(json["stranger"])
      references = (json["references"]?.array ?? []).map(values)
    }
  }

  @Test("the drawn law of the flips agrees with all flips, and the bound lies above it")
  func enumeration() {
    let sizes = [3.0, 1, 0.4, 2.2, 0.1, 1.7, 5, 0.9, 2.5, 1.1, 0.7, 1.3]
    let law = FlipLaw(sizes: sizes, seed: 5)
    let clipped = SignFlip.clip(sizes)
    let patterns = 1 << sizes.count
    func signs(_ bits: Int) -> [Bool] { sizes.indices.map { bits >> $0 & 1 == 1 } }
    let sums = (0..<patterns).map { law.statistic(signs($0)) }
    for bits in stride(from: 0, to: patterns, by: 97) {
      let observed = sums[bits]
      let exact = Double(sums.count { $0 >= observed - 1e-9 }) / Double(patterns)
      let p = law.p(signs(bits)).value
      let error = 5 * (exact * (1 - exact) / 100_000).squareRoot() + 1e-4
      #expect(abs(p - exact) <= error, "\(bits): \(p) for \(exact)")
      let bound = Foundation.pow(10, SignFlip.chernoff(observed, clipped))
      #expect(bound >= exact - 1e-12)
    }
  }

  @Test("equal sizes are ties of the statistic: p is the binomial tail")
  func equalSizes() {
    let sizes = [Double](repeating: 0.1, count: 15)
    let law = FlipLaw(sizes: sizes, seed: 1)
    for wins in 0...15 {
      let exact = Foundation.pow(10, SignFlip.signTest(wins: wins, count: 15))
      let p = law.p((0..<15).map { $0 < wins }).value
      #expect(p >= exact - 5 * (exact / 100_000).squareRoot() - 1e-9, "\(wins): \(p), \(exact)")
    }
  }

  @Test("a bet on the way equals the bet at its end, and never falls below its start")
  func bet() {
    var random = CounterRandom(seed: 2)
    let wins = (0..<120).map { _ in random.uniform() < 0.6 }
    var highest = 0.0
    for count in 1...wins.count {
      let prefix = Array(wins[..<count])
      let value = Betting.log10EValue(wins: prefix.count { $0 }, count: count)
      highest = max(highest, value)
      guard count % 30 == 0 else { continue }
      let process = Betting.log10EProcess(prefix)
      #expect(abs(process.last - value) < 1e-9 && abs(process.highest - highest) < 1e-9)
    }
    #expect(Betting.log10EProcess([]).highest == 0)
  }

  @Test("a further look leaves every sign as it was bet on before")
  func furtherLook() throws {
    let stored = try Stored()
    func residuals(_ count: Int) -> TrialResiduals {
      TrialResiduals(
        TrialData(
          differences: stored.suspect.filter { $0.key < count },
          references: stored.references.map { $0.filter { $0.key < count } }),
        pairCount: count, seed: 0, look: .further)
    }
    let (early, late) = (residuals(128), residuals(256))
    #expect(Array(late.prefersA.prefix(early.prefersA.count)) == early.prefersA)
    #expect(Array(late.sizes.prefix(early.sizes.count)) == early.sizes)
    // One fit on all pairs does change them: the reason for the other one.
    let whole = ControlVariates(
      (0..<256).map { stored.suspect[$0] ?? 0 },
      regressors: stored.references.map { reference in (0..<256).map { reference[$0] ?? 0 } })
    #expect(whole?.residuals.prefix(128).map { $0 > 0 } != Array(early.prefersA))
    let commitment = TrialCommitment(secret: [1], pairCount: 256)
    let result = late.test(commitment)
    #expect(result.log10EHighest != nil && result.p.log10 <= 0)
    #expect(result.json(suspect: "x")["decided_by"] == "e-process")
  }

  @Test(
    "p is at most each level as often as the level says, over fresh coins",
    arguments: ["suspect", "stranger"], [false, true])
  func retossed(who: String, withReferences: Bool) throws {
    let stored = try Stored()
    let data = TrialData(
      differences: who == "suspect" ? stored.suspect : stored.stranger,
      references: withReferences ? stored.references : [])
    let residuals = TrialResiduals(data, pairCount: 256, seed: 0)
    let tosses = isSweep ? 10_000 : 2_000
    var flips: [Double] = []
    var signs: [Double] = []
    var bets: [Double] = []
    var known: [Int: Double] = [:]
    for toss in 0..<tosses {
      let fresh = TrialCommitment(
        secret: SHA256.hash(Array("\(who) \(toss)".utf8)).bytes, pairCount: 256)
      let wins = residuals.wins(fresh)
      flips.append(try #require(residuals.law).p(wins).log10)
      signs.append(SignFlip.signTest(wins: wins.count { $0 }, count: wins.count))
      var (highest, won) = (0.0, 0)
      for (index, isWin) in wins.enumerated() {
        if isWin { won += 1 }
        let key = index << 16 | won
        let value = known[key] ?? Betting.log10EValue(wins: won, count: index + 1)
        known[key] = value
        highest = max(highest, value)
      }
      bets.append(-highest)
    }
    for level in [0.01, 0.05, 0.1, 0.5] {
      func share(_ values: [Double]) -> Double {
        Double(values.count { $0 <= log10(level) }) / Double(tosses)
      }
      // Five standard errors, those of the draws included.
      let variance = level * (1 - level)
      let slack = 5 * (variance / Double(tosses) + variance / 99_999).squareRoot()
      #expect(abs(share(flips) - level) <= slack, "sign flips, \(level): \(share(flips))")
      #expect(share(signs) <= level + slack, "sign test, \(level): \(share(signs))")
      #expect(share(bets) <= level + slack, "e-process, \(level): \(share(bets))")
      #expect(level < 0.5 || share(signs) > 0.4)
    }
  }

  @Test("the leaf of a pair is the hash that its definition says, and its ids count")
  func leaves() {
    let pair = PairContent(prompt: [1], a: [2, 3], b: [])
    let salt = SHA256.hash([9, 0, 0, 0, 0, 0, 0, 1, 0] as [UInt8])
    #expect(PairLeaves.salt(256, key: [9]) == salt)
    var entry: [UInt8] = [0x00, 0, 0, 0, 0, 0, 0, 1, 0] + salt.bytes
    entry += SHA256.hash([1] as [UInt8]).bytes + SHA256.hash([2, 3] as [UInt8]).bytes
    entry += SHA256.hash([UInt8]()).bytes
    #expect(PairLeaves.leafHash(256, salt: salt, pair) == SHA256.hash(entry))
    let named = PairContent(prompt: [1], a: [2, 3], b: [], identifiers: [])
    #expect(PairLeaves.leafHash(256, salt: salt, named) != SHA256.hash(entry))
    let three = [pair, named, pair]
    let hashes = three.enumerated().map {
      PairLeaves.leafHash($0, salt: PairLeaves.salt($0, key: [9]), $1)
    }
    let root = MerkleTree.nodeHash(MerkleTree.nodeHash(hashes[0], hashes[1]), hashes[2])
    #expect(PairLeaves.root(three, saltKey: [9]) == root)
    #expect(PairLeaves.root(three, saltKey: [8]) != root)
  }
}
