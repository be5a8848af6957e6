// Every kind of statement: what is written is read back as it was, validates against its schema, and
// a member of the wrong form is refused with its place.

import Base
import Crypto
import TestSupport
import Testing

@testable import Ledger

/// One statement of each kind with a typed body, with every member that the kind knows.
private struct Samples {
  static let digests = (0..<8).map { SHA256.hash([UInt8($0)]) }
  static let time = Instant(seconds: 1_793_000_000)

  static func day(_ text: String) throws -> CalendarDay { try #require(CalendarDay(text)) }

  static func check() throws -> CheckStatement {
    var check = CheckStatement(
      model: digests[0], name: "m", verdict: .review, asOf: try day("2026-11-20"), time: time)
    check.trigger = .decide
    check.licences = ["MIT", "ISC"]
    check.stated = [
      StatedFact(.licence, "MIT", by: "N. Keller"), StatedFact(.base, "a/b=merged", by: "Ops 7"),
    ]
    check.weights = digests[1]
    check.tensorSet = digests[2]
    check.facts = digests[3]
    check.result = digests[4]
    check.policy = PolicyReference(name: "acme", digest: digests[5], source: .stored("acme-1"))
    check.profile = ProfileReference(name: "eu", digest: digests[6], source: .stored)
    check.validUntil = try day("2026-12-01")
    var basis = DecisionBasis(catalogue: digests[7])
    (basis.edges, basis.waivers, basis.others, basis.faults) = ([4, 9], [5], [3], [7])
    basis.licences = [
      .init(model: digests[1].tagged, licence: "MIT", entry: 2),
      .init(model: digests[2].tagged, licence: nil, entry: 8),
    ]
    check.basis = basis
    check.because = [
      DecisionCause(.edge, entry: 9, detail: "An edge."), DecisionCause(.policy, detail: "A pack."),
    ]
    check.findings = [
      Finding(
        id: "x", severity: .warning, message: "It is.", place: "README.md",
        details: ["effect": "deny"])
    ]
    check.waived = ["y"]
    return check
  }

  static func edge() throws -> LineageEdge {
    LineageEdge(
      ancestor: digests[1].tagged, child: digests[0].tagged, relation: .merged, grade: .declared,
      direction: .undetermined, date: try day("2025-01-31"), route: .weights, by: "self",
      licence: "MIT", developer: "google", origin: "US-TX")
  }

  static func lineage() throws -> LineageStatement {
    LineageStatement(
      edge: try edge(), childName: "c", ancestorName: "a", time: time,
      evidence: ["comparison": .string(digests[2].tagged)])
  }

  static func conclusion() throws -> ConclusionStatement {
    ConclusionStatement(
      by: "J. Doe", reason: "logs", edge: try edge(), childName: "c", time: time)
  }

  static func waiver() throws -> WaiverStatement {
    WaiverStatement(
      model: digests[0], modelName: "m", rule: "a.b", by: "J. Doe", reason: "a letter",
      from: try day("2026-11-01"), to: try day("2026-11-30"), time: time)
  }

  static func retraction() -> RetractionStatement {
    RetractionStatement(
      target: .waiver, entries: [3, 4], models: [digests[0], digests[1]], by: "J. Doe",
      reason: "an error", time: time)
  }

  static func report() -> ReportStatement {
    ReportStatement(
      documents: [("report.html", digests[0]), ("report.md", digests[1])],
      from: Instant(seconds: 0), to: time,
      checkpoint: ReportCheckpoint(
        origin: "test.example/log", size: 3, root: digests[2], note: "n"), time: time)
  }

  static func all() throws -> [(kind: StatementType, statement: Statement)] {
    [
      (.check, try check().statement()), (.lineage, try lineage().statement()),
      (.conclusion, try conclusion().statement()), (.waiver, try waiver().statement()),
      (.retraction, try retraction().statement()), (.report, report().statement()),
    ]
  }

  /// Reads a statement as its kind.
  static func read(_ kind: StatementType, _ statement: Statement) throws(Problem) {
    switch kind {
    case .check: _ = try CheckStatement(statement)
    case .lineage: _ = try LineageStatement(statement)
    case .conclusion: _ = try ConclusionStatement(statement)
    case .waiver: _ = try WaiverStatement(statement)
    case .retraction: _ = try RetractionStatement(statement)
    case .report: _ = try ReportStatement(statement)
    case .comparison, .trial: break
    }
  }
}

@Suite("A statement")
struct StatementTests {
  /// Through the envelope that the log holds.
  private func back(_ statement: Statement) throws -> Statement {
    let key = try ECDSA.PrivateKey.generate()
    let envelope = try Envelope(parsing: try statement.signed(by: key).bytes)
    let payload = try #require(envelope.verified(by: [key.publicKey]))
    return try Statement(parsing: payload.bytes)
  }

