// What people say: every refusal with its code, and the log as long as it was.

import Base
import Crypto
import GateSupport
import Ledger
import Policy
import Register
import State
import TestSupport
import Testing

@testable import Audit

private let noncommercial = "CC-BY-NC-4.0#noncommercial"

/// Three models: clean, under a licence that forbids the use, and without a licence.
private func peopleStage() throws -> GateStage {
  let stage = try GateStage()
  try stage.add("clean", TinyFolder(seed: 1))
  try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
  try stage.add("bare", TinyFolder(seed: 3).with { ($0.card, $0.files) = (nil, [:]) })
  return stage
}

/// Expects a refusal of this kind that leaves the log alone.
private func refusal(
  _ stage: GateStage, _ code: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) throws {
  let size = try stage.size()
  let problem = #expect(throws: Problem.self, sourceLocation: sourceLocation) { try body() }
  #expect(problem?.code == code, sourceLocation: sourceLocation)
  #expect(problem?.kind == .usage, sourceLocation: sourceLocation)
  #expect(try stage.size() == size, sourceLocation: sourceLocation)
}

@Suite("A declaration")
struct DeclarationTests {
  @Test("of a model's descent from itself is refused")
  func selfDescent() throws {
    let stage = try peopleStage()
    try refusal(stage, "self_descent") { try stage.declare("clean", from: "clean") }
    let digest = try stage.digest("clean").tagged
    try refusal(stage, "self_descent") { try stage.declare("clean", from: digest) }
  }

  @Test("that closes a circle is refused, with the entries of the other way")
  func circle() throws {
    let stage = try peopleStage()
    let first = try stage.declare("nc", from: "clean")
    try refusal(stage, "circle") { try stage.declare("clean", from: "nc") }
    let second = try stage.declare("bare", from: "nc")
    let problem = #expect(throws: Problem.self) { try stage.declare("clean", from: "bare") }
    #expect(problem?.code == "circle" && problem?.reason.contains("\(second), \(first)") == true)
    try refusal(stage, "circle") { _ = try stage.conclude("clean", from: "bare") }
    // The same way twice, and a diamond, are no circles.
    try stage.declare("bare", from: "clean")
    try stage.declare("bare", from: "nc")
    // What was taken back closes nothing.
    try stage.retract(first)
    try stage.declare("clean", from: "nc")
  }

  @Test("is closed by no suspicion, and by no edge that may point either way")
  func softEdges() throws {
    let stage = try peopleStage()
    for (grade, direction) in [
      (EdgeGrade.suspected, EdgeDirection.known), (.signed, .undetermined),
    ] {
      let edge = LineageEdge(
        ancestor: try stage.digest("clean").tagged, child: try stage.digest("nc").tagged,
        relation: .copy, grade: grade, direction: direction)
      try stage.log.append([try LineageStatement(edge: edge).statement()])
    }
    try stage.declare("clean", from: "nc")
    let signed = LineageEdge(
      ancestor: try stage.digest("clean").tagged, child: try stage.digest("bare").tagged,
      relation: .copy, grade: .signed)
    try stage.log.append([try LineageStatement(edge: signed).statement()])
    try refusal(stage, "circle") { try stage.declare("clean", from: "bare") }
  }

