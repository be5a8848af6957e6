// `assay-bench trial ZOO TRIAL [RE-TOSSES]`: the randomised trial on models whose training is known.
//
// ZOO holds truth.json and a folder for each model, TRIAL pairs.jsonl, coins.jsonl and
// commitment.json. Printed: the strength of the test at each share of served answers, without
// references, with the teacher, and with teacher and controls; the same statistic of models that
// saw no answer; and the share of small p-values when the coins are tossed anew again and again,
// which no valid test lets exceed its level.

import Trials
import Base
import Crypto
import Evidence
import Glibc

/// The models of the zoo by the part they play.
private struct Cast {
  var teacher = ""
  var controls: [String] = []
  /// With the share of served answers that each was trained on.
  var suspects: [(name: String, share: Double)] = []
  var nulls: [String] = []

  init(zoo: String, trial: String) throws {
    let truth = try parsed(FileSystem.join(zoo, "truth.json"))
    teacher = try parsed(FileSystem.join(trial, "commitment.json"))["teacher"]?.string ?? ""
    for model in truth["models"]?.array ?? [] {
      guard let name = model["id"]?.string, let kind = model["kind"]?.string else { continue }
      let shares = (model["parents"]?.array ?? []).compactMap { parent in
        parent["relation"]?.string == "trial-served" ? parent["share"]?.double ?? 1 : nil
      }
      switch kind {
      case "trial-student": suspects.append((name, shares.first ?? 1))
      case "trial-control": nulls.insert(name, at: 0)
      case "control": controls.append(name)
      case "teacher" where name != teacher: nulls.append(name)
      default: break
      }
    }
    suspects.sort { ($1.share, $0.name) < ($0.share, $1.name) }
  }
}

private func parsed(_ file: String) throws -> JSON {
  try JSON.parse(try FileSystem.read(file, limitBytes: 64 << 20))
}

/// The benchmark.
@Sendable func trialBenchmark(_ arguments: [String]) throws {
  guard arguments.count >= 2, let tosses = Int(arguments.count > 2 ? arguments[2] : "10000"),
    tosses > 0
  else {
    complain("usage: assay-bench trial ZOO TRIAL [RE-TOSSES]\n")
    exit(ExitCode.usage.rawValue)
  }
  let (zoo, trial) = (arguments[0], arguments[1])
  let cast = try Cast(zoo: zoo, trial: trial)
  let pairs = try TrialFiles.pairs(FileSystem.join(trial, "pairs.jsonl"))
  let commitment = try TrialFiles.commitment(FileSystem.join(trial, "commitment.json"))
  var scores: [String: [Int: Double]] = [:]
  for name in [cast.teacher] + cast.controls + cast.suspects.map(\.name) + cast.nulls {
    let found = try TrialScoring.scores(
      of: FileSystem.join(zoo, name), pairs: pairs, run: Run())
    scores[name] = Dictionary(
      uniqueKeysWithValues: found.filter { $0.logProbA.isFinite && $0.logProbB.isFinite }.map {
        ($0.index, $0.logProbA - $0.logProbB)
      })
  }
  func residuals(
    _ suspect: String, _ references: [String], pairs: Int? = nil
  ) -> TrialResiduals {
    TrialResiduals(
      TrialData(
        differences: scores[suspect] ?? [:],
        references: references.filter { $0 != suspect }.map { scores[$0] ?? [:] }),
      pairCount: pairs ?? commitment.pairCount, seed: 0)
  }
  let whole = [cast.teacher] + cast.controls
  let fewer = [64, 128, 256, 512].filter { $0 < commitment.pairCount }
  complain(
    "suspect, share: z and log10 p without references, with the teacher, with all; z with all for "
      + "the first \(fewer.map(String.init).joined(separator: ", ")) pairs\n")
  for (name, share) in cast.suspects {
    let figures = [[], [cast.teacher], whole].map { references in
      let result = residuals(name, references).test(commitment)
      return "\(Figure.text(result.z)) \(Figure.text(result.p.log10))"
    }
    let early = fewer.map { pairs in
      Figure.text(residuals(name, whole, pairs: pairs).test(commitment).z)
    }
    complain(
      "  \(name), \(Figure.text(share)): " + figures.joined(separator: " | ") + "; "
        + early.joined(separator: " ") + "\n")
  }
  let answers = (cast.nulls + cast.controls).map { residuals($0, whole).test(commitment) }
  let nulls = answers.map(\.z)
  let mean = nulls.reduce(0, +) / Double(nulls.count)
  let variance = nulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(nulls.count)
  complain(
    "\(nulls.count) models that saw none: z mean \(Figure.text(mean)), sd "
      + "\(Figure.text(variance.squareRoot())), max \(Figure.text(nulls.max() ?? 0)), least log10 p "
      + "\(Figure.text(answers.map(\.p.log10).min() ?? 0))\n")
  for name in [cast.nulls.first, cast.suspects.first?.name].compactMap({ $0 }) {
    complain("\(name): share of p at most each level over \(tosses) fresh sets of coins\n")
    complain(retossed(residuals(name, []), "no reference", tosses))
    complain(retossed(residuals(name, whole), "teacher and controls", tosses))
  }
}

/// Shares of small p-values with fresh coins, for each test.
private func retossed(_ residuals: TrialResiduals, _ label: String, _ tosses: Int) -> String {
  let levels = [0.01, 0.05, 0.1, 0.5]
  var bets = KnownBets()
  var counts: [String: [Int]] = [:]
  func count(_ test: String, _ p: Double) {
    for (place, level) in levels.enumerated() where p <= level {
      counts[test, default: [0, 0, 0, 0]][place] += 1
    }
  }
  for toss in 0..<tosses {
    let secret = SHA256.hash(Array("re-toss \(toss)".utf8)).bytes
    let fresh = TrialCommitment(secret: secret, pairCount: residuals.pairCount)
    let wins = residuals.wins(fresh)
    count("sign test", pow(10, SignFlip.signTest(wins: wins.count { $0 }, count: wins.count)))
    count("sign flips", residuals.law?.p(wins).value ?? 1)
    count("e-process", pow(10, -bets.highest(wins)))
  }
  var text = "  \(label)\n"
  for test in ["sign test", "sign flips", "e-process"] {
    let shares = zip(levels, counts[test] ?? [0, 0, 0, 0]).map { level, count in
      let error = (level * (1 - level) / Double(tosses)).squareRoot()
      return "\(level): \(Figure.text(Double(count) / Double(tosses))) ± \(Figure.text(error))"
    }
    text += "    \(test)  " + shares.joined(separator: "   ") + "\n"
  }
  return text
}

/// E by number of signs and wins, each computed once over all tosses.
private struct KnownBets {
  private var known: [Int: Double] = [:]

  mutating func highest(_ wins: [Bool]) -> Double {
    var (highest, won) = (0.0, 0)
    for (index, isWin) in wins.enumerated() {
      if isWin { won += 1 }
      let key = (index + 1) << 32 | won
      let value = known[key] ?? Betting.log10EValue(wins: won, count: index + 1)
      known[key] = value
      highest = max(highest, value)
    }
    return highest
  }
}
