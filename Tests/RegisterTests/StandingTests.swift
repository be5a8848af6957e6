// Every event of the contract, one at a time: what it does to a decision that stands, which cause
// is told, and what deciding again makes of it.

import Base
import Crypto
import GateSupport
import Ledger
import Licensing
import Policy
import State
import Store
import TestSupport
import Testing

@testable import Register

private let noncommercial = "CC-BY-NC-4.0#noncommercial"

@Suite("A decision that stands")
struct StandingTests {
  /// A clean model, one under a licence that forbids the use, and another clean one, decided.
  private func stage() throws -> GateStage {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    try stage.add("other", TinyFolder(seed: 3))
    for name in ["clean", "nc", "other"] { try stage.check(name) }
    return stage
  }

  /// Expects that a decision is stale with this cause, that its gate is shut, and that deciding
  /// again gives `verdict` for the same cause. Of the other models nothing changes.
  private func expect(
    _ stage: GateStage, _ name: String, _ event: DecisionCause.Event, entry: Int?,
    then verdict: Verdict, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try stage.newest(name)
    #expect(before.state == .stale, sourceLocation: sourceLocation)
    #expect(before.changes.map(\.event) == [event], sourceLocation: sourceLocation)
    #expect(before.changes.map(\.entry) == [entry], sourceLocation: sourceLocation)
    let gate = try stage.gate(name)
    #expect(!gate.isAllowed && gate.exitCode == .undecided, sourceLocation: sourceLocation)
    #expect(gate.reason.contains("no longer stands"), sourceLocation: sourceLocation)
    let size = try stage.size()
    let result = try stage.decide()
    #expect(result.decidedCount == 1 && result.failed.isEmpty, sourceLocation: sourceLocation)
    #expect(try stage.size() == size + 1, sourceLocation: sourceLocation)
    let after = try stage.newest(name)
    #expect(after.state == .current, sourceLocation: sourceLocation)
    #expect(after.decision.check.verdict == verdict, sourceLocation: sourceLocation)
    #expect(after.decision.check.because == before.changes, sourceLocation: sourceLocation)
    #expect(after.decision.check.trigger == .decide, sourceLocation: sourceLocation)
    let isChanged = before.decision.check.verdict != verdict
    #expect(
      result.changed.map(\.to) == (isChanged ? [verdict] : []), sourceLocation: sourceLocation)
    #expect(
      result.exitCode == (!isChanged ? .yes : verdict == .deny ? .no : verdict.exitCode),
      sourceLocation: sourceLocation)
    #expect(try stage.gate(name).isAllowed == (verdict == .allow), sourceLocation: sourceLocation)
    // The former one gave way to it, unless it was made for another asker.
    guard before.decision.key == after.decision.key else { return }
    try stage.standing { standing throws(Problem) in
      #expect(try standing.of(before.decision).state == .superseded, sourceLocation: sourceLocation)
    }
  }

  @Test("is current, and deciding again leaves it alone")
  func current() throws {
    let stage = try stage()
    let newest = try stage.newest("clean")
    #expect(newest.state == .current && newest.changes.isEmpty && newest.opensGate)
    let gate = try stage.gate("clean")
    #expect(gate.isAllowed && gate.exitCode == .yes && gate.standing == newest)
    #expect(try stage.gate("nc").exitCode == .no)
    let result = try stage.decide()
    #expect(result.decidedCount == 0 && result.unchangedCount == 3 && result.exitCode == .yes)
    #expect(try stage.size() == 3)
  }

  @Test("falls with an edge, and with the edge's retraction")
  func edge() throws {
    let stage = try stage()
    let entry = try stage.declare("clean", from: "nc")
    #expect(try stage.newest("other").state == .current)
    #expect(try stage.newest("nc").state == .current, "an edge touches what is below it")
    try expect(stage, "clean", .edge, entry: entry, then: .deny)
    #expect(try stage.newest("clean").decision.check.basis?.ledgerEntries.contains(entry) == true)
    try stage.retract(entry)
    try expect(stage, "clean", .retraction, entry: entry + 2, then: .allow)
    // What was taken back is no news to who decides afterwards.
    #expect(try stage.decide().decidedCount == 0)
  }

  @Test("falls with an edge that changes no verdict")
  func harmlessEdge() throws {
    let stage = try stage()
    let entry = try stage.declare("clean", from: "other")
    try expect(stage, "clean", .edge, entry: entry, then: .allow)
  }

  @Test("falls with an edge of a grandparent")
  func grandparent() throws {
    let stage = try stage()
    try stage.declare("other", from: "clean")
    try stage.decide()
    let entry = try stage.declare("clean", from: "nc")
    for name in ["clean", "other"] {
      #expect(try stage.newest(name).changes.map(\.entry) == [entry])
    }
    let result = try stage.decide()
    #expect(result.changed.map(\.name).sorted() == ["clean", "other"])
    #expect(result.changed.allSatisfy { $0.to == .deny && $0.from == .allow })
    #expect(result.exitCode == .no)
  }

  @Test("falls with a conclusion, told by the conclusion's entry, and with its retraction")
  func conclusion() throws {
    let stage = try stage()
    let entries = try stage.conclude("clean", from: "nc")
    #expect(entries.count == 2)
    try expect(stage, "clean", .conclusion, entry: entries[0], then: .deny)
    let basis = try #require(try stage.newest("clean").decision.check.basis)
    #expect(basis.edges == [entries[1]] && basis.others == [entries[0]])
    #expect(Set(entries).isSubset(of: basis.ledgerEntries))
    let retraction = try stage.retract(entries[1])
    #expect(retraction.entries == entries)
    try expect(stage, "clean", .retraction, entry: entries[1] + 2, then: .allow)
    #expect(try stage.newest("clean").decision.check.basis?.others == [entries[1] + 2])
  }

  @Test("falls with a waiver and with its withdrawal")
  func waiver() throws {
    let stage = try stage()
    let entry = try stage.waive("nc", noncommercial)
    try expect(stage, "nc", .waiver, entry: entry, then: .allow)
    let check = try stage.newest("nc").decision.check
    #expect(check.waived == [noncommercial] && check.basis?.waivers == [entry])
    #expect(check.validUntil == stage.day(20))
    try stage.withdraw(entry)
    try expect(stage, "nc", .waiverWithdrawn, entry: entry + 2, then: .deny)
  }

  @Test("falls with a waiver of a file's warnings, and with its withdrawal")
  func fileWaiver() throws {
    let stage = try stage()
    try stage.add("code", .loadingCode(seed: 4))
    let found = try stage.check("code").result
    #expect(found.verdict == .review)
    let finding = try #require(found.findings.first { $0.id == "code.loaded" })
    let digest = try #require(finding.details["sha256"]?.string)
    let entry = try stage.waive("code", "file:" + digest)
    try expect(stage, "code", .waiver, entry: entry, then: .allow)
    let check = try stage.newest("code").decision.check
    #expect(check.waived == ["file:" + digest] && check.validUntil == stage.day(20))
    #expect(try stage.ask("code").answer.acceptedFiles == ["file:" + digest])
    try stage.withdraw(entry)
    try expect(stage, "code", .waiverWithdrawn, entry: entry + 2, then: .review)
  }

  @Test("ends after a waiver's last day, and not before")
  func waiverEnds() throws {
    let stage = try stage()
    let entry = try stage.waive("nc", noncommercial, to: 2)
    try stage.decide()
    #expect(try stage.gate("nc", on: stage.day(2)).isAllowed)
    let later = try stage.gate("nc", on: stage.day(3))
    #expect(!later.isAllowed && later.exitCode == .undecided)
    #expect(later.standing?.state == .expired && later.reason.contains("has run out"))
    #expect(later.standing?.changes.map(\.event) == [.waiverEnded])
    #expect(later.standing?.changes.map(\.entry) == [entry])
    stage.clock.set(stage.day(3))
    let result = try stage.decide()
    #expect(result.changed.map(\.to) == [.deny] && result.exitCode == .no)
    #expect(result.changed[0].because.map(\.event) == [.waiverEnded])
    #expect(try stage.newest("nc").state == .current)
  }

  @Test("ends when a waiver begins")
  func waiverBegins() throws {
    let stage = try stage()
    let entry = try stage.waive("nc", noncommercial, from: 2, to: 3)
    try expect(stage, "nc", .waiver, entry: entry, then: .deny)
    #expect(try stage.newest("nc").decision.check.validUntil == stage.day(1))
    let later = try stage.gate("nc", on: stage.day(2))
    #expect(later.standing?.state == .expired && later.exitCode == .undecided)
    #expect(later.standing?.changes.map(\.event) == [.waiver])
    #expect(later.standing?.changes.map(\.entry) == [entry])
  }

  @Test("ends when a rule that it rests on begins, and at no other rule's day")
  func ruleDay() throws {
    let stage = try stage()
    let idle: JSON = ["fact": "request.use", "eq": "research"]
    let pack = try stage.pack(
      "acme",
      rules: [
        GateStage.rule("acme.idle", from: stage.day(2).description, when: idle),
        GateStage.rule("acme.later", from: stage.day(5).description),
      ])
    try stage.check("clean") { $0.policy = .directory(pack) }
    #expect(try stage.newest("clean").decision.check.validUntil == stage.day(4))
    #expect(try stage.gate("clean", on: stage.day(4)).isAllowed)
    let later = try stage.gate("clean", on: stage.day(5))
    #expect(later.standing?.state == .expired)
    #expect(later.standing?.changes.map(\.event) == [.ruleDay])
    stage.clock.set(stage.day(5))
    let result = try stage.decide()
    #expect(result.changed.map(\.to) == [.deny])
    #expect(try stage.newest("clean").decision.check.asOf == stage.clock.today)
    let until = try stage.newest("clean").decision.check.validUntil
    #expect(until.map { $0 > stage.day(5) } ?? true)
  }

  @Test("falls when an ancestor's own check records another licence")
  func ancestorLicence() throws {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    try stage.declare("clean", from: "nc")
    #expect(try stage.check("clean").result.verdict == .review)
    let entry = try #require(try stage.check("nc").recorded?.entry)
    try expect(stage, "clean", .ancestorLicence, entry: entry, then: .deny)
    #expect(
      try stage.newest("clean").decision.check.basis?.licences.map(\.entry) == [entry])
    // The same licence again is no news.
    try stage.check("nc")
    #expect(try stage.newest("clean").state == .current)
  }

  @Test("falls when a fault is recorded about the model or above it")
  func fault() throws {
    let stage = try stage()
    try stage.declare("clean", from: "other")
    try stage.decide()
    let edge = LineageEdge(
      ancestor: try stage.digest("nc").tagged, child: try stage.digest("other").tagged,
      relation: .copy, grade: .declared)
    let stranger = try ECDSA.PrivateKey.generate()
    let envelope = try LineageStatement(edge: edge).statement().signed(by: stranger)
    let entry = try #require(try stage.log.ledger.append([envelope.bytes]).first?.index)
    for name in ["other", "clean", "nc"] {
      let newest = try stage.newest(name)
      #expect(newest.state == .stale && newest.changes.map(\.event) == [.edge], "\(name)")
      #expect(newest.changes.map(\.entry) == [entry], "\(name)")
    }
    let result = try stage.decide()
    #expect(result.changed.map(\.to) == [.review, .review], "what nobody signed denies nothing")
    let check = try stage.newest("clean").decision.check
    #expect(check.basis?.faults == [entry])
    #expect(check.findings.contains { $0.id == "ledger-statement-unverified" })
  }

  // MARK: What is outside the log

  @Test("falls with the policy, and cannot be made again without it")
  func policy() throws {
    let stage = try stage()
    let pack = try stage.pack("acme", rules: [GateStage.rule("acme.x", from: "2030-01-01")])
    try stage.check("clean") { $0.policy = .directory(pack) }
    _ = try stage.pack("acme", rules: [GateStage.rule("acme.x", from: "2026-01-01")])
    try expect(stage, "clean", .policy, entry: nil, then: .deny)
    try FileSystem.remove(pack)
    let gone = try stage.newest("clean")
    #expect(gone.state == .stale && gone.changes.map(\.event) == [.policy])
    #expect(gone.changes[0].detail.contains("not there any more"))
    let size = try stage.size()
    let result = try stage.decide()
    #expect(result.decidedCount == 0 && result.failed.map(\.name) == ["clean"])
    #expect(result.failed.map(\.problem.code) == ["unknown_policy"])
    #expect(result.exitCode == .undecided && result.unchangedCount == 2)
    #expect(try stage.size() == size && stage.newest("clean").state == .stale)
    // A pack that is there again as it was stands as it did.
    _ = try stage.pack("acme", rules: [GateStage.rule("acme.x", from: "2026-01-01")])
    #expect(try stage.newest("clean").state == .current)
  }

  @Test("is capped at review by another catalogue, until the texts are read again")
  func catalogue() throws {
    let stage = try stage()
    let other = SHA256.hash(Array("another catalogue".utf8))
    let before = try stage.newest("clean", catalogue: other)
    #expect(before.state == .stale && before.changes.map(\.event) == [.catalogue])
    #expect(try !stage.gate("clean", catalogue: other).isAllowed)
    let result = try stage.decide(catalogue: other)
    #expect(result.decidedCount == 3)
    #expect(result.changed.map(\.to) == [.review, .review])
    let after = try stage.newest("clean", catalogue: other)
    #expect(after.state == .current && after.decision.check.verdict == .review)
    #expect(after.decision.check.basis?.catalogue == other)
    #expect(after.decision.check.findings.contains { $0.id == "licence.catalogue_changed" })
    #expect(try stage.newest("nc", catalogue: other).decision.check.verdict == .deny)
    #expect(try stage.decide(catalogue: other).decidedCount == 0)
    // Under the first catalogue again it is what it was.
    #expect(try stage.decide().changed.map(\.to) == [.allow, .allow])
  }

  @Test("rests on config.json: on its profile, and on there being none")
  func configuredProfile() throws {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.check("clean") { $0.profile = .configured }
    try stage.configure(["profile": stage.profile])
    try expect(stage, "clean", .profile, entry: nil, then: .allow)
    #expect(try stage.newest("clean").decision.check.profile?.name == "default")
    try stage.configure(["profile": TinyProfiles.full(["contract.us_gsa_ai_clause": true])])
    try expect(stage, "clean", .profile, entry: nil, then: .deny)
    try stage.configure([:])
    let gone = try stage.newest("clean")
    #expect(gone.changes.map(\.event) == [.profile])
    #expect(gone.changes.first?.detail.contains("not there any more") == true)
    // Nobody says any more what the model is for.
    try stage.decide()
    #expect(try stage.newest("clean").decision.check.verdict == .review)
    #expect(try stage.newest("clean").decision.check.profile == nil)
  }

  @Test("keeps the facts that came with the question, whatever becomes of the file")
  func givenProfile() throws {
    let stage = try stage()
    try stage.configure(["profile": TinyProfiles.full(["contract.us_gsa_ai_clause": true])])
    #expect(try stage.newest("clean").state == .current)
    let entry = try stage.declare("clean", from: "other")
    try expect(stage, "clean", .edge, entry: entry, then: .allow)
    let profile = try #require(try stage.newest("clean").decision.check.profile)
    #expect(profile.source == .given && profile.name == "profile.json")
    // Without its facts it cannot be asked again.
    try stage.declare("clean", from: "acme/x")
    try stage.state.blobs.erase(profile.digest)
    let result = try stage.decide()
    #expect(result.failed.map(\.problem.code) == ["profile_missing"])
    #expect(result.failed.map(\.name) == ["clean"] && result.decidedCount == 0)
  }

  @Test("falls with a stored profile that is changed or deleted")
  func storedProfile() throws {
    let stage = try stage()
    func put(_ facts: JSON) throws {
      _ = try StoredProfiles.put(
        StoredProfile(name: "acme", facts: facts), at: stage.clock.now, in: stage.log.database)
    }
    try put(stage.profile)
    try stage.check("clean") { $0.profile = .stored("acme") }
    #expect(try stage.gate("clean").isAllowed)
    try put(TinyProfiles.full(["contract.us_gsa_ai_clause": true]))
    try expect(stage, "clean", .profile, entry: nil, then: .deny)
    #expect(try StoredProfiles.remove("acme", in: stage.log.database))
    let gone = try stage.newest("clean")
    #expect(gone.state == .stale && gone.changes.map(\.event) == [.profile])
    let result = try stage.decide()
    #expect(result.failed.map(\.problem.code) == ["unknown_profile"])
    #expect(try stage.newest("clean").state == .stale)
  }

  @Test("does not stand without the facts that were recorded")
  func missingFacts() throws {
    let stage = try stage()
    let facts = try #require(try stage.newest("clean").decision.check.facts)
    try stage.state.blobs.erase(facts)
    let newest = try stage.newest("clean")
    #expect(newest.state == .stale && newest.changes.map(\.event) == [.files])
    #expect(try !stage.gate("clean").isAllowed)
    let result = try stage.decide()
    #expect(result.failed.map(\.problem.code) == ["facts_missing"] && result.unchangedCount == 2)
    #expect(result.exitCode == .undecided)
    #expect(try stage.check("clean").recorded != nil)
    #expect(try stage.gate("clean").isAllowed)
  }

  @Test("is of other files not at all")
  func otherFiles() throws {
    let stage = try stage()
    try stage.add("clean", TinyFolder(seed: 9))
    let gate = try stage.gate("clean")
    #expect(!gate.isAllowed && gate.standing == nil && gate.exitCode == .undecided)
    #expect(gate.reason.contains("check the model first"))
  }

  @Test("gives way to a newer one under the same policy and profile alone")
  func superseded() throws {
    let stage = try stage()
    let research = try TinyProfiles.full(request: ["use": "research"])
    try stage.check("nc", profile: research) { request in
      request.profile = .given(name: "research.json", facts: research)
    }
    let model = try stage.digest("nc")
    func states() throws -> [DecisionState] {
      try stage.standing { standing throws(Problem) in
        try standing.reader.decisions(of: model).map { decision throws(Problem) in
          try standing.of(decision).state
        }
      }
    }
    #expect(try states() == [.current, .current], "each under a profile of its own")
    // The newest one counts at the gate.
    #expect(try stage.gate("nc").isAllowed)
    #expect(try stage.gate("nc", demand: GateDemand(profile: "profile.json")).exitCode == .no)
    #expect(try stage.gate("nc", demand: GateDemand(profile: "research.json")).isAllowed)
    let because = try #require(try stage.check("nc").recorded?.because)
    #expect(because.map(\.event) == [.check])
    #expect(try states() == [.current, .current, .superseded])
    #expect(try stage.gate("nc").exitCode == .no)
    let all = try stage.standing { standing throws(Problem) in try standing.states() }
    #expect(all.values.allSatisfy { $0 == .current } && all.count == 4)
  }

  @Test("from before decisions were kept opens nothing")
  func oldEntry() throws {
    let stage = try stage()
    var check = CheckStatement(
      model: try stage.digest("clean"), name: "clean", verdict: .allow, asOf: stage.clock.today,
      time: stage.clock.now)
    check.policy = PolicyReference(
      name: "shipped", digest: PolicyPack.shippedDigest, source: .shipped)
    try stage.log.append([check.statement()])
    let gate = try stage.gate("clean")
    #expect(!gate.isAllowed && gate.standing?.state == .stale)
    #expect(gate.standing?.changes.map(\.event) == [.check])
    #expect(gate.standing?.decision.isComplete == false)
  }
}