  @Test(
    "knows developers whatever their case, and says which there are",
    arguments: [("google", "google"), ("Google", "google"), ("other", "other")])
  func developers(typed: String, recorded: String) throws {
    let stage = try peopleStage()
    let declaration = try stage.declaration("clean", from: "acme/x") { $0.developer = typed }
    #expect(declaration.edge.developer == recorded)
    let problem = #expect(throws: Problem.self) {
      try stage.declaration("clean", from: "acme/x") { $0.developer = "Gogle" }
    }
    #expect(problem?.code == "unknown_value" && problem?.kind == .usage)
    let known = problem?.details["known"]?.array ?? []
    #expect(known.contains("google") && known.contains("other"))
  }

  @Test(
    "knows the regions of ISO 3166 and no others",
    arguments: [
      ("DE", "DE"), ("US-TX", "US-TX"), ("ZZ", nil), ("Mars", nil), ("ZZ-TX", nil), ("*", nil),
      ("", nil), ("de", nil), ("US-", nil),
    ] as [(String, String?)])
  func regions(typed: String, recorded: String?) throws {
    let stage = try peopleStage()
    do {
      let made = try stage.declaration("clean", from: "acme/x") { $0.origin = typed }
      #expect(made.edge.origin == recorded)
    } catch let problem as Problem {
      #expect(recorded == nil && problem.code == "unknown_value" && problem.place == typed)
    }
  }

  @Test(
    "knows licences of the catalogue, of SPDX, and references of one's own",
    arguments: [
      ("MIT", true), ("CC-BY-NC-4.0", true), ("Zlib", true), ("LicenseRef-our-own", true),
      ("MIT OR Apache-2.0", true), ("LicenseRef-llama-3.1", true), ("Foo", false),
      ("MIT-Modern", false), ("", false), ("MIT OR Foo", false),
    ])
  func licences(typed: String, isKnown: Bool) throws {
    let stage = try peopleStage()
    do {
      let made = try stage.declaration("clean", from: "acme/x") { $0.licence = typed }
      #expect(isKnown && made.edge.licence == typed)
    } catch let problem as Problem {
      #expect(!isKnown && problem.code == "unknown_licence" && problem.place == typed)
    }
  }

  @Test("is recorded with what was said, and a conclusion with who concluded it")
  func recorded() throws {
    let stage = try peopleStage()
    let entry = try stage.declare("clean", from: "acme/x") {
      ($0.licence, $0.developer, $0.origin) = ("MIT", "google", "DE")
    }
    let entries = try stage.conclude("clean", from: "nc")
    let all = try stage.log.ledger.statements(in: 0..<9, trusted: stage.log.trustedKeys).verified
    let declared = try LineageStatement(all[entry].statement)
    #expect(declared.edge.licence == "MIT" && declared.edge.developer == "google")
    #expect(declared.edge.origin == "DE" && declared.edge.ancestor == "acme/x")
    #expect(declared.childName == "clean" && declared.time == stage.clock.now)
    #expect(declared.isDeclaration && !declared.isConcluded)
    let conclusion = try ConclusionStatement(all[entries[0]].statement)
    #expect(conclusion.by == "J. Doe" && conclusion.reason == "training logs seen")
    #expect(try LineageStatement(all[entries[1]].statement).isConcluded)
  }

  @Test("without a name or a reason is no conclusion")
  func nameless() throws {
    let stage = try peopleStage()
    let made = try stage.declaration("clean", from: "nc")
    for (by, reason) in [("", "r"), ("J", "")] {
      try refusal(stage, "bad_value") {
        try stage.log.record { reader throws(Problem) in
          try made.conclusion(by: by, reason: reason, at: stage.clock.now, in: reader)
        }
      }
    }
  }
}

@Suite("Taking back")
struct TakingBackTests {
  @Test("an edge: refused for what is no edge, none of ours, measured, or taken back before")
  func edges() throws {
    let stage = try peopleStage()
    try stage.check("clean")
    try refusal(stage, "no_such_entry") { try stage.retract(1) }
    try refusal(stage, "no_such_entry") { try stage.retract(-1) }
    try refusal(stage, "not_an_edge") { try stage.retract(0) }
    let entry = try stage.declare("clean", from: "nc")
    #expect(try stage.retract(entry).entries == [entry])
    try refusal(stage, "already_retracted") { try stage.retract(entry) }
    let retraction = try stage.retract(try stage.declare("clean", from: "nc"))
    #expect(Set(retraction.models) == [try stage.digest("clean"), try stage.digest("nc")])
    for edge in [
      LineageEdge(
        ancestor: "a", child: try stage.digest("clean").tagged, relation: .copy, grade: .signed),
      LineageEdge(
        ancestor: "a", child: try stage.digest("clean").tagged, relation: .copy, grade: .suspected),
    ] {
      let statement = try LineageStatement(edge: edge, evidence: ["comparison": "x"]).statement()
      let measured = try #require(try stage.log.append([statement]).first?.index)
      try refusal(stage, "not_a_declaration") { try stage.retract(measured) }
    }
  }

  @Test("a conclusion: either of its two entries names both")
  func conclusions() throws {
    for position in [0, 1] {
      let stage = try peopleStage()
      let entries = try stage.conclude("clean", from: "nc")
      #expect(try stage.retract(entries[position]).entries == entries)
      for entry in entries {
        try refusal(stage, "already_retracted") { try stage.retract(entry) }
      }
    }
  }

  @Test("a waiver: refused for what is no waiver, or was withdrawn before")
  func waivers() throws {
    let stage = try peopleStage()
    try stage.check("nc")
    try refusal(stage, "no_such_entry") { try stage.withdraw(1) }
    try refusal(stage, "not_a_waiver") { try stage.withdraw(0) }
    let entry = try stage.waive("nc", noncommercial)
    try refusal(stage, "not_an_edge") { try stage.retract(entry) }
    let made = try stage.withdraw(entry)
    #expect(try made.models == [stage.digest("nc")])
    #expect(made.entries == [entry] && made.target == .waiver)
    try refusal(stage, "already_withdrawn") { try stage.withdraw(entry) }
    try refusal(stage, "not_a_waiver") { try stage.withdraw(entry + 1) }
  }

