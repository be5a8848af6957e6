// The report as JSON, schema assay.report/1, and the one reader of it: reports are read back from
// the results of the daemon's jobs.
//
// An entry is written as it was signed, with its place, its subject and what the report says of it.
// Promises: reading what was written gives the same report, but for retractions that name several
// models, of which the JSON of an entry keeps the first; anything else is a problem with its place.

import Base
import Comparison
import Crypto
import Ledger
import Register
import Trials

extension AuditReport {
  private static let schema = "assay.report/1"

  public var json: JSON {
    [
      "schema": .string(Self.schema), "from": .string(from.rfc3339), "to": .string(to.rfc3339),
      "checkpoint": checkpoint.json, "entries": JSON(entryCount),
      "findings": .array(findings.map(\.json)),
      "summary": [
        "models": JSON(summary.models), "changed": JSON(summary.changed),
        "allow": JSON(summary.allow), "deny": JSON(summary.deny), "review": JSON(summary.review),
      ],
      "standing": [
        "checks": .array(standing.checks.map(\.json)),
        "lineage": .array(standing.edges.map(\.json)),
        "conclusions": .array(standing.people.conclusions.map(\.json)),
        "waivers": .array(standing.people.waivers.map(\.json)),
      ],
      "checks": .array(checks.map(\.json)), "comparisons": .array(comparisons.map(\.json)),
      "trials": .array(trials.map(\.json)), "lineage": .array(edges.map(\.json)),
      "conclusions": .array(people.conclusions.map(\.json)),
      "waivers": .array(people.waivers.map(\.json)),
      "retractions": .array(people.retractions.map { $0.entry.json() }),
    ]
  }

  /// What a report job answers: digests of the documents and the checkpoint they stand on.
  public func result(_ documents: [ReportDocument]) -> JSON {
    [
      "checkpoint": checkpoint.json, "report": json,
      "documents": .array(
        documents.map { ["name": .string($0.name), "sha256": .string($0.digest.tagged)] }),
    ]
  }

  /// The report in the answer of a report job. Throws `bad_report` if there is none.
  public init(jobResult: JSON) throws(Problem) {
    let reader = try ObjectReader(
      jobResult, code: "bad_report", what: "answer of a report job", remedy: Self.remedy)
    try self.init(
      json: try reader.needed("report", reader.member("report"), "a report"))
  }

  /// Reads what `json` writes.
  public init(json: JSON) throws(Problem) {
    let reader = try ObjectReader(json, code: "bad_report", what: "report", remedy: Self.remedy)
    guard try reader.text("schema") == Self.schema else {
      throw reader.malformed("schema", "\(Self.schema) is needed")
    }
    self.init(
      from: try reader.moment("from"), to: try reader.moment("to"),
      checkpoint: try ReportCheckpoint(
        reader.needed("checkpoint", try reader.object("checkpoint"), "a checkpoint")),
      entryCount: try reader.count("entries"),
      findings: try reader.values("findings", "a finding", Finding.init(json:)),
      summary: try Summary(reader.needed("summary", try reader.object("summary"), "an object")),
      standing: try Standing(
        reader.needed("standing", try reader.object("standing"), "an object")),
      checks: try reader.entries("checks", Check.init),
      comparisons: try reader.entries("comparisons", Comparison.init),
      trials: try reader.entries("trials", Trial.init),
      edges: try reader.entries("lineage", Edge.init), people: try People(reader))
  }

  private static let remedy = "make the report again"
}

extension ObjectReader {
  /// The entries of a section; a fault is named by its place in the report.
  fileprivate func entries<Item>(
    _ section: String, _ read: (ObjectReader) throws(Problem) -> Item
  ) throws(Problem) -> [Item] {
    var items: [Item] = []
    for reader in try objects(section) {
      do throws(Problem) {
        items.append(try read(reader))
      } catch {
        guard let place = error.place, !place.hasPrefix(reader.place) else { throw error }
        throw error.at(reader.place)
      }
    }
    return items
  }
}

// MARK: Parts

extension AuditReport.Summary {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    self.init(
      allow: try reader.count("allow"), deny: try reader.count("deny"),
      review: try reader.count("review"), changed: try reader.count("changed"))
    guard try reader.count("models") == models else {
      throw reader.malformed("models", "the sum of the verdicts is needed")
    }
  }
}

