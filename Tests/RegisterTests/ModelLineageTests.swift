// Where a model comes from, as policy sees it: which edges count, which way they are turned, what
// is noticed on the way, and what the gate makes of it.

import Base
import Crypto
import GateSupport
import Ledger
import Licensing
import Policy
import TestSupport
import Testing

@testable import Register

private let noncommercial = "CC-BY-NC-4.0#noncommercial"

@Suite("A model's lineage at the gate")
struct ModelLineageTests {
  private func stage() throws -> GateStage {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    try stage.add("other", TinyFolder(seed: 3))
    try stage.check("nc")
    return stage
  }

  /// Appends an edge as a comparison would.
  @discardableResult
  private func measure(
    _ stage: GateStage, _ child: String, from ancestor: String, _ grade: EdgeGrade,
    _ direction: EdgeDirection = .known, relation: Relation = .finetuned
  ) throws -> Int {
    let edge = LineageEdge(
      ancestor: try stage.digest(ancestor).tagged, child: try stage.digest(child).tagged,
      relation: relation, grade: grade, direction: direction)
    let statement = try LineageStatement(
      edge: edge, childName: child, ancestorName: ancestor, evidence: ["comparison": "x"]
    ).statement()
    return try #require(try stage.log.append([statement]).first?.index)
  }

  private func lineage(_ stage: GateStage, _ name: String) throws -> ModelLineage {
    let facts = try stage.ask(name).facts
    return try stage.log.read { reader throws(Problem) in
      try ModelLineage(of: facts, in: reader)
    }
  }

  // MARK: What edges do

  @Test("a signed edge to an ancestor that forbids the use denies, a suspected one asks")
  func grades() throws {
    for (grade, verdict) in [(EdgeGrade.signed, Verdict.deny), (.suspected, .review)] {
      let stage = try stage()
      try measure(stage, "clean", from: "nc", grade)
      let result = try stage.ask("clean")
      #expect(result.verdict == verdict)
      #expect(result.findings.contains { $0.id == noncommercial })
      #expect(try stage.ask("other").verdict == .allow)
    }
  }

  @Test("a suspicion that is concluded denies; taken back, it asks again")
  func concluded() throws {
    let stage = try stage()
    try measure(stage, "clean", from: "nc", .suspected)
    let entries = try stage.conclude("clean", from: "nc")
    #expect(try stage.ask("clean").verdict == .deny)
    try stage.retract(entries[0])
    #expect(try stage.ask("clean").verdict == .review)
    // With nothing beside it, nothing is left.
    let alone = try self.stage()
    try alone.retract(try alone.conclude("clean", from: "nc")[1])
    #expect(try alone.ask("clean").verdict == .allow)
  }

  @Test("an edge of undetermined direction asks about both ends, and accuses neither")
  func undetermined() throws {
    let stage = try GateStage()
    let research = try TinyProfiles.full(request: ["use": "research", "form": "weights-published"])
    try stage.add("a", .declared("llama3.1", seed: 1))
    try stage.add("b", .declared("llama3.1", seed: 2))
    let before = try ["a", "b"].map { try stage.check($0, profile: research).result }
    try #require(before.allSatisfy { $0.verdict == .allow })
    try measure(stage, "b", from: "a", .signed, .undetermined)
    for (name, other) in [("a", "b"), ("b", "a")] {
      let result = try stage.ask(name, profile: research)
      let edge = try #require(result.lineage.edges.first)
      #expect(edge.ancestor == (try stage.digest(other).tagged), "turned towards the model")
      #expect(edge.child == ModelLineage.node && edge.direction == .undetermined)
      #expect(edge.licence == "LicenseRef-llama-3.1")
      #expect(result.verdict == .review, "\(name)")
    }
  }

  @Test("an edge of known direction says nothing about the ancestor")
  func knownDirection() throws {
    let stage = try stage()
    try measure(stage, "nc", from: "clean", .signed)
    #expect(try lineage(stage, "clean").edges == [])
    #expect(try stage.ask("clean").verdict == .allow)
    #expect(try lineage(stage, "nc").edges.map(\.child) == [ModelLineage.node])
  }

