import Base
import Crypto
import Testing

@testable import Ledger

/// Goal: edges come from verified statements alone, in both directions, and what cannot be relied
/// on is told. Method: small logs written by hand.
@Suite("Lineage")
struct LineageTests {
  static let key: ECDSA.PrivateKey = {
    guard let key = ECDSA.PrivateKey(p256Scalar: SHA256.hash([1]).bytes) else {
      preconditionFailure("the digest is below the order of P-256")
    }
    return key
  }()

  static func model(_ name: String) -> Digest { SHA256.hash(Array(name.utf8)) }

  static func edge(
    _ ancestor: String, _ child: String, _ relation: Relation? = .finetuned,
    direction: EdgeDirection = .known
  ) -> LineageEdge {
    LineageEdge(
      ancestor: model(ancestor).tagged, child: model(child).tagged, relation: relation,
      grade: .declared, direction: direction)
  }

  static func add(
    _ edge: LineageEdge, to log: TestLog, by key: ECDSA.PrivateKey = key
  ) throws {
    let statement = try LineageStatement(edge: edge).statement()
    _ = try log.ledger.append(try statement.signed(by: key))
  }

  static func edges(_ recorded: [RecordedEdge]) -> [LineageEdge] { recorded.map(\.edge) }

  @Test("statement reads back what it writes, with all members and with few")
  func roundTrip() throws {
    var full = Self.edge("a", "b", .distilled, direction: .undetermined)
    full.date = CalendarDay("2026-02-28")
    full.route = .outputs
    full.by = "third-party"
    full.licence = "MIT"
    full.developer = "x"
    full.origin = "CN"
    var named = Self.edge("a", "b", nil)
    named.ancestor = "org/name"
    for edge in [full, named, Self.edge("a", "b")] {
      let stated = LineageStatement(
        edge: edge, childName: "child", ancestorName: edge.ancestor == "org/name" ? nil : "parent",
        evidence: ["p_value": 0.25])
      let back = try LineageStatement(try Statement(parsing: stated.statement().bytes))
      #expect(back == stated)
    }
    var unnamed = Self.edge("a", "b")
    unnamed.child = "org/name"
    #expect(throws: Problem.self) { try LineageStatement(edge: unnamed).statement() }
  }

