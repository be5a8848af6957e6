// Who takes part in an output comparison, and what has been scored.

import Base
import Evidence
import Fingerprint
import Formats
import Inference

/// The part a model plays; a model may play several.
enum OutcomeRole: Sendable { case control, reference, suspect }

/// Models by the digest of their bundle, with the names and tags they were given.
struct ModelIndex: Sendable {
  private var ids: [Digest: String] = [:]
  private var tags: [Digest: [String]] = [:]
  private var models: [Digest: OpenedModel] = [:]

  /// A model that has a name already keeps it; what it was trained on adds up.
  mutating func add(_ profile: ModelFeatures) {
    ids[profile.digest] = ids[profile.digest] ?? profile.id
    models[profile.digest] = profile.opened
    tags[profile.digest, default: []] += profile.listed.trainingText
  }

  /// Outputs that somebody recorded stand for a model.
  mutating func add(_ recording: RecordedOutputs) { ids[recording.digest] = recording.id }

  func id(of model: Digest) -> String { ids[model] ?? model.tagged }
  /// Nil for a recording.
  func opened(_ model: Digest) -> OpenedModel? { models[model] }
  func trainingText(of model: Digest) -> [String] { Array(Set(tags[model] ?? [])).sorted() }

  /// Each model once, in order of first appearance.
  static func distinct(_ models: [Digest]) -> [Digest] {
    var seen: Set<Digest> = []
    return models.filter { seen.insert($0).inserted }
  }
}

/// Outcomes by model, and how many passes they cost.
struct ScoredModels: Sendable {
  let scoring: OutcomeScoring
  let cache: OutcomeCache
  let run: Run
  private(set) var outcomes: [Digest: ByteOutcomes] = [:]
  /// Why a model could not be scored: it takes no part, and its pairs say so.
  private(set) var refusals: [Digest: String] = [:]
  private(set) var passes = ScoringPasses()

  init(scoring: OutcomeScoring, cache: OutcomeCache, run: Run) {
    self.scoring = scoring
    self.cache = cache
    self.run = run
  }

  private func key(_ model: Digest) -> Digest {
    OutcomeCache.key(model: model, probes: scoring.probes.digest, arithmetic: "exact")
  }

  /// Takes what was kept of a model, if anything was.
  mutating func addKept(_ model: Digest, id: String) {
    guard outcomes[model] == nil, let found = cache.load(key(model), id: id) else { return }
    outcomes[model] = found
    passes.kept += 1
  }

  mutating func add(
    _ opened: OpenedModel, id: String, role: OutcomeRole
  ) throws(Problem) {
    try run.check()
    guard outcomes[opened.digest] == nil, refusals[opened.digest] == nil else { return }
    do throws(Problem) {
      let found = try scoring.outcomes(of: opened.model, id: id, run: run)
      switch role {
      case .control: passes.control += 1
      case .reference: passes.reference += 1
      case .suspect: passes.suspect += 1
      }
      outcomes[opened.digest] = found
      try cache.store(key(opened.digest), found)
    } catch {
      guard error.kind == .malformed || error.kind == .usage else { throw error }
      refusals[opened.digest] = "\(id) cannot be scored: \(error)"
    }
  }

  /// The tokenizer of a model, without scoring; nil if it cannot be read.
  func tokenizer(of profile: ModelFeatures) -> Digest? {
    outcomes[profile.digest]?.tokenizer
      ?? (try? Tokenizer.load(profile.opened.model, run: run))?.digest
  }

  /// Outcomes that cost no pass. Throws what is wrong with the recording.
  mutating func add(_ recording: RecordedOutputs) throws(Problem) {
    outcomes[recording.digest] = try recording.outcomes(on: scoring.probes)
  }
}

extension ByteOutcomes {
  /// The same outcomes under another name.
  func named(_ id: String) -> ByteOutcomes {
    ByteOutcomes(
      id: id, tokenizer: tokenizer, buckets: buckets, positions: positions,
      logProbabilities: logProbabilities, natsPerByte: natsPerByte, reported: reported)
  }
}