  @Test(
    "a relation that hands no licence on leaves a model alone",
    arguments: [(Relation.evaluated, Verdict.allow), (.copy, .deny), (.merged, .deny)])
  func relations(relation: Relation, verdict: Verdict) throws {
    let stage = try stage()
    try measure(stage, "clean", from: "nc", .signed, relation: relation)
    #expect(try stage.ask("clean").verdict == verdict)
  }

  @Test("an ancestor above an ancestor counts, however far")
  func far() throws {
    let stage = try stage()
    let names = (0..<6).map { "m\($0)" }
    for (position, name) in names.enumerated() {
      try stage.add(name, TinyFolder(seed: UInt64(20 + position)))
    }
    for (child, ancestor) in zip(names, names.dropFirst()) {
      try stage.declare(child, from: ancestor)
    }
    try stage.declare("m5", from: "nc")
    for name in names { try stage.check(name) }
    #expect(try stage.ask("m0").verdict == .deny)
    let edges = try lineage(stage, "m0").edges
    #expect(edges.count == 6 && edges.count { $0.child == ModelLineage.node } == 1)
    #expect(try stage.newest("m0").decision.check.basis?.edges == Array(1...6))
  }

  @Test("what the card declares counts beside the log, once")
  func card() throws {
    let stage = try stage()
    try stage.add(
      "tuned",
      TinyFolder(seed: 5).with { $0.card = "license: mit\nbase_model: acme/base" })
    let facts = try stage.ask("tuned").facts
    #expect(facts.declaredEdges.map(\.ancestor) == ["acme/base"])
    let lineage = try lineage(stage, "tuned")
    #expect(lineage.edges == facts.declaredEdges)
    #expect(ModelLineage(declaredBy: facts).edges == facts.declaredEdges)
  }

  @Test("what card and log both say of a base is said once")
  func cardAndLog() throws {
    let stage = try stage()
    try stage.add(
      "tuned",
      TinyFolder(seed: 5).with { $0.card = "license: mit\nbase_model: acme/base" })
    try stage.declare("tuned", from: "acme/base")
    #expect(try stage.ask("tuned").lineage.edges.map(\.ancestor) == ["acme/base"])
  }

  @Test("an ancestor keeps the first name that it was given")
  func names() throws {
    let stage = try stage()
    let base = SHA256.hash([1]).tagged
    for (child, name) in [("clean", nil), ("other", "base"), ("clean", "later")]
      as [(String, String?)]
    {
      let edge = LineageEdge(
        ancestor: base, child: try stage.digest(child).tagged, relation: .finetuned,
        grade: .signed, licence: "MIT")
      try stage.log.append([
        try LineageStatement(edge: edge, ancestorName: name).statement()
      ])
    }
    try stage.declare("clean", from: "other")
    #expect(try lineage(stage, "clean").names[base] == "later")
    #expect(try lineage(stage, "other").names[base] == "base")
  }

  // MARK: Licences of ancestors

  @Test("an ancestor whose licence nobody knows leaves its child open")
  func unknownLicence() throws {
    let stage = try stage()
    try stage.declare("clean", from: "other")
    let result = try stage.ask("clean")
    #expect(result.verdict == .review)
    #expect(result.findings.contains { $0.id == "licence.unknown" })
    try stage.check("other")
    #expect(try stage.ask("clean").verdict == .allow)
  }

  @Test("an ancestor's own check goes before what an edge says of its licence")
  func ownCheck() throws {
    let stage = try stage()
    try stage.declare("clean", from: "nc") { $0.licence = "MIT" }
    #expect(try lineage(stage, "clean").edges.map(\.licence) == ["CC-BY-NC-4.0"])
    #expect(try lineage(stage, "clean").names.values.sorted() == ["nc"])
    #expect(try stage.ask("clean").verdict == .deny)
    // One that is not checked has what the edge says.
    try stage.declare("other", from: "acme/x") { $0.licence = "CC-BY-NC-4.0" }
    #expect(try stage.ask("other").verdict == .deny)
  }

