// The calendar against deciding on each day, and facts through their JSON.

import Base
import Crypto
import GateSupport
import Ledger
import Licensing
import Policy
import State
import TestSupport
import Testing

@testable import Register

private let noncommercial = "CC-BY-NC-4.0#noncommercial"

@Suite("The calendar")
struct CalendarTests {
  /// Models under rules that come and go, waivers, and a catalogue of today.
  private func stage() throws -> (GateStage, pack: String) {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    try stage.add("odd", TinyFolder(seed: 3).with { $0.files["tokenizer_config.json"] = [0x7B] })
    func day(_ offset: Int) -> String { stage.day(offset).description }
    let pack = try stage.pack(
      "acme",
      rules: [
        GateStage.rule("acme.a", from: day(5), to: day(8)),
        GateStage.rule("acme.b", from: day(7), to: day(20), effect: "review"),
        GateStage.rule("acme.idle", from: day(3), when: ["fact": "request.use", "eq": "research"]),
        GateStage.rule("acme.due", reviewBy: day(30), when: ["fact": "request.use", "eq": "x"]),
      ].filter { $0["id"] != "acme.due" })
    return (stage, pack)
  }

  /// The verdict that deciding again on a day would give.
  private func verdict(
    _ stage: GateStage, _ name: String, on day: CalendarDay, catalogue: Digest
  ) throws -> Verdict {
    let decision = try stage.newest(name, on: day, catalogue: catalogue).decision
    return try stage.standing(on: day, catalogue: catalogue) { standing throws(Problem) in
      guard let facts = try standing.facts(of: decision.check),
        let policy = decision.check.policy
      else { return .review }
      let answer = try Answer(
        try standing.question(of: decision.check), about: facts,
        lineage: try ModelLineage(of: facts, in: standing.reader),
        pack: try standing.sources.pack(policy.source),
        options: Policy.Options(missing: false))
      return answer.cautious(about: facts, catalogue: catalogue).verdict
    }
  }

  private func expectCalendar(
    _ stage: GateStage, _ names: [String], days: Int,
    catalogue: Digest = Licensing.catalogueDigest
  ) throws {
    var wanted: [String] = []
    for offset in 1...days {
      for name in names.sorted() {
        let (before, after) = (
          try verdict(stage, name, on: stage.day(offset - 1), catalogue: catalogue),
          try verdict(stage, name, on: stage.day(offset), catalogue: catalogue)
        )
        if before != after { wanted.append("\(stage.day(offset)) \(name) \(before) \(after)") }
      }
    }
    let found = try stage.standing(catalogue: catalogue) { standing throws(Problem) in
      try standing.calendar(until: stage.day(days))
    }
    #expect(found.map { "\($0.day) \($0.name) \($0.from) \($0.to)" } == wanted)
    #expect(found.allSatisfy { !$0.rules.isEmpty && $0.json["day"]?.string == "\($0.day)" })
  }