extension AuditReport.Standing {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    self.init(
      checks: try reader.entries("checks", AuditReport.Check.init),
      edges: try reader.entries("lineage", AuditReport.Edge.init),
      people: try AuditReport.People(reader))
  }
}

extension AuditReport.People {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    self.init(
      conclusions: try reader.entries("conclusions", AuditReport.Conclusion.init),
      waivers: try reader.entries("waivers", AuditReport.Waiver.init),
      retractions: try reader.entries("retractions", AuditReport.Retraction.init))
  }
}

// MARK: Entries

extension AuditReport.Check {
  /// - Parameter answer: the whole answer as it was kept.
  init(
    _ entry: ReportEntry, _ statement: CheckStatement, answer: JSON?, state: DecisionState?
  ) {
    // The whole answer tells more; one that cannot be read leaves what the statement keeps.
    var findings = statement.findings
    if let listed = answer?["findings"]?.array {
      let read = listed.compactMap(Finding.init(json:))
      if read.count == listed.count { findings = read }
    }
    self.init(
      entry: entry, statement: statement, answer: answer, state: state, findings: findings)
  }

  fileprivate var json: JSON {
    entry.json(
      JSONObject(present: ["body": answer, "state": state.map { .string($0.rawValue) }]))
  }

  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    let entry = try ReportEntry(reader, without: ["body", "state"])
    self.init(
      entry, try CheckStatement(entry.statement(.check)), answer: reader.member("body"),
      state: try reader.word("state", as: DecisionState.self))
  }
}

extension AuditReport.Comparison {
  init(_ entry: ReportEntry, answer: JSON?) {
    self.init(
      entry: entry, answer: answer, suspect: entry.members["suspect"]?["id"]?.string ?? "")
  }

  /// The entry as the report holds it.
  public var json: JSON { entry.json(JSONObject(present: ["body": answer])) }

  /// What was found, if it can be read: the whole answer, or without it what the statement keeps.
  public func report() throws(Problem) -> SuspectReport { try SuspectReport(recorded: json) }

  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    self.init(try ReportEntry(reader, without: ["body"]), answer: reader.member("body"))
  }
}

extension AuditReport.Trial {
  fileprivate var json: JSON {
    entry.json(
      JSONObject(present: [
        "event": .string(event.name), "trial": .string(event.trial), "key": .string(key.tagged),
        "body": answer,
      ]))
  }

  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    let entry = try ReportEntry(reader, without: ["event", "trial", "key", "body"])
    self.init(
      entry: entry, answer: reader.member("body"),
      event: TrialEvent(
        name: try reader.needed("event", try reader.text("event"), "a name"),
        trial: try reader.filled("trial"), predicate: .object(entry.members)),
      key: try reader.needed("key", try reader.digest("key"), "a digest"))
  }
}

extension AuditReport.Edge {
  fileprivate var json: JSON { entry.json(["retracted": .bool(isRetracted)]) }

  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    let entry = try ReportEntry(reader, without: ["retracted"])
    self.init(
      entry: entry, statement: try LineageStatement(entry.statement(.lineage)),
      isRetracted: try reader.needed("retracted", try reader.flag("retracted"), "true or false"))
  }
}

extension AuditReport.Conclusion {
  fileprivate var json: JSON { entry.json(["retracted": .bool(isRetracted)]) }

  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    let entry = try ReportEntry(reader, without: ["retracted"])
    self.init(
      entry: entry, statement: try ConclusionStatement(entry.statement(.conclusion)),
      isRetracted: try reader.needed("retracted", try reader.flag("retracted"), "true or false"))
  }
}

extension AuditReport.Waiver {
  fileprivate var json: JSON { entry.json(["withdrawn": .bool(isWithdrawn)]) }

  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    let entry = try ReportEntry(reader, without: ["withdrawn"])
    // In the daemon's former form `rules` stands beside the one that this entry is about.
    var (one, members) = (entry.statement(.waiver), entry.members)
    members["rules"] = nil
    one.predicate = .object(members)
    self.init(
      entry: entry, statement: try WaiverStatement(one),
      isWithdrawn: try reader.needed("withdrawn", try reader.flag("withdrawn"), "true or false"))
  }
}

extension AuditReport.Retraction {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    let entry = try ReportEntry(reader)
    self.init(
      entry: entry, statement: try RetractionStatement(entry.statement(.retraction)))
  }
}
