import Base
import Audit
import Crypto
import Evidence
import Foundation
import Ledger
import Register
import Synchronization
import Testing

@testable import Trials

/// Goal: a test is of the committed pairs, by the committed plan, and one sign-flip p belongs to a
/// suspect; whatever does not belong together is refused by name, and never looks like a finding.
/// Method: made-up scores on a trial of given pairs in a temporary state.
@Suite("The test of a trial")
struct TrialTestJobTests {
  private static let model = SHA256.hash([1] as [UInt8])

  /// A file of scores that prefer the served twin by `gain`; nil members are left out.
  private func scores(
    _ stage: TrialStage, _ name: String, gain: Double = 0, model: Digest? = model,
    pairs: Digest? = nil, indices: [Int]? = nil
  ) throws -> String {
    let trial = try stage.trial.committed()
    var random = CounterRandom(
      seed: SHA256.hash(Array(name.utf8)).bytes.reduce(0) { $0 &* 31 &+ UInt64($1) })
    let commitment = trial.customers[0].commitment
    var bytes: [UInt8] = []
    for index in indices ?? Array(0..<trial.record.pairCount) {
      let served = commitment.servesB(index) ? -gain : gain
      var line: JSONObject = [
        "index": JSON(index), "log_prob_a": JSON(-50 + served + random.uniform()),
        "log_prob_b": JSON(-50 + random.uniform()),
      ]
      if let model { line["model"] = .string(model.tagged) }
      if let pairs { line["pairs_sha256"] = .string(pairs.tagged) }
      bytes += JSON.object(line).canonicalBytes + [0x0A]
    }
    let file = stage.folder + "/" + name
    try DurableFile.replace(file, with: bytes)
    return file
  }

  private func pairs(_ stage: TrialStage) throws -> Digest {
    SHA256.hash(
      try FileSystem.read(stage.trial.file(TrialFolder.pairsName), limitBytes: 1 << 20))
  }

  private func test(
    _ stage: TrialStage, _ scores: String, _ references: [String] = [], recorded: Bool = false
  ) throws -> TrialAnswer {
    try TrialTestJob(state: recorded ? stage.state : nil).run(
      TrialTestRequest(scores: scores, references: references, coins: .trial(stage.trial)))
  }

  /// The files of a revealed customer.
  private func files(_ stage: TrialStage, pairs: Bool) throws -> TrialTestRequest.Coins {
    let open = try stage.reveal("open-\(pairs)")
    let place = open.customerFile("everybody", "")
    return .files(
      [("\(place)/coins.jsonl", "\(place)/commitment.json")],
      pairs: pairs ? open.file(TrialFolder.pairsName) : nil)
  }

  @Test("names the digest of the pairs as sha256sum says it of the trial's file")
  func digest() throws {
    let stage = try TrialStage()
    #expect(try TrialFiles.digest(of: stage.trial.pairs()) == pairs(stage))
    #expect(try TrialFiles.digest(of: stage.trial.pairs().reversed()) == pairs(stage))
  }

  @Test("takes scores of the trial's pairs, and says what is held to nothing")
  func cautions() throws {
    let stage = try TrialStage(pairs: 40)
    _ = try stage.commit()
    let tied = try scores(stage, "tied", gain: 2, pairs: try pairs(stage))
    let loose = try scores(stage, "loose", gain: 2)
    let whole = try test(stage, tied)
    #expect(whole.json["verdict"] == "trained-on-served" && whole.exitCode == .no)
    #expect(whole.json["committed"] == true && whole.json["scores_tied"] == true)
    #expect(whole.cautions.isEmpty && whole.json["comparisons"] == 1)
    let untied = try test(stage, loose)
    #expect(untied.json["scores_tied"] == false && untied.cautions.count == 1)
    #expect(try test(stage, tied, [loose]).json["scores_tied"] == false)
    for (isGiven, isTied) in [(true, true), (false, false)] {
      let answer = try TrialTestJob().run(
        TrialTestRequest(
          scores: tied, references: [], coins: try files(stage, pairs: isGiven)))
      #expect(answer.json["committed"] == false && answer.json["scores_tied"] == .bool(isTied))
      #expect(answer.cautions[0].hasPrefix("The plan (statistic, clipping"))
      #expect(answer.json["p_value"] == whole.json["p_value"])
    }
  }