  @Test("several licences of an ancestor leave it open which one it is")
  func severalLicences() throws {
    let stage = try stage()
    try stage.add(
      "two", TinyFolder(seed: 6).with { $0.card = "license: [mit, isc]" })
    try stage.check("two")
    try stage.declare("clean", from: "two")
    #expect(try lineage(stage, "clean").edges.map(\.licence) == [nil])
    #expect(try stage.ask("clean").verdict == .review)
    try stage.declare("other", from: "two") { $0.licence = "MIT" }
    #expect(try lineage(stage, "other").edges.map(\.licence) == ["MIT"])
  }

  @Test("only regions in form reach policy")
  func origins() throws {
    for (text, wanted) in [
      ("US-TX", "US-TX"), ("DE", "DE"), ("Mars", nil), ("us", nil), ("U", nil), ("USA", nil),
    ] as [(String, String?)] {
      let stage = try stage()
      let edge = LineageEdge(
        ancestor: try stage.digest("nc").tagged, child: try stage.digest("clean").tagged,
        relation: .copy, grade: .declared, origin: text)
      try stage.log.append([try LineageStatement(edge: edge).statement()])
      #expect(try lineage(stage, "clean").edges.map(\.origin) == [wanted], "\(text)")
      _ = try stage.ask("clean")
    }
  }

  // MARK: Faults

  @Test("a circle is left out, said, and asks")
  func circle() throws {
    let stage = try stage()
    try measure(stage, "clean", from: "other", .signed)
    let back = try measure(stage, "other", from: "clean", .signed)
    for (name, entry) in [("clean", back), ("other", back - 1)] {
      let result = try stage.ask(name)
      #expect(result.verdict == .review)
      let finding = try #require(result.findings.first { $0.id == "lineage.circle" })
      #expect(finding.place == "ledger entry \(entry)" && finding.severity == .warning)
      #expect(result.lineage.edges.count == 1)
    }
    // Of itself.
    let alone = try self.stage()
    try measure(alone, "clean", from: "clean", .signed)
    #expect(try alone.ask("clean").findings.contains { $0.id == "lineage.circle" })
    #expect(try alone.ask("clean").verdict == .review)
    // A circle above the model, that the model is no part of.
    let above = try self.stage()
    try measure(above, "clean", from: "other", .signed)
    try measure(above, "other", from: "nc", .signed, relation: .evaluated)
    try measure(above, "nc", from: "other", .signed, relation: .evaluated)
    #expect(try above.ask("clean").findings.count { $0.id == "lineage.circle" } == 1)
    #expect(try above.ask("clean").verdict == .review)
  }

  @Test("a direction that is only assumed closes no circle and hides no edge")
  func assumedCircle() throws {
    // Measured between the two, and one is known to come from the other.
    let stage = try stage()
    try measure(stage, "clean", from: "nc", .signed, .undetermined)
    try measure(stage, "nc", from: "clean", .signed)
    let result = try stage.ask("clean")
    #expect(result.verdict == .review && result.lineage.findings == [])
    #expect(result.lineage.edges.map(\.direction) == [.undetermined])
    // Above the model: the way that is known stands, whichever was recorded first.
    for known in [0, 1] {
      let stage = try self.stage()
      try measure(stage, "clean", from: "other", .signed)
      try measure(stage, "clean", from: "nc", .signed, .undetermined)
      let steps: [() throws -> Int] = [
        { try measure(stage, "other", from: "nc", .signed) },
        { try measure(stage, "nc", from: "other", .signed, .undetermined) },
      ]
      _ = try steps[known]()
      _ = try steps[1 - known]()
      let result = try stage.ask("clean")
      #expect(result.verdict == .deny && result.lineage.findings == [])
    }
  }

