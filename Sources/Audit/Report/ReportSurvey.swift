// One way through the log for a report: what belongs to the span, what was in force at its end,
// what was taken back by then.
//
// An entry's time is the one that it states. Edges that a comparison made state none: they were
// appended behind it in one transaction and count as recorded with it. What was appended before the
// first time that is stated counts as older than every span.

import Base
import Crypto
import Ledger
import Policy
import Register
import Trials

/// Gathers a report entry by entry, in the order of the log.
struct ReportSurvey {
  let from: Instant
  let to: Instant
  /// Empty: all.
  let models: Set<Digest>
  let blobs: BlobStore
  /// Of decisions by their entry; what is not among them was superseded.
  let states: [Int: DecisionState]
  /// When the newest entry so far was recorded.
  private var time = Instant(seconds: 0)
  private var entryCount = 0
  private var findings: [Finding] = []
  private var checks: [AuditReport.Check] = []
  private var comparisons: [AuditReport.Comparison] = []
  private var trials: [AuditReport.Trial] = []
  private var edges: [Listed<LineageStatement>] = []
  private var conclusions: [Listed<ConclusionStatement>] = []
  private var waivers: [Listed<WaiverStatement>] = []
  private var retractions: [AuditReport.Retraction] = []
  /// The newest decision of each model before the span.
  private var earlierChecks: [Digest: AuditReport.Check] = [:]
  /// What was taken back by the end of the span.
  private var takenBack: Set<TakenBack> = []

  /// An entry that may be taken back later, and that may stand though it is older than the span.
  private struct Listed<Body> {
    let entry: ReportEntry
    let body: Body
    let time: Instant
    let signer: Digest
  }

  /// An entry that was taken back: as what, and by which key.
  private struct TakenBack: Hashable {
    let entry: Int
    let target: RetractionStatement.Target
    let signer: Digest
  }

  static let bodyBytesMax = 16 << 20

  init(
    from: Instant, to: Instant, models: Set<Digest>, blobs: BlobStore,
    states: [Int: DecisionState]
  ) {
    self.from = from
    self.to = to
    self.models = models
    self.blobs = blobs
    self.states = states
  }

  mutating func take(_ statements: Statements, range: Range<Int>) throws(Problem) {
    findings += statements.findings
    var next = 0
    for entry in range {
      if next < statements.verified.count, statements.verified[next].index == entry {
        try take(statements.verified[next])
        next += 1
      }
      if from <= time, time <= to { entryCount += 1 }
    }
  }

  private mutating func take(_ recorded: RecordedStatement) throws(Problem) {
    guard let type = StatementType(uri: recorded.statement.predicateType) else { return }
    do throws(Problem) {
      let statement = try recorded.statement.expanded(from: blobs)
      let entry = ReportEntry(recorded, statement)
      if let stated = entry.time { time = stated }
      guard time <= to else { return }
      try take(statement, type, entry, signer: recorded.signer.identifier)
    } catch {
      guard error.kind == .malformed else { throw error }
      findings.append(
        Finding(
          id: "ledger-statement-malformed", severity: .error, message: error.description,
          place: "ledger entry \(recorded.index)"))
    }
  }

  private mutating func take(
    _ statement: Statement, _ type: StatementType, _ entry: ReportEntry, signer: Digest
  ) throws(Problem) {
    let isInSpan = from <= time
    let isAbout = isAbout(statement)
    switch type {
    case .check:
      let check = try CheckStatement(statement)
      if isAbout { try take(check, entry, isInSpan: isInSpan) }
    case .comparison:
      guard isInSpan, isAbout else { return }
      comparisons.append(AuditReport.Comparison(entry, answer: try answer(of: entry)))
    case .trial:
      guard isInSpan, isAbout, let event = TrialEvent(statement) else { return }
      trials.append(
        AuditReport.Trial(
          entry: entry, answer: try answer(of: entry), event: event, key: signer))
    case .lineage:
      let edge = try LineageStatement(statement)
      if isAbout { edges.append(listed(entry, edge, signer)) }
    case .conclusion:
      let conclusion = try ConclusionStatement(statement)
      if isAbout { conclusions.append(listed(entry, conclusion, signer)) }
    case .waiver:
      for waiver in try WaiverStatement.all(in: statement) where isAbout {
        waivers.append(listed(entry.with(waiver.members), waiver, signer))
      }
    case .retraction:
      let retraction = try RetractionStatement(statement)
      // As in the register: of what comes later, nothing is taken back.
      for other in retraction.entries where other < entry.index {
        takenBack.insert(TakenBack(entry: other, target: retraction.target, signer: signer))
      }
      if isInSpan, isAbout {
        retractions.append(AuditReport.Retraction(entry: entry, statement: retraction))
      }
    case .report: break  // a report about reports would tell nobody anything
    }
  }