  private func expectBack<Body: StatementBody>(_ body: Body) throws {
    let statement = try body.statement()
    #expect(try Body(back(statement)) == body)
    #expect(statement.predicateType == Body.type.uri)
  }

  @Test("is read as it was written, whatever is left out")
  func roundTrips() throws {
    try expectBack(Samples.check())
    try expectBack(
      CheckStatement(
        model: Samples.digests[0], name: "m", verdict: .allow, asOf: Samples.day("2026-11-20"),
        time: nil))
    for source in [PolicyReference.Source.shipped, .configured("a"), .directory("/a")] {
      var check = try Samples.check()
      check.depth = source == .shipped ? .question : .quick
      check.policy?.source = source
      check.profile?.source = .given
      try expectBack(check)
    }
    for event in DecisionCause.Event.allCases {
      var check = try Samples.check()
      check.because = [DecisionCause(event, entry: 1, detail: "d")]
      try expectBack(check)
    }
    try expectBack(Samples.lineage())
    let named = LineageEdge(
      ancestor: "acme/base", child: Samples.digests[0].tagged, relation: nil, grade: .suspected)
    try expectBack(LineageStatement(edge: named))
    try expectBack(Samples.conclusion())
    for name in ["c", nil] {
      try expectBack(
        ConclusionStatement(by: "J", reason: "r", edge: named, childName: name, time: nil))
    }
    try expectBack(Samples.waiver())
    var waiver = try Samples.waiver()
    (waiver.modelName, waiver.time, waiver.to) = (nil, nil, waiver.from)
    try expectBack(waiver)
    for target in RetractionStatement.Target.allCases {
      var retraction = Samples.retraction()
      (retraction.target, retraction.time) = (target, nil)
      try expectBack(retraction)
    }
    try expectBack(Samples.report())
  }

  @Test("of a conclusion is followed by the edge, which names it by its digest")
  func conclusion() throws {
    let conclusion = try Samples.conclusion()
    let statements = try conclusion.statements(ancestorName: "a")
    try #require(statements.count == 2)
    #expect(try ConclusionStatement(statements[0]) == conclusion)
    let edge = try LineageStatement(statements[1])
    #expect(edge.conclusion == SHA256.hash(statements[0].bytes))
    #expect(edge.isConcluded && edge.isDeclaration && edge.edge == conclusion.edge)
    #expect(edge.time == conclusion.time && edge.ancestorName == "a")
  }

  @Test("of an edge is a person's word if it was declared, and none if it was measured")
  func declarations() throws {
    var edge = try Samples.edge()
    #expect(LineageStatement(edge: edge).isDeclaration)
    #expect(!LineageStatement(edge: edge, evidence: ["comparison": "x"]).isDeclaration)
    #expect(LineageStatement(edge: edge, evidence: ["concluded_by": "J"]).isDeclaration)
    for grade in [EdgeGrade.signed, .suspected] {
      edge.grade = grade
      #expect(!LineageStatement(edge: edge).isDeclaration)
      #expect(!LineageStatement(edge: edge, evidence: ["concluded_by": "J"]).isDeclaration)
    }
  }

  // MARK: What is refused