  @Test("refuses scores of other pairs, naming file, both digests and the remedy")
  func otherPairs() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    let other = SHA256.hash([7] as [UInt8])
    let (ours, theirs) = (
      try scores(stage, "ours", pairs: try pairs(stage)), try scores(stage, "theirs", pairs: other)
    )
    let coins = try files(stage, pairs: false)
    for found in [
      problem { _ = try test(stage, theirs) }, problem { _ = try test(stage, ours, [theirs]) },
      problem {
        _ = try TrialTestJob().run(
          TrialTestRequest(scores: ours, references: [theirs], coins: coins))
      },
    ] {
      #expect(found?.code == "other_pairs" && found?.exitCode == .malformed)
      #expect(found?.place == theirs && found?.details["verdict"] == "not-tested")
      #expect(found?.reason.contains(other.tagged) == true)
      #expect(try found?.reason.contains(pairs(stage).tagged) == true)
      #expect(found?.remedy?.contains("assay trial score MODEL --pairs") == true)
    }
  }

  @Test("refuses scores whose pairs are not all of the trial's and no others")
  func indices() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    let name = try pairs(stage)
    let coins = try files(stage, pairs: false)
    func withFiles(_ scores: String) throws -> TrialAnswer {
      try TrialTestJob().run(TrialTestRequest(scores: scores, references: [], coins: coins))
    }
    let most = Array(0..<15)
    for digest in [nil, name] {
      let less = try scores(stage, "less", pairs: digest, indices: most)
      let more = try scores(stage, "more", pairs: digest, indices: Array(0..<17))
      for file in [less, more] {
        let found = problem { _ = try test(stage, file) }
        #expect(found?.code == "other_indices" && found?.place == file)
      }
      #expect(problem { _ = try withFiles(more) }?.code == "other_indices")
    }
    // Scores made elsewhere may lack lines where no trial says what is whole: they are counted.
    let loose = try scores(stage, "loose", indices: most)
    #expect(try withFiles(loose).json["unusable"] == 1)
    let tied = try scores(stage, "tied", pairs: name, indices: most)
    #expect(problem { _ = try withFiles(tied) }?.code == "other_indices")
  }

  @Test("refuses what the committed plan does not say, with the code of what was not tested")
  func departures() throws {
    let stage = try TrialStage()
    let named = SHA256.hash([2] as [UInt8])
    _ = try TrialCommit(state: stage.state).commit(
      stage.trial, beacon: nil, references: [.init(name: "two", digest: named)])
    let suspect = try scores(stage, "suspect")
    let two = try scores(stage, "two", model: named)
    let three = try scores(stage, "three", model: SHA256.hash([3] as [UInt8]))
    #expect(try test(stage, suspect, [two]).exitCode == .yes)
    for references in [[], [three], [two, three], [two, two]] {
      let found = problem { _ = try test(stage, suspect, references) }
      #expect(found?.code == "other_plan" && found?.exitCode == .malformed)
      #expect(found?.remedy?.contains(named.tagged) == true)
    }
  }

  @Test("takes the references in the committed order, since of too many the first ones are used")
  func order() throws {
    let stage = try TrialStage(pairs: 12)
    let models = (0..<6).map { SHA256.hash([UInt8(10 + $0)]) }
    _ = try TrialCommit(state: stage.state).commit(
      stage.trial, beacon: nil, references: models.map { .init(name: $0.hex, digest: $0) })
    let suspect = try scores(stage, "suspect")
    let files = try models.enumerated().map { try scores(stage, "reference \($0)", model: $1) }
    let answer = try test(stage, suspect, files)
    #expect(answer.json["control_variate"]?["references_used"] == 4)
    #expect(try test(stage, suspect, files.reversed()).json == answer.json)
  }

  @Test("is one look by sign flips for a suspect; the ledger makes the next one a bet")
  func looks() throws {
    let stage = try TrialStage(customers: ["acme", "zenith"], pairs: 60)
    _ = try stage.commit()
    let name = try pairs(stage)
    let suspect = try scores(stage, "suspect", gain: 2, pairs: name)
    let reference = try scores(
      stage, "reference", model: SHA256.hash([9] as [UInt8]), pairs: name)
    // A look that nobody recorded is none.
    #expect(try test(stage, suspect, [reference]).look == .first)
    let first = try test(stage, suspect, [reference], recorded: true)
    #expect(first.look == .first && first.ledgerIndex == 1 && first.earlierIndex == nil)
    for index in 2...3 {
      let again = try test(stage, suspect, [reference], recorded: true)
      #expect(again.look == .further && again.ledgerIndex == index && again.earlierIndex == 1)
      #expect(again.json["decided_by"] == "e-process" && again.json["earlier_test"] == 1)
      #expect(again.json["p_value"] != first.json["p_value"])
      let highest = again.tests[0].result.log10EHighest ?? 0
      #expect(again.tests[0].result.p.log10 == min(0, -highest))
      #expect(again.cautions.contains { $0.contains("never the sign flips") })
    }
    // Other references would be another bet.
    let found = problem { _ = try test(stage, suspect, recorded: true) }
    #expect(found?.code == "other_references" && found?.exitCode == .malformed)
    // Another suspect has a first look of its own; scores without a name have none that counts.
    let other = try scores(stage, "other", model: SHA256.hash([4] as [UInt8]), pairs: name)
    #expect(try test(stage, other, recorded: true).look == .first)
    let nameless = try scores(stage, "nameless", model: nil)
    #expect(problem { _ = try test(stage, nameless, recorded: true) }?.code == "unnamed_suspect")
    let coins = try TrialTestRequest.Coins.files([], pairs: nil)
    #expect(
      problem {
        _ = try TrialTestJob(state: stage.state).run(
          TrialTestRequest(scores: suspect, references: [], coins: coins))
      }?.exitCode == .usage)
    #expect(try stage.state.openLedger().size() == 5)
  }

  @Test("is a first look for one alone of those who ask at once")
  func race() throws {
    let stage = try TrialStage(pairs: 40)
    _ = try stage.commit()
    let suspect = try scores(stage, "suspect", pairs: try pairs(stage))
    let looks = Mutex<[TrialLook]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      if let answer = try? test(stage, suspect, recorded: true) {
        looks.withLock { $0.append(answer.look) }
      }
    }
    let seen = looks.withLock { $0 }
    #expect(seen.count == 4 && seen.count { $0 == .first } == 1)
  }

  @Test("stands in the ledger with its whole answer, and the report tells all steps of the trial")
  func report() throws {
    let stage = try TrialStage(customers: ["acme", "zenith"], pairs: 60)
    _ = try stage.commit("drand/5")
    _ = try stage.commit("drand/5:0a")
    try stage.lines("acme", stated: true)
    let suspect = try scores(stage, "suspect", gain: 2, pairs: try pairs(stage))
    let answer = try test(stage, suspect, recorded: true)
    _ = try TrialReveal.reveal(
      stage.trial, customers: ["acme"], to: stage.folder + "/open", state: stage.state)
    func report(_ models: [Digest]) throws -> AuditReport {
      try AuditReport(
        log: try StateLog(stage.state), from: Instant(seconds: 0), to: WallClock.system.now(),
        models: models, states: [:])
    }
    func trials(_ models: [Digest]) throws -> [JSON] {
      try report(models).json["trials"]?.array ?? []
    }
    let whole = try report([])
    #expect(try AuditReport(json: whole.json) == whole)
    try expectSteps(whole.trials.map(\.event), of: answer)
    let all = try trials([])
    #expect(
      all.map { $0["event"]?.string } == ["committed", "beacon", "delivered", "tested", "revealed"])
    let record = try stage.trial.record()
    let key = try #require(try stage.state.trustedKeys().first).identifier.tagged
    #expect(all.allSatisfy { $0["trial"]?.string == record.digest.tagged })
    #expect(all.allSatisfy { $0["key"]?.string == key })
    #expect(all.allSatisfy { $0["subject"]?.string == record.root.tagged })
    let tested = all[3]
    #expect(tested["body"] == answer.json && tested["comparisons"] == 2)
    #expect(tested["verdict"] == "trained-on-served" && tested["customer"] == "acme")
    #expect(tested["log10_p_value"] == answer.json["log10_p_value"])
    #expect(tested["tests"]?.array?.count == 2)
    // About the suspect alone: its test.
    #expect(try trials([Self.model]).map { $0["event"]?.string } == ["tested"])
  }

  /// What a reader of the ledger is told of the five steps.
  private func expectSteps(_ events: [TrialEvent], of answer: TrialAnswer) throws {
    let steps = events.map(\.step)
    try #require(steps.count == 5)
    guard case .committed(let commitment) = steps[0], case .delivered(let delivery) = steps[2],
      case .tested(let test) = steps[3]
    else {
      Issue.record("a step could not be read")
      return
    }
    #expect(commitment.pairCount == 60 && commitment.customers == ["acme", "zenith"])
    #expect(commitment.references.isEmpty && commitment.level == 0.001)
    #expect(steps[1] == .beacon(round: "drand/5"))
    #expect(delivery.customer == "acme" && delivery.lineCount > 0)
    #expect(test.suspect == Self.model && test.verdict == .trainedOnServed)
    #expect(test.customer == "acme" && test.decidedBy == "sign flips")
    #expect(test.log10PValue == answer.shown.result.p.log10 && test.comparisonCount == 2)
    #expect(test.adjustedP == answer.shown.result.adjustedP)
    #expect(test.sentence == answer.sentence(answer.shown))
    #expect(steps[4] == .revealed(customers: ["acme"]))
  }
}
