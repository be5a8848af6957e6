// The register as a function of the log: however it was filled, in one go or entry by entry, it has
// the same rows, and they say what the entries say.

import Base
import Crypto
import GateSupport
import Ledger
import State
import Store
import TestSupport
import Testing

@testable import Register

/// Appends random statements to a log, and keeps by itself what they should come to.
private struct RandomLog {
  let stage: GateStage
  var random: CounterRandom
  /// The state's own key, another trusted one, and one that nobody trusts.
  let keys: [ECDSA.PrivateKey]
  let nodes = (0..<6).map { SHA256.hash([UInt8($0), 9]) }
  private var entryCount = 0

  /// What the entries should come to.
  struct Wanted: Equatable {
    var edges: [Int: Int?] = [:]
    var conclusions: [Int: Int?] = [:]
    /// Of the edges that follow from one.
    var behind: [Int: Int] = [:]
    var waivers: [Int: Int?] = [:]
    var checks: Set<Int> = []
    var faults: Set<Int> = []
  }
  private(set) var wanted = Wanted()
  /// Which key signed what can be taken back.
  private var signers: [Int: Int] = [:]

  init(_ stage: GateStage, seed: UInt64) throws {
    self.stage = stage
    random = CounterRandom(seed: seed, stream: 3)
    keys = [
      try stage.state.statementKey(), try ECDSA.PrivateKey.generate(),
      try ECDSA.PrivateKey.generate(),
    ]
    let trusted = FileSystem.join(stage.state.keysPath, "trusted")
    try FileSystem.makeDirectory(trusted, mode: 0o700)
    try DurableFile.replace(trusted + "/other.pem", with: keys[1].publicKey.pem)
  }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  /// One more statement, or an entry that is none.
  mutating func append(to ledger: Ledger) throws {
    switch below(12) {
    case 0, 1, 2: try edge(ledger)
    case 3: try conclusion(ledger)
    case 4, 5: try waiver(ledger)
    case 6, 7, 8: try retraction(ledger)
    case 9: try check(ledger)
    case 10: try broken(ledger)
    default: try foreign(ledger)
    }
  }

  private mutating func add(
    _ statement: Statement, to ledger: Ledger, by key: Int
  ) throws -> Int {
    let recorder = Recorder(key: keys[key], blobs: stage.state.blobs)
    let entries = try recorder.entries([statement])
    let index = try #require(try ledger.append(entries).first?.index)
    #expect(index == entryCount)
    entryCount += 1
    if key == 2 { wanted.faults.insert(index) }
    return index
  }

  private mutating func anyEdge() -> LineageEdge {
    let child = below(nodes.count)
    let ancestor = below(nodes.count + 1)
    return LineageEdge(
      ancestor: ancestor < nodes.count ? nodes[ancestor].tagged : "acme/base",
      child: nodes[child].tagged, relation: .finetuned,
      grade: [.signed, .declared, .suspected][below(3)],
      direction: below(3) == 0 ? .undetermined : .known)
  }

  private mutating func edge(_ ledger: Ledger) throws {
    let key = below(3)
    let entry = try add(try LineageStatement(edge: anyEdge()).statement(), to: ledger, by: key)
    guard key < 2 else { return }
    wanted.edges[entry] = .some(nil)
    signers[entry] = key
  }

  private mutating func conclusion(_ ledger: Ledger) throws {
    let key = below(2)
    let made = ConclusionStatement(
      by: "J", reason: "r\(entryCount)", edge: anyEdge(), childName: nil, time: nil)
    var statements = try made.statements(ancestorName: nil)
    if below(2) == 0 {
      // Older edges do not name their conclusion.
      var object = statements[1].predicate.object ?? [:]
      object["evidence"] = ["concluded_by": "J"]
      statements[1].predicate = .object(object)
    }
    let first = try add(statements[0], to: ledger, by: key)
    let second = try add(statements[1], to: ledger, by: key)
    wanted.conclusions[first] = .some(nil)
    wanted.edges[second] = .some(nil)
    wanted.behind[second] = first
    for entry in [first, second] { signers[entry] = key }
  }