  /// A kind, a member of its predicate, a value of the wrong form, and the pointer that is told.
  static let malformed: [(StatementType, String, JSON, String)] = [
    (.check, "verdict", "maybe", "verdict"), (.check, "verdict", nil, "verdict"),
    (.check, "as_of", "2026-02-30", "as_of"), (.check, "as_of", nil, "as_of"),
    (.check, "name", 1, "name"), (.check, "time", "today", "time"),
    (.check, "depth", "deep", "depth"), (.check, "trigger", "x", "trigger"),
    (.check, "stated", [["fact": "model.age", "value": "1"]], "stated/0/fact"),
    (
      .check, "stated", [["fact": "model.origin", "value": "DE", "grade": "measured"]],
      "stated/0/grade"
    ),
    (.lineage, "grade", "stated", "grade"),
    (.check, "licences", "MIT", "licences"), (.check, "licences", [1], "licences"),
    (.check, "weights_digest", "sha256:0", "weights_digest"),
    (.check, "tensor_set_digest", 1, "tensor_set_digest"), (.check, "facts", "x", "facts"),
    (.check, "result", "x", "result"), (.check, "policy", "acme", "policy"),
    (.check, "policy", [:], "policy/name"),
    (.check, "policy", ["name": "", "digest": "x"], "policy/name"),
    (.check, "policy", ["name": "a"], "policy/digest"),
    (.check, "policy", ["name": "a", "digest": "x"], "policy/digest"),
    (.check, "profile", ["name": "a"], "profile/source"),
    (.check, "profile", ["name": "a", "source": "x"], "profile/source"),
    (.check, "valid_until", "x", "valid_until"), (.check, "basis", [], "basis"),
    (.check, "basis", [:], "basis/catalogue"), (.check, "because", "x", "because"),
    (.check, "because", [1], "because/0"),
    (.check, "because", [["event": "edge"]], "because/0/detail"),
    (.check, "because", [["event": "moon", "detail": "d"]], "because/0/event"),
    (.check, "because", [["detail": "d"]], "because/0/event"),
    (
      .check, "because", [["event": "edge", "detail": "d", "ledger_index": -1]],
      "because/0/ledger_index"
    ),
    (.check, "findings", "x", "findings"), (.check, "findings", [[:]], "findings/0"),
    (.check, "findings", [["id": "a", "severity": "fatal", "message": "m"]], "findings/0"),
    (.check, "waived", [nil], "waived"),
    (.lineage, "ancestor", nil, "ancestor"), (.lineage, "ancestor", "a", "ancestor"),
    (.lineage, "ancestor", [:], "ancestor"),
    (.lineage, "ancestor", ["digest": "x"], "ancestor/digest"),
    (.lineage, "ancestor", ["digest": ["sha256": "x"], "name": "a"], "ancestor"),
    (.lineage, "ancestor", ["name": 1], "ancestor/name"),
    (.lineage, "relation", "cousin", "relation"), (.lineage, "grade", "sure", "grade"),
    (.lineage, "grade", nil, "grade"), (.lineage, "direction", "up", "direction"),
    (.lineage, "date", "x", "date"), (.lineage, "route", "sea", "route"),
    (.lineage, "by", 1, "by"), (.lineage, "licence", 1, "licence"),
    (.lineage, "developer", [], "developer"), (.lineage, "origin", 1, "origin"),
    (.lineage, "time", "x", "time"),
    (.conclusion, "by", "", "by"), (.conclusion, "reason", nil, "reason"),
    (.conclusion, "edge", nil, "edge"), (.conclusion, "edge", "x", "edge"),
    (.conclusion, "edge", ["grade": "declared"], "edge/ancestor"),
    (.conclusion, "edge", ["ancestor": "", "grade": "declared"], "edge/ancestor"),
    (.conclusion, "edge", ["ancestor": "a", "grade": "x"], "edge/grade"),
    (.conclusion, "time", 1, "time"),
    (.waiver, "rule", nil, "rule"), (.waiver, "rule", "", "rule"), (.waiver, "by", "", "by"),
    (.waiver, "reason", 1, "reason"), (.waiver, "from", nil, "from"),
    (.waiver, "from", "yesterday", "from"), (.waiver, "to", "2026-13-01", "to"),
    (.waiver, "to", "2026-10-31", "to"), (.waiver, "time", "x", "time"),
    (.waiver, "rules", ["a"], "expires_at"),
    (.retraction, "of", "check", "of"), (.retraction, "of", nil, "of"),
    (.retraction, "entries", [], "entries"), (.retraction, "entries", nil, "entries"),
    (.retraction, "entries", [-1], "entries"), (.retraction, "entries", ["1"], "entries"),
    (.retraction, "by", nil, "by"), (.retraction, "reason", "", "reason"),
    (.retraction, "time", "x", "time"),
    (.report, "from", nil, "from"), (.report, "to", "x", "to"), (.report, "time", nil, "time"),
    (.report, "checkpoint", nil, "checkpoint"), (.report, "checkpoint", "n", "checkpoint"),
    (.report, "checkpoint", [:], "checkpoint/origin"),
    (.report, "checkpoint", ["origin": "a", "size": -1], "checkpoint/size"),
    (.report, "checkpoint", ["origin": "a", "size": 1], "checkpoint/root"),
    (.report, "checkpoint", ["origin": "a", "size": 1, "root": "x"], "checkpoint/root"),
  ]

