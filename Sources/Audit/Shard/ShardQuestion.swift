// What a fleet is asked, the same for every model of it: under which rules, for whom, with the
// lineage of which state.
//
// Promises: rules and profile are found and fit each other before the first model is read; nothing
// is recorded in the state.

import Base
import Crypto
import Ledger
import Licensing
import Policy
import Register
import State

/// The question of all shards of a fleet.
public struct ShardQuestion: Sendable {
  /// The digest of the pack.
  public let policy: Digest
  /// The digest of the facts about who asks; nil: nobody said.
  let profile: Digest?
  /// What answers rest on besides the model: it grows with the log of the state.
  let context: Digest
  /// The day of the clock.
  let today: CalendarDay
  private let directory: String?
  private let choice: CheckRequest.ProfileChoice
  private let changes: [FactWords]

  /// - Parameters:
  ///   - directory: of a pack; nil: the shipped one.
  ///   - changes: what is said over the profile.
  public init(
    state: StateDirectory? = nil, directory: String? = nil,
    profile choice: CheckRequest.ProfileChoice = .configured, changes: [FactWords] = [],
    clock: WallClock = .system
  ) throws(Problem) {
    let log = try state.flatMap { state throws(Problem) in
      state.exists ? try StateLog(state) : nil
    }
    today = CalendarDay(clock.now())
    let sources = try DecisionSources(
      state: state, database: log?.database, today: today, catalogue: Licensing.catalogueDigest)
    var request = CheckRequest(path: "")
    request.profile = choice
    request.changes = changes
    if let directory { request.policy = .directory(directory) }
    let asked = try CheckJob.Asked(request, sources: sources, state: state)
    policy = asked.pack.digest
    profile = asked.question.profile?.reference.digest
    let root = try log.map { log throws(Problem) in try log.ledger.checkpoint().root }
    context = root ?? SHA256.hash([])
    self.directory = directory
    self.choice = choice
    self.changes = changes
  }

  /// The job of one model.
  func task(_ path: String) -> CheckTask {
    var task = CheckTask(path: path)
    task.directory = directory
    task.profile = choice
    task.changes = changes
    return task
  }

  /// What a part must have been made on to be one of this question.
  func basis(_ manifest: Manifest) -> ShardBasis {
    ShardBasis(
      manifest: manifest.digest, policy: policy, profile: profile, engine: assayVersion)
  }

  /// Whether an answer that was given before is still the answer today.
  func holds(_ record: ShardRecord) -> Bool {
    guard let until = record.json["result"]?["valid_until"]?.string else { return true }
    return CalendarDay(until).map { today <= $0 } ?? false
  }
}