  private mutating func waiver(_ ledger: Ledger) throws {
    let key = below(3)
    let day = stage.day(0)
    let waiver = WaiverStatement(
      model: nodes[below(nodes.count)], modelName: nil, rule: "a.b", by: "J", reason: "r",
      from: day, to: day, time: nil)
    var statement = try waiver.statement()
    if below(2) == 0 {
      statement.predicate = [
        "rules": ["a.b", "c.d"], "by": "J", "reason": "r", "at": "2026-11-01T00:00:00Z",
        "expires_at": "2026-12-01T00:00:00Z",
      ]
    }
    let entry = try add(statement, to: ledger, by: key)
    guard key < 2 else { return }
    wanted.waivers[entry] = .some(nil)
    signers[entry] = key
  }

  private mutating func retraction(_ ledger: Ledger) throws {
    guard entryCount > 0 else { return }
    let key = below(3)
    let target: RetractionStatement.Target = below(2) == 0 ? .edge : .waiver
    // Now and then of an entry that is not there yet.
    let entries = (0...below(2)).map { _ in below(entryCount + 2) }
    let made = RetractionStatement(
      target: target, entries: entries, models: [nodes[0]], by: "J", reason: "r", time: nil)
    let entry = try add(try made.statement(), to: ledger, by: key)
    for taken in entries where signers[taken] == key {
      switch target {
      case .edge:
        if wanted.edges[taken] == .some(nil) { wanted.edges[taken] = entry }
        if wanted.conclusions[taken] == .some(nil) { wanted.conclusions[taken] = entry }
      case .waiver: if wanted.waivers[taken] == .some(nil) { wanted.waivers[taken] = entry }
      }
    }
  }

  private mutating func check(_ ledger: Ledger) throws {
    let key = below(3)
    var check = CheckStatement(
      model: nodes[below(nodes.count)], name: "m", verdict: .allow, asOf: stage.day(0), time: nil)
    check.licences = ["MIT"]
    if below(2) == 0 {
      check.findings = [
        Finding(id: "x", severity: .note, message: String(repeating: "long ", count: 20_000))
      ]
    }
    let entry = try add(check.statement(), to: ledger, by: key)
    if key < 2 { wanted.checks.insert(entry) }
  }

  /// Signed by us, and no statement of its kind; or without its body.
  private mutating func broken(_ ledger: Ledger) throws {
    let kinds: [StatementType] = [.check, .lineage, .conclusion, .waiver, .retraction]
    let predicate: JSON =
      below(2) == 0 ? ["x": 1] : ["body": .string(SHA256.hash([UInt8(below(200))]).tagged)]
    let statement = Statement(
      subjects: [.init(name: nil, sha256: nodes[below(nodes.count)])],
      predicateType: kinds[below(kinds.count)].uri, predicate: predicate)
    wanted.faults.insert(try add(statement, to: ledger, by: below(2)))
  }

  /// What is no statement of ours, or decides nothing.
  private mutating func foreign(_ ledger: Ledger) throws {
    switch below(3) {
    case 0: _ = try ledger.append([Array("a line\n".utf8)])
    case 1: _ = try ledger.append([Array("{\"payload\": \"%%\"}".utf8)])
    default:
      let kind = [StatementType.comparison.uri, "https://example.org/other"][below(2)]
      let statement = Statement(
        subjects: [.init(name: nil, sha256: nodes[0])], predicateType: kind, predicate: ["x": 1])
      let recorder = Recorder(key: keys[below(3)], blobs: stage.state.blobs)
      _ = try ledger.append(try recorder.entries([statement]))
    }
    entryCount += 1
  }

  /// What the register has of all that.
  func found(_ database: Database) throws -> Wanted {
    var found = Wanted()
    for (entry, taken, behind) in try database.query(
      "SELECT entry, retracted, conclusion FROM register_edges", [],
      { ($0.int(0), $0.optionalInt(1), $0.optionalInt(2)) })
    {
      found.edges[entry] = .some(taken)
      found.behind[entry] = behind
    }
    for (entry, taken) in try database.query(
      "SELECT entry, retracted FROM register_conclusions", [], { ($0.int(0), $0.optionalInt(1)) })
    { found.conclusions[entry] = .some(taken) }
    for (entry, taken) in try database.query(
      "SELECT entry, withdrawn FROM register_waivers", [], { ($0.int(0), $0.optionalInt(1)) })
    { found.waivers[entry] = .some(taken) }
    found.checks = Set(try database.query("SELECT entry FROM register_checks") { $0.int(0) })
    found.faults = Set(try database.query("SELECT entry FROM register_faults") { $0.int(0) })
    return found
  }
}