  @Test("has the days on which deciding again would say something else, and no others")
  func bruteForce() throws {
    let (stage, pack) = try stage()
    for name in ["clean", "nc", "odd"] {
      try stage.check(name) { $0.policy = .directory(pack) }
    }
    try stage.waive("nc", noncommercial, from: 2, to: 12)
    try stage.waive("clean", "acme.a", from: 6, to: 7, inAdvance: true)
    try expectCalendar(stage, ["clean", "nc", "odd"], days: 40)
    // A model whose files are not clean is allowed on no day.
    let all = try stage.standing { standing throws(Problem) in
      try standing.calendar(until: stage.day(40))
    }
    #expect(all.filter { $0.name == "odd" }.allSatisfy { $0.to != .allow })
    #expect(all.contains { $0.name == "clean" && $0.to == .deny && $0.rules == ["acme.a"] })
    // Nothing was written, and the last day counts.
    #expect(try stage.size() == 5)
    let first = try #require(all.first)
    let until = { (day: CalendarDay) in
      try stage.standing { standing throws(Problem) in try standing.calendar(until: day) }
    }
    #expect(try until(first.day).first == first)
    #expect(
      try until(CalendarDay(daysSinceEpoch: first.day.daysSinceEpoch - 1)).isEmpty)
  }

  @Test("knows what is owed when a model is passed on, and files that somebody accepts for a time")
  func dutiesAndFiles() throws {
    let (stage, pack) = try stage()
    // Its header names a licence whose text is not there: owed by whoever passes the file on.
    let bare = "bare.gguf"
    _ = try stage.folder.write(
      "models/" + bare,
      TinyModels.gguf(
        [TinyTensor("w", [1], f32: [1])],
        metadata: [("general.license", TinyModels.ggufText("apache-2.0"))]))
    try stage.add("code", .loadingCode(seed: 4))
    let published = try TinyProfiles.full(request: ["form": "weights-published"])
    let passedOn = try stage.check(bare, profile: published) { $0.policy = .directory(pack) }
    #expect(passedOn.result.verdict == .review && passedOn.result.decision?.verdict == .allow)
    let code = try stage.check("code") { $0.policy = .directory(pack) }
    let finding = try #require(code.result.findings.first { $0.id == "code.loaded" })
    let digest = try #require(finding.details["sha256"]?.string)
    // One that is over says nothing of coming days.
    try stage.waive("code", "file:" + digest, from: -9, to: -3)
    try stage.waive("code", "file:" + digest, from: 2, to: 23)
    try expectCalendar(stage, [bare, "code"], days: 25)
    let found = try stage.standing { standing throws(Problem) in
      try standing.calendar(until: stage.day(25))
    }
    let turns = found.map { "\($0.name) \($0.to)" }
    #expect(turns.contains("code allow") && turns.contains("\(bare) deny"))
    #expect(!turns.contains("\(bare) allow"))
    #expect(found.first?.rules == ["file:" + digest] && found.last?.rules == ["file:" + digest])
  }

  @Test("knows that licences of another catalogue are capped at review")
  func otherCatalogue() throws {
    let (stage, pack) = try stage()
    try stage.check("clean") { $0.policy = .directory(pack) }
    try expectCalendar(stage, ["clean"], days: 25, catalogue: SHA256.hash([1]))
  }

  @Test("names decisions that cannot be asked again, and goes on with the others")
  func failures() throws {
    let (stage, pack) = try stage()
    try stage.check("clean") { $0.policy = .directory(pack) }
    try stage.check("nc")
    try stage.check("odd")
    try stage.waive("nc", noncommercial, to: 3)
    try FileSystem.remove(pack)
    let facts = try #require(try stage.newest("odd").decision.check.facts)
    try stage.state.blobs.erase(facts)
    var failed: [String] = []
    let found = try stage.standing { standing throws(Problem) in
      try standing.calendar(until: stage.day(9)) { failed.append("\($0.check.name) \($1.code)") }
    }
    #expect(failed.sorted() == ["clean unknown_policy", "odd facts_missing"])
    #expect(found.map(\.name) == ["nc"] && found.map(\.day) == [stage.day(4)])
  }

  @Test("is empty for a model that nobody said anything about")
  func notAsked() throws {
    let (stage, _) = try stage()
    try stage.check("clean") { $0.profile = .configured }
    let found = try stage.standing { standing throws(Problem) in
      try standing.calendar(until: stage.day(700))
    }
    #expect(found.isEmpty)
  }
}

@Suite("Deciding again")
struct DeciderTests {
  private func stage() throws -> GateStage {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    return stage
  }