  @Test("an ancestor of the name that stands for the model in question is another model")
  func nodeName() throws {
    let stage = try stage()
    try stage.add(
      "tuned", TinyFolder(seed: 5).with { $0.card = "license: mit\nbase_model: model" })
    let result = try stage.ask("tuned")
    #expect(result.verdict == .review)
    #expect(result.lineage.edges.map(\.ancestor) == ["./model"])
    let edge = LineageEdge(
      ancestor: "model", child: try stage.digest("clean").tagged, relation: .finetuned,
      grade: .signed)
    try stage.log.append([try LineageStatement(edge: edge).statement()])
    #expect(try stage.ask("clean").lineage.edges.map(\.ancestor) == ["./model"])
  }

  @Test("two ways to the same ancestor are no circle")
  func diamond() throws {
    let stage = try stage()
    for name in ["m1", "m2"] { try stage.add(name, TinyFolder(seed: name == "m1" ? 8 : 9)) }
    for (child, ancestor) in [
      ("clean", "m1"), ("clean", "m2"), ("m1", "other"), ("m2", "other"), ("clean", "other"),
    ] { try measure(stage, child, from: ancestor, .signed) }
    // What is above it is walked and noted once.
    try measure(stage, "other", from: "nc", .signed, relation: .evaluated)
    for name in ["m1", "m2", "other"] { try stage.check(name) }
    let lineage = try lineage(stage, "clean")
    #expect(lineage.findings == [] && lineage.edges.count == 6)
    #expect(lineage.used.edges.count == 6)
    let noted = lineage.used.licences.map(\.model)
    #expect(noted.count == 4 && Set(noted).count == 4)
    #expect(try stage.ask("clean").verdict == .allow)
  }

