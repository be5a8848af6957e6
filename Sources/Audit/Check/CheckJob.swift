// The gate: identity, safety of the files, licence, lineage, law; one verdict.
//
// Files are read once and become `ModelFacts`; from there on a check and a decision made again go
// the same way (`Answer`). Nothing is loaded that could run.

import Base
import Crypto
import Fingerprint
import Formats
import Ledger
import Licensing
import Policy
import Register
import State

/// Checks models against the packs, profiles and the log of one state.
public struct CheckJob: Sendable {
  /// Where lineage, packs and profiles are read from; nil: only the model speaks.
  let state: StateDirectory?
  let clock: WallClock

  public init(state: StateDirectory?, clock: WallClock = .system) {
    self.state = state
    self.clock = clock
  }

  /// Throws for a model that is malformed or unreadable (exit 4), for a pack or a profile that is
  /// not there (exit 2), and for a profile that does not fit the vocabulary.
  public func run(
    _ request: CheckRequest, run: Run
  ) throws(Problem) -> CheckResult {
    let now = clock.now()
    let log = try state.flatMap { state throws(Problem) in
      state.exists ? try StateLog(state) : nil
    }
    let sources = try DecisionSources(
      state: state, database: log?.database, today: CalendarDay(now),
      catalogue: Licensing.catalogueDigest)
    let asked = try Asked(request, sources: sources, state: state)
    let contents = try ModelContents.read(request.model, run: run)
    guard contents.model != nil || !contents.findings.isEmpty else {
      throw Problem(
        .malformed, "no_weights", place: contents.path, reason: "there are no weights in it",
        remedy: "give the directory that holds the weights")
    }
    let fingerprint = try Fingerprint.compute(contents: contents, run: run)
    let read = try ModelReading(
      contents: contents, fingerprint: fingerprint, models: request.models, stated: asked.stated)
    let lineage: ModelLineage
    if let log {
      lineage = try log.read { (reader) throws(Problem) in
        try ModelLineage(of: read.facts, in: reader)
      }
    } else {
      lineage = ModelLineage(declaredBy: read.facts)
    }
    let answer =
      request.depth == .quick
      ? Answer.quick(about: read.facts, lineage: lineage)
      : try Answer(asked.question, about: read.facts, lineage: lineage, pack: asked.pack)
    return CheckResult(
      place: CheckedPlace(contents), facts: read.facts, fingerprint: fingerprint,
      licence: read.licence, answer: answer,
      policy: asked.policy, profile: asked.question.profile, depth: request.depth,
      asOf: asked.day, isDecision: asked.isDecision && request.depth == .full && log != nil,
      time: now)
  }

  /// The pack and the question of a request, found before anything is read.
  struct Asked {
    let pack: PolicyPack
    let policy: PolicyReference
    let question: Question
    let stated: [StatedFact]
    /// The day that the answer is for.
    let day: CalendarDay
    let isDecision: Bool

    init(
      _ request: CheckRequest, sources: DecisionSources, state: StateDirectory?
    ) throws(Problem) {
      let source: PolicyReference.Source
      switch request.policy {
      case .named(let name): source = try sources.policySource(named: name)
      case .directory(let path): source = .directory(try FileSystem.realPath(path))
      }
      if case .directory(let path) = request.policy {
        // The message names the directory as it was given.
        pack = try sources.pack(source, named: path)
      } else {
        pack = try sources.pack(source)
      }
      policy = PolicyReference(name: pack.name, digest: pack.digest, source: source)
      var profile: Profile?
      switch request.profile {
      case .configured: profile = sources.defaultProfile
      case .stored(let name): profile = try sources.storedProfile(name)
      case .given(let name, let facts): profile = Profile(name: name, facts: facts, source: .given)
      }
      if let profile, request.depth == .full {
        try Self.check(profile, pack: pack, state: state)
      }
      var changes: [FactChange] = []
      for words in request.changes { changes += try pack.changes(words.fact, words.word) }
      if !changes.isEmpty { profile = Profile(profile, with: changes) }
      stated = try request.stated.facts(
        pack: pack, catalogue: try Catalogue.shipped(with: request.models))
      let isOtherDay = request.asOf != nil && request.asOf != sources.today
      question = Question(
        profile: profile, asOf: request.asOf ?? sources.today, isDayNamed: request.asOf != nil,
        horizon: request.horizon)
      let stated = profile?.date?.string.flatMap(CalendarDay.init)
      day = request.asOf ?? stated ?? sources.today
      isDecision = !isOtherDay && question.isDecision
    }

    /// Refuses a profile that does not fit the vocabulary, with the file that it stands in.
    private static func check(
      _ profile: Profile, pack: PolicyPack, state: StateDirectory?
    ) throws(Problem) {
      do throws(Problem) { try pack.check(profile: profile.facts) } catch {
        var problem = error
        let pointer = error.place ?? ""
        problem.place =
          switch profile.reference.source {
          case .given: "\(profile.reference.name)#\(pointer)"
          case .stored: "profile \(profile.reference.name)#\(pointer)"
          case .configuration: "\(state?.configPath ?? "config.json")#/profile\(pointer)"
          }
        throw problem
      }
    }
  }
}
