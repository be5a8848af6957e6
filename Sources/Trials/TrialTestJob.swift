// The test of a suspect: from files of scores and coins to an answer, and with a state to a signed
// entry of the ledger.
//
// The test is over all committed pairs. With a committed trial its plan and references are those
// that were committed to, or there is no test. With a state a suspect that was tested before under
// the trial is known by its bundle: the first test was the only one that sign flips decide, every
// later one is the bet's, with the references of the first. Two runs at once take turns, so that
// not both are the first. A suspect in another wrapping is another bundle; --further-look says what
// the ledger cannot know.

import Base
import Crypto
import Evidence
import Ledger

/// What to test, and with which coins.
public struct TrialTestRequest: Sendable {
  public enum Coins: Sendable {
    case trial(TrialFolder)
    /// One pair of files a customer, and the pairs if they are at hand.
    case files([(coins: String, commitment: String)], pairs: String?)
  }

  public var scores: String
  public var references: [String]
  public var coins: Coins
  public var seed: UInt64
  /// Somebody says that this suspect was looked at before.
  public var isFurtherLook: Bool

  public init(
    scores: String, references: [String], coins: Coins, seed: UInt64 = 0,
    isFurtherLook: Bool = false
  ) {
    self.scores = scores
    self.references = references
    self.coins = coins
    self.seed = seed
    self.isFurtherLook = isFurtherLook
  }
}

/// Tests suspects.
public struct TrialTestJob: Sendable {
  let state: StateDirectory?
  let clock: WallClock

  /// - Parameter state: whose ledger knows earlier tests and gets this one; nil to record nothing.
  public init(state: StateDirectory? = nil, clock: WallClock = .system) {
    self.state = state
    self.clock = clock
  }

  public func run(_ request: TrialTestRequest) throws(Problem) -> TrialAnswer {
    guard let state else { return try answer(request, earlier: { _, _ in nil }) }
    guard case .trial(let folder) = request.coins else {
      throw Problem(
        .usage, "usage", reason: "what is recorded is the test of a committed trial",
        remedy: "give --trial with --state")
    }
    return try FileLock(path: FileSystem.join(state.path, "trial.lock")).withLock {
      () throws(Problem) in
      let log = try TrialLog(state)
      var answer = try answer(request) { (record, suspect) throws(Problem) in
        try log.firstTest(of: suspect, under: record)
      }
      let body = try state.blobs.put(answer.json.canonicalBytes)
      let record = try folder.record()
      answer.ledgerIndex = try log.append(
        record.testStatement(answer, body: body, time: clock.now()), about: record.root
      ).index
      return answer
    }
  }

  private func answer(
    _ request: TrialTestRequest,
    earlier: (TrialRecord, TrialScores) throws(Problem) -> EarlierTest?
  ) throws(Problem) -> TrialAnswer {
    let scores = try TrialScores(file: request.scores)
    var references = try request.references.map { (file) throws(Problem) in
      try TrialScores(file: file)
    }
    let setting = try TrialSetting(request.coins)
    let tie = try TrialTie([scores] + references, pairs: setting.pairs, place: setting.place)
    for one in [scores] + references {
      try one.checkIndices(
        count: setting.pairCount, mayLack: setting.trial == nil && one.pairs == nil)
    }
    var before: EarlierTest?
    if let record = setting.trial?.record {
      if let departure = record.departure(references: references.map(\.model)) {
        throw record.refusal(departure, place: setting.place)
      }
      references = references.inOrder(of: record.references)
      before = try earlier(record, scores)
      if let before {
        try before.check(references: references.map(\.model), place: request.scores)
        references = references.inOrder(of: before.references)
      }
    }
    let look: TrialLook = request.isFurtherLook || before != nil ? .further : .first
    let results = TrialData.adjusted(
      TrialData(
        differences: scores.differences, references: references.map(\.differences)
      ).tests(
        setting.customers.map { ($0.commitment, $0.coins) }, seed: request.seed, look: look))
    return TrialAnswer(
      tests: zip(setting.customers, results).map {
        TrialAnswer.Test(customer: $0.name, result: $1, delivered: $0.delivered)
      },
      suspect: scores, references: references.map(\.model), seed: request.seed, look: look,
      earlierIndex: before?.index, isCommitted: setting.trial != nil, tie: tie)
  }
}

extension [TrialScores] {
  /// Those of these models first, in their order: where pairs are few the first ones are used, and
  /// nobody chooses which after seeing p.
  fileprivate func inOrder(of models: [Digest?]) -> [TrialScores] {
    var rest = self
    var result: [TrialScores] = []
    for model in models {
      guard let place = rest.firstIndex(where: { $0.model == model }) else { continue }
      result.append(rest.remove(at: place))
    }
    return result + rest
  }
}

/// Coins and pairs of a test, from a trial's folder or from files.
private struct TrialSetting {
  struct Customer {
    var name: String?
    var commitment: TrialCommitment
    var coins: [Int: Bool]
    var delivered: Set<Int>?
  }

  private(set) var trial: CommittedTrial?
  let customers: [Customer]
  /// The digest of the pairs, if it is known.
  let pairs: Digest?
  /// Where the pairs are.
  let place: String

  var pairCount: Int { customers.map(\.commitment.pairCount).max() ?? 0 }

  init(_ coins: TrialTestRequest.Coins) throws(Problem) {
    switch coins {
    case .trial(let folder):
      let trial = try Self.testable(folder)
      self.trial = trial
      customers = try trial.customers.map { name, commitment throws(Problem) in
        Customer(
          name: name, commitment: commitment, coins: commitment.coins,
          delivered: try trial.delivered(to: name, in: folder))
      }
      pairs = TrialFiles.digest(of: trial.pairs)
      place = folder.file(TrialFolder.pairsName)
    case .files(let files, let given):
      customers = try files.map { coins, commitment throws(Problem) in
        Customer(
          commitment: try TrialFiles.commitment(commitment), coins: try TrialFiles.coins(coins))
      }
      place = given ?? "pairs.jsonl"
      let committed = Set(customers.map(\.commitment.pairsDigest))
      guard let given else {
        pairs = nil
        return
      }
      let bytes = try FileSystem.read(given, limitBytes: TrialFiles.fileBytesMax)
      guard committed.isSubset(of: [nil, SHA256.hash(bytes)]) else {
        throw Problem(
          .malformed, "commitment_broken", place: given,
          reason: "these are not the pairs that the commitment names",
          remedy: "give the pairs of the trial", details: ["verdict": "not-tested"])
      }
      pairs = TrialFiles.digest(of: try TrialFiles.pairs(given))
    }
  }

  /// A trial that can be tested. That it cannot must not look like a finding, whose code is 1.
  private static func testable(_ folder: TrialFolder) throws(Problem) -> CommittedTrial {
    do throws(Problem) { return try folder.committed() } catch {
      var problem = error
      if problem.kind == .refused {
        problem.kind = .malformed
        problem.details["verdict"] = .string(TrialVerdict.notTested.rawValue)
      }
      throw problem
    }
  }
}