  @Test(
    "statement is refused when",
    arguments: [
      (
        "the relation is no word",
        #"{"ancestor":{"name":"a"},"grade":"declared","relation":"child"}"#
      ),
      ("the grade is missing", #"{"ancestor":{"name":"a"},"relation":null}"#),
      ("there is no ancestor", #"{"grade":"declared","relation":null}"#),
      (
        "the digest is short",
        #"{"ancestor":{"digest":{"sha256":"00"},"name":"a"},"grade":"declared"}"#
      ),
      ("the date is none", #"{"ancestor":{"name":"a"},"grade":"declared","date":"2026-02-30"}"#),
      ("a text is a number", #"{"ancestor":{"name":"a"},"grade":"declared","licence":1}"#),
    ])
  func refusal(when: String, predicate: String) throws {
    let statement = Statement(
      subjects: [.init(name: nil, sha256: Self.model("b"))],
      predicateType: StatementType.lineage.uri,
      predicate: try JSON.parse(Array(predicate.utf8)))
    #expect(throws: Problem.self, "\(when)") { try LineageStatement(statement) }
  }

  @Test("follows edges up and down, through cycles, and no further")
  func graph() throws {
    let log = try TestLog()
    let pairs = [
      ("root", "mid"), ("mid", "leaf"), ("other", "leaf"), ("mid", "sister"), ("leaf", "root"),
    ]
    for (ancestor, child) in pairs.dropLast() { try Self.add(Self.edge(ancestor, child), to: log) }
    try Self.add(Self.edge("stranger", "unrelated"), to: log)
    let trusted = [Self.key.publicKey]
    let leaf = try log.ledger.lineage(of: Self.model("leaf"), trusted: trusted)
    #expect(leaf.ancestors.map(\.index) == [0, 1, 2])
    #expect(leaf.descendants.isEmpty)
    let root = try log.ledger.lineage(of: Self.model("root"), trusted: trusted)
    #expect(root.ancestors.isEmpty)
    #expect(root.descendants.map(\.index) == [0, 1, 3])
    try Self.add(Self.edge("leaf", "root"), to: log)
    let cycle = try log.ledger.lineage(of: Self.model("leaf"), trusted: trusted)
    #expect(cycle.ancestors.map(\.index) == [0, 1, 2, 5])
    #expect(!cycle.isTruncated)
  }

  @Test("reads an edge of undetermined direction from both its ends")
  func undetermined() throws {
    let log = try TestLog()
    try Self.add(Self.edge("a", "b", direction: .undetermined), to: log)
    for end in ["a", "b"] {
      let found = try log.ledger.lineage(of: Self.model(end), trusted: [Self.key.publicKey])
      #expect(found.ancestors.map(\.index) == [0])
      #expect(found.descendants.map(\.index) == [0])
    }
  }

  @Test("never uses a statement that no trusted key has signed, and says so")
  func untrusted() throws {
    let log = try TestLog()
    let stranger = try ECDSA.PrivateKey.generate()
    try Self.add(Self.edge("a", "b"), to: log, by: stranger)
    let trusted = [Self.key.publicKey]
    let found = try log.ledger.lineage(of: Self.model("b"), trusted: trusted)
    #expect(found.ancestors.isEmpty)
    #expect(found.findings.map(\.id) == ["ledger-statement-unverified"])
    let both = try log.ledger.lineage(
      of: Self.model("b"), trusted: trusted + [stranger.publicKey])
    #expect(both.ancestors.map(\.signer) == [stranger.publicKey])
    #expect(both.findings.isEmpty)
  }

  @Test("tells of signed statements that cannot be read")
  func malformed() throws {
    let log = try TestLog()
    let bad = Statement(
      subjects: [.init(name: nil, sha256: Self.model("b"))],
      predicateType: StatementType.lineage.uri, predicate: ["grade": "certain"])
    _ = try log.ledger.append(try bad.signed(by: Self.key))
    let found = try log.ledger.lineage(of: Self.model("b"), trusted: [Self.key.publicKey])
    #expect(found.ancestors.isEmpty)
    #expect(found.findings.map(\.id) == ["ledger-statement-malformed"])
  }

  @Test("passes over entries that are no statements")
  func opaque() throws {
    let log = try TestLog()
    _ = try log.ledger.append([Array("{\"a\":1}".utf8), Array("{".utf8), [0xFF], []])
    let read = try log.ledger.statements(in: 0..<10, trusted: [Self.key.publicKey])
    #expect(read == Statements())
  }

  @Test("schema has the words of the vocabulary, and every kind of statement its own address")
  func schema() throws {
    let root = FileSystem.directoryName(#filePath) + "/../../Ledger/schema/"
    let bytes = try FileSystem.read(root + "lineage.schema.json", limitBytes: 1 << 16)
    let schema = try JSON.parse(bytes)
    #expect(schema["$id"]?.string == StatementType.lineage.uri)
    func words(_ key: String) -> Set<String> {
      Set(schema["properties"]?[key]?["enum"]?.array?.compactMap(\.string) ?? [])
    }
    #expect(words("relation") == Set(Relation.allCases.map(\.rawValue)))
    // A stated edge stands in the statement of a check, never as an edge of its own.
    let grades = EdgeGrade.allCases.filter { $0 != .stated }
    #expect(words("grade") == Set(grades.map(\.rawValue)))
    #expect(words("direction") == Set(EdgeDirection.allCases.map(\.rawValue)))
    #expect(words("route") == Set(EdgeRoute.allCases.map(\.rawValue)))
    #expect(Set(StatementType.allCases.map(\.uri)).count == StatementType.allCases.count)
  }
}
