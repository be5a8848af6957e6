// A state of its own with small models, for tests that follow a model from its files to the gate.
//
// What is done here is what the command line and the daemon do: the real check, the real
// declarations and retractions, the register and the log of a real state. Only the clock is the
// test's.

import Audit
import Base
import Crypto
import Fingerprint
import Ledger
import Licensing
import Policy
import Register
import State
import Synchronization
import TestSupport

/// A clock that stands still until it is moved.
public final class StageClock: Sendable {
  private let instant: Mutex<Instant>

  init(_ day: CalendarDay) { instant = Mutex(Self.noon(day)) }

  /// Noon of the day.
  public func set(_ day: CalendarDay) { instant.withLock { $0 = Self.noon(day) } }
  public func set(_ time: Instant) { instant.withLock { $0 = time } }

  public var now: Instant { instant.withLock { $0 } }
  public var today: CalendarDay { CalendarDay(now) }
  public var wall: WallClock { WallClock { [self] in now } }

  private static func noon(_ day: CalendarDay) -> Instant {
    Instant(seconds: Int64(day.daysSinceEpoch) * 86_400 + 43_200)
  }
}

/// A state and the models beside it.
public final class GateStage {
  public let folder: TemporaryFolder
  public let state: StateDirectory
  public let log: StateLog
  public let clock: StageClock
  /// Facts with which a clean model is allowed under the shipped pack.
  public let profile: JSON
  private var paths: [String: String] = [:]

  /// - Parameter day: what the clock says first.
  public init(day: String = "2026-11-20") throws {
    folder = try TemporaryFolder()
    state = StateDirectory(FileSystem.join(folder.path, "state"))
    _ = try state.create(origin: "test.example/gate")
    log = try StateLog(state)
    clock = StageClock(try Self.day(day))
    profile = try TinyProfiles.full()
  }

  public static func day(_ text: String) throws -> CalendarDay {
    guard let day = CalendarDay(text) else {
      throw Problem(.usage, "bad_day", place: text, reason: "the test names no day")
    }
    return day
  }

  /// So many days from the clock's.
  public func day(_ offset: Int) -> CalendarDay {
    CalendarDay(daysSinceEpoch: clock.today.daysSinceEpoch + offset)
  }

  // MARK: Models

  /// Writes a model.
  public func add(_ name: String, _ contents: TinyFolder) throws {
    paths[name] = try folder.write("models/\(name)", contents)
  }

  public func path(_ name: String) -> String {
    paths[name] ?? FileSystem.join(folder.path, "models/\(name)")
  }

  /// The digest that names the model.
  public func digest(_ name: String) throws -> Digest {
    try Fingerprint.compute(model: path(name), filesOnly: true, run: Run(threads: 1)).filesRoot
  }

  // MARK: Checks

  /// Checks a model for the stage's profile; nothing is recorded.
  public func ask(
    _ name: String, profile: JSON? = nil, _ change: (inout CheckRequest) -> Void = { _ in }
  ) throws -> CheckResult {
    var request = CheckRequest(path: path(name))
    request.profile = .given(name: "profile.json", facts: profile ?? self.profile)
    change(&request)
    return try CheckJob(state: state, clock: clock.wall).run(request, run: Run(threads: 1))
  }

  /// Checks a model and records the answer, if it is a decision.
  @discardableResult
  public func check(
    _ name: String, profile: JSON? = nil, _ change: (inout CheckRequest) -> Void = { _ in }
  ) throws -> (result: CheckResult, recorded: RecordedCheck?) {
    let result = try ask(name, profile: profile, change)
    return (result, try result.record(in: log))
  }

  // MARK: People

  /// Declares that `child` came from `ancestor`; the entry.
  @discardableResult
  public func declare(
    _ child: String, from ancestor: String, _ change: (inout LineageEdge) -> Void = { _ in }
  ) throws -> Int {
    let declaration = try self.declaration(child, from: ancestor, change)
    return try entries { reader throws(Problem) in
      [try declaration.statement(at: clock.now, in: reader)]
    }[0]
  }

  /// Concludes that `child` came from `ancestor`; the entries.
  public func conclude(_ child: String, from ancestor: String) throws -> [Int] {
    let declaration = try self.declaration(child, from: ancestor)
    return try entries { reader throws(Problem) in
      try declaration.conclusion(
        by: "J. Doe", reason: "training logs seen", at: clock.now, in: reader)
    }
  }

  /// A declaration between two models, or from a name that is no model of the stage.
  public func declaration(
    _ child: String, from ancestor: String, _ change: (inout LineageEdge) -> Void = { _ in }
  ) throws -> Declaration {
    var edge = LineageEdge(
      ancestor: paths[ancestor] == nil ? ancestor : try digest(ancestor).tagged,
      child: try digest(child).tagged, relation: .finetuned, grade: .declared)
    change(&edge)
    return try Declaration(edge: edge, childName: child, ancestorName: ancestor)
      .checked(pack: try PolicyPack.shipped())
  }

  @discardableResult
  public func retract(_ entry: Int) throws -> RetractionStatement {
    try takeBack { reader throws(Problem) in
      try TakingBack(entry: entry, by: "J. Doe", reason: "it was another run").edge(
        at: clock.now, key: log.ownKey, in: reader)
    }
  }