  @Test("with a member of the wrong form is refused with its JSON pointer", arguments: malformed)
  func refused(kind: StatementType, member: String, value: JSON, pointer: String) throws {
    var statement = try #require(try Samples.all().first { $0.kind == kind }).statement
    var predicate = statement.predicate.object ?? [:]
    predicate[member] = value
    statement.predicate = .object(predicate)
    do throws(Problem) {
      try Samples.read(kind, statement)
      Issue.record("read \(value.canonicalText)")
    } catch {
      #expect(error.kind == .malformed && error.code == "bad_\(kind.rawValue)")
      #expect(error.place == "/predicate/\(pointer)")
    }
  }

  @Test("of another kind, without an object, or about nothing that has a digest is refused")
  func wrongWhole() throws {
    for (kind, statement) in try Samples.all() {
      func place(_ change: (inout Statement) -> Void) -> String? {
        var other = statement
        change(&other)
        return #expect(throws: Problem.self) { try Samples.read(kind, other) }?.place
      }
      #expect(place { $0.predicateType = "https://example.org/x" } == "/predicateType")
      #expect(place { $0.predicate = [] } == "/predicate")
      #expect(place { $0.subjects[0].digests = ["sha512": "ab"] } == "/subject", "\(kind)")
      if kind != .retraction, kind != .report {
        #expect(place { $0.subjects.append($0.subjects[0]) } == "/subject", "\(kind)")
      }
    }
  }

  @Test("that could not be read again is not written")
  func unwritable() throws {
    func code(_ make: () throws(Problem) -> Statement) -> String? {
      #expect(throws: Problem.self) { try make() }?.code
    }
    for change in [
      { $0.by = "" }, { $0.reason = "" }, { $0.rule = "" },
    ] as [(inout WaiverStatement) -> Void] {
      var waiver = try Samples.waiver()
      change(&waiver)
      #expect(code(waiver.statement) == "bad_value")
    }
    var waiver = try Samples.waiver()
    waiver.to = try Samples.day("2026-10-31")
    #expect(code(waiver.statement) == "bad_span")
    for change in [{ $0.by = "" }, { $0.reason = "" }] as [(inout ConclusionStatement) -> Void] {
      var conclusion = try Samples.conclusion()
      change(&conclusion)
      #expect(code(conclusion.statement) == "bad_value")
    }
    for change in [{ $0.by = "" }, { $0.reason = "" }] as [(inout RetractionStatement) -> Void] {
      var retraction = Samples.retraction()
      change(&retraction)
      #expect(code(retraction.statement) == "bad_value")
    }
    var edge = try Samples.edge()
    edge.child = "acme/child"
    #expect(code(LineageStatement(edge: edge).statement) == "child_without_digest")
    let conclusion = ConclusionStatement(
      by: "J", reason: "r", edge: edge, childName: nil, time: nil)
    #expect(code(conclusion.statement) == "child_without_digest")
  }

  // MARK: Older forms

  @Test("of a daemon's former waiver is one waiver a rule, from day to day")
  func formerWaiver() throws {
    var object: JSONObject = [
      "rules": ["a.b", "c.d"], "reason": "a letter", "by": "ci", "at": "2026-11-01T12:00:00Z",
      "expires_at": "2026-11-30T00:00:00Z", "decision": "abc",
    ]
    func statement() -> Statement {
      Statement(
        subjects: [.init(name: "m", sha256: Samples.digests[0])],
        predicateType: StatementType.waiver.uri, predicate: .object(object))
    }
    let waivers = try WaiverStatement.all(in: statement())
    #expect(waivers.map(\.rule) == ["a.b", "c.d"])
    for waiver in waivers {
      #expect(waiver.from.description == "2026-11-01" && waiver.to.description == "2026-11-30")
      #expect(waiver.by == "ci" && waiver.reason == "a letter" && waiver.modelName == "m")
      #expect(waiver.time == Instant(rfc3339: "2026-11-01T12:00:00Z"))
    }
    #expect(throws: Problem.self) { try WaiverStatement(statement()) }
    object["rules"] = ["a.b"]
    #expect(try WaiverStatement(statement()) == waivers[0])
    // What nobody could have meant is refused here, and not where it is kept.
    let whole = object
    for (key, value) in [
      ("by", nil), ("by", ""), ("rules", [""]), ("rules", []),
      ("expires_at", "2026-10-01T00:00:00Z"),
      ("at", nil), ("reason", ""),
    ] as [(String, JSON)] {
      object = whole
      object[key] = value
      let problem = #expect(throws: Problem.self) { try WaiverStatement.all(in: statement()) }
      #expect(problem?.kind == .malformed, "\(key) \(value.canonicalText)")
    }
  }