  @Test("gives what a check of the same day gives")
  func likeACheck() throws {
    let stage = try stage()
    try stage.check("nc")
    try stage.check("clean")
    try stage.declare("clean", from: "nc")
    try stage.decide()
    let decided = try stage.newest("clean").decision.check
    let checked = try stage.ask("clean")
    #expect(decided.verdict == checked.verdict && decided.validUntil == checked.answer.validUntil)
    #expect(decided.basis == checked.answer.basis(catalogue: checked.facts.catalogue))
    #expect(decided.findings.map(\.id) == checked.findings.map(\.id))
    #expect(decided.licences == ["MIT"] && decided.name == "clean")
    #expect(decided.profile == checked.profile?.reference && decided.policy == checked.policy)
    #expect(
      decided.weights == checked.facts.weights && decided.tensorSet == checked.facts.tensorSet)
  }

  @Test("is of one model if one is named, and refuses one that nobody decided about")
  func oneModel() throws {
    let stage = try stage()
    try stage.check("clean")
    try stage.check("nc")
    for name in ["clean", "nc"] { try stage.declare(name, from: "acme/x") }
    let model = try stage.digest("nc")
    let now = stage.clock.now
    func plan(_ model: Digest) throws -> Decider.Plan {
      try stage.standing { standing throws(Problem) in
        try Decider(standing: standing, now: now, run: Run(threads: 1)).plan(model: model)
      }
    }
    let one = try plan(model)
    #expect(one.result.decidedCount == 1 && one.statements.map(\.check.model) == [model])
    let problem = #expect(throws: Problem.self) { try plan(SHA256.hash([1])) }
    #expect(problem?.code == "unknown_model" && problem?.kind == .usage)
    // A plan alone writes nothing.
    #expect(try stage.size() == 4)
    try stage.log.append(one)
    #expect(try stage.newest("nc").state == .current && stage.newest("clean").state == .stale)
  }

  @Test("appends nothing about a model that was decided in the meantime")
  func meantime() throws {
    let stage = try stage()
    try stage.check("clean")
    try stage.declare("clean", from: "acme/x")
    let now = stage.clock.now
    let plan = try stage.standing { standing throws(Problem) in
      try Decider(standing: standing, now: now, run: Run(threads: 1)).plan()
    }
    let entry = try #require(try stage.check("clean").recorded?.entry)
    #expect(try stage.log.append(plan).isEmpty)
    #expect(try stage.newest("clean").decision.entry == entry)
  }

  @Test("ends when it is stopped, and has written nothing")
  func stopped() throws {
    let stage = try stage()
    try stage.check("clean")
    let now = stage.clock.now
    let problem = #expect(throws: Problem.self) {
      try stage.standing { standing throws(Problem) in
        try Decider(
          standing: standing, now: now, run: Run(threads: 1, isCancelled: { true })
        ).plan()
      }
    }
    #expect(problem?.kind == .interrupted)
  }

  @Test("is for today and for the law in force, whatever a profile asks by now")
  func profileThatAsks() throws {
    let stage = try stage()
    let pack = try stage.pack(
      "acme", rules: [GateStage.rule("acme.x", from: stage.day(-5).description)])
    try stage.configure(["profile": stage.profile])
    func check() throws {
      try stage.check("clean") { request in
        (request.profile, request.policy) = (.configured, .directory(pack))
      }
    }
    try check()
    #expect(try stage.newest("clean").decision.check.verdict == .deny)
    // On the day that the profile names by now, the rule was not there yet.
    var dated = stage.profile.object ?? [:]
    var request = dated["request"]?.object ?? [:]
    request["date"] = .string(stage.day(-9).description)
    dated["request"] = .object(request)
    try stage.configure(["profile": .object(dated)])
    try stage.decide()
    let decided = try stage.newest("clean")
    #expect(decided.decision.check.verdict == .deny && decided.state == .current)
    #expect(decided.decision.check.asOf == stage.clock.today)
    #expect(try !stage.gate("clean").isAllowed)
    // Of a law that is not in force nothing is decided.
    var proposed = stage.profile.object ?? [:]
    proposed["horizon"] = "proposed"
    try stage.configure(["profile": .object(proposed)])
    let size = try stage.size()
    let result = try stage.decide()
    #expect(result.failed.map(\.problem.code) == ["not_a_decision"])
    #expect(result.exitCode == .undecided)
    #expect(try stage.size() == size && stage.newest("clean").state == .stale)
  }

  @Test("tells the causes of both, what changed and the day that passed")
  func twoCauses() throws {
    let stage = try stage()
    try stage.check("nc")
    try stage.waive("nc", noncommercial, to: 2)
    try stage.decide()
    let entry = try stage.declare("nc", from: "acme/x")
    stage.clock.set(stage.day(3))
    #expect(try stage.newest("nc").state == .stale)
    let result = try stage.decide()
    #expect(result.changed.map(\.to) == [.deny])
    #expect(result.changed[0].because.map(\.event) == [.edge, .waiverEnded])
    #expect(result.changed[0].because.first?.entry == entry)
  }

  @Test("tells a check that takes a decision's place why it was made anew")
  func checkCauses() throws {
    let stage = try stage()
    #expect(try stage.check("nc").recorded?.because == nil)
    func causes(_ change: (inout CheckRequestChange) -> Void = { _ in }) throws
      -> [DecisionCause.Event]
    {
      var wanted = CheckRequestChange(profile: stage.profile)
      change(&wanted)
      return try stage.check("nc", profile: wanted.profile).recorded?.because?.map(\.event) ?? []
    }
    #expect(try causes() == [.check])
    try stage.declare("nc", from: "acme/x")
    #expect(try causes() == [.edge])
    try stage.waive("nc", noncommercial, to: 1)
    #expect(try causes() == [.waiver])
    #expect(try causes { $0.profile = try? TinyProfiles.full(["actor.mau": 2000]) } == [.profile])
    stage.clock.set(stage.day(2))
    #expect(try causes().contains(.waiverEnded))
    #expect(try causes() == [.check])
  }

  private struct CheckRequestChange {
    var profile: JSON?
  }

  @Test("changes are told from one decision of a model to the next, whatever asked for them")
  func changes() throws {
    let stage = try stage()
    try stage.check("nc")
    try stage.check("clean")
    try stage.waive("nc", noncommercial)
    try stage.decide()
    let research = try TinyProfiles.full(request: ["use": "research"])
    try stage.check("clean") { $0.profile = .given(name: "research.json", facts: research) }
    let law = try TinyProfiles.full(["service.prohibited_practice": true])
    try stage.check("clean") { $0.profile = .given(name: "law.json", facts: law) }
    func changes(after entry: Int) throws -> [String] {
      try stage.standing { standing throws(Problem) in
        try standing.reader.changes(after: entry).map {
          "\($0.name) \($0.from) \($0.to) \($0.because.map(\.event.rawValue))"
        }
      }
    }
    #expect(
      try changes(after: -1) == [
        "nc deny allow [\"waiver\"]", "clean allow deny [\"check\"]",
      ])
    #expect(try changes(after: 3) == ["clean allow deny [\"check\"]"])
    #expect(try changes(after: 5) == [])
  }
}

