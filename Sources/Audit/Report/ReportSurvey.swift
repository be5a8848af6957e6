// One way through the log for a report: what belongs to the span, what was in force at its end,
// what was taken back by then.
//
// An entry's time is the one that it states. Edges that a comparison made state none: they were
// appended behind it in one transaction and count as recorded with it. What was appended before the
// first time that is stated counts as older than every span.

import Base
import Crypto
import Ledger
import Register
import Trials

/// Gathers a report entry by entry, in the order of the log.
struct ReportSurvey {
  let from: Instant
  let to: Instant
  /// Empty: all.
  let models: Set<Digest>
  let blobs: BlobStore
  /// When the newest entry so far was recorded.
  private var time = Instant(seconds: 0)
  private var entryCount = 0
  private var findings: [Finding] = []
  private var items: [ReportItem] = []
  /// The newest decision of each model before the span.
  private var earlierChecks: [Digest: ReportItem] = [:]
  /// What was taken back by the end of the span.
  private var takenBack: Set<TakenBack> = []

  /// An entry that was taken back: as what, and by which key.
  private struct TakenBack: Hashable {
    let entry: Int
    let target: RetractionStatement.Target
    let signer: Digest
  }

  static let bodyBytesMax = 16 << 20

  init(from: Instant, to: Instant, models: Set<Digest>, blobs: BlobStore) {
    self.from = from
    self.to = to
    self.models = models
    self.blobs = blobs
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
      if let stated = Self.time(of: statement.predicate) { time = stated }
      guard time <= to else { return }
      try take(statement, type, recorded)
    } catch {
      guard error.kind == .malformed else { throw error }
      findings.append(
        Finding(
          id: "ledger-statement-malformed", severity: .error, message: error.description,
          place: "ledger entry \(recorded.index)"))
    }
  }

  private mutating func take(
    _ statement: Statement, _ type: StatementType, _ recorded: RecordedStatement
  ) throws(Problem) {
    var item = ReportItem(recorded, statement, time: time)
    let isInSpan = from <= time
    switch type {
    case .check: try take(CheckStatement(statement), &item, isInSpan: isInSpan)
    case .comparison:
      guard isInSpan else { return }
      item.section = .comparisons
      item.members["body"] = try body(of: statement)
      add(item)
    case .trial:
      guard isInSpan, let event = TrialEvent(statement) else { return }
      item.section = .trials
      item.members["body"] = try body(of: statement)
      item.members["event"] = .string(event.name)
      item.members["trial"] = .string(event.trial)
      item.members["key"] = .string(recorded.signer.identifier.tagged)
      add(item)
    case .lineage:
      _ = try LineageStatement(statement)
      item.section = .lineage
      add(item)
    case .conclusion:
      _ = try ConclusionStatement(statement)
      item.section = .conclusions
      add(item)
    case .waiver:
      for waiver in try WaiverStatement.all(in: statement) {
        item.section = .waivers
        item.days = waiver.from...waiver.to
        item.members = item.members.merging(waiver.members)
        add(item)
      }
    case .retraction:
      let retraction = try RetractionStatement(statement)
      // As in the register: of what comes later, nothing is taken back.
      for entry in retraction.entries where entry < recorded.index {
        takenBack.insert(
          TakenBack(
            entry: entry, target: retraction.target, signer: recorded.signer.identifier))
      }
      item.section = .retractions
      if isInSpan { add(item) }
    case .report: break  // a report about reports would tell nobody anything
    }
  }

  private mutating func take(
    _ check: CheckStatement, _ item: inout ReportItem, isInSpan: Bool
  ) throws(Problem) {
    item.section = .checks
    item.check = check
    guard isInSpan else {
      if check.depth == .full, isAbout(item) { earlierChecks[check.model] = item }
      return
    }
    item.members["body"] = try body(of: item.statement)
    add(item)
  }

  private mutating func add(_ item: ReportItem) {
    if isAbout(item) { items.append(item) }
  }

  private func isAbout(_ item: ReportItem) -> Bool {
    models.isEmpty || item.statement.subjects.contains { $0.sha256.map(models.contains) ?? false }
  }

  private func body(of statement: Statement) throws(Problem) -> JSON? {
    guard let digest = statement.predicate["result"]?.string.flatMap(Digest.init(tagged:)),
      let bytes = try blobs.get(digest), bytes.count <= Self.bodyBytesMax
    else { return nil }
    return try? JSON.parse(bytes)
  }

  private static func time(of predicate: JSON) -> Instant? {
    (predicate["time"] ?? predicate["at"])?.string.flatMap(Instant.init(rfc3339:))
  }
}