  @Test("of a check from before decisions were kept tells licences and decides nothing")
  func formerCheck() throws {
    let former = Statement(
      subjects: [.init(name: "m", sha256: Samples.digests[0])],
      predicateType: StatementType.check.uri,
      predicate: [
        "verdict": "allow", "as_of": "2026-01-01", "licences": ["MIT"], "name": "m",
        "findings": [["id": "a", "severity": "note"]], "findings_count": 1,
        "horizon": "in_force", "policies": [["name": "facts.json", "sha256": "x"]],
      ])
    let check = try CheckStatement(former)
    #expect(check.licences == ["MIT"] && check.depth == .full && !check.isDecision)
    #expect(check.time == nil && check.basis == nil && check.findings.map(\.id) == ["a"])
    #expect(try SchemaValidator(ledger: "check").faults(former.predicate) == [])
  }

  @Test(
    "of a check is a decision only with rules, facts and a basis, in full",
    arguments: [
      { $0.depth = .quick }, { $0.depth = .question }, { $0.facts = nil }, { $0.basis = nil },
      { $0.policy = nil },
    ] as [@Sendable (inout CheckStatement) -> Void])
  func isDecision(change: @Sendable (inout CheckStatement) -> Void) throws {
    var check = try Samples.check()
    #expect(check.isDecision)
    change(&check)
    #expect(!check.isDecision)
  }

  @Test("names every entry that a decision used, once and ascending")
  func ledgerEntries() throws {
    #expect(try Samples.check().basis?.ledgerEntries == [2, 3, 4, 5, 7, 8, 9])
  }

  @Test("of a waiver counts from its first day to its last")
  func days() throws {
    let waiver = try Samples.waiver()
    for (day, holds) in [
      ("2026-10-31", false), ("2026-11-01", true), ("2026-11-30", true), ("2026-12-01", false),
    ] {
      #expect(try waiver.holds(on: Samples.day(day)) == holds, "\(day)")
    }
  }

  // MARK: Schemas

  @Test("is described by the schema of its kind, and the schema refuses what the reader refuses")
  func schemas() throws {
    for (kind, statement) in try Samples.all() {
      let schema = try SchemaValidator(ledger: kind.rawValue)
      #expect(schema.faults(statement.predicate) == [], "\(kind)")
      #expect(schema.faults([]) != [])
    }
    for (kind, member, value, pointer) in Self.malformed {
      var object =
        try #require(try Samples.all().first { $0.kind == kind }).statement.predicate
        .object ?? [:]
      // Absence and null are one to the reader; a span, and which form a waiver has, cannot be
      // told by a schema.
      object[member] = value.isNull ? JSON?.none : value
      if kind == .waiver, value == "2026-10-31" || member == "rules" || pointer == "by" { continue }
      let faults = try SchemaValidator(ledger: kind.rawValue).faults(.object(object))
      #expect(faults != [], "\(kind) \(member) \(value.canonicalText)")
    }
  }

  @Test("has a schema of its own address, and a line in the description of the ledger")
  func described() throws {
    let root = FileSystem.directoryName(#filePath) + "/../../Ledger/"
    let text = String(
      decoding: try FileSystem.read(root + "README.md", limitBytes: 1 << 18), as: UTF8.self)
    for kind in StatementType.allCases {
      let schema = try JSON.parse(
        FileSystem.read("\(root)schema/\(kind.rawValue).schema.json", limitBytes: 1 << 18))
      #expect(schema["$id"]?.string == kind.uri)
      #expect(text.contains("| `\(kind.rawValue)` |"), "\(kind)")
      #expect(StatementType(uri: kind.uri) == kind)
    }
    #expect(StatementType(uri: "https://assay.dev/statement/check/v2") == nil)
  }
}
