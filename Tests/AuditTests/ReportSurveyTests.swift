// What a report lists: the span, what stood at its end, the sum, what was taken back.

import Base
import Crypto
import GateSupport
import Ledger
import Register
import TestSupport
import Testing

@testable import Audit

private let noncommercial = "CC-BY-NC-4.0#noncommercial"

@Suite("A report")
struct ReportSurveyTests {
  private func stage() throws -> GateStage {
    let stage = try GateStage(day: "2026-11-20")
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    try stage.add("other", TinyFolder(seed: 3))
    return stage
  }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

  private func report(
    _ stage: GateStage, _ from: String, _ to: String, models: [Digest] = []
  ) throws -> JSON {
    let states = try stage.standing { standing throws(Problem) in try standing.states() }
    let report = try AuditReport(
      log: stage.log, from: try instant(from), to: try instant(to), models: models, states: states)
    // Whatever is asked below, the report is read back as it was written.
    #expect(try AuditReport(json: report.json).json == report.json)
    return report.json
  }

  private func entries(_ list: JSON?) -> [Int] {
    (list?.array ?? []).compactMap { $0["ledger_index"]?.int }
  }

  /// Noon of the 20th, 21st, …: 0 check clean, 1 check nc | 2 edge, 3 and 4 conclusion, 5 waiver |
  /// 6 decided again: clean, 7 nc | 8 retraction of the conclusion, 9 withdrawal | 10 clean, 11 nc.
  private func history() throws -> GateStage {
    let stage = try stage()
    try stage.check("clean")
    try stage.check("nc")
    stage.clock.set(try GateStage.day("2026-11-21"))
    try stage.declare("clean", from: "other") { $0.licence = "MIT" }
    _ = try stage.conclude("clean", from: "nc")
    try stage.waive("nc", noncommercial, from: 0, to: 30)
    stage.clock.set(try GateStage.day("2026-11-22"))
    #expect(try stage.decide().decidedCount == 2)
    stage.clock.set(try GateStage.day("2026-11-23"))
    try stage.retract(3)
    try stage.withdraw(5)
    stage.clock.set(try GateStage.day("2026-11-24"))
    #expect(try stage.decide().decidedCount == 2)
    return stage
  }