// MARK: The report

extension ReportSurvey {
  func json(checkpoint: JSON, states: [Int: DecisionState]) -> JSON {
    var object: JSONObject = [
      "schema": "assay.report/1", "from": .string(from.rfc3339), "to": .string(to.rfc3339),
      "checkpoint": checkpoint, "entries": JSON(entryCount),
      "findings": .array(findings.map(\.json)), "summary": summary,
      "standing": standing(states),
    ]
    for section in ReportItem.Section.allCases {
      object[section.rawValue] = .array(
        items.filter { $0.section == section && from <= $0.time }.map { json($0, states) })
    }
    return .object(object)
  }

  private func json(_ item: ReportItem, _ states: [Int: DecisionState]) -> JSON {
    var members = item.members
    switch item.section {
    case .checks:
      if item.check?.depth == .full {
        members["state"] = .string((states[item.index] ?? .superseded).rawValue)
      }
    case .lineage, .conclusions: members["retracted"] = .bool(isRetracted(item))
    case .waivers: members["withdrawn"] = .bool(isRetracted(item))
    case .comparisons, .trials, .retractions: break
    }
    return .object(members)
  }

  private func isRetracted(_ item: ReportItem) -> Bool {
    takenBack.contains(
      TakenBack(
        entry: item.index, target: item.section == .waivers ? .waiver : .edge,
        signer: item.signer))
  }

  /// What was recorded earlier and was in force at the end of the span.
  private func standing(_ states: [Int: DecisionState]) -> JSON {
    let decided = Set(decisionsInSpan.compactMap(\.check?.model))
    let checks = earlierChecks.values.filter { !decided.contains($0.check?.model ?? $0.subject) }
      .sorted { $0.index < $1.index }
    let older = items.filter { $0.time < from && !isRetracted($0) }
    func list(_ section: ReportItem.Section) -> JSON {
      .array(older.filter { $0.section == section }.map { json($0, states) })
    }
    return [
      "checks": .array(checks.map { json($0, states) }), "lineage": list(.lineage),
      "conclusions": list(.conclusions),
      "waivers": .array(
        older.filter { $0.section == .waivers && $0.days?.contains(CalendarDay(to)) == true }
          .map { json($0, states) }),
    ]
  }

  private var decisionsInSpan: [ReportItem] {
    items.filter { $0.section == .checks && $0.check?.depth == .full && from <= $0.time }
  }

  /// Models decided in the span by their last verdict in it, and how many have another one than
  /// before it.
  private var summary: JSON {
    var last: [Digest: Verdict] = [:]
    for item in decisionsInSpan {
      if let check = item.check { last[check.model] = check.verdict }
    }
    let changed = last.count { model, verdict in
      earlierChecks[model].map { $0.check?.verdict != verdict } ?? false
    }
    var object: JSONObject = ["models": JSON(last.count), "changed": JSON(changed)]
    for verdict in Verdict.allCases {
      object[verdict.rawValue] = JSON(last.values.count { $0 == verdict })
    }
    return .object(object)
  }
}

/// An entry of the log as a report lists it.
struct ReportItem: Sendable {
  enum Section: String, CaseIterable, Sendable {
    case checks, comparisons, trials, lineage, conclusions, waivers, retractions
  }

  let index: Int
  let time: Instant
  let statement: Statement
  let signer: Digest
  var section = Section.checks
  var members: JSONObject
  /// Of a check.
  var check: CheckStatement?
  /// Of a waiver.
  var days: ClosedRange<CalendarDay>?

  var subject: Digest { statement.subjects.first?.sha256 ?? signer }

  init(_ recorded: RecordedStatement, _ statement: Statement, time: Instant) {
    index = recorded.index
    self.time = time
    self.statement = statement
    signer = recorded.signer.identifier
    members = statement.predicate.object ?? [:]
    members["ledger_index"] = JSON(recorded.index)
    members["subject"] = JSON(statement.subjects.first?.sha256?.tagged)
    members["subject_name"] = JSON(statement.subjects.first?.name)
  }
}

extension JSONObject {
  /// With the members of another one, which go before.
  fileprivate func merging(_ other: JSONObject) -> JSONObject {
    var merged = self
    for (key, value) in other { merged[key] = value }
    return merged
  }
}