  @discardableResult
  public func withdraw(_ entry: Int) throws -> RetractionStatement {
    try takeBack { reader throws(Problem) in
      try TakingBack(entry: entry, by: "J. Doe", reason: "it was another run").waiver(
        at: clock.now, key: log.ownKey, in: reader)
    }
  }

  private func takeBack(
    _ make: (RegisterReader) throws(Problem) -> RetractionStatement
  ) throws -> RetractionStatement {
    var made: RetractionStatement?
    _ = try log.record { reader throws(Problem) in
      let retraction = try make(reader)
      made = retraction
      return [try retraction.statement()]
    }
    guard let made else { throw Problem(.failure, "test", reason: "nothing was taken back") }
    return made
  }

  /// Waives a rule for a model, from and to so many days from the clock's; the entry.
  @discardableResult
  public func waive(
    _ name: String, _ rule: String, from: Int = -1, to: Int = 20, inAdvance: Bool = false
  ) throws -> Int {
    let waiver = WaiverStatement(
      model: try digest(name), modelName: name, rule: rule, by: "A. Licensor",
      reason: "letter of the third of May", from: day(from), to: day(to), time: clock.now)
    let sources = try self.sources()
    return try entries { reader throws(Problem) in
      [
        try WaiverGrant(waiver, isInAdvance: inAdvance).statement(in: reader, sources: sources)
      ]
    }[0]
  }

  private func entries(
    _ make: (RegisterReader) throws(Problem) -> [Statement]
  ) throws -> [Int] {
    try log.record(make).map(\.index)
  }

  // MARK: Asking

  public func sources(
    on day: CalendarDay? = nil, catalogue: Digest = Licensing.catalogueDigest
  ) throws(Problem) -> DecisionSources {
    try DecisionSources(
      state: state, database: log.database, today: day ?? clock.today, catalogue: catalogue)
  }

  public func standing<T>(
    on day: CalendarDay? = nil, catalogue: Digest = Licensing.catalogueDigest,
    _ body: (Standing) throws(Problem) -> T
  ) throws(Problem) -> T {
    try log.standing(at: clock.now, on: day, catalogue: catalogue, body)
  }

  /// The newest decision of a model, as it stands.
  public func newest(
    _ name: String, on day: CalendarDay? = nil, catalogue: Digest = Licensing.catalogueDigest
  ) throws -> StandingDecision {
    let model = try digest(name)
    let found = try standing(on: day, catalogue: catalogue) { standing throws(Problem) in
      try standing.reader.newestDecision(of: model).map { decision throws(Problem) in
        try standing.of(decision)
      }
    }
    guard let found else { throw Problem(.usage, "none", place: name, reason: "no decision") }
    return found
  }

  public func gate(
    _ name: String, on day: CalendarDay? = nil, demand: GateDemand = GateDemand(),
    catalogue: Digest = Licensing.catalogueDigest
  ) throws -> GateAnswer {
    let model = try digest(name)
    return try standing(on: day, catalogue: catalogue) { standing throws(Problem) in
      try standing.gate(model, demand: demand)
    }
  }

  /// Decides again what no longer stands, and records it.
  @discardableResult
  public func decide(
    catalogue: Digest = Licensing.catalogueDigest
  ) throws -> DecideResult {
    let now = clock.now
    let plan = try standing(catalogue: catalogue) { standing throws(Problem) in
      try Decider(standing: standing, now: now, run: Run(threads: 1)).plan()
    }
    try log.append(plan)
    return plan.result
  }

  /// How many entries the log has.
  public func size() throws -> Int { try log.ledger.size() }

  /// Writes config.json.
  public func configure(_ configuration: JSON) throws {
    try DurableFile.replace(state.configPath, with: configuration.canonicalBytes)
  }

  // MARK: Packs

  /// A directory with a pack of one's own on top of the shipped one.
  public func pack(_ name: String, rules: [JSON]) throws -> String {
    let manifest: JSON = ["schema": "assay.pack/1", "name": .string(name), "extends": "shipped"]
    let file: JSON = ["schema": "assay.rules/1", "groups": [:], "rules": .array(rules)]
    try folder.write("packs/\(name)/pack.json", manifest.canonicalBytes)
    try folder.write("packs/\(name)/jurisdictions.json", file.canonicalBytes)
    return FileSystem.join(folder.path, "packs/\(name)")
  }

  /// A rule of the house: between two days it has something against every use it is asked about.
  public static func rule(
    _ id: String, from: String = "2026-01-01", to: String? = nil, effect: String = "deny",
    reviewBy: String = "2099-12-31", when: JSON = ["const": true]
  ) -> JSON {
    [
      "id": .string(id), "jurisdiction": "*", "kind": "company", "effect": .string(effect),
      "title": "House rule", "sentence": "Not in this house.", "citation": "House rules, 1",
      "sources": [],
      "applies": [["from": .string(from), "to": JSON(to), "status": "in_force"]],
      "scope": ["const": true], "when": when, "confidence": "high",
      "review_by": .string(reviewBy), "waivable": true,
    ]
  }
}
