// The gate from a folder to a verdict: every reason it knows, each with a folder of its own.

import Base
import Crypto
import GateSupport
import Ledger
import Policy
import Register
import TestSupport
import Testing

@testable import Audit

/// A folder, a profile, and what the gate says about them.
struct GateCase: Sendable, CustomTestStringConvertible {
  let name: String
  let verdict: Verdict
  /// Among the findings.
  let finding: String?
  /// Takes the place of members of the profile's facts.
  let facts: JSONObject
  let folder: @Sendable (inout TinyFolder) -> Void

  init(
    _ name: String, _ verdict: Verdict, _ finding: String?, facts: JSONObject = [:],
    _ folder: @escaping @Sendable (inout TinyFolder) -> Void = { _ in }
  ) {
    self.name = name
    self.verdict = verdict
    self.finding = finding
    self.facts = facts
    self.folder = folder
  }

  var testDescription: String { name }

  static let all: [GateCase] = [
    GateCase("clean", .allow, nil),
    GateCase("unsafe pickle", .deny, "pickle-call") {
      $0.files["optimizer.pkl"] = TinyFolder.unsafePickle
    },
    GateCase("unsafe template", .deny, "template-unsafe") {
      $0.files["chat_template.jinja"] = Array("{{ x.__class__ }}".utf8)
    },
    GateCase("configuration that is no JSON", .review, "malformed-configuration") {
      $0.files["tokenizer_config.json"] = Array("{".utf8)
    },
    GateCase("no licence", .review, "licence.missing") { ($0.card, $0.files) = (nil, [:]) },
    GateCase("card without a licence", .review, "licence.missing") {
      ($0.card, $0.files) = ("tags: [a]", [:])
    },
    GateCase("text that the card does not name", .review, "licence.declared_missing") {
      $0.card = "tags: [a]"
    },
    GateCase("changed clause", .review, "licence.text_modified") {
      $0.files["LICENSE"] = Array(TinyLicences.changedMIT.utf8)
    },
    GateCase("card and LICENSE differ", .review, "licence.declared_detected_mismatch") {
      $0.files["LICENSE"] = Array(TinyLicences.isc.utf8)
    },
    GateCase("text of nobody", .review, "licence.text_unknown") {
      $0.files["LICENSE"] = Array(TinyLicences.own.utf8)
    },
    GateCase("licence that nobody knows", .review, "licence.declared_unknown_id") {
      ($0.card, $0.files) = ("license: apache2", [:])
    },
    GateCase("licence of one's own", .review, "licence.unknown") {
      ($0.card, $0.files) = ("license: LicenseRef-acme", [:])
    },
    GateCase("other, unresolved", .review, "licence.other_unresolved") {
      ($0.card, $0.files) = ("license: other", [:])
    },
    GateCase("link to nothing", .review, "licence.link_missing") {
      ($0.card, $0.files) = ("license: other\nlicense_name: x\nlicense_link: TERMS", [:])
    },
    GateCase("list of licences", .review, "licence.list_ambiguous") {
      $0.card = "license: [mit, isc]"
    },
    GateCase("family of licences", .review, "licence.family_tag") {
      ($0.card, $0.files) = ("license: bsd", [:])
    },
    GateCase("unreadable card", .review, "licence.card_unreadable") {
      $0.card = "license: mit\nlicense: isc"
    },
    GateCase("base that nobody knows", .review, "licence.base_unknown") {
      $0.card = "license: mit\nbase_model: nobody/knows"
    },
    GateCase("policy denies", .deny, "CC-BY-NC-4.0#noncommercial") {
      ($0.card, $0.files) = ("license: cc-by-nc-4.0", [:])
    },
    GateCase(
      "law denies", .deny, "eu.aia.art5", facts: ["service.prohibited_practice": true]),
    GateCase(
      "contract denies", .deny, "us.gsa.american-ai",
      facts: ["contract.us_gsa_ai_clause": true]),
    GateCase("policy undecided", .review, "ru.gov.trusted", facts: ["end_user.kind": nil]),
  ]
}

@Suite("The gate")
struct GateTests {
  @Test(
    "says of a folder what is wrong with it, and lets none but the clean through",
    arguments: GateCase.all)
  func folders(wanted: GateCase) throws {
    let stage = try GateStage()
    var folder = TinyFolder()
    wanted.folder(&folder)
    try stage.add("m", folder)
    let (result, recorded) = try stage.check("m", profile: TinyProfiles.full(wanted.facts))
    let ids = result.findings.filter { $0.severity != .note }.map(\.id)
    #expect(result.verdict == wanted.verdict, "\(ids)")
    #expect(result.exitCode == wanted.verdict.exitCode)
    if let finding = wanted.finding { #expect(ids.contains(finding), "\(ids)") }
    if wanted.verdict == .allow { #expect(ids.isEmpty) }
    // What was answered is what stands, and a gate opens on nothing but allow.
    let newest = try stage.newest("m")
    #expect(newest.decision.check.verdict == wanted.verdict && newest.state == .current)
    #expect(newest.decision.id == recorded?.decisionID)
    let gate = try stage.gate("m")
    #expect(gate.isAllowed == (wanted.verdict == .allow))
    #expect(gate.exitCode == wanted.verdict.exitCode)
    #expect(newest.decision.check.findings == result.findings)
  }

  @Test("asks back for a model that nobody said anything about")
  func notAsked() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder())
    let (result, recorded) = try stage.check("m") { $0.profile = .configured }
    #expect(result.verdict == .review && result.profile == nil && recorded != nil)
    #expect(result.findings.map(\.id).contains("policy.not_asked"))
    // The configuration speaks where the question does not.
    try stage.configure(["profile": stage.profile])
    #expect(try stage.check("m") { $0.profile = .configured }.result.verdict == .allow)
  }