  @Test("an edge that no trusted key signed denies nothing, and is not passed over")
  func unverified() throws {
    let stage = try stage()
    let edge = LineageEdge(
      ancestor: try stage.digest("nc").tagged, child: try stage.digest("clean").tagged,
      relation: .copy, grade: .signed)
    let stranger = try ECDSA.PrivateKey.generate()
    let envelope = try LineageStatement(edge: edge).statement().signed(by: stranger)
    let entry = try #require(try stage.log.ledger.append([envelope.bytes]).first?.index)
    for (name, verdict) in [("clean", Verdict.review), ("nc", .deny), ("other", .allow)] {
      let result = try stage.ask(name)
      #expect(result.verdict == verdict, "\(name)")
      #expect(
        result.findings.contains {
          $0.id == "ledger-statement-unverified" && $0.place == "ledger entry \(entry)"
        } == (name != "other"), "\(name)")
      #expect(result.lineage.edges == [])
    }
  }

  @Test("a statement that cannot be read is told of once, though it speaks of two of the line")
  func unreadable() throws {
    let stage = try stage()
    try stage.declare("clean", from: "other")
    let edge = LineageEdge(
      ancestor: try stage.digest("other").tagged, child: try stage.digest("clean").tagged,
      relation: .copy, grade: .signed)
    var statement = try LineageStatement(edge: edge).statement()
    var members = statement.predicate.object ?? [:]
    members["relation"] = "cousin"
    statement.predicate = .object(members)
    try stage.log.append([statement])
    let faults = try stage.ask("clean").lineage.findings
    #expect(faults.map(\.id) == ["ledger-statement-malformed"])
  }

  @Test("of a retraction by another key has no effect")
  func foreignRetraction() throws {
    let stage = try stage()
    let key = try ECDSA.PrivateKey.generate()
    let trusted = FileSystem.join(stage.state.keysPath, "trusted")
    try FileSystem.makeDirectory(trusted, mode: 0o700)
    try DurableFile.replace(trusted + "/other.pem", with: key.publicKey.pem)
    let entry = try stage.declare("clean", from: "nc")
    let retraction = RetractionStatement(
      target: .edge, entries: [entry], models: [try stage.digest("clean")], by: "X", reason: "r",
      time: nil)
    let log = try StateLog(stage.state)
    _ = try log.ledger.append([try retraction.statement().signed(by: key).bytes])
    let model = try stage.digest("clean")
    let lineage = try log.read { reader throws(Problem) in try reader.lineage(of: model) }
    #expect(lineage.ancestors.map(\.entry) == [entry])
    #expect(lineage.ancestors.map(\.retracted) == [nil])
    #expect(try stage.ask("clean").verdict == .deny)
  }

  @Test("that is too large to be followed is said to be, and asks")
  func truncated() throws {
    let stage = try stage()
    // A chain of models, longer than what is followed.
    let nodes = (0...Ledger.lineageNodeCountMax).map { SHA256.hash(Array("node \($0)".utf8)) }
    var statements: [Statement] = []
    for (child, ancestor) in zip([try stage.digest("clean")] + nodes, nodes) {
      let edge = LineageEdge(
        ancestor: ancestor.tagged, child: child.tagged, relation: .evaluated, grade: .signed,
        licence: "MIT")
      statements.append(try LineageStatement(edge: edge).statement())
    }
    try stage.log.append(statements)
    let result = try stage.ask("clean")
    #expect(result.verdict == .review)
    #expect(result.findings.count { $0.id == "lineage.truncated" } == 1)
    #expect(result.lineage.edges.count == Ledger.lineageNodeCountMax)
  }

  // MARK: The same tensors

  @Test("the same tensors under another licence leave both open")
  func sameTensors() throws {
    let stage = try GateStage()
    try stage.add("mit", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 1))
    try stage.check("mit")
    #expect(try stage.gate("mit").isAllowed)
    let entry = try #require(try stage.check("nc").recorded?.entry)
    let newest = try stage.newest("mit")
    #expect(newest.changes.map(\.event) == [.ancestorLicence])
    #expect(newest.changes.map(\.entry) == [entry])
    let result = try stage.ask("mit")
    #expect(result.verdict == .review)
    let finding = try #require(result.findings.first { $0.id == "lineage.same_tensors" })
    #expect(finding.severity == .note && finding.message.contains("CC-BY-NC-4.0"))
    #expect(finding.place == (try stage.digest("nc").tagged))
    let edge = try #require(result.lineage.edges.first)
    #expect(edge.direction == .undetermined && edge.relation == .copy && edge.route == .weights)
    #expect(edge.licence == "CC-BY-NC-4.0")
    try stage.decide()
    #expect(try stage.newest("mit").state == .current)
    // A copy of the copy says nothing new.
    try stage.add("nc2", .declared("cc-by-nc-4.0", seed: 1).with { $0.files["x.txt"] = [65] })
    try stage.check("nc2")
    #expect(try stage.newest("mit").state == .current)
    #expect(try lineage(stage, "mit").edges.count == 1)
  }

  @Test("the same tensors under the same licence, or below the model, say nothing")
  func sameTensorsHarmless() throws {
    let stage = try GateStage()
    try stage.add("mit", TinyFolder(seed: 1))
    try stage.add("copy", TinyFolder(seed: 1).with { $0.files["x.txt"] = [65] })
    try stage.check("copy")
    #expect(try stage.ask("mit").verdict == .allow)
    #expect(try lineage(stage, "mit").edges == [])
    // Who came from the model under another licence does not bind it, until that is taken back.
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 1))
    let edge = try stage.declare("nc", from: "mit")
    try stage.check("nc")
    #expect(try lineage(stage, "mit").edges == [])
    try stage.check("mit")
    #expect(try stage.gate("mit").isAllowed)
    try stage.retract(edge)
    #expect(try stage.newest("mit").changes.map(\.event) == [.ancestorLicence])
    #expect(try lineage(stage, "mit").edges.map(\.licence) == ["CC-BY-NC-4.0"])
    #expect(try stage.ask("mit").verdict == .review)
    // And again: what was known then does not count any more.
    try stage.decide()
    try stage.declare("nc", from: "mit")
    #expect(try stage.newest("mit").changes.map(\.event) == [.ancestorLicence])
    #expect(try stage.decide().changed.contains { $0.name == "mit" && $0.to == .allow })
  }

  @Test("the same tensors that came from elsewhere count, those without a licence do not")
  func sameTensorsElsewhere() throws {
    let stage = try GateStage()
    try stage.add("mit", TinyFolder(seed: 1))
    try stage.add("bare", TinyFolder(seed: 1).with { ($0.card, $0.files) = (nil, [:]) })
    try stage.check("bare")
    #expect(try lineage(stage, "mit").edges == [])
    try stage.add("other", TinyFolder(seed: 3))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 1))
    try stage.declare("nc", from: "other")
    try stage.check("nc")
    #expect(try lineage(stage, "mit").edges.map(\.licence) == ["CC-BY-NC-4.0"])
    #expect(try stage.ask("mit").verdict == .review)
  }

  @Test("the same tensors of a model's own ancestor are one edge, and not two")
  func sameTensorsAbove() throws {
    let stage = try GateStage()
    try stage.add("mit", TinyFolder(seed: 1))
    try stage.check("mit")
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 1))
    try stage.declare("nc", from: "mit")
    #expect(try lineage(stage, "nc").edges.map(\.direction) == [.known])
  }

  // MARK: Waivers

  @Test("waivers that were not withdrawn are handed on, each with its entry")
  func waivers() throws {
    let stage = try stage()
    let first = try stage.waive("nc", noncommercial)
    let second = try stage.waive("nc", noncommercial, from: 30, to: 40)
    #expect(try lineage(stage, "nc").waivers.map(\.entry) == [first, second])
    try stage.withdraw(first)
    let lineage = try lineage(stage, "nc")
    #expect(lineage.waivers.map(\.entry) == [second])
    #expect(lineage.used.waivers == [second] && lineage.used.withdrawals == [first: second + 1])
    let model = try stage.digest("nc")
    let standing = try stage.log.read { reader throws(Problem) in
      try reader.standingWaivers(for: model)
    }
    #expect(standing.map(\.entry) == [second])
  }
}