  private mutating func take(
    _ check: CheckStatement, _ entry: ReportEntry, isInSpan: Bool
  ) throws(Problem) {
    // An answer about another day or other rules would read as a verdict of this time.
    guard check.depth != .question else { return }
    let state = check.depth == .full ? states[entry.index] ?? .superseded : nil
    if isInSpan {
      checks.append(
        AuditReport.Check(entry, check, answer: try answer(of: entry), state: state))
    } else if check.depth == .full {
      earlierChecks[check.model] = AuditReport.Check(entry, check, answer: nil, state: state)
    }
  }

  private func listed<Body>(_ entry: ReportEntry, _ body: Body, _ signer: Digest) -> Listed<Body> {
    Listed(entry: entry, body: body, time: time, signer: signer)
  }

  private func isAbout(_ statement: Statement) -> Bool {
    models.isEmpty || statement.subjects.contains { $0.sha256.map(models.contains) ?? false }
  }

  /// The whole answer behind an entry, if it is still there.
  private func answer(of entry: ReportEntry) throws(Problem) -> JSON? {
    guard let digest = entry.answer, let bytes = try blobs.get(digest),
      bytes.count <= Self.bodyBytesMax
    else { return nil }
    return try? JSON.parse(bytes)
  }
}

// MARK: The report

extension ReportSurvey {
  /// What was gathered.
  func report(checkpoint: ReportCheckpoint) -> AuditReport {
    AuditReport(
      from: from, to: to, checkpoint: checkpoint, entryCount: entryCount, findings: findings,
      summary: summary, standing: standing, checks: checks, comparisons: comparisons,
      trials: trials, edges: edges.filter { from <= $0.time }.map(edge),
      people: AuditReport.People(
        conclusions: conclusions.filter { from <= $0.time }.map(conclusion),
        waivers: waivers.filter { from <= $0.time }.map(waiver), retractions: retractions))
  }

  private func edge(_ item: Listed<LineageStatement>) -> AuditReport.Edge {
    AuditReport.Edge(
      entry: item.entry, statement: item.body, isRetracted: isTakenBack(item, as: .edge))
  }

  private func conclusion(_ item: Listed<ConclusionStatement>) -> AuditReport.Conclusion {
    AuditReport.Conclusion(
      entry: item.entry, statement: item.body, isRetracted: isTakenBack(item, as: .edge))
  }

  private func waiver(_ item: Listed<WaiverStatement>) -> AuditReport.Waiver {
    AuditReport.Waiver(
      entry: item.entry, statement: item.body, isWithdrawn: isTakenBack(item, as: .waiver))
  }

  private func isTakenBack<Body>(
    _ item: Listed<Body>, as target: RetractionStatement.Target
  ) -> Bool {
    takenBack.contains(
      TakenBack(entry: item.entry.index, target: target, signer: item.signer))
  }

  /// What was recorded earlier and was in force at the end of the span.
  private var standing: AuditReport.Standing {
    let decided = Set(decisionsInSpan.map(\.statement.model))
    let earlier = earlierChecks.values.filter { !decided.contains($0.statement.model) }
    return AuditReport.Standing(
      checks: earlier.sorted { $0.entry.index < $1.entry.index },
      edges: edges.filter { $0.time < from }.map(edge).filter { !$0.isRetracted },
      people: AuditReport.People(
        conclusions: conclusions.filter { $0.time < from }.map(conclusion)
          .filter { !$0.isRetracted },
        waivers: waivers.filter { $0.time < from && $0.body.holds(on: CalendarDay(to)) }
          .map(waiver).filter { !$0.isWithdrawn },
        retractions: []))
  }

  private var decisionsInSpan: [AuditReport.Check] {
    checks.filter { $0.statement.depth == .full }
  }

  /// Models decided in the span by their last verdict in it, and how many have another one than
  /// before it.
  private var summary: AuditReport.Summary {
    var last: [Digest: Verdict] = [:]
    for check in decisionsInSpan { last[check.statement.model] = check.statement.verdict }
    func count(_ verdict: Verdict) -> Int { last.values.count { $0 == verdict } }
    return AuditReport.Summary(
      allow: count(.allow), deny: count(.deny), review: count(.review),
      changed: last.count { model, verdict in
        earlierChecks[model].map { $0.statement.verdict != verdict } ?? false
      })
  }
}