  @Test("takes the folder of one file for a model without a licence")
  func singleFile() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder())
    let result = try stage.ask("m") { $0.model.path += "/model.safetensors" }
    #expect(result.verdict == .review && result.licence?.sources.isEmpty == true)
    #expect(result.findings.contains { $0.id == "licence.missing" && $0.severity == .error })
  }

  @Test("refuses a folder that holds nothing to name")
  func empty() throws {
    let stage = try GateStage()
    try stage.folder.write("models/m/README.md", Array("---\nlicense: mit\n---\n".utf8))
    let problem = #expect(throws: Problem.self) { try stage.check("m") }
    #expect(problem?.code == "no_weights" && problem?.exitCode == .malformed)
    #expect(try stage.size() == 0)
  }

  // MARK: Questions

  @Test("answers questions about another day, another law, or for nobody's register")
  func questions() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder())
    func question(_ change: (inout CheckRequest) -> Void) throws {
      let (result, recorded) = try stage.check("m", change)
      #expect(recorded == nil && !result.isDecision)
    }
    try question { $0.asOf = stage.day(1) }
    try question { $0.asOf = stage.day(-1) }
    try question { $0.horizon = .enacted }
    try question { $0.horizon = .proposed }
    var dated = stage.profile.object ?? [:]
    var request = dated["request"]?.object ?? [:]
    request["date"] = .string(stage.day(0).description)
    dated["request"] = .object(request)
    try question { $0.profile = .given(name: "p", facts: .object(dated)) }
    var other = stage.profile.object ?? [:]
    other["horizon"] = "proposed"
    try question { $0.profile = .given(name: "p", facts: .object(other)) }
    #expect(try stage.size() == 0)
    #expect(try stage.gate("m").standing == nil)
    // The day and the law of today, said aloud, ask nothing else.
    #expect(try stage.check("m") { $0.asOf = stage.day(0) }.recorded?.entry == 0)
    #expect(try stage.check("m") { $0.horizon = .inForce }.recorded?.entry == 1)
    // With --no-record the caller does not record; the check itself leaves no trace.
    _ = try stage.ask("m")
    #expect(try stage.size() == 2)
  }

  @Test("answers a question of another day by the law of that day")
  func otherDay() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder())
    let pack = try stage.pack(
      "acme", rules: [GateStage.rule("acme.later", from: stage.day(3).description)])
    func verdict(_ offset: Int) throws -> Verdict {
      let result = try stage.ask("m") { request in
        request.policy = .directory(pack)
        request.asOf = stage.day(offset)
      }
      #expect(result.asOf == stage.day(offset) && result.decision?.asOf == stage.day(offset))
      return result.verdict
    }
    #expect(try [0, 2, 3, 9].map(verdict) == [.allow, .allow, .deny, .deny])
  }

  @Test("of a quick check is no decision, and takes none away")
  func quick() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder())
    let (result, recorded) = try stage.check("m") { $0.depth = .quick }
    #expect(result.verdict == .review && recorded == nil && !result.isDecision)
    #expect(try stage.size() == 1 && stage.gate("m").standing == nil)
    try stage.check("m")
    try stage.check("m") { $0.depth = .quick }
    #expect(try stage.size() == 3 && stage.gate("m").isAllowed)
    #expect(try stage.newest("m").decision.entry == 1)
    let quick = try #require(
      try stage.log.ledger.statements(in: 0..<1, trusted: stage.log.trustedKeys).verified.first)
    let statement = try CheckStatement(quick.statement)
    #expect(statement.depth == .quick && !statement.isDecision)
    #expect(statement.policy == nil && statement.profile == nil && statement.basis == nil)
    #expect(statement.validUntil == nil && statement.licences == ["MIT"])
  }

  @Test("without a state answers as with an empty one, and decides nothing")
  func stateless() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder())
    var request = CheckRequest(path: stage.path("m"))
    request.profile = .given(name: "profile.json", facts: stage.profile)
    let alone = try CheckJob(state: nil, clock: stage.clock.wall).run(
      request, run: Run(threads: 1))
    let inState = try stage.ask("m")
    #expect(!alone.isDecision && inState.isDecision)
    #expect(alone.json() == inState.json())
  }

  @Test("refuses a pack and a profile that nobody knows, before anything is read")
  func unknown() throws {
    let stage = try GateStage()
    func code(_ change: (inout CheckRequest) -> Void) -> String? {
      #expect(throws: Problem.self) { try stage.check("not there", change) }?.code
    }
    #expect(code { $0.policy = .named("acme") } == "unknown_policy")
    #expect(code { $0.policy = .directory("/no/such/pack") } != nil)
    #expect(code { $0.profile = .stored("acme") } == "unknown_profile")
    #expect(try stage.size() == 0)
  }
}