@Suite("The lineage that is shown")
struct RecordedLineageTests {
  @Test("has every edge up and down, those that were taken back among them")
  func walk() throws {
    let stage = try GateStage()
    for (position, name) in ["a", "b", "c", "d"].enumerated() {
      try stage.add(name, TinyFolder(seed: UInt64(position + 1)))
    }
    let entries = [
      try stage.declare("b", from: "a"), try stage.declare("c", from: "b"),
      try stage.declare("d", from: "c"),
    ]
    func shown(_ name: String) throws -> RecordedLineage {
      let model = try stage.digest(name)
      return try stage.log.read { reader throws(Problem) in try reader.lineage(of: model) }
    }
    #expect(try shown("b").ancestors.map(\.entry) == [entries[0]])
    #expect(try shown("b").descendants.map(\.entry) == [entries[1], entries[2]])
    #expect(try shown("d").ancestors.map(\.entry) == entries)
    try stage.retract(entries[1])
    let after = try shown("d")
    #expect(after.ancestors.map(\.entry) == [entries[1], entries[2]], "no further behind it")
    #expect(after.ancestors.map { $0.retracted != nil } == [true, false])
    #expect(try shown("a").descendants.map(\.entry) == [entries[0], entries[1]])
  }
}

@Suite("A code of a region")
struct RegionCodeTests {
  @Test("is one of ISO 3166 in form", arguments: ["US", "US-CA", "FR-75", "GB-ENG"])
  func wellFormed(_ text: String) { #expect(RegionCode.isWellFormed(text)) }

  @Test(
    "is no word, no name and nothing else",
    arguments: ["", "USA", "us", "Us", "France", "U", "US/CA", "US CA", "-US"])
  func malformed(_ text: String) { #expect(!RegionCode.isWellFormed(text)) }
}
