// Runs jobs for the queue and for shards: from a request to the function that the command line
// calls for the same question.
//
// With a state, lineage is read from its ledger, facts about the one who asks from its
// configuration ("profile" in config.json), controls from its panel, and scored models are kept in
// its cache. Bodies that a statement names by digest are put into its blobs; doing that twice does
// no harm, so a job may run again after a crash.

import Base
import Crypto
import Ledger
import Policy

/// The jobs of this program.
public struct AuditRunner: JobRunner {
  let state: StateDirectory?
  let clock: WallClock
  let threads: Int
  /// Which links inside a model are followed.
  let links: LinkScope
  /// The policy of a name that somebody stored, as an object of files.
  let storedPolicy: @Sendable (String) throws(Problem) -> JSON?
  /// Makes the documents of a report: name and bytes of each.
  let documents: @Sendable (JSON) -> [ReportDocument]
  private let packs = PolicyPackCache()

  public init(
    state: StateDirectory? = nil, clock: WallClock = .system,
    threads: Int = Parallel.defaultThreads, links: LinkScope = .none,
    storedPolicy: @escaping @Sendable (String) throws(Problem) -> JSON? = { _ in nil },
    documents: @escaping @Sendable (JSON) -> [ReportDocument] = { _ in [] }
  ) {
    self.state = state
    self.clock = clock
    self.threads = threads
    self.links = links
    self.storedPolicy = storedPolicy
    self.documents = documents
  }

  public func run(
    _ request: JobRequest, progress: Progress, isCancelled: @escaping @Sendable () -> Bool
  ) throws(Problem) -> JobOutcome {
    switch request {
    case .check(let path, let policy, let profile):
      return try check(path, policy: policy, depth: profile, progress, isCancelled)
    case .comparison(let suspect, let references, let panel, let only):
      return try compare(suspect, references, panel, only, progress, isCancelled)
    case .report(let from, let to, let models):
      return try report(from: from, to: to, models: models)
    }
  }

  // MARK: Check

  private func check(
    _ path: String, policy: String?, depth: JobRequest.CheckProfile, _ progress: Progress,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws(Problem) -> JobOutcome {
    let settings = try AuditSettings(state)
    let pack = try pack(named: policy, settings)
    let job = CheckJob(pack: pack, state: state, clock: clock)
    var request = CheckRequest(
      path: path, profile: settings.profile, depth: depth, threads: threads)
    request.isCancelled = isCancelled
    request.links = links
    let result = try job.run(request, progress: progress)
    let body = result.json.canonicalBytes
    let digest = SHA256.hash(body)
    _ = try state?.blobs.put(body)
    var object = result.json.object ?? [:]
    object["fingerprint"] = result.fingerprint.json(withTensors: false)
    object["policy"] = .string(pack.name)
    object["policy_digest"] = .string(pack.digest.tagged)
    return JobOutcome(
      exitCode: result.exitCode, result: .object(object),
      statements: [result.statement(resultDigest: digest)], findings: result.findings)
  }

  /// The shipped pack, one that was stored, or one that the configuration names; as it is now.
  private func pack(
    named name: String?, _ settings: AuditSettings
  ) throws(Problem) -> PolicyPack {
    guard let name, name != "default" else { return try PolicyPack.shipped() }
    let source: PackSource
    if let document = try storedPolicy(name)?.object {
      source = try PackSource(name: name, document: document)
    } else {
      source = try settings.source(named: name)
    }
    return try packs.pack(source)
  }

  // MARK: Comparison

  private func compare(
    _ suspect: String, _ references: [String], _ panel: [String],
    _ only: JobRequest.ComparisonLine?, _ progress: Progress,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws(Problem) -> JobOutcome {
    let known = try state.map { state throws(Problem) in try PanelFile.of(state) }
    let given = panel.map { ListedModel(path: $0) }
    let controls = given.isEmpty ? known?.models ?? [] : known?.tagged(given) ?? given
    let named = references.map { ListedModel(path: $0) }
    var request = CompareRequest(
      suspects: [ListedModel(path: suspect)], references: known?.tagged(named) ?? named,
      panel: controls, only: only.map { $0 == .weights ? .weights : .outputs }, threads: threads,
      outputs: PanelOutputs(
        probes: try ProbeSet.bundled(),
        cacheFolder: state.map { FileSystem.join($0.cachePath, "outcomes") }))
    request.isCancelled = isCancelled
    let result = try CompareJob(cache: ModelCache(threads: threads)).run(
      request, progress: progress)
    if let problem = result.unreadable.first { throw problem }
    let (statements, bodies) = try result.statements(at: clock.now())
    for body in bodies { _ = try state?.blobs.put(body) }
    return JobOutcome(
      exitCode: result.exitCode, result: result.reports.first?.json ?? .null,
      statements: statements)
  }

  // MARK: Report

  private func report(
    from: Instant, to: Instant, models: [Digest]
  ) throws(Problem) -> JobOutcome {
    guard let state else {
      throw Problem(
        .usage, "no_state", reason: "a report is read from a ledger, and there is no state",
        remedy: "give --state DIR")
    }
    let report = try AuditReport(
      ledger: try state.openLedger(), trusted: try state.trustedKeys(), blobs: state.blobs,
      from: from, to: to, models: models)
    let documents = documents(report.json)
    for document in documents { _ = try state.blobs.put(document.bytes) }
    return JobOutcome(
      exitCode: .yes, result: report.result(documents),
      statements: documents.isEmpty ? [] : [report.statement(documents, at: clock.now())])
  }
}

/// A document that was made of a report.
public struct ReportDocument: Sendable {
  public let name: String
  public let bytes: [UInt8]
  public let digest: Digest

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    digest = SHA256.hash(bytes)
  }
}