@Suite("The register")
struct RegisterAdvanceTests {
  @Test(
    "has the same rows however it was filled, and they say what the entries say",
    arguments: UInt64(1)...6)
  func incremental(seed: UInt64) throws {
    let stage = try GateStage()
    var log = try RandomLog(stage, seed: seed)
    // Opened after the other key was trusted.
    let state = try StateLog(stage.state)
    #expect(state.trustedKeys.count == 2)
    for _ in 0..<90 {
      try log.append(to: state.ledger)
      if log.below(4) == 0 { try state.catchUp() }
    }
    try state.catchUp()
    #expect(try log.found(state.database) == log.wanted)
    #expect(try Register.isUpToDate(state.database, trusted: state.trustedKeys))
    let rows = try Register.dump(state.database)
    #expect(try state.rebuild())
    #expect(try Register.dump(state.database) == rows && rows.count > 30)
    // In one go, on another connection.
    let again = try StateLog(stage.state)
    try again.database.transaction { () throws(Problem) in try Register.empty(again.database) }
    #expect(try !Register.isUpToDate(again.database, trusted: again.trustedKeys))
    try again.catchUp()
    #expect(try Register.dump(again.database) == rows)
  }

  @Test("begins anew for other trusted keys, and a stranger's entries become faults")
  func otherKeys() throws {
    let stage = try GateStage()
    var log = try RandomLog(stage, seed: 40)
    let both = try StateLog(stage.state)
    for _ in 0..<60 { try log.append(to: both.ledger) }
    try both.catchUp()
    let rows = try Register.dump(both.database)
    // The stage opened its log when it trusted only its own key.
    #expect(stage.log.trustedKeys.count == 1)
    #expect(try !Register.isUpToDate(both.database, trusted: stage.log.trustedKeys))
    try stage.log.catchUp()
    let alone = try Register.dump(stage.log.database)
    #expect(alone != rows)
    #expect(try log.found(stage.log.database).faults.isStrictSuperset(of: log.wanted.faults))
    #expect(try stage.log.rebuild())
    try both.catchUp()
    #expect(try Register.dump(both.database) == rows)
    // The order of the keys is nothing.
    #expect(
      try Register.isUpToDate(both.database, trusted: Array(both.trustedKeys.reversed())))
  }

  @Test("begins anew if the log is shorter than what was taken in")
  func shorter() throws {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder())
    try stage.check("clean")
    try stage.declare("clean", from: "acme/base")
    let database = stage.log.database
    try database.execute("DELETE FROM ledger_entries WHERE position = 1")
    #expect(try !Register.isUpToDate(database, trusted: stage.log.trustedKeys))
    try stage.log.catchUp()
    #expect(try database.query("SELECT entry FROM register_edges") { $0.int(0) } == [])
    #expect(try database.query("SELECT entry FROM register_checks") { $0.int(0) } == [0])
    #expect(try Register.isUpToDate(database, trusted: stage.log.trustedKeys))
  }

  @Test("takes nothing in of what was not committed")
  func rolledBack() throws {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder())
    try stage.check("clean")
    let rows = try Register.dump(stage.log.database)
    let refused = Problem(.refused, "no", reason: "no")
    #expect(throws: refused) {
      try stage.log.record { (reader) throws(Problem) in
        #expect(try reader.decisions(of: nil).count == 1)
        throw refused
      }
    }
    let edge = try LineageStatement(
      edge: LineageEdge(
        ancestor: "a", child: try stage.digest("clean").tagged, relation: nil, grade: .declared)
    ).statement()
    #expect(throws: refused) {
      try stage.log.database.transaction { () throws(Problem) in
        _ = try stage.log.stage([edge])
        #expect(try Register.dump(stage.log.database) != rows)
        throw refused
      }
    }
    #expect(try Register.dump(stage.log.database) == rows)
    #expect(try stage.size() == 1 && stage.log.append([]).isEmpty)
    #expect(try stage.gate("clean").standing?.decision.entry == 0)
  }

  @Test("keeps a decision under a name that the log alone gives")
  func names() throws {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder())
    let recorded = try #require(try stage.check("clean").recorded)
    let entry = try #require(try stage.log.ledger.entries(0..<1).first)
    let leaf = SHA256.hash([0] + entry.bytes)
    #expect(recorded.decisionID == Hex.encode(leaf.bytes.prefix(12)))
    try stage.standing { standing throws(Problem) in
      #expect(try standing.reader.decision(id: recorded.decisionID)?.entry == 0)
      #expect(try standing.reader.decision(id: "00") == nil)
    }
  }
}