  @Test("what another key signed, though it is trusted, is not ours to take back")
  func otherKey() throws {
    let stage = try peopleStage()
    try stage.check("nc")
    let key = try ECDSA.PrivateKey.generate()
    let trusted = FileSystem.join(stage.state.keysPath, "trusted")
    try FileSystem.makeDirectory(trusted, mode: 0o700)
    try DurableFile.replace(trusted + "/other.pem", with: key.publicKey.pem)
    let log = try StateLog(stage.state)
    let edge = LineageEdge(
      ancestor: "a", child: try stage.digest("clean").tagged, relation: .copy, grade: .declared)
    let waiver = WaiverStatement(
      model: try stage.digest("nc"), modelName: nil, rule: noncommercial, by: "J", reason: "r",
      from: stage.day(0), to: stage.day(1), time: nil)
    let entries = try log.ledger.append([
      try LineageStatement(edge: edge).statement().signed(by: key).bytes,
      try waiver.statement().signed(by: key).bytes,
    ]).map(\.index)
    func code(_ make: (RegisterReader) throws(Problem) -> RetractionStatement) -> String? {
      #expect(throws: Problem.self) {
        try log.read { reader throws(Problem) in _ = try make(reader) }
      }?.code
    }
    let taking = entries.map { TakingBack(entry: $0, by: "J", reason: "r") }
    #expect(
      code { reader throws(Problem) in
        try taking[0].edge(at: stage.clock.now, key: log.ownKey, in: reader)
      } == "not_a_declaration")
    #expect(
      code { reader throws(Problem) in
        try taking[1].waiver(at: stage.clock.now, key: log.ownKey, in: reader)
      } == "not_a_waiver")
  }

  @Test("says who does it and why")
  func nameless() throws {
    let stage = try peopleStage()
    let entry = try stage.declare("clean", from: "nc")
    for (by, reason) in [("", "r"), ("J", "")] {
      try refusal(stage, "bad_value") {
        try stage.log.record { reader throws(Problem) in
          [
            try TakingBack(entry: entry, by: by, reason: reason).edge(
              at: stage.clock.now, key: stage.log.ownKey, in: reader
            ).statement()
          ]
        }
      }
    }
  }
}

@Suite("A waiver that is granted")
struct WaiverGrantTests {
  @Test("is refused where nothing was found, or nobody knows the rule")
  func notFound() throws {
    let stage = try peopleStage()
    try refusal(stage, "rule_not_found") { try stage.waive("nc", noncommercial) }
    try stage.check("clean")
    try stage.check("nc")
    try refusal(stage, "rule_not_found") { try stage.waive("clean", noncommercial) }
    for inAdvance in [false, true] {
      try refusal(stage, "rule_not_found") {
        try stage.waive("clean", "no.such.rule", inAdvance: inAdvance)
      }
    }
    #expect(try stage.waive("clean", noncommercial, inAdvance: true) == 2)
    #expect(try stage.waive("nc", noncommercial) == 3)
    // What is waived by now was found, and can be waived for longer.
    try stage.decide()
    #expect(try stage.newest("nc").decision.check.waived == [noncommercial])
    try stage.waive("nc", noncommercial, from: 21, to: 30)
  }

  @Test("is refused for law, for findings about files and for unknown licences")
  func notWaivable() throws {
    let stage = try peopleStage()
    try stage.add(
      "unsafe",
      TinyFolder(seed: 4).with {
        $0.files["optimizer.pkl"] = TinyFolder.unsafePickle
      })
    let law = try TinyProfiles.full(["service.prohibited_practice": true])
    try stage.check("clean", profile: law)
    try stage.check("bare")
    try stage.check("unsafe")
    for (name, rule) in [
      ("clean", "eu.aia.art5"), ("bare", "licence.unknown"), ("bare", "licence.missing"),
      ("unsafe", "pickle-call"),
    ] {
      for inAdvance in [false, true] {
        try refusal(stage, "not_waivable") {
          try stage.waive(name, rule, inAdvance: inAdvance)
        }
      }
    }
    try refusal(stage, "not_waivable") { try stage.waive("clean", "us.ofac.sdn", inAdvance: true) }
  }

  @Test("is refused if it ends before it begins")
  func span() throws {
    let stage = try peopleStage()
    try stage.check("nc")
    try refusal(stage, "bad_span") { try stage.waive("nc", noncommercial, from: 5, to: 4) }
    try stage.waive("nc", noncommercial, from: 4, to: 4)
  }