  @Test("leaves out answers to questions about another day")
  func questions() throws {
    let stage = try stage()
    try stage.check("nc")
    try stage.check("nc") { request in
      request.asOf = stage.day(9)
      request.stated = StatedWords(developer: "mistral", by: "N. Keller")
    }
    #expect(try stage.size() == 2)
    let report = try report(stage, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
    #expect(entries(report["checks"]) == [0])
  }

  @Test("lists what was recorded in its span, each with its entry, and counts the entries")
  func span() throws {
    let stage = try history()
    let all = try report(stage, "2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z")
    #expect(all["entries"]?.int == 12 && all["schema"] == "assay.report/1")
    #expect(entries(all["checks"]) == [0, 1, 6, 7, 10, 11])
    #expect(entries(all["lineage"]) == [2, 4] && entries(all["conclusions"]) == [3])
    #expect(entries(all["waivers"]) == [5] && entries(all["retractions"]) == [8, 9])
    #expect(all["lineage"]?.array?.map { $0["retracted"]?.bool } == [false, true])
    #expect(all["conclusions"]?[0]?["retracted"]?.bool == true)
    #expect(all["waivers"]?[0]?["withdrawn"]?.bool == true)
    let waiver = try #require(all["waivers"]?[0])
    #expect(waiver["rule"] == .string(noncommercial) && waiver["by"] == "A. Licensor")
    #expect(waiver["from"] == "2026-11-21" && waiver["to"] == "2026-12-21")
    #expect(entries(all["standing"]?["checks"]) == [])
    let middle = try report(stage, "2026-11-21T00:00:00Z", "2026-11-21T23:59:59Z")
    #expect(middle["entries"]?.int == 4 && entries(middle["checks"]) == [])
    #expect(entries(middle["lineage"]) == [2, 4])
    // What was taken back later still stood then.
    #expect(middle["lineage"]?.array?.map { $0["retracted"]?.bool } == [false, false])
    #expect(middle["waivers"]?[0]?["withdrawn"]?.bool == false)
    #expect(entries(middle["standing"]?["checks"]) == [0, 1])
    let empty = try report(stage, "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z")
    #expect(empty["entries"]?.int == 0 && entries(empty["checks"]) == [])
  }

  @Test("includes the first and the last instant of its span")
  func bounds() throws {
    let stage = try stage()
    stage.clock.set(try instant("2026-11-20T00:00:00Z"))
    try stage.check("clean")
    stage.clock.set(try instant("2026-11-20T23:59:59.999Z"))
    try stage.check("nc")
    stage.clock.set(try instant("2026-11-21T00:00:00Z"))
    try stage.check("other")
    let day = try report(stage, "2026-11-20T00:00:00Z", "2026-11-20T23:59:59.999Z")
    #expect(entries(day["checks"]) == [0, 1] && day["entries"]?.int == 2)
    #expect(
      entries(try report(stage, "2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z")["checks"])
        == [2])
    #expect(
      entries(try report(stage, "2026-11-20T00:00:00.001Z", "2026-11-20T12:00:00Z")["checks"])
        == [])
  }

  @Test("that ends before it begins is refused")
  func badSpan() throws {
    let stage = try stage()
    let problem = #expect(throws: Problem.self) {
      try report(stage, "2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z")
    }
    #expect(problem?.code == "bad_span" && problem?.kind == .usage)
  }

  @Test("sets apart what stood at its end and was recorded earlier")
  func standing() throws {
    let stage = try history()
    let standing = try report(stage, "2026-11-22T00:00:00Z", "2026-11-22T23:00:00Z")["standing"]
    #expect(entries(standing?["checks"]) == [], "both were decided in the span")
    #expect(entries(standing?["lineage"]) == [2, 4])
    #expect(entries(standing?["conclusions"]) == [3] && entries(standing?["waivers"]) == [5])
    let later = try report(stage, "2026-11-23T00:00:00Z", "2026-11-23T23:00:00Z")["standing"]
    #expect(entries(later?["checks"]) == [6, 7])
    #expect(entries(later?["lineage"]) == [2] && entries(later?["conclusions"]) == [])
    #expect(entries(later?["waivers"]) == [], "it was withdrawn by then")
    let last = try report(stage, "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z")["standing"]
    #expect(entries(last?["checks"]) == [10, 11])
    #expect(last?["checks"]?.array?.map { $0["state"]?.string } == ["current", "current"])
  }

  @Test("has a waiver in force from its first day to its last")
  func waiversInForce() throws {
    let stage = try stage()
    try stage.check("nc")
    try stage.waive("nc", noncommercial, from: 2, to: 4)
    for (day, stands) in [
      ("2026-11-21", false), ("2026-11-22", true), ("2026-11-24", true), ("2026-11-25", false),
    ] {
      let found = try report(stage, "\(day)T00:00:00Z", "\(day)T23:59:59Z")["standing"]?["waivers"]
      #expect(entries(found) == (stands ? [1] : []), "\(day)")
    }
  }

  @Test("sums the models decided in the span by their last verdict, and those that changed")
  func summary() throws {
    let stage = try history()
    func summary(_ from: String, _ to: String) throws -> [Int?] {
      let sum = try report(stage, from, to)["summary"]
      return ["models", "allow", "deny", "review", "changed"].map { sum?[$0]?.int }
    }
    #expect(try summary("2026-11-20T00:00:00Z", "2026-11-20T23:00:00Z") == [2, 1, 1, 0, 0])
    #expect(try summary("2026-11-21T00:00:00Z", "2026-11-21T23:00:00Z") == [0, 0, 0, 0, 0])
    #expect(try summary("2026-11-22T00:00:00Z", "2026-11-22T23:00:00Z") == [2, 1, 1, 0, 2])
    #expect(try summary("2026-11-22T00:00:00Z", "2026-11-24T23:00:00Z") == [2, 1, 1, 0, 0])
    // A quick look decides nothing.
    try stage.check("other") { $0.depth = .quick }
    #expect(try summary("2026-11-24T00:00:00Z", "2026-11-24T23:00:00Z") == [2, 1, 1, 0, 2])
  }

  @Test("is about the models that were asked for alone")
  func models() throws {
    let stage = try history()
    let about = try report(
      stage, "2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z", models: [stage.digest("nc")])
    #expect(entries(about["checks"]) == [1, 7, 11] && entries(about["waivers"]) == [5])
    #expect(entries(about["lineage"]) == [] && entries(about["conclusions"]) == [])
    #expect(about["summary"]?["models"]?.int == 1)
    // A retraction speaks of both ends.
    #expect(entries(about["retractions"]) == [8, 9])
  }

  @Test("is the same value when it was written and read, but for the second end of a retraction")
  func roundTrip() throws {
    let stage = try history()
    let states = try stage.standing { standing throws(Problem) in try standing.states() }
    let report = try AuditReport(
      log: stage.log, from: instant("2026-11-20T12:00:00Z"), to: instant("2026-11-30T00:00:00Z"),
      models: [], states: states)
    let read = try AuditReport(json: report.json)
    #expect(read.checks == report.checks && report.checks.count == 6)
    #expect(report.checks.map { $0.answer != nil } == [true, true, false, false, false, false])
    #expect(report.checks.allSatisfy { $0.state != nil })
    #expect(read.edges == report.edges && report.edges.map(\.isRetracted) == [false, true])
    #expect(read.people.conclusions == report.people.conclusions)
    #expect(read.people.waivers == report.people.waivers && report.people.waivers.count == 1)
    #expect(read.standing == report.standing && read.summary == report.summary)
    #expect(read.checkpoint == report.checkpoint && read.findings == report.findings)
    #expect(read.people.retractions.map(\.entry) == report.people.retractions.map(\.entry))
    #expect(report.people.retractions.map(\.statement.models.count) == [2, 1])
    #expect(read.people.retractions.map(\.statement.models.count) == [1, 1])
  }

  @Test("lists each rule of a waiver in the daemon's former form, and reads it back")
  func formerWaiver() throws {
    let stage = try stage()
    try stage.log.append([
      Statement(
        subjects: [.init(name: "nc", sha256: try stage.digest("nc"))],
        predicateType: StatementType.waiver.uri,
        predicate: [
          "rules": ["a.b", "c.d"], "by": "J", "reason": "r", "at": "2026-11-20T12:00:00Z",
          "expires_at": "2026-12-20T12:00:00Z", "added": [1],
        ])
    ])
    let json = try report(stage, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
    let read = try AuditReport(json: json)
    #expect(read.people.waivers.map(\.statement.rule) == ["a.b", "c.d"])
    #expect(read.people.waivers.map(\.statement.to.description) == ["2026-12-20", "2026-12-20"])
    // What was signed stands there as it was signed, also what this program does not know.
    #expect(
      json["waivers"]?[1]?["rules"] == ["a.b", "c.d"] && json["waivers"]?[0]?["added"] == [1])
  }

  @Test("believes a retraction of its own kind, of the same key, and of what was there before")
  func retractions() throws {
    let stage = try stage()
    try stage.check("nc")
    let key = try ECDSA.PrivateKey.generate()
    let trusted = FileSystem.join(stage.state.keysPath, "trusted")
    try FileSystem.makeDirectory(trusted, mode: 0o700)
    try DurableFile.replace(trusted + "/other.pem", with: key.publicKey.pem)
    let log = try StateLog(stage.state)
    let edge = try stage.declare("clean", from: "nc")
    let waiver = try stage.waive("nc", noncommercial)
    func taken(_ target: RetractionStatement.Target, _ entry: Int) throws -> Statement {
      try RetractionStatement(
        target: target, entries: [entry], models: [stage.digest("nc")], by: "J", reason: "r",
        time: stage.clock.now
      ).statement()
    }
    // By another key, of the wrong kind, and of what comes later.
    let foreign = try taken(.edge, edge).signed(by: key).bytes
    _ = try log.ledger.append([foreign])
    let size = try stage.size()
    try log.append([
      try taken(.waiver, edge), try taken(.edge, waiver), try taken(.edge, size + 3),
    ])
    let late = try stage.declare("other", from: "nc")
    #expect(late == size + 3)
    let states = try stage.standing { standing throws(Problem) in try standing.states() }
    let json = try AuditReport(
      log: log, from: instant("2026-11-20T00:00:00Z"), to: instant("2026-11-21T00:00:00Z"),
      models: [], states: states
    ).json
    #expect(entries(json["lineage"]) == [edge, late])
    #expect(json["lineage"]?.array?.map { $0["retracted"]?.bool } == [false, false])
    #expect(json["waivers"]?[0]?["withdrawn"]?.bool == false)
    // The gate says the same.
    for entry in [edge, late] {
      let stated = try log.read { reader throws(Problem) in try reader.retractableEdge(entry: entry)
      }
      #expect(stated?.isRetracted == false)
    }
  }

  @Test(
    "names statements that cannot be read, and lists them nowhere",
    arguments: [StatementType.lineage, .conclusion, .waiver, .retraction, .check])
  func malformed(kind: StatementType) throws {
    let stage = try stage()
    let broken = Statement(
      subjects: [.init(name: nil, sha256: try stage.digest("clean"))], predicateType: kind.uri,
      predicate: ["time": .string(stage.clock.now.rfc3339)])
    try stage.log.append([broken])
    let json = try report(stage, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
    #expect(json["findings"]?[0]?["id"] == "ledger-statement-malformed")
    #expect(json["findings"]?[0]?["place"] == "ledger entry 0")
    for section in ["checks", "lineage", "conclusions", "waivers", "retractions"] {
      #expect(entries(json[section]) == [], "\(section)")
    }
  }

  @Test("names its documents in a statement that can be looked up, and no other file")
  func verification() throws {
    let stage = try history()
    let runner = AuditRunner(state: stage.state, clock: stage.clock.wall) { report in
      [ReportDocument(name: "report.json", bytes: report.json.canonicalBytes)]
    }
    let request = JobRequest.report(
      from: try instant("2026-11-20T00:00:00Z"), to: try instant("2026-11-30T00:00:00Z"),
      models: [])
    guard case .report(let outcome) = try runner.run(request, Run(threads: 1)) else {
      Issue.record("the outcome of a report is a report")
      return
    }
    let file = try stage.folder.write("report.json", outcome.documents[0].bytes)
    #expect(try !ReportVerification(state: stage.state).check(file).isVerified)
    let sources = try stage.sources()
    let staged = try stage.log.database.transaction { () throws(Problem) in
      let recording = try JobRecording(
        .report(outcome), reader: RegisterReader(stage.log.database), sources: sources,
        blobs: stage.state.blobs)
      return (recording, try stage.log.stage(recording.statements))
    }
    try stage.log.ledger.publish()
    #expect(staged.0.json(staged.1)["ledger_index"]?.int == 12)
    let found = try ReportVerification(state: stage.state).check(file)
    #expect(found.isVerified && found.ledgerIndex == 12)
    #expect(found.checkpoint == outcome.report.checkpoint && found.checkpoint?.size == 12)
    try stage.folder.write("report.json", outcome.documents[0].bytes + [0x0A])
    #expect(try !ReportVerification(state: stage.state).check(file).isVerified)
  }
}
