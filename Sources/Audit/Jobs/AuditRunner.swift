// Runs jobs for the queue and for shards: from a request to the function that the command line
// calls for the same question.
//
// With a state, lineage is read from its register, facts about the one who asks from its profiles,
// controls from its panel, and scored models are kept in its cache. Bodies that a statement names
// by digest are put into its blobs; doing that twice does no harm, so a job may run again after a
// crash.

import Base
import Comparison
import Crypto
import Formats
import Ledger
import Licensing
import Policy
import Register
import State

/// The jobs of this program.
public struct AuditRunner: JobRunner {
  let state: StateDirectory?
  let clock: WallClock
  /// Which links inside a model are followed.
  let links: LinkScope
  /// Whether answers are kept as blobs of the state, for the statements that will name them.
  let keepsAnswers: Bool
  /// Makes the documents of a report: name and bytes of each.
  let documents: @Sendable (AuditReport) -> [ReportDocument]

  public init(
    state: StateDirectory? = nil, clock: WallClock = .system,
    links: LinkScope = .none, keepsAnswers: Bool = true,
    documents: @escaping @Sendable (AuditReport) -> [ReportDocument] = { _ in [] }
  ) {
    self.state = state
    self.clock = clock
    self.links = links
    self.keepsAnswers = keepsAnswers
    self.documents = documents
  }

  public func run(_ request: JobRequest, _ run: Run) throws(Problem) -> JobOutcome {
    switch request {
    case .check(let task): return .check(try check(task, run))
    case .comparison(let task): return .comparison(try compare(task, run))
    case .report(let from, let to, let models):
      return .report(try report(from: from, to: to, models: models))
    case .decide: return .decide(try decide(run))
    }
  }

  private func check(
    _ task: CheckTask, _ run: Run
  ) throws(Problem) -> CheckResult {
    var request = CheckRequest(ModelAddress(path: task.path, links: links), depth: task.depth)
    request.policy = task.directory.map { .directory($0) } ?? .named(task.policy)
    request.profile = task.profile
    request.changes = task.changes
    let result = try CheckJob(state: state, clock: clock).run(request, run: run)
    if let state, keepsAnswers { try result.keep(in: state.blobs) }
    return result
  }

  private func compare(
    _ task: ComparisonTask, _ run: Run
  ) throws(Problem) -> ComparisonOutcome {
    let known = try state.map { state throws(Problem) in try PanelFile.of(state) }
    let given = task.panel.map { ListedModel(path: $0) }
    let controls = given.isEmpty ? known?.models ?? [] : known?.tagged(given) ?? given
    let named = task.references.map { ListedModel(path: $0) }
    let request = CompareRequest(
      suspects: try task.suspects.models.map { ListedModel(path: $0) },
      references: known?.tagged(named) ?? named, panel: controls,
      only: task.only.map { $0 == .weights ? .weights : .outputs })
    let outputs = OutputSettings(
      probes: try ProbeSet.bundled(),
      cacheFolder: state.map { FileSystem.join($0.cachePath, "outcomes") })
    let result = try CompareJob(models: ModelCache(links: links), outputs: outputs).run(
      request, run: run)
    if let problem = result.unreadable.first { throw problem }
    let (statements, bodies) = try result.statements(at: clock.now())
    for body in bodies { _ = try state?.blobs.put(body) }
    return ComparisonOutcome(
      exitCode: result.exitCode, reports: result.reports, statements: statements,
      isSingle: task.suspects.isSingle)
  }

  private func report(
    from: Instant, to: Instant, models: [Digest]
  ) throws(Problem) -> ReportOutcome {
    let log = try StateLog(try needed("a report is read from a ledger"))
    let states = try log.standing(
      at: clock.now(), catalogue: Licensing.catalogueDigest
    ) { (standing) throws(Problem) in
      try standing.states()
    }
    let report = try AuditReport(log: log, from: from, to: to, models: models, states: states)
    let documents = documents(report)
    for document in documents { _ = try log.blobs.put(document.bytes) }
    return ReportOutcome(report: report, documents: documents, time: clock.now())
  }

  private func decide(_ run: Run) throws(Problem) -> Decider.Plan {
    let log = try StateLog(try needed("decisions are kept in a state"))
    let now = clock.now()
    return try log.standing(at: now, catalogue: Licensing.catalogueDigest) {
      (standing) throws(Problem) in
      try Decider(standing: standing, now: now, run: run).plan()
    }
  }

  private func needed(_ reason: String) throws(Problem) -> StateDirectory {
    guard let state else {
      throw Problem(
        .usage, "no_state", reason: "\(reason), and there is no state", remedy: "give --state DIR")
    }
    return state
  }
}

extension ComparisonTask.Suspects {
  var isSingle: Bool { if case .one = self { true } else { false } }

  /// The models to compare, as they lie there now.
  var models: [String] {
    get throws(Problem) {
      switch self {
      case .one(let path): [path]
      case .several(let paths): paths
      case .below(let directory):
        try FileSystem.entries(of: directory).filter { $0.kind == .directory }
          .map { FileSystem.join(directory, $0.name) }
      }
    }
  }
}