  @Test("is looked up in the pack that the newest decision was made under")
  func ownPack() throws {
    let stage = try peopleStage()
    let pack = try stage.pack("acme", rules: [GateStage.rule("acme.x")])
    try stage.check("clean")
    try refusal(stage, "rule_not_found") {
      try stage.waive("clean", "acme.x", inAdvance: true)
    }
    try stage.check("clean") { $0.policy = .directory(pack) }
    try stage.waive("clean", "acme.x")
    #expect(try stage.decide().changed.map(\.to) == [.allow])
  }
}

@Suite("A waiver at the gate")
struct WaiverDayTests {
  private func verdict(_ stage: GateStage, _ offset: Int) throws -> Verdict {
    try stage.ask("nc") { $0.asOf = stage.day(offset) }.verdict
  }

  @Test("counts from its first day to its last, says who gave it, and changes nothing else")
  func days() throws {
    let stage = try peopleStage()
    try stage.check("nc")
    let entry = try stage.waive("nc", noncommercial, from: -1, to: 20)
    // One of other days is no reason for today's answer.
    try stage.waive("nc", noncommercial, from: 30, to: 40)
    #expect(
      try [-2, -1, 0, 20, 21].map { try verdict(stage, $0) }
        == [.deny, .allow, .allow, .allow, .deny])
    let result = try stage.check("nc").result
    #expect(result.answer.waivedBy.map(\.entry) == [entry])
    let waived = try #require(result.json()["waived_by"]?[0])
    #expect(waived["rule"] == .string(noncommercial) && waived["ledger_index"]?.int == entry)
    #expect(waived["by"] == "A. Licensor" && waived["reason"] == "letter of the third of May")
    #expect(waived["from"]?.string == stage.day(-1).description)
    #expect(waived["to"]?.string == stage.day(20).description && waived["time"] == nil)
    let outside = try stage.ask("nc") { $0.asOf = stage.day(21) }
    #expect(outside.answer.waivedBy.isEmpty)
    #expect(outside.findings.contains { $0.id == noncommercial })
  }

  @Test("of another rule, and one that is withdrawn, frees nothing")
  func otherRule() throws {
    let stage = try peopleStage()
    try stage.check("nc")
    try stage.waive("nc", "CC-BY-NC-SA-4.0#noncommercial", inAdvance: true)
    let result = try stage.ask("nc")
    #expect(result.verdict == .deny && result.answer.waivedBy.isEmpty)
    let entry = try stage.waive("nc", noncommercial)
    #expect(try stage.ask("nc").verdict == .allow)
    try stage.withdraw(entry)
    #expect(try stage.ask("nc").verdict == .deny)
  }

  @Test("for a base does not free its child")
  func child() throws {
    let stage = try peopleStage()
    try stage.check("nc")
    try stage.waive("nc", noncommercial)
    #expect(try stage.check("nc").result.verdict == .allow)
    try stage.declare("clean", from: "nc")
    let result = try stage.ask("clean")
    #expect(result.verdict == .deny && result.findings.contains { $0.id == noncommercial })
  }

  @Test("that stands in a profile is refused: nobody could find it in the log")
  func inProfile() throws {
    let stage = try peopleStage()
    var profile = stage.profile.object ?? [:]
    profile["waivers"] = [["rule": .string(noncommercial), "by": "J", "reason": "r"]]
    let problem = #expect(throws: Problem.self) {
      try stage.check("nc", profile: .object(profile))
    }
    #expect(problem?.kind == .malformed && problem?.place?.hasSuffix("#/waivers") == true)
    #expect(throws: Problem.self) { try PolicyPack.shipped().check(profile: .object(profile)) }
    #expect(try stage.size() == 0)
  }

  @Test("that cannot be read leaves its model open")
  func malformed() throws {
    let stage = try peopleStage()
    try stage.check("clean")
    let broken = Statement(
      subjects: [.init(name: nil, sha256: try stage.digest("clean"))],
      predicateType: StatementType.waiver.uri,
      predicate: ["rule": .string(noncommercial), "from": "2026-12-01", "to": "2026-11-01"])
    let entry = try #require(try stage.log.append([broken]).first?.index)
    let result = try stage.ask("clean")
    #expect(result.verdict == .review)
    let finding = try #require(
      result.findings.first { $0.id == "ledger-statement-malformed" })
    #expect(finding.severity == .error && finding.place == "ledger entry \(entry)")
    #expect(try stage.ask("nc").verdict == .deny)
  }
}