@Suite("Recorded facts")
struct ModelFactsTests {
  private func facts() -> ModelFacts {
    ModelFacts(
      model: SHA256.hash([1]), name: "m", weights: SHA256.hash([2]), tensorSet: SHA256.hash([3]),
      isUnsafe: true,
      fileFindings: [Finding(id: "x", severity: .warning, message: "m", place: "p")],
      licence: ModelFacts.Licence(
        declared: ["MIT"], texts: [.init(file: "LICENSE", ids: ["MIT", "ISC"])], isClean: false,
        findings: [Finding(id: "y", severity: .note, message: "n", details: ["a": 1])]),
      declaredEdges: [
        LineageEdge(
          ancestor: "acme/base", child: "model", relation: .adapter, grade: .declared,
          direction: .undetermined, licence: "MIT")
      ], catalogue: SHA256.hash([4]))
  }

  @Test("are read as they were written")
  func roundTrip() throws {
    var facts = facts()
    #expect(try ModelFacts(json: JSON.parse(facts.json.canonicalBytes)) == facts)
    (facts.licence, facts.weights, facts.tensorSet, facts.isUnsafe) = (nil, nil, nil, false)
    (facts.fileFindings, facts.declaredEdges) = ([], [])
    #expect(try ModelFacts(json: JSON.parse(facts.json.canonicalBytes)) == facts)
  }

  static let broken: [(String, JSON?)] = [
    ("schema", "assay.facts/2"), ("schema", nil), ("model", "x"), ("model", nil), ("name", 1),
    ("unsafe", nil), ("unsafe", "no"), ("catalogue", "x"), ("catalogue", nil),
    ("file_findings", nil), ("file_findings", [1]), ("declared_edges", nil),
    ("declared_edges", [[:]]), ("licence", "MIT"), ("licence", [:]),
    ("licence", ["declared": ["MIT"], "clean": true, "findings": [], "texts": [[:]]]),
    ("licence", ["declared": ["MIT"], "clean": 1, "findings": [], "texts": []]),
    ("licence", ["declared": ["MIT"], "clean": true, "findings": [1], "texts": []]),
    ("licence", ["declared": [1], "clean": true, "findings": [], "texts": []]),
    (
      "licence",
      ["declared": [], "clean": true, "findings": [], "texts": [["file": "f", "ids": [1]]]]
    ),
    ("weights_digest", "x"), ("tensor_set_digest", 1),
  ]

  @Test(
    "with a member of the wrong form are refused, and none is left out",
    arguments: broken.indices)
  func refused(index: Int) throws {
    let (key, value) = Self.broken[index]
    var object = facts().json.object ?? [:]
    object[key] = value
    let problem = #expect(throws: Problem.self) { try ModelFacts(json: .object(object)) }
    #expect(problem?.code == "bad_facts" && problem?.kind == .malformed)
  }

  @Test("name the card's licences, or else those of the texts")
  func namedLicences() throws {
    var licence = try #require(facts().licence)
    #expect(licence.namedLicences == ["MIT"])
    licence.declared = []
    #expect(licence.namedLicences == ["MIT", "ISC"])
  }
}

@Suite("What a gate demands")
struct GateDemandTests {
  @Test("is a decision under its policy and for its profile; others open nothing")
  func demand() throws {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    let pack = try stage.pack("acme", rules: [GateStage.rule("acme.x", from: "2030-01-01")])
    try stage.check("clean")
    let open = try stage.gate("clean", demand: GateDemand(policy: "acme"))
    #expect(!open.isAllowed && open.standing == nil && open.exitCode == .undecided)
    #expect(open.reason.contains("under the policy acme"))
    #expect(try stage.gate("clean", demand: GateDemand(policy: "shipped")).isAllowed)
    try stage.check("clean") { $0.policy = .directory(pack) }
    #expect(try stage.gate("clean", demand: GateDemand(policy: "acme")).isAllowed)
    let law = try TinyProfiles.full(["service.prohibited_practice": true])
    try stage.check("clean") { $0.profile = .given(name: "law.json", facts: law) }
    // The newest decision of all denies; what is demanded still stands.
    #expect(try stage.gate("clean").exitCode == .no)
    #expect(try stage.gate("clean", demand: GateDemand(policy: "acme")).isAllowed)
    #expect(try stage.gate("clean", demand: GateDemand(profile: "law.json")).exitCode == .no)
    let nobody = try stage.gate("clean", demand: GateDemand(profile: "default"))
    #expect(nobody.standing == nil && nobody.reason.contains("for the profile default"))
    #expect(
      try stage.gate("clean", demand: GateDemand(policy: "acme", profile: "law.json")).standing
        == nil)
  }

  @Test("is answered in words: verdict, rules, asker, and what to do")
  func reasons() throws {
    let stage = try GateStage()
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    try stage.add("bare", TinyFolder(seed: 3).with { ($0.card, $0.files) = (nil, [:]) })
    for name in ["clean", "nc", "bare"] { try stage.check(name) }
    let allowed = try stage.gate("clean")
    #expect(allowed.reason.contains("about clean is allow, under the policy shipped"))
    #expect(allowed.reason.contains("the profile profile.json"))
    let until = try #require(try stage.newest("clean").decision.check.validUntil)
    #expect(allowed.reason.hasSuffix(", until \(until)."))
    #expect(try stage.gate("nc").reason.hasSuffix("The findings say which rule forbids it."))
    #expect(try stage.gate("bare").reason.contains("is review"))
    #expect(try stage.gate("bare").exitCode == .undecided)
    #expect(try stage.gate("clean").json["allowed"] == true)
    #expect(try stage.gate("clean").json["decision"]?["state"] == "current")
    let model = SHA256.hash([7])
    let none = try stage.standing { standing throws(Problem) in try standing.gate(model) }
    #expect(none.json["decision"] == .null && none.exitCode == .undecided)
  }
}
